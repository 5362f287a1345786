"""Receivables ageing: what customers owe by days past due, as of today; one customer's transactions when asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, false, func, or_, select

from billing.money import ZERO, round_money
from billing.reports.base import Chart, Drill, Filters, Point, Report, Result, Row, added, base_currency
from billing.reports.income import foreign_columns
from billing.tables import Column
from billing.types import TYPES
from extensions import db
from models import Customer, Transaction

#: days past due up to which a bucket goes; what is older stands in the last
LIMITS = (0, 30, 60, 90)
BUCKETS = (_l("Current"), _l("1–30 days"), _l("31–60 days"), _l("61–90 days"), _l("Over 90 days"))


def bucket_of(days: int) -> int:
    """Return the place of the bucket for so many days past due."""
    return sum(days > limit for limit in LIMITS)


def _open(filters: Filters) -> Sequence[Any]:
    """Return what may still be paid and is not; the types say in which states that is. One statement."""
    due = func.coalesce(Transaction.due_date, Transaction.date).label("due")
    owed = [and_(Transaction.type == kind.key, Transaction.status.in_(sorted(kind.moves.get("pay", ()))))
            for kind in TYPES.values() if kind.is_owed]  # fmt: skip
    statement = (
        select(
            Transaction.id, Transaction.type, Transaction.number, Transaction.date, due, Transaction.currency,
            Transaction.exchange_rate, Transaction.balance, Transaction.customer_id, Customer.name,
        )
        .join(Customer, Customer.id == Transaction.customer_id)
        .where(or_(false(), *owed), Transaction.balance > 0)
    )  # fmt: skip
    if filters.customer_id is not None:
        statement = statement.where(Transaction.customer_id == filters.customer_id)
    if filters.currency:
        statement = statement.where(Transaction.currency == filters.currency)
    return db.session.execute(statement.order_by(due, Transaction.id)).all()


def build(filters: Filters) -> Result:
    """One row per customer, or per transaction where one customer is chosen."""
    found, base = _open(filters), base_currency()
    amounts = [round_money(row.balance * row.exchange_rate, base) for row in found]
    sums = [ZERO] * len(BUCKETS)
    for row, amount in zip(found, amounts, strict=True):
        sums[bucket_of((filters.today - row.due).days)] += amount
    chart = Chart([Point(str(word), amount) for word, amount in zip(BUCKETS, sums, strict=True)], shape="ageing")
    make = _by_customer if filters.customer_id is None else _each
    columns, rows, keys = make(filters, found, amounts)
    note = _("As things are today. Credit that customers still have is not taken off.")
    return Result(columns, rows, added(columns, rows, *keys), chart, (note,))


def _buckets() -> list[Column]:
    return [Column(f"bucket_{place}", str(word), "money") for place, word in enumerate(BUCKETS)]


def _by_customer(filters: Filters, found: Sequence[Any], amounts: Sequence[Decimal]) -> tuple[Any, Any, Any]:
    sums: dict[int, list[Decimal]] = defaultdict(lambda: [ZERO] * len(BUCKETS))
    foreign: dict[int, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    names, base = {row.customer_id: row.name for row in found}, base_currency()
    for row, amount in zip(found, amounts, strict=True):
        sums[row.customer_id][bucket_of((filters.today - row.due).days)] += amount
        if row.currency != base:
            foreign[row.customer_id][row.currency] += row.balance
    others = sorted({currency for each in foreign.values() for currency in each})
    columns = [
        Column("name", _("Customer")), *_buckets(), Column("owed", _("Owed"), "money"),
        *foreign_columns(others),
    ]  # fmt: skip
    ordered = sorted(sums, key=lambda key: (-sum(sums[key], ZERO), names[key]))
    rows = [
        Row(
            (names[key], *(part or None for part in sums[key]), sum(sums[key], ZERO),
             *(foreign[key].get(code) for code in others)),
            Drill("report", {"customer_id": key}),
        )
        for key in ordered
    ]  # fmt: skip
    return columns, rows, [column.key for column in columns[1:]]


def _each(filters: Filters, found: Sequence[Any], amounts: Sequence[Decimal]) -> tuple[Any, Any, Any]:
    columns = [
        Column("number", _("Number")), Column("date", _("Date"), "date"), Column("due", _("Due"), "date"),
        Column("days", _("Days past due"), "count"), *_buckets(), Column("owed", _("Owed"), "money"),
        Column("currency", _("Currency")), Column("balance", _("Balance"), "amount", currency_in="currency"),
    ]  # fmt: skip
    rows = []
    for row, amount in zip(found, amounts, strict=True):
        days = (filters.today - row.due).days
        parts = [amount if place == bucket_of(days) else None for place in range(len(BUCKETS))]
        cells = (row.number, row.date, row.due, max(days, 0), *parts, amount, row.currency, row.balance)
        rows.append(Row(cells, Drill("transaction", {"kind": row.type, "id": row.id})))
    return columns, rows, [column.key for column in columns if column.kind == "money"]


REPORT = Report("ageing", _l("Receivables ageing"), _l("Who owes what, and for how long."), "hourglass", build,
                frozenset({"customer", "currency"}))  # fmt: skip
