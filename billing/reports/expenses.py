"""Expenses by category, project, customer, or by whether they are billed; in base currency at the rate of their day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, case, func, select

from billing.bulk import among
from billing.money import round_money
from billing.reports.base import Chart, Drill, Filters, Report, Result, Row, base_currency, highest
from billing.reports.income import Earned, currencies_of, foreign_cells, foreign_columns, totals_of
from billing.tables import Column
from extensions import db
from models import Customer, ExchangeRate, Expense, ExpenseCategory, Project
from models.expense import EXPENSE_STATES

CHOICES = {
    "category": _l("Category"), "project": _l("Project"), "customer": _l("Customer"), "state": _l("Billing state"),
}  # fmt: skip
#: what is grouped: column, where its name is, word of the list's filter
_KEYS: dict[str, tuple[Any, Any, str]] = {
    "category": (Expense.category_id, ExpenseCategory, "category_id"),
    "project": (Expense.project_id, Project, "project_id"),
    "customer": (Expense.customer_id, Customer, "customer_id"),
    "state": (Expense.billing_state, None, "state"),
}


@dataclass(slots=True)
class Spent(Earned):
    """Sums of one group; `unknown`: amounts without a rate to base currency, by currency."""

    unknown: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))


def _rate() -> ColumnElement[Any]:
    """Return the latest exchange rate on or before the expense's day; NULL: nobody entered one."""
    return (
        select(ExchangeRate.rate)
        .where(ExchangeRate.currency == Expense.currency, ExchangeRate.date <= Expense.date)
        .order_by(ExchangeRate.date.desc())
        .limit(1)
        .correlate(Expense)
        .scalar_subquery()
    )


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    equal = ((Expense.customer_id, filters.customer_id), (Expense.project_id, filters.project_id),
             (Expense.currency, filters.currency or None))  # fmt: skip
    found: list[ColumnElement[bool]] = [
        Expense.deleted_at.is_(None), Expense.date >= filters.since, Expense.date <= filters.until,
    ]  # fmt: skip
    return [*found, *(column == value for column, value in equal if value is not None)]


def spent_by(filters: Filters, key: Any) -> dict[Any, Spent]:
    """Add up expenses of the period per value of a column; one statement.

    Each expense in another currency is turned into base currency and rounded by itself.
    """
    base = base_currency()
    is_base = Expense.currency == base
    rate, alone = case((is_base, None), else_=_rate()), case((is_base, 0), else_=Expense.id)
    some = select(
        key.label("key"), Expense.currency.label("currency"), rate.label("rate"), alone.label("alone"),
        Expense.net.label("net"), Expense.tax_amount.label("tax"),
    ).where(*_conditions(filters)).subquery()  # fmt: skip
    groups = (some.c.key, some.c.currency, some.c.rate)
    statement = select(*groups, func.count(), func.sum(some.c.net), func.sum(some.c.tax))
    found: dict[Any, Spent] = defaultdict(Spent)
    for value, currency, own_rate, count, net, tax in db.session.execute(statement.group_by(*groups, some.c.alone)):
        group = found[value]
        group.count += count
        if currency != base:
            group.foreign[currency] += net
        factor = Decimal(1) if currency == base else own_rate
        if factor is None:
            group.unknown[currency] += net
        else:
            group.net += round_money(net * factor, base)
            group.tax += round_money(tax * factor, base)
    return found


def unknown_note(groups: Sequence[Spent]) -> list[str]:
    """Say what could not be turned into base currency."""
    currencies = sorted({currency for group in groups for currency in group.unknown})
    if not currencies:
        return []
    return [str(_("Expenses in %(codes)s without an exchange rate for their day count only in their own currency.",
                  codes=", ".join(currencies)))]  # fmt: skip


def build(filters: Filters) -> Result:
    """One row per group, most money first; two statements."""
    choice = filters.choice if filters.choice in _KEYS else "category"
    key, model, word = _KEYS[choice]
    groups = spent_by(filters, key)
    names: dict[Any, str] = {None: str(_("None"))} | {state: str(_(said)) for state, said in EXPENSE_STATES.items()}
    if model is not None:
        wanted = [value for value in groups if value is not None]
        names |= {
            number: name
            for number, name in db.session.execute(select(model.id, model.name).where(among(model.id, wanted)))
        }
    others = currencies_of(groups.values())
    columns = [
        Column("name", str(CHOICES[choice])), Column("count", _("Expenses"), "count"), Column("net", _("Net"), "money"),
        Column("tax", _("Tax"), "money"), Column("total", _("Total"), "money"), *foreign_columns(others),
    ]  # fmt: skip
    rows = [
        Row(
            (names[value], of.count, of.net, of.tax, of.net + of.tax, *foreign_cells(of, others)),
            None if value is None else Drill("expenses", {word: value, "since": filters.since, "until": filters.until}),
        )
        for value, of in sorted(groups.items(), key=lambda item: (-item[1].net, names[item[0]]))
    ]
    totals = totals_of(columns, rows, "count", "net", "tax", "total")
    return Result(columns, rows, totals, Chart(highest(rows, 4)), unknown_note(list(groups.values())))


REPORT = Report("expenses", _l("Expenses"), _l("What was spent, on what."), "wallet", build,
                frozenset({"period", "customer", "project", "currency"}), CHOICES, _l("By"))  # fmt: skip
