"""What the pages of approvals list: hours by person and week, projects whose customers are asked, requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_

from billing.hours.approved import is_approved, is_under
from billing.hours.time_entries import is_unbilled
from blueprints.asked import day, whole
from blueprints.paging import Page, Sort, paged
from extensions import db
from models import ApprovalAnswer, ApprovalRequest, Bug, Customer, Project, Task, TimeEntry, User

#: days of people that are read for the page by person and week
DAYS_READ = 3000
#: projects that wait for their customers, at most
PROJECTS_SHOWN = 100
SORTS = (Sort("date", TimeEntry.date, date.fromisoformat, descending=True),)
REQUEST_SORTS = (Sort("id", ApprovalRequest.id, int, descending=True),)
#: state of the list → condition; hours fetched as approved stand under approved
STATES: dict[str, Any] = {
    "waiting": lambda: ~is_approved() & (TimeEntry.approval != "rejected"),
    "rejected": lambda: TimeEntry.approval == "rejected",
    "approved": is_approved,
}


@dataclass(frozen=True, slots=True)
class WaitingFilter:
    """Which hours under the internal policy; `user_id` 0: of nobody known."""

    state: str = "waiting"
    user_id: int | None = None
    project_id: int | None = None
    since: date | None = None
    until: date | None = None

    @classmethod
    def read(cls, args: Mapping[str, str]) -> WaitingFilter:
        """Read a query string; what makes no sense is left aside."""
        state = args.get("state", "")
        return cls(
            state if state in STATES else "waiting", whole(args.get("user_id")), whole(args.get("project_id")),
            day(args.get("since")), day(args.get("until")),
        )  # fmt: skip

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what a statement over time entries must say."""
        found: list[ColumnElement[bool]] = [is_unbilled(), is_under("internal"), STATES[self.state]()]
        if self.user_id is not None:
            found.append(TimeEntry.user_id == self.user_id if self.user_id else TimeEntry.user_id.is_(None))
        if self.project_id is not None:
            found.append(TimeEntry.project_id == self.project_id)
        found += [TimeEntry.date >= self.since] if self.since else []
        return found + ([TimeEntry.date <= self.until] if self.until else [])


@dataclass(slots=True)
class Week:
    """A person's hours of one week, Monday to Sunday, that wait."""

    user_id: int
    name: str
    monday: date
    entries: int = 0
    seconds: int = 0
    days: set[date] = field(default_factory=set)

    @property
    def sunday(self) -> date:
        """Its last day."""
        return self.monday + timedelta(days=6)

    @property
    def seen(self) -> str:
        """What tells this sum from another one."""
        return f"{self.entries}:{self.seconds}"


def weeks(chosen: WaitingFilter) -> list[Week]:
    """Return the hours by person and week, people by name, the oldest week first; one statement."""
    statement = (
        db.select(TimeEntry.user_id, User.name, TimeEntry.date, func.count(), func.sum(TimeEntry.seconds))
        .outerjoin(User, User.id == TimeEntry.user_id)
        .where(*chosen.conditions())
        .group_by(TimeEntry.user_id, User.name, TimeEntry.date)
        .order_by(TimeEntry.date)
        .limit(DAYS_READ)
    )
    found: dict[tuple[int, date], Week] = {}
    for user_id, name, of_day, entries, seconds in db.session.execute(statement):
        monday = of_day - timedelta(days=of_day.weekday())
        week = found.setdefault((user_id or 0, monday), Week(user_id or 0, name or "", monday))
        week.entries += entries
        week.seconds += int(seconds)
        week.days.add(of_day)
    return sorted(found.values(), key=lambda week: (week.name.casefold(), week.user_id, week.monday))


def ids_of(chosen: WaitingFilter) -> list[tuple[int, int]]:
    """Return (id, seconds) of the hours that fit."""
    statement = db.select(TimeEntry.id, TimeEntry.seconds).where(*chosen.conditions())
    return [(number, seconds) for number, seconds in db.session.execute(statement.order_by(TimeEntry.id))]


COLUMNS = (
    TimeEntry.id, TimeEntry.date, TimeEntry.seconds, TimeEntry.notes, TimeEntry.approval, Project.name.label("project"),
    Customer.name.label("customer"), func.coalesce(Task.name, Bug.title).label("work"), User.name.label("person"),
)  # fmt: skip


def waiting_page(chosen: WaitingFilter) -> Page:
    """Return one page of the hours that fit, newest first; one statement and the count."""
    statement: Select[Any] = db.select(*COLUMNS).join(Project, Project.id == TimeEntry.project_id)
    statement = statement.join(Customer, Customer.id == Project.customer_id)
    for model, key in ((Task, TimeEntry.task_id), (Bug, TimeEntry.bug_id), (User, TimeEntry.user_id)):
        statement = statement.outerjoin(model, model.id == key)
    return paged(statement.where(*chosen.conditions()), TimeEntry.id, SORTS)


def customers_waiting() -> list[Any]:
    """Return projects whose customers approve hours: (id, name, customer, seconds not asked, asked, rejected)."""
    sums = [
        func.coalesce(func.sum(TimeEntry.seconds).filter(TimeEntry.approval == state), 0).label(name)
        for state, name in (("none", "fresh"), ("asked", "asked"), ("rejected", "rejected"))
    ]
    oldest = func.min(TimeEntry.date).label("oldest")
    statement = (
        db.select(Project.id, Project.name, Customer.name.label("customer"), *sums, oldest)
        .join(TimeEntry, TimeEntry.project_id == Project.id)
        .join(Customer, Customer.id == Project.customer_id)
        .where(is_unbilled(), is_under("customer"), TimeEntry.approval != "approved")
        .group_by(Project.id, Project.name, Customer.name)
        .order_by(Project.name, Project.id)
        .limit(PROJECTS_SHOWN)
    )
    return list(db.session.execute(statement).all())


def request_page() -> Page:
    """Return one page of the requests, newest first, with what became of their hours."""
    own = and_(ApprovalAnswer.request_id == ApprovalRequest.id)
    counts = [
        db.select(func.count()).select_from(ApprovalAnswer).where(own, condition).correlate(ApprovalRequest)
        .scalar_subquery().label(name)
        for name, condition in (
            ("entries", or_(ApprovalAnswer.closed_at.is_(None), ApprovalAnswer.verdict != "asked")),
            ("approved", ApprovalAnswer.verdict == "approved"),
        )
    ]  # fmt: skip
    statement: Select[Any] = (
        db.select(ApprovalRequest, Project.name.label("project"), Customer.name.label("customer"), *counts)
        .join(Project, Project.id == ApprovalRequest.project_id)
        .join(Customer, Customer.id == Project.customer_id)
    )
    return paged(statement, ApprovalRequest.id, REQUEST_SORTS)
