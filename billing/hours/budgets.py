"""Budgets of projects: what is used and what is over (requirements T-13); two statements for any number of projects.

Hours count as logged, whatever became of them. Cost is what the billable hours come to at their rates in the
project's currency; it is not offered for fixed-cost projects, whose price does not depend on hours.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import func, literal, select, union_all

from billing.bulk import among
from billing.hours.dated import rated, rates_of_row
from billing.hours.rates import EntryRates, Rate, resolve
from billing.hours.time_entries import rates_of
from billing.money import ZERO
from billing.sums.totals import LineInput, line_amount
from extensions import db
from models import Organisation, Project, ProjectStaff, Task, TimeEntry, User

HOURS = ("total_hours", "task_hours", "staff_hours")


@dataclass(frozen=True, slots=True)
class Part:
    """What one task or person used of its own budget, whole seconds."""

    id: int
    name: str
    used: int
    limit: int

    @property
    def is_over(self) -> bool:
        """Whether more is used than was planned."""
        return self.used > self.limit

    @property
    def percent(self) -> int:
        """Used per cent, rounded down: 100 is not over."""
        return 100 * self.used // self.limit if self.limit else 100


@dataclass(frozen=True, slots=True)
class Budget:
    """`used` and `limit` are whole seconds, or amounts where there is a `currency`. `parts`: per task or per person."""

    kind: str
    used: Decimal
    limit: Decimal
    currency: str = ""
    parts: tuple[Part, ...] = ()

    @property
    def left(self) -> Decimal:
        """What is left; below zero when it is over."""
        return self.limit - self.used

    @property
    def percent(self) -> int:
        """Used per cent of the whole, rounded down."""
        return int(100 * self.used // self.limit) if self.limit else (100 if self.used else 0)

    @property
    def is_over(self) -> bool:
        """Whether the whole, or any task or person, used more than was planned."""
        return self.used > self.limit or any(part.is_over for part in self.parts)

    @property
    def worst(self) -> int:
        """The highest per cent: of the whole, or of a task or person."""
        return max((self.percent, *(part.percent for part in self.parts)))

    @property
    def over(self) -> tuple[Part, ...]:
        """The tasks or people that used more than their budget."""
        return tuple(part for part in self.parts if part.is_over)


def kind_of(project: Any) -> str:
    """Return what a project's budget limits; empty when it has none. Hours without a kind are those of the whole."""
    return project.budget_kind or ("total_hours" if project.budget_seconds else "")


def budgets_of(projects: Sequence[Any]) -> dict[int, Budget]:
    """Return the budgets of these projects by id, only of those that have one.

    `projects`: rows with `id`, `budget_kind`, `budget_seconds`, `budget_amount` and `currency`; those that also have
    `logged`, all seconds of the project, need no statement for a budget of total hours.
    """
    kinds = {project.id: kind_of(project) for project in projects}
    whole = {p.id: p for p in projects if kinds[p.id] == "total_hours" and hasattr(p, "logged")}
    of_hours = [number for number, kind in kinds.items() if kind in HOURS and number not in whole]
    of_cost = [project for project in projects if kinds[project.id] == "total_cost" and project.budget_amount]
    found = _hours(of_hours, {p.id: p for p in projects}) if of_hours else {}
    for number, project in whole.items():
        found[number] = Budget("total_hours", Decimal(project.logged or 0), Decimal(project.budget_seconds or 0))
    worth = worth_of([project.id for project in of_cost]) if of_cost else {}
    for project in of_cost:
        used = worth.get(project.id, ZERO)
        found[project.id] = Budget("total_cost", used, project.budget_amount, project.currency)
    return found


def budget_of(project: Project) -> Budget | None:
    """Return one project's budget."""
    return budgets_of([project]).get(project.id)


def _hours(ids: Sequence[int], projects: Mapping[int, Any]) -> dict[int, Budget]:
    parts: dict[int, dict[str, list[Part]]] = defaultdict(lambda: defaultdict(list))
    for kind, project_id, number, name, limit, used in db.session.execute(_hours_query(ids)):
        parts[project_id][kind].append(Part(number or 0, name, int(used or 0), int(limit or 0)))
    budgets = {}
    for number in ids:
        kind = kind_of(projects[number])
        mine = sorted(parts[number][kind], key=lambda part: (-part.percent, part.name))
        if mine:
            used, limit = sum(part.used for part in mine), sum(part.limit for part in mine)
            told = () if kind == "total_hours" else tuple(mine)
            budgets[number] = Budget(kind, Decimal(used), Decimal(limit), parts=told)
    return budgets


def _hours_query(ids: Sequence[int]) -> Any:
    """One statement for all three kinds: (kind, project, task or person, name, limit, used)."""
    of_task = select(func.sum(TimeEntry.seconds)).where(TimeEntry.task_id == Task.id).correlate(Task).scalar_subquery()
    of_project = (
        select(func.sum(TimeEntry.seconds)).where(TimeEntry.project_id == Project.id).correlate(Project)
        .scalar_subquery()
    )  # fmt: skip
    spent = (
        select(TimeEntry.project_id, TimeEntry.user_id, func.sum(TimeEntry.seconds).label("seconds"))
        .where(among(TimeEntry.project_id, ids))
        .group_by(TimeEntry.project_id, TimeEntry.user_id)
        .subquery()
    )
    whole = select(literal("total_hours"), Project.id, literal(0), Project.name, Project.budget_seconds, of_project)
    tasks = select(literal("task_hours"), Task.project_id, Task.id, Task.name, Task.budget_seconds, of_task)
    people = (
        select(literal("staff_hours"), ProjectStaff.project_id, User.id, User.name, ProjectStaff.budget_seconds,
               spent.c.seconds)
        .join(User, User.id == ProjectStaff.user_id)
        .outerjoin(spent, (spent.c.project_id == ProjectStaff.project_id) & (spent.c.user_id == User.id))
    )  # fmt: skip
    is_asked, by_task = Project.budget_kind.in_(("", "total_hours")), Project.budget_kind == "task_hours"
    return union_all(
        whole.where(among(Project.id, ids), is_asked, Project.budget_seconds.is_not(None)),
        tasks.join(Project).where(among(Task.project_id, ids), by_task, Task.budget_seconds.is_not(None)),
        people.join(Project, Project.id == ProjectStaff.project_id).where(
            among(ProjectStaff.project_id, ids), Project.budget_kind == "staff_hours",
            ProjectStaff.budget_seconds.is_not(None)),
    )  # fmt: skip


def worth_of(project_ids: Sequence[int]) -> dict[int, Decimal]:
    """Return what all billable hours of projects come to at their rates on their days, in each one's currency."""
    found = rated(
        TimeEntry.seconds.label("seconds"),
        where=[among(TimeEntry.project_id, project_ids), TimeEntry.is_billable.is_(True)],
    )
    columns = (found.c.project_id, *rates_of_row(found))
    groups = select(*columns, func.sum(found.c.seconds).label("seconds")).group_by(*columns).subquery()
    statement = select(Project, *rates_of_row(groups), groups.c.seconds).join(groups, groups.c.project_id == Project.id)
    organisation = db.session.get_one(Organisation, 1)
    together: dict[tuple[int, str, Rate], int] = defaultdict(int)
    for project, *rates, seconds in db.session.execute(statement):
        rate = resolve(rates_of(project, organisation), EntryRates(*rates))
        together[project.id, project.currency, rate] += int(seconds)
    sums: dict[int, Decimal] = defaultdict(Decimal)
    for (project_id, currency, rate), seconds in together.items():
        sums[project_id] += line_amount(LineInput(rate.amount, unit=rate.unit, seconds=seconds), currency)
    return dict(sums)
