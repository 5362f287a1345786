"""What the undo of a run is told about the present: links, rows, who names them, what money stands on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, literal, select

from models import Link, TimeEntry, User
from models.references import referring as references_to
from sync.modules.base import Values
from sync.undo import money
from sync.undo.changes import ADDED, CHANGED, REMOVED, STAFF, Change, Key, plain, table_of

LINKS = Link.__table__
PIECE = 500


class Ref(NamedTuple):
    """A row that names another one."""

    table: str
    column: str
    id: int


@dataclass(slots=True)
class Facts:
    """All by table name; rows are as `plain` writes them."""

    #: record → local id (None: not here)
    links: dict[Key, int | None] = field(default_factory=dict)
    #: table → id → row, of all rows that a change is about and of those their columns would name again
    rows: dict[str, dict[int, Values]] = field(default_factory=lambda: defaultdict(dict))
    #: table → id → rows that name it, for rows that would go
    refs: dict[str, dict[int, list[Ref]]] = field(default_factory=lambda: defaultdict(dict))
    #: table → id → the sentence why money forbids it
    money: dict[str, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    #: (project, person) → ids of entries, for places on a project that would go
    entries_of: dict[tuple[int, int], set[int]] = field(default_factory=dict)
    #: (project, person) that have a place now
    places: set[tuple[int, int]] = field(default_factory=set)
    #: person → name
    people: dict[int, str] = field(default_factory=dict)
    #: keys of e-mail addresses that are in use
    addresses: set[str] = field(default_factory=set)


def pieces(ids: Iterable[Any]) -> Iterator[list[Any]]:
    """Cut ids into lists that fit into a statement."""
    found = sorted(set(ids))
    for start in range(0, len(found), PIECE):
        yield found[start : start + PIECE]


def facts_of(connection: Connection, integration_id: int, changes: Sequence[Change]) -> Facts:
    """Read what the plan needs; the number of statements grows with the tables, and a little with the rows."""
    facts = Facts()
    by_table: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        by_table[change.table].append(change)
    for name, group in by_table.items():
        _links(connection, integration_id, name, group, facts)
        _rows(connection, name, [change.local_id for change in group], facts)
    for name, group in by_table.items():
        _named_again(connection, name, group, facts)
        going = [change.local_id for change in group if change.kind == ADDED]
        _refs(connection, name, going, facts)
        standing = [change.local_id for change in group if change.kind != REMOVED]
        for piece in pieces(standing):
            facts.money[name].update(money.touched(connection, name, piece))
    _staff(connection, facts)
    _people(connection, changes, facts)
    return facts


def _links(connection: Connection, integration_id: int, module: str, group: Sequence[Change], facts: Facts) -> None:
    for piece in pieces(change.remote_id for change in group if change.remote_id):
        query = select(LINKS.c.remote_id, LINKS.c.local_id).where(
            LINKS.c.integration_id == integration_id, LINKS.c.module == module, LINKS.c.remote_id.in_(piece)
        )
        facts.links.update({(module, row.remote_id): row.local_id for row in connection.execute(query)})


def _rows(connection: Connection, name: str, ids: Iterable[int], facts: Facts) -> None:
    table = table_of(name)
    for piece in pieces(ids):
        for row in connection.execute(select(table).where(table.c.id.in_(piece))):
            facts.rows[name][row.id] = plain(dict(row._mapping))


@cache
def references(name: str) -> tuple[tuple[str, str], ...]:
    """Return the columns of a table that name rows of others: column, other table."""
    return tuple((key.parent.name, key.column.table.name) for key in table_of(name).foreign_keys)


def referring(name: str) -> tuple[tuple[Table, Any], ...]:
    """Return the columns of all tables that name rows of this one."""
    return references_to(table_of(name))


def _named_again(connection: Connection, name: str, group: Sequence[Change], facts: Facts) -> None:
    """Read the rows that come to be named again, so that the plan knows whether they are there."""
    for column, other in references(name):
        ids = {
            change.before[column] for change in group if change.kind in (CHANGED, REMOVED) if change.before.get(column)
        }
        _rows(connection, other, ids - facts.rows[other].keys(), facts)


def _refs(connection: Connection, name: str, ids: Sequence[int], facts: Facts) -> None:
    found = facts.refs[name]
    for table, column in referring(name) if ids else ():
        row_id = table.c.id if "id" in table.c else literal(0)
        for piece in pieces(ids):
            for target, referrer in connection.execute(select(column, row_id).where(column.in_(piece))):
                found.setdefault(target, []).append(Ref(table.name, column.name, referrer))


def _staff(connection: Connection, facts: Facts) -> None:
    """Read the places on projects that would go: those of projects, and those the run made."""
    going = {ref.id for refs in facts.refs["projects"].values() for ref in refs if ref.table == STAFF.name}
    _rows(connection, STAFF.name, going - facts.rows[STAFF.name].keys(), facts)
    pairs = {(row["project_id"], row["user_id"]) for row in facts.rows[STAFF.name].values()}
    facts.entries_of = {pair: set() for pair in pairs}
    for piece in pieces({pair[0] for pair in pairs}):
        query = select(TimeEntry.project_id, TimeEntry.user_id, TimeEntry.id).where(
            TimeEntry.project_id.in_(piece), TimeEntry.user_id.in_({pair[1] for pair in pairs})
        )
        for project_id, user_id, entry_id in connection.execute(query):
            if user_id is not None and (project_id, user_id) in facts.entries_of:
                facts.entries_of[project_id, user_id].add(entry_id)


def _people(connection: Connection, changes: Sequence[Change], facts: Facts) -> None:
    """Read names, and whose place or address is taken already where rows would come back."""
    rows = [row for name in (TimeEntry.__tablename__, STAFF.name) for row in facts.rows[name].values()]
    back = [change.before for change in changes if change.kind == REMOVED]
    for piece in pieces({row["user_id"] for row in (*rows, *back) if row.get("user_id")}):
        facts.people |= {
            row.id: row.name for row in connection.execute(select(User.id, User.name).where(User.id.in_(piece)))
        }
    lost = [change.before for change in changes if change.kind == REMOVED and change.table == STAFF.name]
    for piece in pieces({row["project_id"] for row in lost}):
        query = select(STAFF.c.project_id, STAFF.c.user_id).where(STAFF.c.project_id.in_(piece))
        facts.places |= {(row.project_id, row.user_id) for row in connection.execute(query)}
    keys = {row["email_key"] for row in back if row.get("email_key")}
    for piece in pieces(keys):
        facts.addresses |= set(connection.scalars(select(User.email_key).where(User.email_key.in_(piece))))
