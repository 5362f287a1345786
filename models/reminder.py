"""Following up what is overdue: the schedule, what went out, and what is left alone for now."""

from __future__ import annotations

import datetime as dt
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, false, true
from sqlalchemy.orm import Mapped, mapped_column

from extensions import Model, UTCDateTime, utcnow


class ReminderRule(Model):
    """A stage of the schedule: so many days after the due date this e-mail goes out (below zero: before it)."""

    __tablename__ = "reminder_rules"
    __table_args__ = (CheckConstraint("days >= -90 AND days <= 730", name="days"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    days: Mapped[int] = mapped_column(unique=True)
    #: a key of `billing.mail.kinds.KINDS`
    kind: Mapped[str]
    #: a draft for a late fee is made beside it
    adds_late_fee: Mapped[bool] = mapped_column(default=False, server_default=false())
    is_active: Mapped[bool] = mapped_column(default=True, server_default=true())


class ReminderSent(Model):
    """This stage was reached by this transaction and its e-mail queued; the pair is unique, so it goes out once."""

    __tablename__ = "reminders_sent"
    __table_args__ = (UniqueConstraint("transaction_id", "rule_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    transaction_id: Mapped[int] = mapped_column(ForeignKey("transactions.id", ondelete="CASCADE"))
    rule_id: Mapped[int] = mapped_column(ForeignKey("reminder_rules.id", ondelete="CASCADE"), index=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("mail_messages.id", ondelete="SET NULL"), default=None)
    #: the draft that asks for the late fee
    fee_id: Mapped[int | None] = mapped_column(
        ForeignKey("transactions.id", ondelete="SET NULL"), default=None, index=True
    )
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


class ReminderHold(Model):
    """No reminders for this transaction: it is disputed, or something else was agreed."""

    __tablename__ = "reminder_holds"

    transaction_id: Mapped[int] = mapped_column(
        ForeignKey("transactions.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    reason: Mapped[str]
    #: the last day on which it is left alone; NULL: until somebody says otherwise
    until: Mapped[dt.date | None] = mapped_column(default=None)
    by: Mapped[str] = mapped_column(default="", server_default="")
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
