"""Hints: what webhooks said might have changed, until a run has read those records again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from extensions import Model, UTCDateTime, utcnow


class Hint(Model):
    """One remote record that somebody said has changed; nothing of a webhook's body but ids is kept (P-40).

    Waiting (`taken_run_id` NULL), taken by a run, then settled. Hints about one record collapse while they wait.
    A hint without module and id says that too much changed to name it: a quick run is wanted.
    """

    __tablename__ = "hints"
    __table_args__ = (
        Index(
            "uq_hints_waiting", "integration_id", "module", "remote_id", unique=True,
            sqlite_where=text("taken_run_id IS NULL AND settled_at IS NULL"),
            postgresql_where=text("taken_run_id IS NULL AND settled_at IS NULL"),
        ),
        Index(
            "ix_hints_taken", "taken_run_id",
            sqlite_where=text("taken_run_id IS NOT NULL AND settled_at IS NULL"),
            postgresql_where=text("taken_run_id IS NOT NULL AND settled_at IS NULL"),
        ),
        Index("ix_hints_integration_id_id", "integration_id", "id"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"))
    #: a key of sync.modules.MODULES; empty: a quick run is wanted
    module: Mapped[str] = mapped_column(default="")
    remote_id: Mapped[str] = mapped_column(default="")
    #: remote ids of what it belongs to, as far as the webhook told them
    project_id: Mapped[str] = mapped_column(default="")
    task_id: Mapped[str] = mapped_column(default="")
    bug_id: Mapped[str] = mapped_column(default="")
    #: created, updated or deleted; a word for people, the verdict is what the remote says
    event: Mapped[str] = mapped_column(default="updated")
    received_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    #: how often it was said while it waited, and when last
    times: Mapped[int] = mapped_column(default=1)
    last_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    #: not taken before this instant
    due_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    #: runs that took it and did not get to the end
    tries: Mapped[int] = mapped_column(default=0)
    taken_run_id: Mapped[int | None] = mapped_column(default=None)
    #: a run has read it, or it was given up
    settled_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    is_given_up: Mapped[bool] = mapped_column(default=False)
