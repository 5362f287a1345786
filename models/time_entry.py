"""Time entries: one logged piece of time each, with its billing state."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from extensions import Model
from models.project import Bug, Project, Task
from models.user import User

#: billing states and the words people see (product.md)
BILLING_STATES = {
    "unbilled": "Unbilled",
    "on_draft": "On draft",
    "invoiced": "Invoiced",
    "elsewhere": "Invoiced elsewhere",
    "written_off": "Written off",
}


class TimeEntry(Model):
    """`seconds` is what was logged and is never rounded (requirements R-04); `date` is the portal's local date."""

    __tablename__ = "time_entries"
    __table_args__ = (
        CheckConstraint(
            "billing_state IN ('unbilled','on_draft','invoiced','elsewhere','written_off')",
            name="billing_state",
        ),
        CheckConstraint("seconds >= 0", name="seconds"),
        CheckConstraint("approval IN ('none','asked','approved','rejected')", name="approval"),
        Index("ix_time_entries_date_id", "date", "id"),
        # holds all that sums of hours per project and state read, so that they never visit the table
        Index(
            "ix_time_entries_project_id_billing_state_date_id",
            "project_id", "billing_state", "date", "id", "seconds", "is_billable", "approval", "source",
        ),
        Index("ix_time_entries_project_id_date_id", "project_id", "date", "id"),
        # the few entries that were logged here among the many that were fetched
        Index(
            "ix_time_entries_local_date_id", "date", "id",
            sqlite_where=text("source = 'local'"), postgresql_where=text("source = 'local'"),
        ),
        Index("ix_time_entries_billing_state_date_id", "billing_state", "date", "id"),
        Index("ix_time_entries_user_id_date_id", "user_id", "date", "id"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="RESTRICT"))
    task_id: Mapped[int | None] = mapped_column(ForeignKey("tasks.id", ondelete="SET NULL"), index=True)
    bug_id: Mapped[int | None] = mapped_column(ForeignKey("bugs.id", ondelete="SET NULL"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    date: Mapped[date]
    seconds: Mapped[int]
    #: wall-clock text as the remote gave it, e.g. 09:30; empty when not logged
    start_time: Mapped[str] = mapped_column(default="")
    end_time: Mapped[str] = mapped_column(default="")
    notes: Mapped[str] = mapped_column(default="")
    is_billable: Mapped[bool] = mapped_column(default=True)
    billing_state: Mapped[str] = mapped_column(default="unbilled")
    #: where it stands under its project's approval policy: none, asked, approved, rejected (requirements T-18)
    approval: Mapped[str] = mapped_column(default="none", server_default="none")
    #: what the remote did after the entry was invoiced: changed, withdrawn, removed; empty when nothing
    remote_change: Mapped[str] = mapped_column(default="")
    source: Mapped[str] = mapped_column(default="local")
    custom: Mapped[dict[str, Any] | None] = mapped_column(JSON, default=None)

    project: Mapped[Project] = relationship()
    task: Mapped[Task | None] = relationship()
    bug: Mapped[Bug | None] = relationship()
    user: Mapped[User | None] = relationship()
