"""Money that came in or went back, and what it settled. Rows are never deleted: a mistake is reversed, dated."""

from __future__ import annotations

import datetime as dt
from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from extensions import Model, ScaledDecimal, UTCDateTime, utcnow
from models.customer import Customer

#: kinds and the words people see
PAYMENT_KINDS = {"payment": "Payment", "refund": "Refund"}
PAYMENT_METHODS = {
    "bank": "Bank transfer",
    "card": "Card",
    "cash": "Cash",
    "cheque": "Cheque",
    "direct_debit": "Direct debit",
    "other": "Other",
}


class Payment(Model):
    """Money from a customer (`payment`) or back to one (`refund`); `amount` is above zero, in `currency`.

    `unused` is what of a payment no settlement and no refund took: the customer's credit.
    """

    __tablename__ = "payments"
    __table_args__ = (
        CheckConstraint("kind IN ('payment','refund')", name="kind"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("unused >= 0", name="unused"),
        Index("ix_payments_date_id", "date", "id"),
        Index("ix_payments_customer_id_date_id", "customer_id", "date", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(default="payment")
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id", ondelete="RESTRICT"))
    date: Mapped[dt.date]
    #: ISO 4217
    currency: Mapped[str]
    amount: Mapped[Decimal] = mapped_column(ScaledDecimal(4))
    unused: Mapped[Decimal] = mapped_column(ScaledDecimal(4), default=Decimal(0))
    #: one unit of `currency` in base currency on that day, with its source
    exchange_rate: Mapped[Decimal] = mapped_column(ScaledDecimal(8), default=Decimal(1))
    exchange_source: Mapped[str] = mapped_column(default="")
    method: Mapped[str] = mapped_column(default="bank")
    reference: Mapped[str] = mapped_column(default="")
    notes: Mapped[str] = mapped_column(default="")
    #: what a refund gives back: a payment's unused rest, or the credit of a credit note or retainer
    from_payment_id: Mapped[int | None] = mapped_column(ForeignKey("payments.id", ondelete="RESTRICT"), default=None)
    from_transaction_id: Mapped[int | None] = mapped_column(
        ForeignKey("transactions.id", ondelete="RESTRICT"), default=None, index=True
    )
    version: Mapped[int] = mapped_column(default=1)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), default=None)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    #: set when it was entered by mistake; then it counts nowhere
    reversed_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    reverse_reason: Mapped[str] = mapped_column(default="")

    customer: Mapped[Customer] = relationship()


class Settlement(Model):
    """This much of an invoice or retainer was settled: by a payment, or by the credit of another transaction.

    Exactly one of `payment_id` and `credit_id` is set. `amount` is in the currency of both.
    """

    __tablename__ = "settlements"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("(payment_id IS NULL) <> (credit_id IS NULL)", name="one_source"),
        Index("ix_settlements_transaction_id_reversed_at", "transaction_id", "reversed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: what is settled
    transaction_id: Mapped[int] = mapped_column(ForeignKey("transactions.id", ondelete="RESTRICT"))
    payment_id: Mapped[int | None] = mapped_column(
        ForeignKey("payments.id", ondelete="RESTRICT"), default=None, index=True
    )
    #: the credit note or retainer invoice it was drawn from
    credit_id: Mapped[int | None] = mapped_column(
        ForeignKey("transactions.id", ondelete="RESTRICT"), default=None, index=True
    )
    date: Mapped[dt.date]
    amount: Mapped[Decimal] = mapped_column(ScaledDecimal(4))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    reversed_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)

    payment: Mapped[Payment | None] = relationship()
