"""What happened with a customer: changes of its own, its transactions and payments, and merges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import joinedload

from billing.transactions import visible
from extensions import db
from models import AuditEntry, Customer, CustomerMerge, Payment, Transaction

#: how much of a customer's story is told
STORY = 60


@dataclass(frozen=True, slots=True)
class StoryEvent:
    """One thing that happened with a customer."""

    at: datetime
    #: key of the sentence the page says
    kind: str
    who: str
    transaction: Transaction | None = None
    #: a sentence beside it
    text: str = ""
    amount: Decimal | None = None
    currency: str = ""


def story(customer: Customer) -> list[StoryEvent]:
    """Return the latest of what happened with a customer, newest first."""
    told = db.select(AuditEntry).where(AuditEntry.subject == "customer", AuditEntry.subject_id == customer.id)
    audit = db.session.scalars(told.order_by(AuditEntry.id.desc()).limit(STORY))
    events = [StoryEvent(entry.at, entry.verb, entry.actor, text=entry.summary) for entry in audit]
    if not any(event.kind == "customer.added" for event in events):
        events.append(StoryEvent(customer.created_at, "customer.arrived", ""))
    money = db.select(Transaction).where(Transaction.customer_id == customer.id, visible())
    for transaction in db.session.scalars(money.order_by(Transaction.id.desc()).limit(STORY)):
        events += _moments(transaction)
    payments = db.select(Payment).where(Payment.customer_id == customer.id).order_by(Payment.id.desc()).limit(STORY)
    for payment in db.session.scalars(payments):
        events += _payment_moments(payment)
    return sorted(events, key=lambda event: event.at, reverse=True)[:STORY]


def _moments(transaction: Transaction) -> list[StoryEvent]:
    moments = {
        "transaction.started": transaction.created_at, "transaction.issued": transaction.issued_at,
        "transaction.sent": transaction.sent_at, "transaction.voided": transaction.voided_at,
        f"transaction.{transaction.status}": transaction.answered_at,
    }  # fmt: skip
    return [
        StoryEvent(at, kind, "", transaction, amount=transaction.total, currency=transaction.currency)
        for kind, at in moments.items()
        if at is not None
    ]


def _payment_moments(payment: Payment) -> list[StoryEvent]:
    moments = {f"payment.{payment.kind}": payment.created_at, "payment.reversed": payment.reversed_at}
    return [
        StoryEvent(at, kind, "", text=payment.reference, amount=payment.amount, currency=payment.currency)
        for kind, at in moments.items()
        if at is not None
    ]


def merges_of(customer: Customer) -> Sequence[CustomerMerge]:
    """Return the customers that went into this one and can still come back, latest first."""
    mine = (CustomerMerge.kept_id == customer.id, CustomerMerge.undone_at.is_(None))
    query = db.select(CustomerMerge).where(*mine).options(joinedload(CustomerMerge.gone))
    return db.session.scalars(query.order_by(CustomerMerge.id.desc()).limit(20)).all()
