"""The list of items as a file, with the filters of the list and a column for each currency that has prices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import request
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload, selectinload

from billing.tables import Column, Table
from blueprints.access import needs
from blueprints.downloads import send_table
from blueprints.filters import organisation
from blueprints.items.frame import blueprint
from blueprints.items.pages import ItemFilter
from extensions import db
from models import Item, ItemPrice


@blueprint.get("/export.<any(csv, xlsx):format>")
@needs("items.view")
def export(format: str) -> Any:
    """Give the listed items as a file; it can be brought in again by the import."""
    here = organisation()
    codes = list(db.session.scalars(db.select(ItemPrice.currency).distinct().order_by(ItemPrice.currency)))
    columns = [
        Column("name", _("Name")), Column("sku", _("Item number")), Column("kind", _("Kind")),
        Column("unit", _("Unit")), Column("rate", _("Price"), "amount"), Column("tax", _("Tax")),
        Column("description", _("Description")), Column("active", _("Active")),
        *(Column(f"price.{code}", f"Price {code}", "amount") for code in codes),
    ]  # fmt: skip
    rows = _rows(ItemFilter.read(request.args), codes)
    name = f"items-{here.today().isoformat()}" if here else "items"
    return send_table(Table(_("Items"), columns, rows), format, name)


def _rows(chosen: ItemFilter, codes: list[str]) -> Iterator[list[Any]]:
    yes, no = str(_("yes")), str(_("no"))
    query = db.select(Item).where(*chosen.conditions()).options(selectinload(Item.prices), joinedload(Item.tax))
    ordered = query.order_by(Item.name_key, Item.id).execution_options(yield_per=500)
    for item in db.session.scalars(ordered):
        prices = {price.currency: price.rate for price in item.prices}
        yield [
            item.name, item.sku, item.kind, item.unit, item.rate, item.tax.name if item.tax else "", item.description,
            yes if item.is_active else no, *(prices.get(code) for code in codes),
        ]  # fmt: skip
