"""What the lists of time entries are made of: filters read from the query string, rows, and sums."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal
from sqlalchemy.orm import joinedload

from blueprints.asked import SUM_CAP, day, whole
from blueprints.paging import Count, Page, Sort, paged
from extensions import db
from models import Allocation, Bug, Customer, Project, Task, TimeEntry, Transaction, User
from models.time_entry import BILLING_STATES

SORTS = (Sort("date", TimeEntry.date, date.fromisoformat, descending=True),)
#: `literal_execute` writes the word into the statement: the index over local entries is only used for a constant
_is_local = TimeEntry.source == literal("local", literal_execute=True)
ORIGINS = {"local": _is_local, "synced": ~_is_local}


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """Which time entries; None and "" mean all."""

    project_id: int | None = None
    customer_id: int | None = None
    user_id: int | None = None
    task_id: int | None = None
    state: str = ""
    since: date | None = None
    until: date | None = None
    origin: str = ""
    #: no: only what is not billable
    billable: str = ""

    @classmethod
    def read(cls, args: Mapping[str, str]) -> EntryFilter:
        """Read a query string; what makes no sense is left aside."""
        return cls(
            project_id=whole(args.get("project_id")),
            customer_id=whole(args.get("customer_id")),
            user_id=whole(args.get("user_id")),
            task_id=whole(args.get("task_id")),
            state=args.get("state", "") if args.get("state") in BILLING_STATES else "",
            since=day(args.get("since")),
            until=day(args.get("until")),
            origin=args.get("origin", "") if args.get("origin") in ORIGINS else "",
            billable="no" if args.get("billable") == "no" else "",
        )

    @property
    def is_set(self) -> bool:
        """Whether anything is filtered at all."""
        return self != EntryFilter()

    def fields(self) -> dict[str, Any]:
        """Return what of it stands in an address."""
        values = {field.name: getattr(self, field.name) for field in dataclass_fields(self)}
        return {name: value for name, value in values.items() if value not in (None, "")}

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what a statement over time entries must say."""
        equal = (
            (TimeEntry.project_id, self.project_id),
            (TimeEntry.user_id, self.user_id),
            (TimeEntry.task_id, self.task_id),
            (TimeEntry.billing_state, self.state or None),
        )
        conditions: list[ColumnElement[bool]] = [column == value for column, value in equal if value is not None]
        if self.customer_id is not None:
            of_customer = db.select(Project.id).where(Project.customer_id == self.customer_id)
            conditions.append(TimeEntry.project_id.in_(of_customer))
        if self.billable:
            conditions.append(TimeEntry.is_billable.is_(False))
        if self.since:
            conditions.append(TimeEntry.date >= self.since)
        if self.until:
            conditions.append(TimeEntry.date <= self.until)
        return [*conditions, ORIGINS[self.origin]] if self.origin else conditions


@dataclass(frozen=True, slots=True)
class EntrySums:
    """Entries and seconds by billing state; None where there are more than `SUM_CAP` entries."""

    count: Count
    seconds: Mapping[str, int] | None

    @property
    def total(self) -> int | None:
        """All seconds together."""
        return None if self.seconds is None else sum(self.seconds.values())


def entry_sums(chosen: EntryFilter) -> EntrySums:
    """Add up the chosen entries by billing state; one statement that reads at most `SUM_CAP` entries."""
    columns = (TimeEntry.billing_state, TimeEntry.seconds)
    some = db.select(*columns).where(*chosen.conditions()).limit(SUM_CAP + 1).subquery()
    state, seconds = some.c.billing_state, some.c.seconds
    rows = db.session.execute(db.select(state, func.count(), func.sum(seconds)).group_by(state)).all()
    found = sum(row[1] for row in rows)
    if found > SUM_CAP:
        return EntrySums(Count(SUM_CAP, is_capped=True), None)
    return EntrySums(Count(found), {row[0]: int(row[2]) for row in rows})


def _with_transaction(statement: Select[Any]) -> Select[Any]:
    """Join the transaction an entry is on; the partial unique index allows one live allocation."""
    live = and_(Allocation.time_entry_id == TimeEntry.id, Allocation.released_at.is_(None))
    return statement.outerjoin(Allocation, live).outerjoin(Transaction, Transaction.id == Allocation.transaction_id)


#: what a row of the list shows: plain columns, since fifty rows of entities cost three times as much
COLUMNS = (
    TimeEntry.id, TimeEntry.date, TimeEntry.seconds, TimeEntry.notes, TimeEntry.is_billable, TimeEntry.billing_state,
    TimeEntry.approval, TimeEntry.remote_change, TimeEntry.source, Project.name.label("project"),
    Customer.name.label("customer"),
    func.coalesce(Task.name, Bug.title).label("work"), User.name.label("person"),
    Transaction.id.label("transaction_id"), Transaction.number.label("transaction_number"),
)  # fmt: skip


def _rows(chosen: EntryFilter) -> Select[Any]:
    """Select the rows with `COLUMNS`."""
    statement: Select[Any] = db.select(*COLUMNS).join(Project, Project.id == TimeEntry.project_id)
    statement = statement.join(Customer, Customer.id == Project.customer_id)
    for model, key in ((Task, TimeEntry.task_id), (Bug, TimeEntry.bug_id), (User, TimeEntry.user_id)):
        statement = statement.outerjoin(model, model.id == key)
    return _with_transaction(statement).where(*chosen.conditions())


def entry_page(chosen: EntryFilter, total: Count) -> Page:
    """Return one page of rows with `COLUMNS`, newest first; one statement."""
    return paged(_rows(chosen), TimeEntry.id, SORTS, total=total)


def every_entry(chosen: EntryFilter) -> Iterator[Any]:
    """Give all chosen rows, newest first, as they are read."""
    ordered = _rows(chosen).order_by(TimeEntry.date.desc(), TimeEntry.id.desc())
    yield from db.session.execute(ordered.execution_options(yield_per=500))


def one_entry(entry_id: int) -> Any | None:
    """Return (entry, the transaction it is on or None), or None when there is no such entry."""
    statement = _with_transaction(db.select(TimeEntry, Transaction)).where(TimeEntry.id == entry_id)
    options = (
        joinedload(TimeEntry.project).joinedload(Project.customer), joinedload(TimeEntry.task),
        joinedload(TimeEntry.bug), joinedload(TimeEntry.user),
    )  # fmt: skip
    return db.session.execute(statement.options(*options)).first()
