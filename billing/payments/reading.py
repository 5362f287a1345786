"""What is open, what settled what, and what a customer has to their credit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import ColumnElement, false, func, or_, select
from sqlalchemy.orm import aliased

from billing.money import ZERO
from billing.transactions.balances import is_only_for
from billing.types import TYPES, type_of
from extensions import db
from models import Payment, Project, Settlement, Transaction

#: open transactions that one form lists
MOST = 200


@dataclass(frozen=True, slots=True)
class Put:
    """One settlement: how much, when, where it came from and what it settled. `number` is the other side's."""

    settlement_id: int
    date: dt.date
    amount: Decimal
    #: the payment it came from, else the credit note or retainer
    payment_id: int | None
    credit_id: int | None
    transaction_id: int
    #: type and number of the transaction on the other side; empty when that is a payment
    type: str
    number: str
    #: of the payment: how it was paid, and its reference
    method: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class CreditSource:
    """Something that holds credit of a customer: a payment (`type` empty) or a transaction."""

    id: int
    type: str
    number: str
    date: dt.date
    currency: str
    amount: Decimal
    #: the project that a retainer is bound to
    project_id: int | None = None
    project_name: str = ""


@dataclass(frozen=True, slots=True)
class Credit:
    """All credit of a customer in one currency. `bound`: the part that is only for certain projects."""

    currency: str
    amount: Decimal
    bound: Decimal
    sources: tuple[CreditSource, ...]


def is_open() -> ColumnElement[bool]:
    """Return the condition that something is still owed on a transaction, as its type says."""
    kinds = [
        (Transaction.type == kind.key) & Transaction.status.in_(sorted(kind.moves["pay"]))
        for kind in TYPES.values()
        if kind.is_owed
    ]
    return or_(false(), *kinds) & (Transaction.balance > 0)


def open_transactions(customer_id: int, currency: str) -> list[Transaction]:
    """Return what a customer still owes in a currency, what is due first first; at most `MOST`."""
    due = func.coalesce(Transaction.due_date, Transaction.date)
    query = select(Transaction).where(
        Transaction.customer_id == customer_id, Transaction.currency == currency, is_open()
    )
    return list(db.session.scalars(query.order_by(due, Transaction.id).limit(MOST)))


def oldest_first(transactions: Iterable[Transaction], amount: Decimal) -> dict[int, Decimal]:
    """Suggest how an amount settles these, one after the other, until nothing is left of it."""
    found: dict[int, Decimal] = {}
    for transaction in transactions:
        part = min(amount, transaction.balance)
        if part > 0:
            found[transaction.id] = part
            amount -= part
    return found


def settlements_of(transaction: Transaction) -> list[Put]:
    """Return what settled a transaction, oldest first; what was reversed is not told. One statement."""
    return _puts(Settlement.transaction_id == transaction.id, Settlement.credit_id)


def settlements_by(source: Transaction | Payment) -> list[Put]:
    """Return what a payment, or the credit of a transaction, settled; oldest first. One statement."""
    own = Settlement.payment_id if isinstance(source, Payment) else Settlement.credit_id
    return _puts(own == source.id, Settlement.transaction_id)


def _puts(condition: ColumnElement[bool], other_side: ColumnElement[int | None] | object) -> list[Put]:
    other = aliased(Transaction)
    query = (
        select(Settlement, other.type, other.number, Payment.method, Payment.reference)
        .outerjoin(other, other.id == other_side)
        .outerjoin(Payment, Payment.id == Settlement.payment_id)
        .where(condition, Settlement.reversed_at.is_(None))
        .order_by(Settlement.date, Settlement.id)
    )
    return [
        Put(row.id, row.date, row.amount, row.payment_id, row.credit_id, row.transaction_id, type_key or "",
            number or "", method or "", reference or "")
        for row, type_key, number, method, reference in db.session.execute(query)
    ]  # fmt: skip


def credit_of(customer_id: int) -> list[Credit]:
    """Return a customer's credit by currency: unused payments, credit notes, retainers. Two statements."""
    sources = _sources(customer_id)
    return [
        _credit(code, [it for it in sources if it.currency == code]) for code in sorted({it.currency for it in sources})
    ]


def _credit(currency: str, sources: Sequence[CreditSource]) -> Credit:
    amount = sum((source.amount for source in sources), ZERO)
    bound = sum((source.amount for source in sources if source.project_id is not None), ZERO)
    return Credit(currency, amount, bound, tuple(sources))


def usable_for(target: Transaction) -> list[CreditSource]:
    """Return the credit that may be put on a transaction: same customer, same currency, not another project's."""
    kind = type_of(target)
    return [
        source
        for source in _sources(target.customer_id)
        if source.currency == target.currency
        and not (source.type and TYPES[source.type].is_owed and kind.gives_credit)
        and (source.project_id is None or is_only_for(target, source.project_id))
    ]


def _sources(customer_id: int) -> list[CreditSource]:
    kinds = [
        (Transaction.type == kind.key) & Transaction.status.in_(sorted(kind.moves["draw"]))
        for kind in TYPES.values()
        if kind.gives_credit
    ]
    held = (
        select(Transaction, Project.name)
        .outerjoin(Project, Project.id == Transaction.project_id)
        .where(Transaction.customer_id == customer_id, or_(false(), *kinds), Transaction.credit > 0)
        .order_by(Transaction.date, Transaction.id)
    )
    unused = select(Payment).where(
        Payment.customer_id == customer_id, Payment.unused > 0, Payment.reversed_at.is_(None)
    )
    found = [
        CreditSource(it.id, "", it.reference, it.date, it.currency, it.unused)
        for it in db.session.scalars(unused.order_by(Payment.date, Payment.id))
    ]
    return found + [_source(transaction, name or "") for transaction, name in db.session.execute(held)]


def _source(transaction: Transaction, project_name: str) -> CreditSource:
    is_bound = type_of(transaction).is_owed and transaction.project_id is not None
    return CreditSource(
        transaction.id, transaction.type, transaction.number or "", transaction.date, transaction.currency,
        transaction.credit, transaction.project_id if is_bound else None, project_name if is_bound else "",
    )  # fmt: skip
