"""Income by month: the report, and the last months for the first page, of the same sums."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import extract

from billing.reports.base import Chart, Drill, Filters, Point, Report, Result, Row
from billing.reports.income import (
    Earned,
    by_head,
    currencies_of,
    earned_by,
    foreign_cells,
    foreign_columns,
    totals_of,
)
from billing.tables import Column
from extensions import db
from models import Transaction

#: bars that fit
MOST_BARS = 24


def months_between(since: date, until: date) -> Iterator[tuple[int, int]]:
    """Yield year and month from one day's to another's."""
    for number in range(since.year * 12 + since.month - 1, until.year * 12 + until.month):
        yield number // 12, number % 12 + 1


def month_name(year: int, month: int) -> str:
    """Write a month so that it sorts and every spreadsheet leaves it alone: `2026-11`."""
    return f"{year:04}-{month:02}"


def days_of(year: int, month: int, filters: Filters) -> dict[str, date]:
    """Return first and last day of a month, within the period asked for."""
    last = date(year, month, monthrange(year, month)[1])
    return {"since": max(date(year, month, 1), filters.since), "until": min(last, filters.until)}


@dataclass(frozen=True, slots=True)
class IncomeMonth:
    """What a month earned without tax, in base currency, and the number of transactions that say so."""

    year: int
    month: int
    count: int
    net: Decimal


def last_months(today: date, months: int = 12) -> list[IncomeMonth]:
    """Return what was earned per month, oldest first, this month last; months without any are there too (M-06).

    What is dated later in this month is in it, as in the report of the whole month.
    """
    last = today.replace(day=monthrange(today.year, today.month)[1])
    first = today.year * 12 + today.month - months
    since = date(first // 12, first % 12 + 1, 1)
    groups = _earned(Filters(since, last, today))
    wanted = ((key, groups.get(key) or Earned()) for key in months_between(since, last))
    return [IncomeMonth(*key, of.count, of.net) for key, of in wanted]


def _earned(filters: Filters) -> dict[tuple[int, int], Earned]:
    """Add up by year and month; one statement."""
    year, month = extract("year", Transaction.date), extract("month", Transaction.date)
    found = earned_by(db.session.execute(by_head(filters, year, month)), width=2)
    return {(int(key[0]), int(key[1])): of for key, of in found.items()}


def build(filters: Filters) -> Result:
    """One row per month of the period that has income, or lies between two that have; one statement."""
    groups = _earned(filters)
    known = sorted(groups)
    between = months_between(date(*known[0], 1), date(*known[-1], 1)) if known else ()
    others = currencies_of(groups.values())
    columns = [
        Column("month", _("Month")), Column("count", _("Transactions"), "count"), Column("net", _("Income"), "money"),
        Column("tax", _("Tax"), "money"), Column("gross", _("With tax"), "money"), *foreign_columns(others),
    ]  # fmt: skip
    rows = []
    for key in between:
        of = groups.get(key) or Earned()
        cells = (month_name(*key), of.count, of.net, of.tax, of.net + of.tax, *foreign_cells(of, others))
        values = days_of(*key, filters)
        if filters.customer_id is not None:
            values["customer_id"] = filters.customer_id  # type: ignore[assignment]
        rows.append(Row(cells, Drill("transactions", values)))
    points = [Point(str(row.cells[0]), row.cells[2], row.drill) for row in rows[-MOST_BARS:]]
    return Result(columns, rows, totals_of(columns, rows, "count", "net", "tax", "gross"), Chart(points, shape="bars"))


REPORT = Report("income-by-month", _l("Income by month"), _l("How much was earned when."), "chart-bar", build,
                frozenset({"period", "customer", "currency"}))  # fmt: skip
