"""Which milestone, task list or task was invoiced at an amount of its own, and on which line."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from extensions import Model, UTCDateTime, utcnow

_LIVE = text("released_at IS NULL")
_LIVE_LIST = text("released_at IS NULL AND tasklist <> ''")


def _law(name: str, *columns: str, where: object = _LIVE) -> Index:
    return Index(name, *columns, unique=True, sqlite_where=where, postgresql_where=where)


class ItemAllocation(Model):
    """This piece of a project stands on this line at a free amount (requirements T-07, T-08).

    Exactly one of `milestone_id`, `tasklist` (its name within the project) and `task_id` is set. A milestone or task
    list takes a row for each of its tasks along, so a task cannot be invoiced beside the whole it belongs to. Rows are
    never deleted: releasing dates them. The partial unique indexes are the law that a piece is on one live line.
    """

    __tablename__ = "item_allocations"
    __table_args__ = (
        _law("uq_item_allocations_milestone_live", "milestone_id"),
        _law("uq_item_allocations_task_live", "task_id"),
        _law("uq_item_allocations_tasklist_live", "project_id", "tasklist", where=_LIVE_LIST),
        Index("ix_item_allocations_transaction_id_released_at", "transaction_id", "released_at"),
        Index("ix_item_allocations_line_id", "line_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="RESTRICT"))
    milestone_id: Mapped[int | None] = mapped_column(ForeignKey("milestones.id", ondelete="SET NULL"), default=None)
    tasklist: Mapped[str] = mapped_column(default="")
    task_id: Mapped[int | None] = mapped_column(ForeignKey("tasks.id", ondelete="SET NULL"), default=None)
    transaction_id: Mapped[int] = mapped_column(ForeignKey("transactions.id", ondelete="RESTRICT"))
    #: NULL once the line of a draft was removed (then it is released too)
    line_id: Mapped[int | None] = mapped_column(ForeignKey("transaction_lines.id", ondelete="SET NULL"))
    allocated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    released_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    #: voided, deleted, removed, credited, undone
    release_reason: Mapped[str] = mapped_column(default="")
