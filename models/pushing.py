"""Local changes on their way to a remote, and the channels by which a remote tells of its own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from extensions import Model, UTCDateTime, utcnow

#: waiting; claimed, the call is going on; cut off, so it is looked for first; not accepted, a person must act; done
PUSH_STATES = ("pending", "sending", "unsure", "refused", "done")


class Push(Model):
    """One local record whose values the remote does not have yet. The row is claimed before the call (R-10)."""

    __tablename__ = "pushes"
    __table_args__ = (
        UniqueConstraint("integration_id", "module", "local_id"),
        CheckConstraint("state IN ('pending','sending','unsure','refused','done')", name="state"),
        Index(
            "ix_pushes_open", "integration_id", "id",
            sqlite_where=text("state <> 'done'"), postgresql_where=text("state <> 'done'"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"))
    module: Mapped[str]
    local_id: Mapped[int]
    #: NULL: it is new there
    remote_id: Mapped[str | None] = mapped_column(default=None)
    state: Mapped[str] = mapped_column(default="pending")
    #: local field → value as sent or to be sent, plain JSON
    values: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    #: hash of the values that were refused: the same ones are not sent again
    refused_hash: Mapped[bytes | None] = mapped_column(LargeBinary, default=None)
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    #: why it waits or was not accepted; one sentence
    problem: Mapped[str] = mapped_column(default="")
    #: the local field that a refusal is about; empty when none is named
    field: Mapped[str] = mapped_column(default="")
    claimed_by: Mapped[str | None] = mapped_column(default=None)
    claimed_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    #: the run that sent it last
    run_id: Mapped[int | None] = mapped_column(default=None)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


class WatchChannel(Model):
    """A subscription to changes at a remote, renewed before it ends; what comes by it is a hint, never a fact."""

    __tablename__ = "watch_channels"
    __table_args__ = (UniqueConstraint("integration_id", "channel_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"))
    #: chosen by us
    channel_id: Mapped[str]
    #: what each notification must bring along, encrypted
    token: Mapped[str]
    expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    renewed_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    #: when something last came by it
    heard_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    #: why there is none; one sentence
    problem: Mapped[str] = mapped_column(default="")
    not_before: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
