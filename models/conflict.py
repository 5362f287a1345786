"""What was changed on both sides, and what a person said about records that look alike."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from extensions import Model, UTCDateTime, utcnow

#: open; resolved by a person or a remembered rule; gone because both sides agree by now
CONFLICT_STATES = ("open", "resolved", "gone")


class Conflict(Model):
    """One field of one record that was changed here and there since the last sync; neither is overwritten (M-08)."""

    __tablename__ = "conflicts"
    __table_args__ = (
        CheckConstraint("state IN ('open','resolved','gone')", name="state"),
        Index(
            "uq_conflicts_open", "integration_id", "module", "local_id", "field", unique=True,
            sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'"),
        ),
        Index("ix_conflicts_integration_id_state_id", "integration_id", "state", "id"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"))
    #: a key of sync.modules.MODULES
    module: Mapped[str]
    remote_id: Mapped[str]
    local_id: Mapped[int]
    #: a local field of the module, or "custom.<key>"
    field: Mapped[str]
    #: as last synced, as it is here, as it is there: plain JSON values
    base: Mapped[Any] = mapped_column(JSON, default=None)
    here: Mapped[Any] = mapped_column(JSON, default=None)
    there: Mapped[Any] = mapped_column(JSON, default=None)
    state: Mapped[str] = mapped_column(default="open")
    #: here or there
    choice: Mapped[str] = mapped_column(default="")
    #: who chose, as a name
    chosen_by: Mapped[str] = mapped_column(default="")
    found_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    settled_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)


class MatchChoice(Model):
    """A person said which local row a remote record is, before it came in; NULL: none, it is a new one (M-09)."""

    __tablename__ = "match_choices"
    __table_args__ = (UniqueConstraint("integration_id", "module", "remote_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"))
    module: Mapped[str]
    remote_id: Mapped[str]
    local_id: Mapped[int | None] = mapped_column(default=None)
    chosen_by: Mapped[str] = mapped_column(default="")
    chosen_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
