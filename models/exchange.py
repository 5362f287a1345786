"""Exchange rates by date: what one unit of a currency is worth in base currency (requirements R-06)."""

from __future__ import annotations

import datetime as dt
from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from extensions import Model, ScaledDecimal, UTCDateTime, utcnow


class ExchangeRate(Model):
    """One unit of `currency` in base currency from `date` on, until a later row says otherwise."""

    __tablename__ = "exchange_rates"
    __table_args__ = (UniqueConstraint("currency", "date"), CheckConstraint("rate > 0", name="rate"))

    id: Mapped[int] = mapped_column(primary_key=True)
    #: ISO 4217; never the base currency
    currency: Mapped[str]
    date: Mapped[dt.date]
    rate: Mapped[Decimal] = mapped_column(ScaledDecimal(8))
    #: who says so, as it is written on transactions, e.g. European Central Bank
    source: Mapped[str] = mapped_column(default="")
    entered_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), default=None)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
