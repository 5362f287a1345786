"""Tax summary: net and tax by rate and category, invoices less credit notes, in base currency at the issue rate.

Issue basis: what was issued in the period. Paid basis: what of it was paid in the period, each invoice's tax in
proportion to what came in (also drawn from a retainer); what a credit note settles is no payment, a refund of one
takes off.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, case, exists, func, select
from sqlalchemy.orm import aliased

from billing.bulk import among
from billing.money import ZERO, round_money
from billing.reports.base import Chart, Drill, Filters, Point, Report, Result, Row, added, base_currency
from billing.reports.income import chosen, of_any_day, sign_of
from billing.tables import Column, plain
from billing.transactions.tax_sums import tax_groups
from billing.types import TYPES
from extensions import db
from models import Payment, Settlement, Tax, Transaction, TransactionTax

CHOICES = {"issued": _l("When issued"), "paid": _l("When paid")}
CATEGORIES = {
    "S": _l("Standard"), "Z": _l("Zero-rated"), "E": _l("Exempt"), "AE": _l("Reverse charge"),
    "K": _l("Intra-community supply"), "G": _l("Export"), "O": _l("Outside the scope of tax"),
}  # fmt: skip

#: tax id, per cent, category
Key = tuple[int | None, Decimal, str]


@dataclass(slots=True)
class Taxed:
    """Sums of one rate in base currency, exact until they are shown."""

    count: int = 0
    net: Decimal = ZERO
    tax: Decimal = ZERO


def _head() -> tuple[Any, ...]:
    return Transaction.type, Transaction.currency, Transaction.exchange_rate


def _kept(filters: Filters) -> Iterator[tuple[Any, ...]]:
    """Yield (tax id, per cent, category, type, currency, rate, count, net, tax) of what was kept at issue."""
    groups = (TransactionTax.tax_id, TransactionTax.percent, TransactionTax.category, *_head())
    alone = case((Transaction.currency == base_currency(), 0), else_=Transaction.id)
    statement = (
        select(*groups, func.count(), func.sum(TransactionTax.net), func.sum(TransactionTax.tax))
        .join(TransactionTax, TransactionTax.transaction_id == Transaction.id)
        .where(*chosen(filters))
        .group_by(*groups, alone)
    )
    for row in db.session.execute(statement):
        yield tuple(row)


def _not_kept(*conditions: ColumnElement[bool]) -> Iterator[tuple[Transaction, list[TransactionTax]]]:
    """Yield transactions that were issued before tax groups were kept, with their groups added up again."""
    is_kept = exists().where(TransactionTax.transaction_id == Transaction.id)
    for transaction in db.session.scalars(select(Transaction).where(*conditions, ~is_kept)):
        groups = tax_groups(transaction)
        missing = transaction.tax_total - sum((group.tax for group in groups), ZERO)
        if missing or not groups:
            net = transaction.total - transaction.tax_total - transaction.adjustment
            net -= sum((group.net for group in groups), ZERO)
            groups.append(TransactionTax(tax_id=None, percent=ZERO, category="", net=net, tax=missing))
        yield transaction, groups


def _issued(filters: Filters) -> dict[Key, Taxed]:
    base = base_currency()
    found: dict[Key, Taxed] = defaultdict(Taxed)

    def add(key: Key, head: tuple[str, Decimal], count: int, net: Decimal, tax: Decimal) -> None:
        sign, group = sign_of(head[0]), found[key]
        group.count += count
        group.net += sign * round_money(net * head[1], base)
        group.tax += sign * round_money(tax * head[1], base)

    for tax_id, percent, category, kind, _currency, rate, count, net, tax in _kept(filters):
        add((tax_id, percent, category), (kind, rate), count, net, tax)
    for transaction, groups in _not_kept(*chosen(filters)):
        for group in groups:
            key = (group.tax_id, group.percent, group.category)
            add(key, (transaction.type, transaction.exchange_rate), 1, group.net, group.tax)
    return found


def _came_in(filters: Filters) -> dict[int, Decimal]:
    """Return transaction id → what was paid of it in the period, in its currency; two statements."""
    source = aliased(Transaction)
    no_income = [kind.key for kind in TYPES.values() if not kind.income_sign]
    within = (Settlement.date >= filters.since, Settlement.date <= filters.until)
    narrowed = of_any_day(filters)
    settled = (
        select(Transaction.id, func.sum(Settlement.amount))
        .join(Settlement, Settlement.transaction_id == Transaction.id)
        .outerjoin(source, source.id == Settlement.credit_id)
        .where(*within, Settlement.reversed_at.is_(None), Settlement.credit_id.is_(None) | source.type.in_(no_income))
        .where(*narrowed)
        .group_by(Transaction.id)
    )
    refunded = (
        select(Transaction.id, func.sum(Payment.amount))
        .join(Payment, Payment.from_transaction_id == Transaction.id)
        .where(Payment.date >= filters.since, Payment.date <= filters.until, Payment.reversed_at.is_(None), *narrowed)
        .group_by(Transaction.id)
    )
    return {number: amount for each in (settled, refunded) for number, amount in db.session.execute(each)}


def _paid(filters: Filters) -> dict[Key, Taxed]:
    """Share what came in over the tax groups; exact, rounded once per rate at the end."""
    base, came_in = base_currency(), _came_in(filters)
    found: dict[Key, Taxed] = defaultdict(Taxed)
    wanted = among(Transaction.id, came_in)
    rows: list[tuple[Any, ...]] = [
        tuple(row)
        for row in db.session.execute(
            select(Transaction.id, Transaction.type, Transaction.exchange_rate, Transaction.total,
                   TransactionTax.tax_id, TransactionTax.percent, TransactionTax.category, TransactionTax.net,
                   TransactionTax.tax)
            .join(TransactionTax, TransactionTax.transaction_id == Transaction.id)
            .where(wanted)
        )
    ]  # fmt: skip
    rows += [
        (of.id, of.type, of.exchange_rate, of.total, group.tax_id, group.percent, group.category, group.net, group.tax)
        for of, groups in _not_kept(wanted)
        for group in groups
    ]
    for number, kind, rate, total, tax_id, percent, category, net, tax in rows:
        group, factor = found[tax_id, percent, category], sign_of(kind) * rate * came_in[number]
        group.count += 1
        group.net += factor * net / total
        group.tax += factor * tax / total
    return {key: Taxed(of.count, round_money(of.net, base), round_money(of.tax, base)) for key, of in found.items()}


def build(filters: Filters) -> Result:
    """One row per rate and category, highest rate first."""
    is_paid = filters.choice == "paid"
    groups = _paid(filters) if is_paid else _issued(filters)
    wanted = [key[0] for key in groups if key[0] is not None]
    found = db.session.execute(select(Tax.id, Tax.name).where(among(Tax.id, wanted)))
    names: dict[int | None, str] = {number: name for number, name in found}
    columns = [
        Column("name", _("Tax")), Column("category", _("Category")), Column("percent", _("Rate"), "percent"),
        Column("count", _("Transactions"), "count"), Column("net", _("Net"), "money"),
        Column("tax", _("Tax amount"), "money"),
    ]  # fmt: skip
    ordered = sorted(groups.items(), key=lambda item: (-item[0][1], item[0][2], item[0][0] or 0))
    drill = Drill("transactions", {"since": filters.since, "until": filters.until})
    rows = [
        Row((names.get(key[0], _("No tax")) if key[2] else _("Not told by rate"), str(CATEGORIES.get(key[2], "")),
             key[1], of.count, of.net, of.tax), None if is_paid else drill)
        for key, of in ordered
    ]  # fmt: skip
    points = [Point(f"{row.cells[0]} {plain(row.cells[2], '')} %", row.cells[5]) for row in rows if row.cells[5]]
    basis = (
        _("What was paid in the period, each invoice's tax in proportion to what came in.")
        if is_paid
        else _("What was issued in the period; credit notes are taken off.")
    )
    notes = (basis, _("Other currencies are turned into base currency at the rate of their issue."))
    return Result(columns, rows, added(columns, rows, "net", "tax"), Chart(points), notes)


REPORT = Report("tax-summary", _l("Tax summary"), _l("What tax was charged, by rate."), "percentage", build,
                frozenset({"period", "customer", "currency"}), CHOICES, _l("Tax counts"))  # fmt: skip
