"""Time by person: logged, billable, approved, billed."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, func, select

from billing.hours.approved import is_approved
from billing.reports.base import Chart, Drill, Filters, Report, Result, Row, added, highest
from billing.tables import Column
from extensions import db
from models import Project, TimeEntry, User


def entry_conditions(filters: Filters) -> list[ColumnElement[bool]]:
    """Return what a statement over time entries of the period must say."""
    found: list[ColumnElement[bool]] = [TimeEntry.date >= filters.since, TimeEntry.date <= filters.until]
    if filters.customer_id is not None:
        found.append(TimeEntry.project_id.in_(select(Project.id).where(Project.customer_id == filters.customer_id)))
    if filters.project_id is not None:
        found.append(TimeEntry.project_id == filters.project_id)
    return found


def _sums(filters: Filters) -> Any:
    is_billable = TimeEntry.is_billable & (TimeEntry.billing_state != "written_off")
    is_billed = TimeEntry.billing_state.in_(("invoiced", "elsewhere"))
    some = (
        select(
            TimeEntry.user_id.label("user_id"), func.count().label("entries"),
            func.sum(TimeEntry.seconds).label("logged"),
            func.sum(TimeEntry.seconds).filter(is_billable).label("billable"),
            func.sum(TimeEntry.seconds).filter(is_billable & is_approved()).label("approved"),
            func.sum(TimeEntry.seconds).filter(is_billed).label("billed"),
        )
        .where(*entry_conditions(filters))
        .group_by(TimeEntry.user_id)
        .subquery()
    )  # fmt: skip
    return select(User.name, some).outerjoin(User, User.id == some.c.user_id).order_by(some.c.logged.desc())


def build(filters: Filters) -> Result:
    """One row per person, most hours first; one statement."""
    columns = [
        Column("name", _("Person")), Column("entries", _("Entries"), "count"),
        Column("logged", _("Logged"), "duration"),
        Column("billable", _("Billable"), "duration"), Column("approved", _("Approved"), "duration"),
        Column("billed", _("Billed"), "duration"), Column("open", _("Not billed"), "duration"),
    ]  # fmt: skip
    rows = []
    for found in db.session.execute(_sums(filters)):
        billable, approved, billed = (int(found[place] or 0) for place in (4, 5, 6))
        cells = (found.name or _("Nobody"), found.entries, int(found.logged), billable, approved, billed,
                 max(billable - billed, 0))  # fmt: skip
        values = {"user_id": found.user_id, "since": filters.since, "until": filters.until}
        narrowed = {"customer_id": filters.customer_id, "project_id": filters.project_id}
        values |= {name: value for name, value in narrowed.items() if value is not None}
        rows.append(Row(cells, Drill("time", values) if found.user_id is not None else None))
    totals = added(columns, rows, *(column.key for column in columns[1:]))
    note = _("Approved: as each project's approval policy asks; where none is asked for, all billable time counts.")
    return Result(columns, rows, totals, Chart(highest(rows, 2), "duration"), (note,))


REPORT = Report("time-by-person", _l("Time by person"), _l("Who worked how much, and what of it was billed."), "user",
                build, frozenset({"period", "customer", "project"}))  # fmt: skip
