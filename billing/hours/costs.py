"""What hours cost us: each person's cost per hour on the day of the work, in base currency (requirements T-19)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute

from billing.hours.dated import cost_column
from billing.hours.rates import HOUR_SECONDS
from billing.money import ZERO, round_money
from extensions import db
from models import Organisation, TimeEntry


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds worked and what they cost; `unknown` seconds are of people whose cost nobody said (or of nobody)."""

    seconds: int
    amount: Decimal
    unknown: int


def costs_by(
    key: ColumnElement[Any] | InstrumentedAttribute[Any], where: Sequence[ColumnElement[bool]] = ()
) -> dict[Any, Cost]:
    """Add up costs per value of a column of `TimeEntry` (project, person, date, …); one statement.

    `where`: conditions on `TimeEntry`. Amounts are in base currency, rounded once per group.
    """
    columns = (key.label("key"), cost_column(), TimeEntry.seconds.label("seconds"))
    found = select(*columns).select_from(TimeEntry).where(*where).subquery()
    statement = select(found.c.key, found.c.cost, func.sum(found.c.seconds)).group_by(found.c.key, found.c.cost)
    groups: dict[Any, list[tuple[Decimal | None, int]]] = {}
    for value, cost, seconds in db.session.execute(statement):
        groups.setdefault(value, []).append((cost, int(seconds)))
    base = db.session.get_one(Organisation, 1).base_currency
    return {value: _added(parts, base) for value, parts in groups.items()}


def cost_of(where: Sequence[ColumnElement[bool]]) -> Cost:
    """Add up what the entries that fit cost."""
    parts = costs_by(TimeEntry.project_id, where).values()
    return Cost(
        sum(part.seconds for part in parts), sum((part.amount for part in parts), ZERO),
        sum(part.unknown for part in parts),
    )  # fmt: skip


def _added(parts: Sequence[tuple[Decimal | None, int]], currency: str) -> Cost:
    amount = sum((cost * seconds for cost, seconds in parts if cost is not None), ZERO) / HOUR_SECONDS
    unknown = sum(seconds for cost, seconds in parts if cost is None)
    return Cost(sum(seconds for _cost, seconds in parts), round_money(amount, currency), unknown)
