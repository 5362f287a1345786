"""Money at a glance: ready to bill, owed to us, earned by month (requirements M-06); set-based."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, case, extract, func, select

from billing.bulk import among
from billing.money import ZERO, round_money
from billing.pricing import Rounding
from billing.rates import EntryRates, ProjectRates, Unit, resolve
from billing.time_entries import is_open, prices_left, rates_of
from billing.totals import LineInput, line_amount
from billing.types import TYPES
from extensions import db
from models import Customer, Organisation, Project, ProjectStaff, Task, TimeEntry, Transaction, User

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


@dataclass(frozen=True, slots=True)
class AgeBucket:
    """Open transactions by days past due; `amount` is their balance in base currency."""

    key: str
    words: str
    count: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class IncomeMonth:
    """What was issued with a date in this month, in base currency: without tax (`net`) and with it (`total`)."""

    year: int
    month: int
    net: Decimal
    total: Decimal


def ready() -> list[ReadyProject]:
    """Return projects with unbilled work, most money first (amounts of other currencies are compared as they are)."""
    return sorted(_ready(None), key=lambda project: (-project.amount, project.project_name))


def unbilled_summary(project_id: int) -> ReadyProject | None:
    """Return one project's unbilled work, None when there is none."""
    return next(iter(_ready(project_id)), None)


def _ready(project_id: int | None) -> list[ReadyProject]:
    organisation = db.session.get_one(Organisation, 1)
    billed = billed_seconds(Rounding(organisation.rounding_mode, organisation.rounding_minutes))
    rows = list(db.session.execute(_sums(billed, project_id)))
    ids = [row.project_id for row in rows]
    found = db.session.execute(select(Project, Customer.name).join(Customer).where(among(Project.id, ids)))
    projects = {project.id: (project, customer_name) for project, customer_name in found}
    amounts = _amounts([project for project, _name in projects.values()], organisation, billed)
    hourly = {row.project_id: row.billed for row in rows}
    ready_projects = []
    for row in rows:
        project, customer_name = projects[row.project_id]
        amount = amounts.get(project.id)
        if amount is None:
            amount = _priced(rates_of(project, organisation), EntryRates(), hourly[project.id])
        ready_projects.append(
            ReadyProject(project.id, project.name, customer_name, project.currency, row.entries, row.seconds,
                         amount, row.oldest, row.newest)
        )  # fmt: skip
    return ready_projects


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


def _amounts(projects: Sequence[Project], organisation: Organisation, billed: ColumnElement[int]) -> dict[int, Decimal]:
    """Amounts of the projects whose entries differ in rate, and what is left of fixed prices."""
    amounts = prices_left(projects)
    detailed = {p.id: rates_of(p, organisation) for p in projects if p.billing_method in {"task_hours", "staff_hours"}}
    if not detailed:
        return amounts
    statement = (
        select(TimeEntry.project_id, Task.rate, ProjectStaff.rate, User.rate, func.sum(billed))
        .outerjoin(Task, Task.id == TimeEntry.task_id)
        .outerjoin(User, User.id == TimeEntry.user_id)
        .outerjoin(
            ProjectStaff,
            (ProjectStaff.project_id == TimeEntry.project_id) & (ProjectStaff.user_id == TimeEntry.user_id),
        )
        .where(is_open(), among(TimeEntry.project_id, detailed))
        .group_by(TimeEntry.project_id, Task.rate, ProjectStaff.rate, User.rate)
    )
    together: dict[tuple[int, Decimal], int] = defaultdict(int)
    for project_id, *rates, seconds in db.session.execute(statement):
        together[project_id, resolve(detailed[project_id], EntryRates(*rates)).amount] += int(seconds)
    for (project_id, rate), seconds in together.items():
        line = LineInput(rate, unit=Unit.HOURS, seconds=seconds)
        amounts[project_id] = amounts.get(project_id, ZERO) + line_amount(line, detailed[project_id].currency)
    return amounts


def _priced(project: ProjectRates, entry: EntryRates, seconds: int) -> Decimal:
    rate = resolve(project, entry)
    return line_amount(LineInput(rate.amount, unit=rate.unit, seconds=int(seconds)), project.currency)


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


def income(today: date, months: int = 12) -> list[IncomeMonth]:
    """Return what was issued per month, oldest first, this month last; months without any are there too."""
    wanted = list(_months_until(today, months))
    year, month = extract("year", Transaction.date), extract("month", Transaction.date)
    sums = (func.sum(Transaction.subtotal), func.sum(Transaction.total))
    statement = (
        select(year, month, Transaction.exchange_rate, *sums)
        .where(_owed(), Transaction.date >= date(*wanted[0], 1))
        .group_by(year, month, Transaction.exchange_rate)
    )
    nets: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    totals: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    for found_year, found_month, exchange_rate, net, total in db.session.execute(statement):
        key = (int(found_year), int(found_month))
        nets[key] += net * exchange_rate
        totals[key] += total * exchange_rate
    base = db.session.get_one(Organisation, 1).base_currency
    return [IncomeMonth(*key, round_money(nets[key], base), round_money(totals[key], base)) for key in wanted]


def _months_until(today: date, months: int) -> Iterable[tuple[int, int]]:
    last = today.year * 12 + today.month - 1
    return (divmod_month(number) for number in range(last - months + 1, last + 1))


def divmod_month(number: int) -> tuple[int, int]:
    """Return year and month of a count of months since year 0."""
    year, month = divmod(number, 12)
    return year, month + 1
