"""Writing customers: new, edit, offer or not, delete where nothing names them."""

from __future__ import annotations

from typing import Any

from flask import flash, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from billing.customers.merging import TABLE
from billing.customers.naming import some_of
from blueprints.access import needs
from blueprints.customers.frame import blueprint, customer_or_404
from blueprints.customers.keeping import customer_form, keep, own_values
from blueprints.filters import organisation
from blueprints.render import after_write
from blueprints.sessions import actor
from extensions import db
from forms.custom_fields import TypedValue
from forms.tax_ids import doubt
from models import Customer
from models.audit import record
from models.references import counted, naming
from sync.connection import forget_row
from sync.sources import fed_fields, source_name


@blueprint.route("/new", methods=["GET", "POST"])
@needs("customers.edit")
def new() -> Any:
    """Make a customer here."""
    form, own = customer_form(None), own_values(None)
    if not request.form and (found := organisation()):
        form.currency.data = found.base_currency
    if not _is_fine(form, own):
        return _form_page(form, own, None)
    customer = keep(form, own, Customer(source="local"))
    db.session.commit()
    flash(_("%(name)s was added.", name=customer.name), "success")
    _doubt(customer)
    return after_write(url_for("customers.show", customer_id=customer.id))


@blueprint.route("/<int:customer_id>/edit", methods=["GET", "POST"])
@needs("customers.edit")
def edit(customer_id: int) -> Any:
    """Edit a customer; what a sync feeds can be read but not edited."""
    customer = customer_or_404(customer_id)
    form, own = customer_form(customer), own_values(customer)
    if not _is_fine(form, own):
        return _form_page(form, own, customer)
    keep(form, own, customer)
    db.session.commit()
    flash(_("Saved."), "success")
    _doubt(customer)
    return after_write(url_for("customers.show", customer_id=customer_id))


def _is_fine(form: Any, own: list[TypedValue]) -> bool:
    is_valid = "more" not in request.form and form.validate_on_submit()
    return bool(is_valid) and not any(typed.error for typed in own)


def _doubt(customer: Customer) -> None:
    """Tell of a tax number that looks like a slip; it is kept all the same."""
    if words := doubt(customer.tax_id):
        flash(words, "warning")


def _form_page(form: Any, own: list[TypedValue], customer: Customer | None) -> Any:
    """Show the form; asking for one more contact person is no mistake, a wrong field is."""
    fed = fed_fields(customer.source, "customers") if customer else frozenset()
    is_wrong = form.is_submitted() and "more" not in request.form
    return render_template(
        "customers/edit.html", form=form, own=own, customer=customer, fed=fed, is_wrong=is_wrong,
        source=source_name(customer.source) if customer else "",
    ), 422 if is_wrong else 200  # fmt: skip


@blueprint.post("/<int:customer_id>/deactivate")
@needs("customers.edit")
def deactivate(customer_id: int) -> AnyResponse:
    """Keep a customer with all its history, but offer it no more."""
    return _set_active(customer_id, False)


@blueprint.post("/<int:customer_id>/activate")
@needs("customers.edit")
def activate(customer_id: int) -> AnyResponse:
    """Offer a customer again; not one that went into another."""
    customer = customer_or_404(customer_id)
    if customer.merged_into_id is not None:
        flash(_("%(name)s went into another customer. Take the merge back there.", name=customer.name), "error")
        return after_write(url_for("customers.show", customer_id=customer_id))
    return _set_active(customer_id, True)


def _set_active(customer_id: int, is_active: bool) -> AnyResponse:
    customer = customer_or_404(customer_id)
    change = ({"is_active": customer.is_active}, {"is_active": is_active})
    customer.is_active = is_active
    verb = "customer.activated" if is_active else "customer.deactivated"
    name = customer.name
    said = _("%(name)s is active again.", name=name) if is_active else _("%(name)s is not offered any more.", name=name)
    record(actor(), verb, ("customer", customer_id), change=change)
    db.session.commit()
    flash(said, "success")
    return after_write(url_for("customers.show", customer_id=customer_id))


@blueprint.post("/<int:customer_id>/delete")
@needs("customers.edit")
def delete(customer_id: int) -> AnyResponse:
    """Delete a customer that nothing names; one with projects or money becomes inactive, and it is said why (C-40)."""
    customer = customer_or_404(customer_id)
    name = customer.name
    going = {"contact_persons", "mail_messages"}
    used = naming(TABLE, customer.id, going)
    if used:
        named = ", ".join(some_of(TABLE, customer.id, going))
        change = ({"is_active": customer.is_active}, {"is_active": False})
        customer.is_active = False
        record(actor(), "customer.deactivated", ("customer", customer_id), counted(used), change)
        db.session.commit()
        words = _("%(name)s cannot be deleted: %(what)s belong to it (%(named)s). It is inactive now.")
        flash(words % {"name": name, "what": counted(used), "named": named}, "warning")
        return after_write(url_for("customers.show", customer_id=customer_id))
    record(actor(), "customer.deleted", ("customer", customer_id), name)
    forget_row("customers", customer_id)
    db.session.delete(customer)
    db.session.commit()
    flash(_("%(name)s was deleted.", name=name), "success")
    return after_write(url_for("customers.index"))
