"""What unbilled hours are worth at the rates known here; for sentences about what hangs on records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, func, select

from billing.bulk import among
from billing.hours.dated import rated, rates_of_row
from billing.hours.rates import UNIT_SECONDS, EntryRates, resolve
from billing.hours.time_entries import is_unbilled, rates_of
from billing.money import ZERO, round_money
from extensions import db
from models import Organisation, Project, TimeEntry


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
    for project_id, *rates, seconds in rows:
        project, mine = projects[project_id], found[project_id]
        rate = resolve(rates_of(project, organisation), EntryRates(*rates))
        unit = UNIT_SECONDS.get(rate.unit)
        mine.seconds += seconds
        if unit:
            amount = rate.amount * seconds / unit
            mine.amounts[project.currency] = mine.amounts.get(project.currency, ZERO) + amount
    for mine in found.values():
        mine.amounts = {currency: round_money(amount, currency) for currency, amount in mine.amounts.items()}
    return dict(found)


def _sums(which: ColumnElement[bool]) -> Any:
    found = rated(TimeEntry.seconds.label("seconds"), where=[is_unbilled(), which])
    groups = (found.c.project_id, *rates_of_row(found))
    return select(*groups, func.sum(found.c.seconds)).group_by(*groups)


def total(worths: Sequence[Worth]) -> Worth:
    """Add up; currencies are kept apart."""
    whole = Worth()
    for worth in worths:
        whole.seconds += worth.seconds
        for currency, amount in worth.amounts.items():
            whole.amounts[currency] = whole.amounts.get(currency, ZERO) + amount
    return whole
