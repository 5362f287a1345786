"""Writing items: new, edit, offer or not, delete."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import flash, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from billing import catalogue
from billing.catalogue import ItemValues
from billing.errors import MoveRefused
from blueprints.access import needs
from blueprints.choosing import taxes_offered
from blueprints.filters import organisation
from blueprints.items.frame import blueprint, item_or_404
from blueprints.render import after_write
from blueprints.sessions import actor
from extensions import db
from forms.base import options
from forms.items import BLANK_ROWS, UNITS, ItemForm
from models import Item

STORED = ("name", "sku", "kind", "unit", "rate", "description")


def item_form(item: Item | None) -> ItemForm:
    """Build the form; below the prices stands a blank row, one more each time `more` was pressed."""
    presets: dict[str, Any] = {"tax_id": 0, "kind": "service"}
    if item is not None:
        presets = {name: getattr(item, name) for name in STORED} | {"tax_id": item.tax_id or 0}
        presets["prices"] = [{"currency": price.currency, "rate": price.rate} for price in item.prices]
    form, here = ItemForm(data=presets), organisation()
    form.base_currency = here.base_currency if here else "USD"
    taxes = [(tax.id, tax.name) for tax in taxes_offered(other=item.tax_id if item else None)]
    form.tax_id.choices = options([(0, _("No tax")), *taxes])
    if not form.is_submitted() or "more" in request.form:
        for _row in range(BLANK_ROWS):
            form.prices.append_entry()
    return form


@blueprint.route("/new", methods=["GET", "POST"])
@needs("items.edit")
def new() -> Any:
    """Put an item into the catalogue."""
    form = item_form(None)
    if "more" in request.form or not form.validate_on_submit():
        return _form_page(form, None)
    try:
        item = catalogue.add(_values(form), actor())
    except MoveRefused as refused:
        return _refused(form, None, refused)
    db.session.commit()
    flash(_("%(name)s was added.", name=item.name), "success")
    return after_write(url_for("items.show", item_id=item.id))


@blueprint.route("/<int:item_id>/edit", methods=["GET", "POST"])
@needs("items.edit")
def edit(item_id: int) -> Any:
    """Edit an item; lines that carry it already keep what they say."""
    item = item_or_404(item_id)
    form = item_form(item)
    if "more" in request.form or not form.validate_on_submit():
        return _form_page(form, item)
    try:
        catalogue.change(item, _values(form), actor())
    except MoveRefused as refused:
        return _refused(form, item_id, refused)
    db.session.commit()
    flash(_("Saved."), "success")
    return after_write(url_for("items.show", item_id=item_id))


def _values(form: ItemForm) -> ItemValues:
    return ItemValues(
        name=" ".join(form.name.data.split()), sku=form.sku.data, kind=form.kind.data, unit=form.unit.data,
        description=form.description.data.replace("\r\n", "\n"), rate=form.rate.value or Decimal(0),
        tax_id=form.tax_id.data or None, prices=form.priced(),
    )  # fmt: skip


def _refused(form: ItemForm, item_id: int | None, refused: MoveRefused) -> Any:
    """Show the form again with the reason at its head; what was typed stays."""
    db.session.rollback()
    form.form_errors = [str(refused)]
    return _form_page(form, item_or_404(item_id) if item_id else None)


def _form_page(form: ItemForm, item: Item | None) -> Any:
    """Show the form; asking for one more price is no mistake, a wrong field is."""
    is_wrong = form.is_submitted() and "more" not in request.form
    return render_template("items/edit.html", form=form, item=item, units=UNITS), 422 if is_wrong else 200


@blueprint.post("/<int:item_id>/<any(activate, deactivate):verb>")
@needs("items.edit")
def offer(item_id: int, verb: str) -> AnyResponse:
    """Offer an item again, or no more."""
    item = item_or_404(item_id)
    catalogue.set_active(item, verb == "activate", actor())
    words = _("%(name)s is offered again.") if item.is_active else _("%(name)s is not offered any more.")
    said = words % {"name": item.name}
    db.session.commit()
    flash(said, "success")
    return after_write(url_for("items.show", item_id=item_id))


@blueprint.post("/<int:item_id>/delete")
@needs("items.edit")
def delete(item_id: int) -> AnyResponse:
    """Delete an item that nothing carries; one that is in use becomes inactive instead."""
    item = item_or_404(item_id)
    name = item.name
    used = catalogue.remove(item, actor())
    db.session.commit()
    if used:
        said = _("%(name)s stays, because it is on %(what)s. It is not offered any more.", name=name, what=used)
        flash(said, "warning")
        return after_write(url_for("items.show", item_id=item_id))
    flash(_("%(name)s was deleted.", name=name), "success")
    return after_write(url_for("items.index"))
