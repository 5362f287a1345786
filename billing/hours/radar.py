"""Money at a glance: ready to bill, owed to us (requirements M-06); set-based."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Subquery, case, func, select

from billing.bulk import among
from billing.hours.dated import rated, rates_of_row
from billing.hours.pricing import Rounding
from billing.hours.rates import EntryRates, ProjectRates, Rate, Unit, resolve
from billing.hours.time_entries import is_open, prices_left, rates_of
from billing.money import round_money
from billing.sums.totals import LineInput, line_amount
from billing.types import TYPES
from extensions import db
from models import Customer, DatedRate, Organisation, Project, TimeEntry, Transaction

#: bucket → words; days past due
AGES = {
    "not_due": "Not due yet",
    "1_30": "1–30 days",
    "31_60": "31–60 days",
    "61_90": "61–90 days",
    "over_90": "Over 90 days",
}


@dataclass(frozen=True, slots=True)
class ReadyProject:
    """Unbilled billable work of a project: `seconds` as logged, `amount` in `currency` without tax, with the
    organisation's rounding of time, exactly as one line per project would say.
    """

    project_id: int
    project_name: str
    customer_name: str
    currency: str
    entries: int
    seconds: int
    amount: Decimal
    oldest: date
    newest: date
    #: of `seconds`, those for which no rate is set
    unpriced: int = 0


@dataclass(frozen=True, slots=True)
class AgeBucket:
    """Open transactions by days past due; `amount` is their balance in base currency."""

    key: str
    words: str
    count: int
    amount: Decimal


def ready() -> list[ReadyProject]:
    """Return projects with unbilled work, most money first (amounts of other currencies are compared as they are)."""
    return sorted(_ready(None), key=lambda project: (-project.amount, project.project_name))


def unbilled_summary(project_id: int) -> ReadyProject | None:
    """Return one project's unbilled work, None when there is none."""
    return next(iter(_ready(project_id)), None)


def _ready(project_id: int | None) -> list[ReadyProject]:
    organisation = db.session.get_one(Organisation, 1)
    billed = billed_seconds(Rounding(organisation.rounding_mode, organisation.rounding_minutes))
    rows = db.session.execute(_rows(_sums(billed, project_id).subquery())).all()
    amounts, unpriced = _amounts([(row.Project, row.is_dated) for row in rows], organisation, billed)
    found = []
    for row in rows:
        project = row.Project
        amount = amounts.get(project.id)
        if amount is None:
            amount, source = _priced(rates_of(project, organisation), EntryRates(), row.billed)
            unpriced[project.id] = row.seconds if source == "missing" else 0
        found.append(
            ReadyProject(project.id, project.name, row.customer, project.currency, row.entries, row.seconds, amount,
                         row.oldest, row.newest, unpriced.get(project.id, 0))
        )  # fmt: skip
    return found


def _rows(sums: Subquery) -> Any:
    """Put the projects beside their sums, and whether a project's own rate changed at some time."""
    changes = select(DatedRate.id).where(DatedRate.project_id == Project.id, DatedRate.user_id.is_(None)).exists()
    own = (sums.c.entries, sums.c.seconds, sums.c.billed, sums.c.oldest, sums.c.newest)
    columns = (Project, Customer.name.label("customer"), changes.label("is_dated"), *own)
    statement = select(*columns).join(sums, sums.c.project_id == Project.id)
    return statement.join(Customer, Customer.id == Project.customer_id)


def billed_seconds(rounding: Rounding) -> ColumnElement[int]:
    """Return the SQL of `Rounding.apply`: whole numbers, so it is the same arithmetic."""
    step = rounding.minutes * 60
    if rounding.mode == "none" or step <= 0:
        return TimeEntry.seconds.expression
    extra = {"up": step - 1, "nearest": step // 2, "down": 0}[rounding.mode]
    return (TimeEntry.seconds + extra) // step * step


def _sums(billed: ColumnElement[int], project_id: int | None) -> Any:
    """Sums per project, answered from the index on project and state alone."""
    statement = (
        select(
            TimeEntry.project_id, func.count().label("entries"), func.sum(TimeEntry.seconds).label("seconds"),
            func.sum(billed).label("billed"), func.min(TimeEntry.date).label("oldest"),
            func.max(TimeEntry.date).label("newest"),
        )
        .where(is_open())
        .group_by(TimeEntry.project_id)
    )  # fmt: skip
    return statement if project_id is None else statement.where(TimeEntry.project_id == project_id)


def _amounts(
    projects: Sequence[tuple[Project, bool]], organisation: Organisation, billed: ColumnElement[int]
) -> tuple[dict[int, Decimal], dict[int, int]]:
    """Amounts of the projects whose entries differ in rate (by their method, or because their own rate changed at some
    time), and what is left of fixed prices; and billed seconds of them that have no rate.
    """
    amounts = prices_left([project for project, _is_dated in projects])
    detailed = {
        project.id: rates_of(project, organisation) for project, is_dated in projects
        if project.billing_method in {"task_hours", "staff_hours"} or (is_dated and project.billing_method != "fixed")
    }  # fmt: skip
    unpriced: dict[int, int] = defaultdict(int)
    if not detailed:
        return amounts, unpriced
    found = rated(billed.label("billed"), where=[is_open(), among(TimeEntry.project_id, detailed)])
    groups = (found.c.project_id, *rates_of_row(found))
    statement = select(*groups, func.sum(found.c.billed)).group_by(*groups)
    together: dict[tuple[int, Rate], int] = defaultdict(int)
    for project_id, *rates, seconds in db.session.execute(statement):
        rate = resolve(detailed[project_id], EntryRates(*rates))
        together[project_id, rate] += int(seconds)
        unpriced[project_id] += int(seconds) if rate.source == "missing" else 0
    return amounts | _sums_of(together, detailed), unpriced


def _sums_of(together: dict[tuple[int, Rate], int], known: dict[int, ProjectRates]) -> dict[int, Decimal]:
    """Return per project what its lines come to, one line per rate."""
    lines: dict[tuple[int, Decimal, Unit], int] = defaultdict(int)
    for (project_id, rate), seconds in together.items():
        lines[project_id, rate.amount, rate.unit] += seconds
    amounts: dict[int, Decimal] = defaultdict(Decimal)
    for (project_id, amount, unit), seconds in lines.items():
        line = LineInput(amount, unit=unit, seconds=seconds)
        amounts[project_id] += line_amount(line, known[project_id].currency)
    return amounts


def _priced(project: ProjectRates, entry: EntryRates, seconds: int) -> tuple[Decimal, str]:
    rate = resolve(project, entry)
    return line_amount(LineInput(rate.amount, unit=rate.unit, seconds=int(seconds)), project.currency), rate.source


def _owed() -> ColumnElement[bool]:
    """Return the condition of issued transactions that are money for us; the types say which those are."""
    kinds = [kind for kind in TYPES.values() if kind.is_owed]
    states = {state for kind in kinds for state in kind.issued_states}
    return Transaction.type.in_([kind.key for kind in kinds]) & Transaction.status.in_(states)


def ageing(today: date) -> list[AgeBucket]:
    """Return what customers owe by days past due; every bucket is there, empty or not."""
    due: ColumnElement[date] = func.coalesce(Transaction.due_date, Transaction.date)
    bucket = case(
        (due >= today, "not_due"), (due >= today - timedelta(days=30), "1_30"),
        (due >= today - timedelta(days=60), "31_60"), (due >= today - timedelta(days=90), "61_90"), else_="over_90",
    )  # fmt: skip
    statement = (
        select(bucket, Transaction.exchange_rate, func.count(), func.sum(Transaction.balance))
        .where(_owed(), Transaction.balance > 0)
        .group_by(bucket, Transaction.exchange_rate)
    )
    counts: dict[str, int] = defaultdict(int)
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    for key, exchange_rate, count, balance in db.session.execute(statement):
        counts[key] += count
        amounts[key] += balance * exchange_rate
    base = db.session.get_one(Organisation, 1).base_currency
    return [AgeBucket(key, words, counts[key], round_money(amounts[key], base)) for key, words in AGES.items()]
