"""Payments received, by month, customer or method; refunds take off. In base currency at the payment's own rate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, case, extract, func, select

from billing.bulk import among
from billing.money import round_money
from billing.reports.base import Chart, Drill, Filters, Report, Result, Row, base_currency, highest
from billing.reports.income import Earned, currencies_of, foreign_cells, foreign_columns, totals_of
from billing.reports.income_by_month import days_of, month_name
from billing.tables import Column
from extensions import db
from models import Customer, Payment
from models.payment import PAYMENT_METHODS

CHOICES = {"month": _l("Month"), "customer": _l("Customer"), "method": _l("Method")}


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [
        Payment.reversed_at.is_(None), Payment.date >= filters.since, Payment.date <= filters.until,
    ]  # fmt: skip
    if filters.customer_id is not None:
        found.append(Payment.customer_id == filters.customer_id)
    if filters.currency:
        found.append(Payment.currency == filters.currency)
    return found


def _keys(choice: str) -> tuple[Any, ...]:
    if choice == "customer":
        return (Payment.customer_id,)
    if choice == "method":
        return (Payment.method,)
    return (extract("year", Payment.date), extract("month", Payment.date))


def _received(filters: Filters, keys: tuple[Any, ...]) -> Mapping[Any, Earned]:
    """Add up payments per key; `net` is what came in, `tax` is unused here."""
    base = base_currency()
    groups = (*keys, Payment.kind, Payment.currency, Payment.exchange_rate)
    alone = case((Payment.currency == base, 0), else_=Payment.id)
    statement = select(*groups, func.count(), func.sum(Payment.amount)).where(*_conditions(filters))
    found: dict[Any, Earned] = defaultdict(Earned)
    for row in db.session.execute(statement.group_by(*groups, alone)):
        kind, currency, rate, count, amount = row[len(keys) :]
        key = row[0] if len(keys) == 1 else (int(row[0]), int(row[1]))
        sign, group = (-1 if kind == "refund" else 1), found[key]
        group.count += count
        group.net += sign * round_money(amount * rate, base)
        if currency != base:
            group.foreign[currency] += sign * amount
    return found


def build(filters: Filters) -> Result:
    """One row per group; two statements. Months are in order, others by amount."""
    choice = filters.choice if filters.choice in CHOICES else "month"
    groups = _received(filters, _keys(choice))
    names = _names(choice, groups)
    others = currencies_of(groups.values())
    columns = [
        Column("name", str(CHOICES[choice])), Column("count", _("Payments"), "count"),
        Column("received", _("Received"), "money"), *foreign_columns(others),
    ]  # fmt: skip
    ordered = sorted(groups.items(), key=lambda item: (0 if choice == "month" else -item[1].net, names[item[0]]))
    rows = [
        Row(
            (names[key], of.count, of.net, *foreign_cells(of, others)), Drill("payments", _values(choice, key, filters))
        )
        for key, of in ordered
    ]
    is_month = choice == "month"
    chart = Chart(highest(rows, 2, 24 if is_month else 12), shape="bars" if is_month else "ranked")
    return Result(columns, rows, totals_of(columns, rows, "count", "received"), chart, (_("Refunds are taken off."),))


def _names(choice: str, groups: Mapping[Any, Earned]) -> dict[Any, str]:
    if choice == "month":
        return {key: month_name(*key) for key in groups}
    if choice == "method":
        return {key: str(_(PAYMENT_METHODS.get(key, key))) for key in groups}
    found = db.session.execute(select(Customer.id, Customer.name).where(among(Customer.id, groups)))
    return {number: name for number, name in found}


def _values(choice: str, key: Any, filters: Filters) -> dict[str, Any]:
    days: dict[str, date] = {"since": filters.since, "until": filters.until}
    if choice == "month":
        return {**days_of(key[0], key[1], filters)}
    return {**days, ("customer_id" if choice == "customer" else "method"): key}


REPORT = Report("payments", _l("Payments received"), _l("What came in."), "cash", build,
                frozenset({"period", "customer", "currency"}), CHOICES, _l("By"))  # fmt: skip
