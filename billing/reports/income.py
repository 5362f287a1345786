"""Income, for several reports: what issued transactions come to without tax, in base currency at their own rate.

What counts is what the types say (`income_sign`): invoices add, credit notes take off. Each transaction is turned into
base currency and rounded once (half up), so all groupings of the same transactions add up to the same sum. Income is
total less tax: after discounts, with shipping and adjustment.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import BigInteger, ColumnElement, Select, case, func, select, type_coerce

from billing.money import ZERO, round_money
from billing.reports.base import Filters, Row, added, base_currency
from billing.sums.shares import split
from billing.tables import Column
from billing.types import TYPES, is_issued
from extensions import db
from models import Transaction, TransactionLine

ONE = Decimal(1)


@dataclass(slots=True)
class Earned:
    """Sums of one group: `net` and `tax` in base currency, `foreign` net by other currency, in that currency."""

    count: int = 0
    net: Decimal = ZERO
    tax: Decimal = ZERO
    foreign: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))


def counts_as_income() -> ColumnElement[bool]:
    """Return the condition of issued transactions that add to income or take from it; the types say which."""
    # opening invoices were income where they were issued
    return is_issued(kind for kind in TYPES.values() if kind.income_sign) & ~Transaction.is_opening


def chosen(filters: Filters) -> list[ColumnElement[bool]]:
    """Return what a statement over the income of a period must say."""
    return [*of_any_day(filters), Transaction.date >= filters.since, Transaction.date <= filters.until]


def of_any_day(filters: Filters) -> list[ColumnElement[bool]]:
    """Return what a statement over income must say, whenever it was issued."""
    found = [counts_as_income()]
    if filters.customer_id is not None:
        found.append(Transaction.customer_id == filters.customer_id)
    if filters.currency:
        found.append(Transaction.currency == filters.currency)
    return found


def sign_of(type_key: str) -> int:
    """Return 1 or -1."""
    return TYPES[type_key].income_sign


def by_head(filters: Filters, *keys: Any) -> Select[Any]:
    """Select sums per key of whole transactions: keys, type, currency, rate, count, total, tax.

    Those in base currency are added up by the database; others come one by one, since each is rounded by itself.
    """
    alone = case((Transaction.currency == base_currency(), 0), else_=Transaction.id)
    groups = (*keys, Transaction.type, Transaction.currency, Transaction.exchange_rate)
    sums = (
        func.count().label("count"), func.sum(Transaction.total).label("total"),
        func.sum(Transaction.tax_total).label("tax"),
    )  # fmt: skip
    return select(*groups, *sums).where(*chosen(filters)).group_by(*groups, alone)


def earned_by(rows: Iterable[Any], width: int = 1) -> dict[Any, Earned]:
    """Add up rows of `by_head`, of which the first `width` cells are the key."""
    base = base_currency()
    found: dict[Any, Earned] = defaultdict(Earned)
    for row in rows:
        kind, currency, rate, count, total, tax = row[width : width + 6]
        sign, group = sign_of(kind), found[row[0] if width == 1 else tuple(row[:width])]
        group.count += count
        group.net += sign * round_money((total - tax) * rate, base)
        group.tax += sign * round_money(tax * rate, base)
        if currency != base:
            group.foreign[currency] += sign * (total - tax)
    return found


@dataclass(slots=True)
class _Head:
    """A transaction whose net is shared over the keys of its lines; all signed."""

    currency: str
    in_base: Decimal
    own: Decimal
    is_inclusive: bool
    weights: dict[Any, Decimal] = field(default_factory=dict)


def by_line(filters: Filters, key: ColumnElement[Any]) -> dict[Any, Earned]:
    """Share each transaction's income over its lines by amount, and add up per key of a line; two statements.

    The discount on the whole, shipping and adjustment are shared alike. Shares stay exact until each key's sum is
    rounded, by largest remainder, so that all keys together are the same sum as of `by_head`.
    """
    heads = _heads(filters)
    _weigh(heads, filters, key)
    counts: dict[Any, int] = defaultdict(int)
    exact: dict[str, dict[Any, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    base = base_currency()
    for head in heads.values():
        whole = sum(head.weights.values(), ZERO)
        parts = head.weights if len(head.weights) > 1 and whole else {next(iter(head.weights), None): whole or ONE}
        for name, weight in parts.items():
            share = ONE if len(parts) == 1 else weight / whole
            counts[name] += 1
            exact[""][name] += head.in_base * share
            if head.currency != base:
                exact[head.currency][name] += head.own * share
    return _rounded(counts, exact, base)


def _rounded(counts: dict[Any, int], exact: dict[str, dict[Any, Decimal]], base: str) -> dict[Any, Earned]:
    found = {name: Earned(count) for name, count in counts.items()}
    for currency, sums in exact.items():
        for name, amount in zip(sums, split(list(sums.values()), currency or base), strict=True):
            if currency:
                found[name].foreign[currency] = amount
            else:
                found[name].net = amount
    return found


def _heads(filters: Filters) -> dict[int, _Head]:
    base, heads = base_currency(), {}
    statement = select(
        Transaction.id, Transaction.type, Transaction.currency, Transaction.exchange_rate, Transaction.total,
        Transaction.tax_total, Transaction.tax_mode,
    ).where(*chosen(filters))  # fmt: skip
    for number, kind, currency, rate, total, tax, mode in db.session.execute(statement):
        own = sign_of(kind) * (total - tax)
        in_base = own if currency == base else sign_of(kind) * round_money((total - tax) * rate, base)
        heads[number] = _Head(currency, in_base, own, mode == "inclusive")
    return heads


def _weigh(heads: dict[int, _Head], filters: Filters, key: ColumnElement[Any]) -> None:
    """Tell each transaction what its lines of a key come to, without tax; whole numbers of the smallest unit kept."""
    groups = (TransactionLine.transaction_id, key, TransactionLine.tax_percent)
    amount = type_coerce(func.sum(TransactionLine.amount), BigInteger)
    statement = (
        select(*groups, amount)
        .join(Transaction, Transaction.id == TransactionLine.transaction_id)
        .where(*chosen(filters))
        .group_by(*groups)
    )
    for number, value, percent, units in db.session.execute(statement):
        head, weight = heads[number], Decimal(units)
        if head.is_inclusive and percent:
            weight = weight * 100 / (100 + percent)
        head.weights[value] = head.weights.get(value, ZERO) + weight


def currencies_of(groups: Iterable[Earned]) -> list[str]:
    """Return the other currencies that occur, by code."""
    return sorted({currency for group in groups for currency in group.foreign})


def foreign_columns(currencies: Sequence[str]) -> list[Column]:
    """Return a column for each other currency; their amounts are in base currency too, in the columns before."""
    return [Column(f"in_{currency}", str(_("Thereof")), "amount", currency=currency)
            for currency in currencies]  # fmt: skip


def foreign_cells(group: Earned, currencies: Sequence[str]) -> list[Decimal | None]:
    """Return a group's amounts in other currencies; empty where it has none."""
    return [group.foreign.get(currency) for currency in currencies]


def totals_of(columns: Sequence[Column], rows: Sequence[Row], *keys: str) -> dict[str, Any]:
    """Add up columns and all columns of other currencies."""
    return added(columns, rows, *keys, *(column.key for column in columns if column.key.startswith("in_")))
