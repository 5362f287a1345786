"""Income by customer."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from billing.bulk import among
from billing.reports.base import Chart, Drill, Filters, Report, Result, Row, highest
from billing.reports.income import by_head, currencies_of, earned_by, foreign_cells, foreign_columns, totals_of
from billing.tables import Column
from extensions import db
from models import Customer, Transaction


def build(filters: Filters) -> Result:
    """One row per customer, most income first; two statements."""
    groups = earned_by(db.session.execute(by_head(filters, Transaction.customer_id)))
    found = db.session.execute(select(Customer.id, Customer.name).where(among(Customer.id, groups)))
    names = {number: name for number, name in found}
    others = currencies_of(groups.values())
    columns = [
        Column("name", _("Customer")), Column("count", _("Transactions"), "count"),
        Column("net", _("Income"), "money"), Column("tax", _("Tax"), "money"), Column("gross", _("With tax"), "money"),
        *foreign_columns(others),
    ]  # fmt: skip
    ordered = sorted(groups.items(), key=lambda item: (-item[1].net, names[item[0]]))
    rows = [
        Row(
            (names[key], of.count, of.net, of.tax, of.net + of.tax, *foreign_cells(of, others)),
            Drill("transactions", {"customer_id": key, "since": filters.since, "until": filters.until}),
        )
        for key, of in ordered
    ]
    totals = totals_of(columns, rows, "count", "net", "tax", "gross")
    return Result(columns, rows, totals, Chart(highest(rows, 2)))


REPORT = Report(
    "income-by-customer", _l("Income by customer"), _l("Who the money comes from."), "users", build,
    frozenset({"period", "currency"}),
)  # fmt: skip
