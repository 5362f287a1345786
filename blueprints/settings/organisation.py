"""Settings → Organisation: who the business is, and what its documents say."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from blueprints.access import needs
from blueprints.filters import organisation as current_organisation
from blueprints.sessions import actor
from blueprints.settings.frame import blueprint
from extensions import db
from forms.places import locale_of
from forms.settings import IdentityForm, OrganisationForm
from models import Organisation, Transaction
from models.audit import record

IDENTITY = ("name", "email", "country", "edition", "base_currency", "time_zone")
WORDS = (
    "locale", "address", "phone", "website", "tax_id", "bank_details", "invoice_notes", "allow_private_remotes",
    "street", "zip_code", "city", "state", "registration_id", "electronic_address", "electronic_scheme", "bank_name",
    "account_holder", "iban", "bic", "payment_link", "has_e_invoices",
)  # fmt: skip


def has_transactions() -> bool:
    """Say whether there is any transaction: from then on the base currency is fixed."""
    return db.session.scalar(db.select(Transaction.id).limit(1)) is not None


def the_organisation() -> Organisation:
    """Return the organisation's row, for pages that are open only once it is there."""
    return db.session.get_one(Organisation, 1)


def store_identity(form: IdentityForm) -> None:
    """Make the organisation, or correct it while set-up goes on. Does not commit."""
    here = current_organisation()
    values = {name: form[name].data for name in IDENTITY}
    if here is None:
        here = Organisation(id=1, **values, locale=locale_of(form.country.data))
        db.session.add(here)
        record(actor(), "organisation.made", ("organisation", 1), change=(None, values))
        return
    store(here, values)


def store(here: Organisation, values: dict[str, Any]) -> None:
    """Write changed settings and one audit line with what was and what is. Does not commit."""
    before = {name: getattr(here, name) for name in values}
    changed = {name: value for name, value in values.items() if before[name] != value}
    for name, value in changed.items():
        setattr(here, name, value)
    if changed:
        was = {name: str(before[name]) for name in changed}
        now = {name: str(value) for name, value in changed.items()}
        record(actor(), "organisation.changed", ("organisation", 1), change=(was, now))


def _form(here: Organisation, *, is_posted: bool) -> OrganisationForm:
    form = OrganisationForm() if is_posted else OrganisationForm(formdata=None, obj=here)
    form.keep_locale(here.locale)
    if has_transactions():
        form.lock_currency(here.base_currency)
    return form


@blueprint.get("/organisation")
@needs("settings.view")
def organisation() -> Any:
    """Show the organisation's settings."""
    form = _form(the_organisation(), is_posted=False)
    return render_template("settings/organisation.html", form=form)


@blueprint.post("/organisation")
@needs("settings.edit")
def save_organisation() -> Any:
    """Store them; what was issued before keeps what it said (requirements R-05)."""
    here = the_organisation()
    form = _form(here, is_posted=True)
    if not form.validate_on_submit():
        return render_template("settings/organisation.html", form=form), 422
    store(here, {name: form[name].data for name in (*IDENTITY, *WORDS)})
    db.session.commit()
    flash(_("The organisation is saved. Documents issued before stay as they are."), "success")
    return redirect(url_for("settings.organisation"), 303)
