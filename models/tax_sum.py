"""What of an issued transaction is taxed at which rate, as it was added up when it was issued."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from extensions import Model, ScaledDecimal


class TransactionTax(Model):
    """One tax group of an issued transaction, in its currency (`TaxSum`), kept as it was at issue."""

    __tablename__ = "transaction_taxes"
    __table_args__ = (Index("ix_transaction_taxes_transaction_id", "transaction_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    transaction_id: Mapped[int] = mapped_column(ForeignKey("transactions.id", ondelete="CASCADE"))
    #: NULL: what carries no tax at all
    tax_id: Mapped[int | None] = mapped_column(ForeignKey("taxes.id", ondelete="RESTRICT"), default=None)
    percent: Mapped[Decimal] = mapped_column(ScaledDecimal(4), default=Decimal(0))
    #: UNCL 5305, as of `Tax.category`
    category: Mapped[str]
    #: what the tax is computed on, after discounts, with shipping
    net: Mapped[Decimal] = mapped_column(ScaledDecimal(4))
    tax: Mapped[Decimal] = mapped_column(ScaledDecimal(4))
