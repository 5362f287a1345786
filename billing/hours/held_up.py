"""Hours that are here and not ready: stuck until somebody acts, or never to be billed, by reason and age (M-06).

The sync tells of what is not here at all. Amounts are what the hours come to at their rates; hours of fixed prices have
none of their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, case, func, or_, select

from billing.bulk import among
from billing.hours.approved import is_approved, is_under
from billing.hours.dated import rated, rates_of_row
from billing.hours.rates import EntryRates, resolve
from billing.hours.time_entries import is_unbilled, rates_of
from billing.sums.totals import LineInput, line_amount
from extensions import db
from models import Organisation, Project, TimeEntry

#: reason → words; the first four are stuck, the others are never billed
REASONS = {
    "not_approved": _l("Not approved by a manager"),
    "not_asked": _l("The customer was not asked yet"),
    "asked": _l("Waiting for the customer's approval"),
    "rejected": _l("Rejected"),
    "written_off": _l("Written off"),
    "not_billable": _l("Not billable"),
}
NEVER = ("written_off", "not_billable")
#: what is never billed is told of this many days back
DAYS_BACK = 365


@dataclass(slots=True)
class Held:
    """What one reason holds up: entries, whole seconds, amounts by currency, and the oldest day."""

    reason: str
    oldest: date
    entries: int = 0
    seconds: int = 0
    amounts: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    @property
    def is_never(self) -> bool:
        """Whether it will not be billed; otherwise somebody can free it."""
        return self.reason in NEVER


def held_up(today: date, project_ids: Sequence[int] | None = None) -> list[Held]:
    """Return the reasons that hold something up (in these projects), in the order of `REASONS`; one statement."""
    organisation = db.session.get_one(Organisation, 1)
    found: dict[str, Held] = {}
    for project, reason, *rates, entries, seconds, oldest in db.session.execute(_query(today, project_ids)):
        held = found.setdefault(reason, Held(reason, oldest))
        held.oldest = min(held.oldest, oldest)
        held.entries += entries
        held.seconds += int(seconds)
        rate = resolve(rates_of(project, organisation), EntryRates(*rates))
        line = LineInput(rate.amount, unit=rate.unit, seconds=int(seconds))
        if rate.unit != "fixed":
            held.amounts[project.currency] += line_amount(line, project.currency)
    return [found[reason] for reason in REASONS if reason in found]


def _query(today: date, project_ids: Sequence[int] | None) -> Any:
    reason = case(
        (TimeEntry.billing_state == "written_off", "written_off"), (TimeEntry.is_billable.is_(False), "not_billable"),
        (TimeEntry.approval == "rejected", "rejected"), (TimeEntry.approval == "asked", "asked"),
        (is_under("customer"), "not_asked"), else_="not_approved",
    )  # fmt: skip
    columns = (reason.label("reason"), TimeEntry.seconds.label("seconds"), TimeEntry.date.label("date"))
    where = _conditions(today - timedelta(days=DAYS_BACK))
    where += [] if project_ids is None else [among(TimeEntry.project_id, project_ids)]
    rows = rated(*columns, where=where)
    groups = (rows.c.project_id, rows.c.reason, *rates_of_row(rows))
    oldest = func.min(rows.c.date).label("oldest")
    sums = (func.count().label("entries"), func.sum(rows.c.seconds).label("seconds"), oldest)
    added = select(*groups, *sums).group_by(*groups).subquery()
    told = (added.c.reason, *rates_of_row(added), added.c.entries, added.c.seconds, added.c.oldest)
    return select(Project, *told).join(added, added.c.project_id == Project.id)


def _conditions(since: date) -> list[ColumnElement[bool]]:
    is_recent = (TimeEntry.date >= since) & (TimeEntry.seconds > 0)
    return [
        TimeEntry.billing_state.in_(("unbilled", "written_off")),
        or_(
            is_unbilled() & ~is_approved(),
            (TimeEntry.billing_state == "unbilled") & TimeEntry.is_billable.is_(False) & is_recent,
            (TimeEntry.billing_state == "written_off") & is_recent,
        ),
    ]
