"""The money side of a transaction's page: what settled it, what was drawn from it, and what may be done."""

from __future__ import annotations

from typing import Any

from billing import payments
from billing.money import ZERO
from billing.types import TYPES, type_of
from blueprints.access import may
from extensions import db
from models import Payment, Transaction
from models.payment import PAYMENT_METHODS


def money_of(transaction: Transaction) -> dict[str, Any] | None:
    """Return what the money panel tells; None for drafts and for types that no money moves."""
    kind, is_live = type_of(transaction), transaction.number is not None and transaction.status != "void"
    if not is_live or not (kind.is_owed or kind.gives_credit):
        return None
    can_pay = kind.may("pay", transaction.status) and may("payments.edit")
    refunds = db.select(Payment).where(Payment.from_transaction_id == transaction.id, Payment.reversed_at.is_(None))
    return {
        "types": TYPES, "methods": PAYMENT_METHODS, "can_pay": can_pay,
        "received": payments.settlements_of(transaction) if kind.is_owed else [],
        "drawn": payments.settlements_by(transaction) if kind.gives_credit else [],
        "refunds": list(db.session.scalars(refunds.order_by(Payment.date))) if kind.gives_credit else [],
        "usable": sum((source.amount for source in payments.usable_for(transaction)), ZERO) if can_pay else ZERO,
        "can_refund": kind.may("refund", transaction.status) and transaction.credit > 0 and may("payments.edit"),
    }  # fmt: skip
