"""Rates and costs by date: which amount counted on the day of an entry, in SQL; and writing them down (T-19).

The nearest place wins as always; within a place the latest amount that began on or before the entry's day, else the
undated one. So a new amount never changes what earlier hours are worth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, ScalarSelect, Select, Subquery, func, select
from sqlalchemy.orm import aliased

from billing.errors import MoveRefused
from extensions import db
from models import DatedRate, ProjectStaff, Task, TimeEntry, User
from models.audit import Actor, record

#: before and after, for the audit log
Change = tuple[dict[str, Any] | None, dict[str, Any] | None]
#: stands for "from the beginning" where a person names no day
BEGINNING = date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an amount holds: a task, a person on a project, a person everywhere, or a project."""

    user_id: int | None = None
    project_id: int | None = None
    task_id: int | None = None

    def conditions(self, row: Any = DatedRate) -> list[ColumnElement[bool]]:
        """Return what a row of this place says."""
        return [
            column.is_(None) if value is None else column == value
            for column, value in (
                (row.user_id, self.user_id), (row.project_id, self.project_id), (row.task_id, self.task_id),
            )
        ]  # fmt: skip


def _at(kind: str, *, user: bool = False, project: bool = False, task: bool = False) -> ScalarSelect[Decimal]:
    """Return the amount of one place on the day of the entry; one step into an index per entry."""
    row = aliased(DatedRate)
    places = ((row.user_id, TimeEntry.user_id, user), (row.project_id, TimeEntry.project_id, project),
              (row.task_id, TimeEntry.task_id, task))  # fmt: skip
    return (
        select(row.amount)
        .where(
            row.kind == kind,
            *(column == own if is_asked else column.is_(None) for column, own, is_asked in places),
            row.from_date <= TimeEntry.date,
        )
        .order_by(row.from_date.desc())
        .limit(1)
        .correlate(TimeEntry)
        .scalar_subquery()
    )


def rate_columns() -> list[ColumnElement[Any]]:
    """Return the four rates that hang on an entry, in the order of `EntryRates`; the statement needs `joined`."""
    return [
        func.coalesce(_at("rate", task=True), Task.rate).label("task_rate"),
        func.coalesce(_at("rate", user=True, project=True), ProjectStaff.rate).label("staff_rate"),
        func.coalesce(_at("rate", user=True), User.rate).label("person_rate"),
        _at("rate", project=True).label("project_rate"),
    ]


def cost_column() -> ColumnElement[Any]:
    """Return what an hour of the entry's person cost on its day, base currency; NULL when nobody said."""
    on_project, everywhere = _at("cost", user=True, project=True), _at("cost", user=True)
    return func.coalesce(on_project, everywhere).label("cost")


def joined(statement: Select[Any]) -> Select[Any]:
    """Join what undated rates hang on: task, person, and the person's place on the project."""
    return (
        statement.outerjoin(Task, Task.id == TimeEntry.task_id)
        .outerjoin(User, User.id == TimeEntry.user_id)
        .outerjoin(
            ProjectStaff,
            (ProjectStaff.project_id == TimeEntry.project_id) & (ProjectStaff.user_id == TimeEntry.user_id),
        )
    )


def rated(*columns: ColumnElement[Any], where: Sequence[ColumnElement[bool]]) -> Subquery:
    """Return entries with `project_id`, their four rates and more labelled columns, to be grouped outside."""
    statement = select(TimeEntry.project_id.label("project_id"), *rate_columns(), *columns).select_from(TimeEntry)
    return joined(statement).where(*where).subquery()


def rates_of_row(found: Subquery) -> list[ColumnElement[Any]]:
    """Return the four rate columns of `rated`, in the order of `EntryRates`."""
    return [found.c.task_rate, found.c.staff_rate, found.c.person_rate, found.c.project_rate]


def history(kind: str, place: Place) -> list[DatedRate]:
    """Return the amounts of one place, the latest first."""
    statement = select(DatedRate).where(DatedRate.kind == kind, *place.conditions())
    return list(db.session.scalars(statement.order_by(DatedRate.from_date.desc())))


def set_amount(kind: str, place: Place, since: date | None, amount: Decimal, actor: Actor) -> DatedRate:
    """Say what an hour is worth (or costs) from a day on; the same day again replaces the amount.

    `since` None: from the beginning. Hours on transactions keep what their lines say.
    """
    day = since or BEGINNING
    own = select(DatedRate).where(DatedRate.kind == kind, DatedRate.from_date == day, *place.conditions())
    row = db.session.scalar(own.with_for_update())
    before = None if row is None else {"amount": row.amount}
    if row is None:
        row = DatedRate(kind=kind, user_id=place.user_id, project_id=place.project_id, task_id=place.task_id,
                        from_date=day, amount=amount)  # fmt: skip
        db.session.add(row)
    row.amount, row.created_by = amount, actor.name
    db.session.flush()
    _record(actor, f"{kind}.set", row, (before, {"amount": amount, "from_date": day}))
    return row


def remove_amount(rate_id: int, where: Sequence[ColumnElement[bool]], actor: Actor) -> None:
    """Take back one amount of these places; the one before it counts again for hours that are on no transaction."""
    row = db.session.scalar(select(DatedRate).where(DatedRate.id == rate_id, *where))
    if row is None:
        raise MoveRefused(_("This amount is not there any more. Reload the page."))
    _record(actor, f"{row.kind}.removed", row, ({"amount": row.amount, "from_date": row.from_date}, None))
    db.session.delete(row)
    db.session.flush()


def _record(actor: Actor, verb: str, row: DatedRate, change: Change) -> None:
    subjects = (("task", row.task_id), ("project", row.project_id), ("user", row.user_id))
    subject = next((name, number) for name, number in subjects if number is not None)
    record(actor, verb, subject, change=change)
