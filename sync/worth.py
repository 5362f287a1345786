"""What unbilled hours are worth at the rates known here; for sentences about what hangs on records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, func, select

from billing.bulk import among
from billing.money import ZERO, round_money
from billing.rates import UNIT_SECONDS, EntryRates, resolve
from billing.time_entries import is_open, rates_of
from extensions import db
from models import Organisation, Project, ProjectStaff, Task, TimeEntry, User


@dataclass(slots=True)
class Worth:
    """Unbilled whole seconds and amounts by currency; hours of fixed-cost projects have no amount of their own."""

    seconds: int = 0
    amounts: dict[str, Decimal] = field(default_factory=dict)


def worth_by_project(which: ColumnElement[bool]) -> dict[int, Worth]:
    """Add up the unbilled entries that fit, per project id; three statements."""
    rows = db.session.execute(_sums(which)).all()
    organisation = db.session.get_one(Organisation, 1)
    ids = {row.project_id for row in rows}
    projects = {found.id: found for found in db.session.scalars(select(Project).where(among(Project.id, ids)))}
    found: dict[int, Worth] = defaultdict(Worth)
    for project_id, task_rate, staff_rate, person_rate, seconds in rows:
        project, mine = projects[project_id], found[project_id]
        rate = resolve(rates_of(project, organisation), EntryRates(task_rate, staff_rate, person_rate))
        unit = UNIT_SECONDS.get(rate.unit)
        mine.seconds += seconds
        if unit:
            amount = rate.amount * seconds / unit
            mine.amounts[project.currency] = mine.amounts.get(project.currency, ZERO) + amount
    for mine in found.values():
        mine.amounts = {currency: round_money(amount, currency) for currency, amount in mine.amounts.items()}
    return dict(found)


def _sums(which: ColumnElement[bool]) -> Any:
    rates = (TimeEntry.project_id, Task.rate, ProjectStaff.rate, User.rate)
    return (
        select(*rates, func.sum(TimeEntry.seconds))
        .select_from(TimeEntry)
        .outerjoin(Task, Task.id == TimeEntry.task_id)
        .outerjoin(User, User.id == TimeEntry.user_id)
        .outerjoin(
            ProjectStaff,
            (ProjectStaff.project_id == TimeEntry.project_id) & (ProjectStaff.user_id == TimeEntry.user_id),
        )
        .where(is_open(), which)
        .group_by(*rates)
    )


def total(worths: Sequence[Worth]) -> Worth:
    """Add up; currencies are kept apart."""
    whole = Worth()
    for worth in worths:
        whole.seconds += worth.seconds
        for currency, amount in worth.amounts.items():
            whole.amounts[currency] = whole.amounts.get(currency, ZERO) + amount
    return whole
