"""Income by item; hours, expenses and lines that were typed freely stand beside the items."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Integer, case, select, type_coerce

from billing.bulk import among
from billing.reports.base import Chart, Drill, Filters, Report, Result, Row, highest
from billing.reports.income import by_line, currencies_of, foreign_cells, foreign_columns, totals_of
from billing.reports.income_by_project import shared_note
from billing.tables import Column
from extensions import db
from models import Item, TransactionLine

#: what stands for lines without an item
HOURS, FREE = 0, -1


def _key() -> ColumnElement[int]:
    is_hours = TransactionLine.kind.in_(("time", "rounding"))
    key = case((TransactionLine.item_id.is_not(None), TransactionLine.item_id), (is_hours, HOURS), else_=FREE)
    return type_coerce(key, Integer)


def build(filters: Filters) -> Result:
    """One row per item, most income first; two statements."""
    groups = by_line(filters, _key())
    wanted = [key for key in groups if key is not None and key > 0]
    found = db.session.execute(select(Item.id, Item.name, Item.sku).where(among(Item.id, wanted)))
    names: dict[int | None, tuple[str, str]] = {number: (name, sku) for number, name, sku in found}
    names |= {HOURS: (_("Hours"), ""), FREE: (_("Other lines"), ""), None: (_("Other lines"), "")}
    others = currencies_of(groups.values())
    columns = [
        Column("name", _("Item")), Column("sku", _("SKU")), Column("count", _("Transactions"), "count"),
        Column("net", _("Income"), "money"), *foreign_columns(others),
    ]  # fmt: skip
    ordered = sorted(groups.items(), key=lambda item: (-item[1].net, item[0] or 0))
    rows = [
        Row(
            (*names[key], of.count, of.net, *foreign_cells(of, others)),
            Drill("item", {"id": key}) if key is not None and key > 0 else None,
        )
        for key, of in ordered
    ]
    return Result(columns, rows, totals_of(columns, rows, "net"), Chart(highest(rows, 3)), (shared_note(),))


REPORT = Report("income-by-item", _l("Income by item"), _l("What is sold, and what it brings."), "shopping-cart", build)
