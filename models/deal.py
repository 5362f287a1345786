"""Deals: what a customer may buy, and what follows here when a deal changes."""

from __future__ import annotations

import datetime as dt
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint, false, text, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from extensions import Model, ScaledDecimal, UTCDateTime, utcnow
from models.billing import Transaction
from models.customer import ContactPerson, Customer

#: what has become of a deal, by its probability (requirements D-04)
DEAL_OUTCOMES = {"open": "Open", "won": "Won", "lost": "Lost"}
#: of a transaction that a trigger made: looked after, or left alone from now on; frozen never goes back (D-07)
TRIGGER_STATES = ("none", "managed", "frozen")


class Deal(Model):
    """A deal as the CRM tells it; it is read only here. Its transactions say that they belong to it (D-12)."""

    __tablename__ = "deals"
    __table_args__ = (
        CheckConstraint("outcome IN ('open','won','lost')", name="outcome"),
        Index("ix_deals_name_id", "name", "id"),
        Index("ix_deals_closing_date_id", "closing_date", "id"),
        Index("ix_deals_customer_id_id", "customer_id", "id"),
        Index("ix_deals_unseen", "id", sqlite_where=text("needs_look"), postgresql_where=text("needs_look")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    #: who would be billed; NULL where the deal hangs on nobody that is synced (D-06)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id", ondelete="SET NULL"), default=None)
    contact_person_id: Mapped[int | None] = mapped_column(
        ForeignKey("contact_persons.id", ondelete="SET NULL"), default=None, index=True
    )
    stage: Mapped[str] = mapped_column(default="")
    #: 0 to 100; NULL: the remote has no such field (D-05)
    probability: Mapped[int | None] = mapped_column(default=None)
    #: a key of `DEAL_OUTCOMES`, by the probability alone
    outcome: Mapped[str] = mapped_column(default="open")
    #: in `currency`
    amount: Mapped[Decimal | None] = mapped_column(ScaledDecimal(4), default=None)
    #: ISO 4217
    currency: Mapped[str] = mapped_column(default="")
    closing_date: Mapped[dt.date | None] = mapped_column(default=None)
    description: Mapped[str] = mapped_column(default="")
    #: who works on it there
    owner_name: Mapped[str] = mapped_column(default="")
    #: false once it is gone there but transactions name it
    is_active: Mapped[bool] = mapped_column(default=True, server_default=true())
    #: changed since its triggers last looked at it: the row is the message
    needs_look: Mapped[bool] = mapped_column(default=True, server_default=false())
    #: "local" or a connector's key
    source: Mapped[str] = mapped_column(default="local")
    custom: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow, onupdate=utcnow)

    customer: Mapped[Customer | None] = relationship()
    contact_person: Mapped[ContactPerson | None] = relationship()


class DealTrigger(Model):
    """What one trigger last concluded about one deal: what it made, whether it still looks after it, or why not."""

    __tablename__ = "deal_triggers"
    __table_args__ = (
        UniqueConstraint("deal_id", "trigger"),
        CheckConstraint("state IN ('none','managed','frozen')", name="state"),
        Index("ix_deal_triggers_decided_at_id", "decided_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    deal_id: Mapped[int] = mapped_column(ForeignKey("deals.id", ondelete="CASCADE"))
    #: a key of sync.triggers.TRIGGERS
    trigger: Mapped[str]
    #: a value of `TRIGGER_STATES`
    state: Mapped[str] = mapped_column(default="none")
    transaction_id: Mapped[int | None] = mapped_column(
        ForeignKey("transactions.id", ondelete="SET NULL"), default=None, index=True
    )
    #: who changed the transaction, so that the deal does not any more; and when
    frozen_by: Mapped[str] = mapped_column(default="")
    frozen_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    #: why it did nothing: a TRG- code of sync.reasons; empty when it did what it is for
    code: Mapped[str] = mapped_column(default="")
    #: what the sentence needs: stage, probability, amount, number
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    decided_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    #: when it last made or changed a transaction
    fired_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)

    deal: Mapped[Deal] = relationship()
    transaction: Mapped[Transaction | None] = relationship()
