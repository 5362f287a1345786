"""How many calls each integration makes, for the API budget (requirements M-21)."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import JSON, ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from extensions import Model


class RemoteCalls(Model):
    """How many calls one integration made per day and endpoint."""

    __tablename__ = "remote_calls"

    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"), primary_key=True)
    #: UTC date
    day: Mapped[date] = mapped_column(primary_key=True)
    #: method and id-collapsed path
    endpoint: Mapped[str] = mapped_column(primary_key=True)
    calls: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    #: calls that the remote refused because there were too many, and how long we held calls back (seconds)
    throttled: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    waited_seconds: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    #: the latest refusal: when (`at`), `status`, for how many `seconds`, and what it `said`
    last_refusal: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), default=None)
