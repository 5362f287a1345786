"""Items: what is sold again and again, with a price per currency."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from extensions import KeyText, Model, ScaledDecimal, UTCDateTime, utcnow
from models.billing import Tax

#: kinds and the words people see
ITEM_KINDS = {"service": "Service", "goods": "Goods"}


class Item(Model):
    """A service or product. `rate` is per `unit` in base currency, without tax; `prices` hold other currencies."""

    __tablename__ = "items"
    __table_args__ = (
        CheckConstraint("kind IN ('service','goods')", name="kind"),
        Index("ix_items_name_id", "name", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    #: as of customers: casefolded, NFC, blanks collapsed
    name_key: Mapped[str] = mapped_column(KeyText, index=True)
    #: the organisation's own article number; empty: none
    sku: Mapped[str] = mapped_column(default="", index=True)
    kind: Mapped[str] = mapped_column(default="service")
    description: Mapped[str] = mapped_column(default="")
    unit: Mapped[str] = mapped_column(default="")
    rate: Mapped[Decimal] = mapped_column(ScaledDecimal(4), default=Decimal(0))
    tax_id: Mapped[int | None] = mapped_column(ForeignKey("taxes.id", ondelete="RESTRICT"), default=None)
    is_active: Mapped[bool] = mapped_column(default=True)
    #: "local" or a connector's key
    source: Mapped[str] = mapped_column(default="local")
    custom: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow, onupdate=utcnow)

    tax: Mapped[Tax | None] = relationship()
    prices: Mapped[list[ItemPrice]] = relationship(cascade="all, delete-orphan", order_by="ItemPrice.currency")


class ItemPrice(Model):
    """What an item costs in a currency other than the base currency."""

    __tablename__ = "item_prices"
    __table_args__ = (UniqueConstraint("item_id", "currency"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id", ondelete="CASCADE"))
    #: ISO 4217
    currency: Mapped[str]
    rate: Mapped[Decimal] = mapped_column(ScaledDecimal(4))
