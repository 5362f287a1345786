"""Unbilled work by project, with its age: what the radar says is ready, and how old its hours are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import case, func, select

from billing.hours import radar
from billing.hours.time_entries import is_open
from billing.reports.base import Chart, Drill, Filters, Point, Report, Result, Row, added
from billing.tables import Column
from extensions import db
from models import Project, TimeEntry

#: days since the work up to which a column goes
LIMITS = (30, 60, 90)
AGES = (_l("Up to 30 days"), _l("31–60 days"), _l("61–90 days"), _l("Over 90 days"))


def _seconds(filters: Filters) -> Mapping[int, list[int]]:
    """Return project id → seconds by age; one statement, from an index alone."""
    age = case(
        *((TimeEntry.date >= filters.today - timedelta(days=days), place) for place, days in enumerate(LIMITS)),
        else_=len(LIMITS),
    )
    statement = select(TimeEntry.project_id, age, func.sum(TimeEntry.seconds)).where(is_open())
    found: dict[int, list[int]] = defaultdict(lambda: [0] * len(AGES))
    for project_id, place, seconds in db.session.execute(statement.group_by(TimeEntry.project_id, age)):
        found[project_id][place] += int(seconds)
    return found


def _wanted(filters: Filters) -> set[int] | None:
    """Return the ids of the customer's projects; None: all."""
    if filters.customer_id is None:
        return None
    return set(db.session.scalars(select(Project.id).where(Project.customer_id == filters.customer_id)))


def build(filters: Filters) -> Result:
    """One row per project with unbilled work, most money first; amounts are in the project's currency."""
    wanted, aged = _wanted(filters), _seconds(filters)
    columns = [
        Column("project", _("Project")), Column("customer", _("Customer")), Column("entries", _("Entries"), "count"),
        Column("oldest", _("Oldest"), "date"),
        *(Column(f"age_{place}", str(word), "duration") for place, word in enumerate(AGES)),
        Column("time", _("Time"), "duration"), Column("currency", _("Currency")),
        Column("amount", _("Comes to"), "amount", currency_in="currency"),
    ]  # fmt: skip
    rows = [
        Row(
            (found.project_name, found.customer_name, found.entries, found.oldest,
             *(part or None for part in aged[found.project_id]), found.seconds, found.currency, found.amount),
            Drill("time", {"project_id": found.project_id, "state": "unbilled"}),
        )
        for found in radar.ready()
        if (wanted is None or found.project_id in wanted)
        and (filters.project_id in {None, found.project_id}) and (filters.currency in {"", found.currency})
    ]  # fmt: skip
    totals = added(columns, rows, "entries", "time", *(f"age_{place}" for place in range(len(AGES))))
    chart = Chart(
        [Point(str(word), totals.get(f"age_{place}") or 0) for place, word in enumerate(AGES)], "duration", "ageing"
    )
    return Result(columns, rows, totals, chart, _notes(rows))


def _notes(rows: list[Row]) -> list[str]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        sums[row.cells[-2]] += row.cells[-1]
    notes = [_("As things are today, priced as one line per project would be; without tax.")]
    if len(sums) > 1:
        notes.append(_("Amounts of several currencies are not added up: nothing is issued yet, so none has a rate."))
    return notes


REPORT = Report("unbilled", _l("Unbilled work"), _l("What could be billed, and how old it is."), "clock", build,
                frozenset({"customer", "project", "currency"}))  # fmt: skip
