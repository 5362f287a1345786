"""Unbilled work: what is there, what it would come to, and taking entries out of it by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Select, func, insert, literal, select, update

from billing.bulk import among, touched
from billing.errors import MoveRefused
from billing.hours.approved import is_approved
from billing.hours.dated import joined, rate_columns
from billing.hours.pricing import EntryForBilling, PricedLine, Rounding, price, with_fixed_prices
from billing.hours.rates import EntryRates, ProjectRates, Rate, resolve
from billing.money import ZERO
from billing.sums.totals import LineInput, Totals, WholeInput, totals
from billing.types import GONE
from extensions import db, utcnow
from models import (
    Bug,
    EntryChange,
    Organisation,
    Project,
    Task,
    Tax,
    TimeEntry,
    Transaction,
    TransactionLine,
    User,
)
from models.audit import Actor, record
from models.time_entry import BILLING_STATES

NOT_ROUNDED = Rounding()


@dataclass(frozen=True, slots=True)
class TimeChoice:
    """Which unbilled entries, and how they are put on lines. `until` is included; `entry_ids` narrows further."""

    project_ids: tuple[int, ...]
    since: date | None = None
    until: date | None = None
    entry_ids: tuple[int, ...] | None = None
    #: only entries of these tasks
    task_ids: tuple[int, ...] | None = None
    layout: str = "task"
    rounding: Rounding = NOT_ROUNDED
    tax_id: int | None = None
    #: one unit of the project's currency in base currency; needed for rates kept in base currency
    exchange_rate: Decimal | None = None
    #: whether the rates hold the tax: as of the draft that they go on
    tax_mode: str = "exclusive"


@dataclass(frozen=True, slots=True)
class PricedWork:
    """What a choice comes to: nothing of it is stored. `notices` are sentences about what needs a look."""

    projects: tuple[Project, ...]
    lines: tuple[PricedLine, ...]
    totals: Totals
    notices: tuple[str, ...]


def projects_of(choice: TimeChoice) -> tuple[Project, ...]:
    """Return the chosen projects; they must share one customer and one currency (requirements T-15)."""
    statement = select(Project).where(among(Project.id, choice.project_ids)).order_by(Project.name, Project.id)
    projects = tuple(db.session.scalars(statement))
    if not projects or len(projects) != len(set(choice.project_ids)):
        raise MoveRefused(_("A chosen project is not there any more. Reload the page and choose again."))
    if len({project.customer_id for project in projects}) > 1:
        raise MoveRefused(_("These projects belong to different customers. Make one transaction for each customer."))
    if len({project.currency for project in projects}) > 1:
        raise MoveRefused(_("These projects are in different currencies. Make one transaction for each currency."))
    return projects


def price_work(choice: TimeChoice, *, is_taking: bool = False) -> PricedWork:
    """Price the chosen entries; writes nothing, so a dialog can show what would be made.

    `is_taking` locks the entries until the database transaction ends (Postgres; SQLite's writers are alone anyway).
    """
    projects = projects_of(choice)
    organisation = _organisation()
    entries = _entries(_query(choice, is_taking), projects, (organisation, choice.exchange_rate))
    lines = price(entries, choice.layout, choice.rounding, organisation.locale)
    left = prices_left(projects)
    return work_of(projects, with_fixed_prices(lines, {p.id: (p.name, left[p.id]) for p in projects if p.id in left}),
                   choice.tax_id, choice.tax_mode)  # fmt: skip


def work_of(
    projects: tuple[Project, ...], lines: Sequence[PricedLine], tax_id: int | None, tax_mode: str = "exclusive"
) -> PricedWork:
    """Add up priced lines under one tax, and say what about them needs a look."""
    percent = _tax_percent(tax_id)
    inputs = [LineInput(x.rate, x.quantity, x.unit, x.seconds, x.project_id, tax_id, percent) for x in lines]
    sums = totals(inputs, projects[0].currency, WholeInput(tax_mode))
    return PricedWork(projects, tuple(lines), sums, tuple(_notices(lines, projects[0])))


def _notices(lines: Sequence[PricedLine], project: Project) -> list[str]:
    missing = sum(line.rate_source == "missing" for line in lines)
    if not missing:
        return []
    return [
        ngettext(
            "%(num)d line has no rate: none is set for this work in %(currency)s. Enter the rate on the line.",
            "%(num)d lines have no rate: none is set for this work in %(currency)s. Enter the rates on the lines.",
            missing, currency=project.currency,
        )
    ]  # fmt: skip


def unbilled_entries(choice: TimeChoice, *, is_taking: bool = False) -> list[EntryForBilling]:
    """Return the chosen entries that are unbilled and billable, with their rates, by project, date and id.

    `is_taking` locks them, see `price_work`.
    """
    return _entries(_query(choice, is_taking), projects_of(choice), (_organisation(), choice.exchange_rate))


def _organisation() -> Organisation:
    return db.session.get_one(Organisation, 1)


def _tax_percent(tax_id: int | None) -> Decimal:
    return ZERO if tax_id is None else db.session.get_one(Tax, tax_id).percent


def _entries(
    query: Select[Any], projects: Sequence[Project], rates_from: tuple[Organisation, Decimal | None]
) -> list[EntryForBilling]:
    rates = {project.id: rates_of(project, *rates_from) for project in projects}
    names = {project.id: project.name for project in projects}
    found: list[EntryForBilling] = []
    resolved: dict[tuple[Any, ...], Rate] = {}
    for project_id, task_rate, staff_rate, person_rate, project_rate, *facts in db.session.execute(query):
        own = (task_rate, staff_rate, person_rate, project_rate)
        key = (project_id, *own)
        rate = resolved.get(key)
        if rate is None:
            rate = resolved[key] = resolve(rates[project_id], EntryRates(*own))
        found.append(EntryForBilling(project_id, names[project_id], rate, *facts))
    return found


def rates_of(project: Project, organisation: Organisation, exchange_rate: Decimal | None = None) -> ProjectRates:
    """Return what a project says about rates."""
    return ProjectRates(
        project.billing_method, project.currency, organisation.base_currency, project.rate,
        organisation.default_rate, exchange_rate,
    )  # fmt: skip


def is_open(least_seconds: int = 1) -> Any:
    """Return the condition that an entry is ready to bill, the one place that says so: unbilled, billable, approved as
    its project's policy asks (requirements T-18) and, unless asked for, not empty (fault 79).
    """
    return is_unbilled(least_seconds) & is_approved()


def is_unbilled(least_seconds: int = 1) -> Any:
    """Return the condition that an entry waits for an invoice, approved or not."""
    return (TimeEntry.billing_state == "unbilled") & TimeEntry.is_billable & (TimeEntry.seconds >= least_seconds)


def _query(choice: TimeChoice, is_taking: bool = False) -> Select[Any]:
    """One statement for all chosen entries: project and rates, then the fields of `EntryForBilling` from `id` on.

    Locks are taken in the order of ids, so nobody deadlocks.
    """
    columns: list[Any] = [
        TimeEntry.project_id, *rate_columns(), TimeEntry.id, TimeEntry.task_id, Task.name, TimeEntry.bug_id,
        Bug.title, TimeEntry.user_id, User.name, TimeEntry.date, TimeEntry.seconds, TimeEntry.notes,
    ]  # fmt: skip
    statement = (
        joined(select(*columns).select_from(TimeEntry))
        .outerjoin(Bug, Bug.id == TimeEntry.bug_id)
        .where(is_open(0 if choice.entry_ids is not None else 1), among(TimeEntry.project_id, choice.project_ids))
        .order_by(TimeEntry.id)
    )  # fmt: skip
    if is_taking:
        statement = statement.with_for_update(of=TimeEntry)
    if choice.since is not None:
        statement = statement.where(TimeEntry.date >= choice.since)
    if choice.until is not None:
        statement = statement.where(TimeEntry.date <= choice.until)
    if choice.entry_ids is not None:
        statement = statement.where(among(TimeEntry.id, choice.entry_ids))
    if choice.task_ids is not None:
        statement = statement.where(among(TimeEntry.task_id, choice.task_ids))
    return statement


def prices_left(projects: Sequence[Project]) -> dict[int, Decimal]:
    """Return, for fixed-cost projects, the price minus what live transactions took of it in stages; never below 0."""
    prices = {p.id: p.fixed_amount or ZERO for p in projects if p.billing_method == "fixed"}
    if not prices:
        return {}
    statement = (
        select(TransactionLine.project_id, func.sum(TransactionLine.amount))
        .join(Transaction)
        .where(
            among(TransactionLine.project_id, prices),
            TransactionLine.unit == "fixed",
            Transaction.status.not_in(GONE),
        )
        .group_by(TransactionLine.project_id)
    )
    taken = {project_id: amount for project_id, amount in db.session.execute(statement)}
    return {project_id: max(price - taken.get(project_id, ZERO), ZERO) for project_id, price in prices.items()}


def write_off(entry_ids: Sequence[int], reason: str, actor: Actor) -> int:
    """Say that these unbilled entries will never be billed; returns how many."""
    return _change(entry_ids, ("unbilled", "written_off"), reason, actor)


def take_back(entry_ids: Sequence[int], reason: str, actor: Actor) -> int:
    """Make written-off entries billable again; returns how many."""
    return _change(entry_ids, ("written_off", "unbilled"), reason, actor)


def mark_elsewhere(entry_ids: Sequence[int], reason: str, actor: Actor) -> int:
    """Say that these unbilled entries were invoiced by another program; returns how many."""
    return _change(entry_ids, ("unbilled", "elsewhere"), reason, actor)


def _change(entry_ids: Sequence[int], states: tuple[str, str], reason: str, actor: Actor) -> int:
    """Move entries between two states that no line tells, all or none, and write the change down."""
    ids = sorted(set(entry_ids))
    from_state, to_state = states
    move = update(TimeEntry).where(among(TimeEntry.id, ids), TimeEntry.billing_state == from_state)
    if touched(move.values(billing_state=to_state)) != len(ids):
        raise MoveRefused(_("Some of these hours changed meanwhile. Reload the page and choose again."))
    note_change(ids, states, reason, actor)
    words = _(BILLING_STATES[to_state])
    record(actor, f"time_entries.{to_state}", ("time_entry", ids[0] if len(ids) == 1 else None),
           ngettext("%(num)d entry: %(state)s", "%(num)d entries: %(state)s", len(ids), state=words),
           ({"billing_state": from_state}, {"billing_state": to_state, "ids": ids, "reason": reason}))  # fmt: skip
    return len(ids)


def note_change(entry_ids: Sequence[int], states: tuple[str, str], reason: str, actor: Actor) -> None:
    """Write into the life of entries that they went from one state to another by no line."""
    names = ["time_entry_id", "at", "from_state", "to_state", "actor", "reason"]
    values = [literal(utcnow(), EntryChange.at.type), *(literal(text) for text in (*states, actor.name, reason))]
    chosen = select(TimeEntry.id, *values).where(among(TimeEntry.id, entry_ids))
    db.session.execute(insert(EntryChange).from_select(names, chosen))
