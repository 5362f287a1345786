"""Subscriptions: transactions and expenses that come again (requirements T-22, T-23, R-07)."""

from __future__ import annotations

import datetime as dt
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from extensions import Model, UTCDateTime, utcnow
from models.customer import Customer
from models.project import Project

SUBSCRIPTION_STATES = {"active": "Active", "paused": "Paused", "ended": "Ended"}
PERIOD_UNITS = {"day": "Days", "week": "Weeks", "month": "Months", "year": "Years"}
#: what is done with each one that is made
SUBSCRIPTION_MODES = {"draft": "Make a draft", "send": "Issue and send it"}
#: what is made for periods that passed while the machine was off
CATCH_UPS = {"each": "One for each missed period", "last": "Only the latest one", "none": "None, go on with the next"}


class Subscription(Model):
    """`template` holds what each child starts with: head and lines as plain values, amounts as text.

    Period n (from 0) begins at `start_date` + n × `every` `unit`s, always counted from the start, so that the 31st
    comes back after a short month. `next_index` is the first period nothing was made for yet.
    """

    __tablename__ = "subscriptions"
    __table_args__ = (
        CheckConstraint("kind IN ('invoice','expense')", name="kind"),
        CheckConstraint("status IN ('active','paused','ended')", name="status"),
        CheckConstraint("every > 0", name="every"),
        Index("ix_subscriptions_status_next_date", "status", "next_date"),
        Index("ix_subscriptions_name_id", "name", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    #: what it makes: invoice or expense
    kind: Mapped[str] = mapped_column(default="invoice")
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id", ondelete="RESTRICT"), index=True)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id", ondelete="RESTRICT"), index=True)
    #: ISO 4217
    currency: Mapped[str]
    every: Mapped[int] = mapped_column(default=1)
    unit: Mapped[str] = mapped_column(default="month")
    start_date: Mapped[dt.date]
    #: last day on which one may be made; NULL: no end
    end_date: Mapped[dt.date | None] = mapped_column(default=None)
    #: how many are made at most; NULL: no limit
    max_count: Mapped[int | None] = mapped_column(default=None)
    next_index: Mapped[int] = mapped_column(default=0)
    #: NULL once it has ended
    next_date: Mapped[dt.date | None] = mapped_column(default=None)
    mode: Mapped[str] = mapped_column(default="draft")
    catch_up: Mapped[str] = mapped_column(default="each")
    #: whether the project's unbilled hours join the next one (not for fixed-cost projects)
    takes_hours: Mapped[bool] = mapped_column(default=False)
    layout: Mapped[str] = mapped_column(default="task")
    status: Mapped[str] = mapped_column(default="active")
    #: why the last one could not be made; empty when it could
    problem: Mapped[str] = mapped_column(default="")
    template: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    version: Mapped[int] = mapped_column(default=1)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), default=None)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow, onupdate=utcnow)

    customer: Mapped[Customer | None] = relationship()
    project: Mapped[Project | None] = relationship()
