"""What the lists of projects and a project's page are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ScalarSelect, Select, case, func

from billing.transactions import visible
from blueprints.choosing import like
from blueprints.paging import Page, Sort, paged
from extensions import db
from models import Bug, Customer, Milestone, Project, ProjectStaff, Task, TimeEntry, Transaction, User

STATES: dict[str, Any] = {"active": [Project.is_active], "closed": [~Project.is_active], "all": []}
SORTS = (Sort("name", Project.name),)
TASK_SORTS = (Sort("name", Task.name),)
BUG_SORTS = (Sort("title", Bug.title),)
TRANSACTION_SORTS = (Sort("date", Transaction.date, date.fromisoformat, descending=True),)
#: milestones shown at most; projects have few
MILESTONES = 200


def _seconds(*conditions: Any) -> ScalarSelect[Any]:
    """Sum a project's seconds; read from an index alone."""
    statement = db.select(func.sum(TimeEntry.seconds)).where(TimeEntry.project_id == Project.id, *conditions)
    sums: ScalarSelect[Any] = statement.correlate(Project).scalar_subquery()
    return sums


def project_rows() -> Select[Any]:
    """Select plain columns of projects with their customer's name and billable unbilled seconds.

    `budgets_of` tells of a page of these rows what is used of their budgets; `logged` saves it a statement.
    """
    unbilled = _seconds(TimeEntry.billing_state == "unbilled", TimeEntry.is_billable)
    logged = case((Project.budget_kind.in_(("", "total_hours")) & Project.budget_seconds.is_not(None), _seconds()))
    columns = (
        Project.id, Project.name, Project.key, Project.is_active, Project.source, Project.billing_method,
        Project.budget_kind, Project.budget_seconds, Project.budget_amount, Project.currency,
        Customer.name.label("customer"), unbilled.label("unbilled"),
        logged.label("logged"),
    )  # fmt: skip
    rows: Select[Any] = db.select(*columns).join(Customer, Customer.id == Project.customer_id)
    return rows


def project_list(rows: Select[Any], q: str, state: str, customer_id: int | None) -> Select[Any]:
    """Narrow a statement over projects as the list is."""
    statement = rows.where(*STATES[state])
    if q:
        pattern = like(q)
        statement = statement.where(Project.name.ilike(pattern, escape="/") | Project.key.ilike(pattern, escape="/"))
    if customer_id is not None:
        statement = statement.where(Project.customer_id == customer_id)
    return statement


def project_page(q: str, state: str, customer_id: int | None) -> Page:
    """Return one page of `project_rows`; one statement and the count."""
    return paged(project_list(project_rows(), q, state, customer_id), Project.id, SORTS)


@dataclass(frozen=True, slots=True)
class ProjectHours:
    """Seconds of one project by billing state; unbilled ones that are not billable stand apart."""

    by_state: Mapping[str, int]
    not_billable: int

    @property
    def total(self) -> int:
        """All seconds."""
        return sum(self.by_state.values()) + self.not_billable


def project_hours(project: Project) -> ProjectHours:
    """Add up a project's hours; one statement that reads an index alone."""
    columns = (TimeEntry.billing_state, TimeEntry.is_billable)
    statement = db.select(*columns, func.sum(TimeEntry.seconds)).where(TimeEntry.project_id == project.id)
    by_state: dict[str, int] = {}
    not_billable = 0
    for state, is_billable, seconds in db.session.execute(statement.group_by(*columns)):
        if state == "unbilled" and not is_billable:
            not_billable += int(seconds)
        else:
            by_state[state] = by_state.get(state, 0) + int(seconds)
    return ProjectHours(by_state, not_billable)


def task_page(project: Project) -> Page:
    """Return one page of (task, seconds logged on it)."""
    spent = db.select(func.sum(TimeEntry.seconds)).where(TimeEntry.task_id == Task.id).correlate(Task).scalar_subquery()
    statement: Select[Any] = db.select(Task, spent.label("spent")).where(Task.project_id == project.id)
    return paged(statement, Task.id, TASK_SORTS)


def bug_page(project: Project) -> Page:
    """Return one page of bugs."""
    statement: Select[Any] = db.select(Bug).where(Bug.project_id == project.id)
    return paged(statement, Bug.id, BUG_SORTS)


def milestones(project: Project) -> list[Milestone]:
    """Return the milestones, the next ones first."""
    query = db.select(Milestone).where(Milestone.project_id == project.id).limit(MILESTONES)
    return list(db.session.scalars(query.order_by(Milestone.is_closed, Milestone.end_date, Milestone.id)))


def staff(project: Project) -> list[Any]:
    """Return (project staff row, person, seconds logged on the project) by name."""
    spent = (
        db.select(TimeEntry.user_id, func.sum(TimeEntry.seconds).label("seconds"))
        .where(TimeEntry.project_id == project.id)
        .group_by(TimeEntry.user_id)
        .subquery()
    )
    statement = (
        db.select(ProjectStaff, User, spent.c.seconds)
        .join(User, User.id == ProjectStaff.user_id)
        .outerjoin(spent, spent.c.user_id == User.id)
        .where(ProjectStaff.project_id == project.id)
    )
    return list(db.session.execute(statement.order_by(User.name, User.id)).all())


def others(project: Project) -> list[User]:
    """Return active people who are not on a project yet."""
    on_it = db.select(ProjectStaff.user_id).where(ProjectStaff.project_id == project.id)
    query = db.select(User).where(User.status == "active", User.id.not_in(on_it))
    return list(db.session.scalars(query.order_by(User.name, User.id)))


def transaction_page(project: Project) -> Page:
    """Return one page of the transactions that were started from a project, newest first."""
    statement: Select[Any] = db.select(Transaction).where(Transaction.project_id == project.id, visible())
    return paged(statement, Transaction.id, TRANSACTION_SORTS)
