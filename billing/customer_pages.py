"""What a customer sees by a link: payments of one transaction, and everything open for them. Reads only.

Never a draft, never another customer's, never something void as if it were to be paid.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, Select, func, select

from billing.approvals import is_alive, link_of
from billing.links import LINK_LIFE
from billing.money import ZERO
from billing.payments import credit_of
from billing.types import TYPES, has_lapsed, is_issued, type_of
from extensions import db, utcnow
from models import ApprovalAnswer, ApprovalRequest, Customer, Project, Transaction

#: documents that the page lists
MOST = 200


@dataclass(frozen=True, slots=True)
class CurrencySums:
    """What stands between the two of us in one currency. `overdue` is a part of `open`."""

    currency: str
    open: Decimal
    overdue: Decimal
    credit: Decimal


@dataclass(frozen=True, slots=True)
class HoursAsked:
    """Hours that wait for the customer's approval; `path` is the page where they tick them."""

    project: str
    entries: int
    path: str


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything about one customer that is theirs to see."""

    sums: tuple[CurrencySums, ...]
    owed: tuple[Transaction, ...]
    to_answer: tuple[Transaction, ...]
    hours: tuple[HoursAsked, ...]
    others: tuple[Transaction, ...]


def asked_in_advance(transaction: Transaction) -> Transaction | None:
    """Return the issued transaction that asks for the retainer of an accepted quote; None as long as there is none."""
    asking = [key for key, kind in TYPES.items() if kind.is_owed and kind.gives_credit]
    found = select(Transaction).where(
        Transaction.converted_from_id == transaction.id, Transaction.type.in_(asking), _is_issued()
    )
    return None if not transaction.retainer_percent else db.session.scalar(found.order_by(Transaction.id).limit(1))


def overview(customer: Customer, today: date) -> Overview:
    """Return everything open and done for a customer; a handful of statements."""
    found = list(db.session.scalars(_of(customer).limit(MOST)))
    owed = [one for one in found if type_of(one).is_owed and one.balance > 0]
    waiting = [one for one in found if type_of(one).may("accept", one.status) and not has_lapsed(one, today)]
    named = {one.id for one in (*owed, *waiting)}
    return Overview(
        sums=tuple(_sums(customer, today)),
        owed=tuple(sorted(owed, key=lambda one: (one.due_date or one.date, one.id))),
        to_answer=tuple(waiting),
        hours=tuple(_hours(customer)),
        others=tuple(one for one in found if one.id not in named),
    )


def _is_issued() -> ColumnElement[bool]:
    """Return the condition that a transaction may be seen by its customer: it has its number and still counts."""
    return is_issued(TYPES.values()) & (Transaction.issued_at > utcnow() - LINK_LIFE)


def _of(customer: Customer) -> Select[Transaction]:
    return (
        select(Transaction)
        .where(Transaction.customer_id == customer.id, _is_issued())
        .order_by((Transaction.balance > 0).desc(), Transaction.date.desc(), Transaction.id.desc())
    )


def _sums(customer: Customer, today: date) -> list[CurrencySums]:
    """Return the sums by currency: over all that is open, however many documents the page lists."""
    owed = [key for key, kind in TYPES.items() if kind.is_owed]
    late = func.sum(Transaction.balance).filter(Transaction.due_date < today)
    rows = db.session.execute(
        select(Transaction.currency, func.sum(Transaction.balance), late)
        .where(
            Transaction.customer_id == customer.id, Transaction.type.in_(owed), _is_issued(), Transaction.balance > 0
        )
        .group_by(Transaction.currency)
    )
    open_by = {currency: (total, overdue or ZERO) for currency, total, overdue in rows}
    credits = {credit.currency: credit.amount for credit in credit_of(customer.id) if credit.amount}
    return [
        CurrencySums(currency, *open_by.get(currency, (ZERO, ZERO)), credits.get(currency, ZERO))
        for currency in sorted({*open_by, *credits})
    ]


def _hours(customer: Customer) -> list[HoursAsked]:
    """Return the approvals that wait for an answer."""
    is_waiting = (ApprovalAnswer.request_id == ApprovalRequest.id) & (ApprovalAnswer.verdict == "asked")
    count = select(func.count()).where(is_waiting, ApprovalAnswer.closed_at.is_(None)).scalar_subquery()
    rows = db.session.execute(
        select(ApprovalRequest, Project.name, count)
        .join(Project, Project.id == ApprovalRequest.project_id)
        .where(Project.customer_id == customer.id, ApprovalRequest.revoked_at.is_(None))
        .order_by(ApprovalRequest.id)
    )
    return [HoursAsked(name, entries, link_of(request)) for request, name, entries in rows
            if entries and is_alive(request)]  # fmt: skip
