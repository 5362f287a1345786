"""The entries behind the lines of a transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func

from extensions import db
from models import Allocation, Bug, Project, Task, TimeEntry, Transaction, User

#: entries of one line that are listed; the rest is found in the list of time entries
MOST_ENTRIES = 200


@dataclass(frozen=True, slots=True)
class Behind:
    """How many entries stand behind a line, their first and last day."""

    count: int
    first: date
    last: date


def behind_lines(transaction: Transaction) -> Mapping[int, Behind]:
    """Return line id → what stands behind it; of a void one, what stood there. One statement."""
    statement = (
        db.select(Allocation.line_id, func.count(), func.min(TimeEntry.date), func.max(TimeEntry.date))
        .join(TimeEntry, TimeEntry.id == Allocation.time_entry_id)
        .where(Allocation.transaction_id == transaction.id, Allocation.line_id.is_not(None))
        .group_by(Allocation.line_id)
    )
    return {line_id: Behind(*values) for line_id, *values in db.session.execute(statement)}


def held(transaction: Transaction) -> tuple[int, int]:
    """Return how many entries a transaction holds now, and their seconds."""
    is_live = (Allocation.transaction_id == transaction.id) & Allocation.released_at.is_(None)
    row = db.session.execute(db.select(func.count(), func.sum(Allocation.seconds)).where(is_live)).one()
    return row[0], int(row[1] or 0)


def entries_of(transaction: Transaction, line_id: int) -> list[Any]:
    """Return rows of the entries behind a line, oldest first, one more than are shown."""
    statement = (
        db.select(
            TimeEntry.id, TimeEntry.date, TimeEntry.notes, TimeEntry.remote_change, Allocation.seconds,
            Allocation.released_at, Project.name.label("project"),
            func.coalesce(Task.name, Bug.title).label("work"), User.name.label("person"),
        )
        .join(TimeEntry, TimeEntry.id == Allocation.time_entry_id)
        .join(Project, Project.id == TimeEntry.project_id)
        .outerjoin(Task, Task.id == TimeEntry.task_id)
        .outerjoin(Bug, Bug.id == TimeEntry.bug_id)
        .outerjoin(User, User.id == TimeEntry.user_id)
        .where(Allocation.transaction_id == transaction.id, Allocation.line_id == line_id)
        .order_by(TimeEntry.date, TimeEntry.id)
        .limit(MOST_ENTRIES + 1)
    )  # fmt: skip
    return list(db.session.execute(statement).all())
