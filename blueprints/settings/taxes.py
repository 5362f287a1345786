"""Settings → Taxes: the rates that lines of a transaction may carry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from blueprints.access import needs
from blueprints.sessions import actor
from blueprints.settings.frame import blueprint
from extensions import db
from forms.taxes import CATEGORIES, TaxForm
from models import Tax
from models.audit import record


@blueprint.get("/taxes")
@needs("settings.view")
def taxes() -> Any:
    """Show the taxes and a form for another one."""
    return render_template("settings/taxes.html", form=TaxForm(formdata=None), taxes=_all(), kinds=CATEGORIES)


@blueprint.post("/taxes")
@needs("settings.edit")
def add_tax() -> Any:
    """Add a tax; drafts can choose it at once."""
    form = TaxForm()
    if not form.validate_on_submit():
        return render_template("settings/taxes.html", form=form, taxes=_all(), kinds=CATEGORIES), 422
    tax = Tax(
        name=form.name.data, percent=form.percent.data, category=_category(form), sentence=form.sentence.data,
    )  # fmt: skip
    db.session.add(tax)
    db.session.flush()
    record(actor(), "tax.added", ("tax", tax.id), f"{tax.name} {tax.percent.normalize():f} %")
    db.session.commit()
    flash(_("%(name)s can be chosen on drafts now.", name=tax.name), "success")
    return redirect(url_for("settings.taxes"), 303)


def _category(form: TaxForm) -> str:
    """Return the kind of a tax: what is charged at no rate is zero-rated."""
    return "Z" if form.category.data == "S" and not form.percent.data else str(form.category.data)


@blueprint.post("/taxes/<int:id>/<any(retire, offer):verb>")
@needs("settings.edit")
def change_tax(id: int, verb: str) -> Any:
    """Stop offering a tax, or offer it again; transactions that carry it stay as they are (requirements R-05)."""
    tax = db.session.get(Tax, id) or abort(404)
    tax.is_active = verb == "offer"
    record(actor(), "tax.offered" if tax.is_active else "tax.retired", ("tax", tax.id), tax.name)
    db.session.commit()
    words = _("%(name)s is offered again.") if tax.is_active else _("%(name)s is no longer offered.")
    flash(words % {"name": tax.name}, "success")
    return redirect(url_for("settings.taxes"), 303)


def _all() -> Sequence[Tax]:
    return db.session.scalars(db.select(Tax).order_by(Tax.is_active.desc(), Tax.name, Tax.id)).all()
