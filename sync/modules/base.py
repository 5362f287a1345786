"""What a module is: one kind of record that is synced, said as a declaration the engine asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import Connection, select

from connectors.base import FieldType
from sync.settings import SyncSettings

Values: TypeAlias = dict[str, Any]
#: remote id → local id, per module
Parents: TypeAlias = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class LocalField:
    """One local field that a field map may feed. `default` is the remote field it takes unless the owner says else."""

    key: str
    label: Any
    type: FieldType
    default: str
    #: written when the record is added, never afterwards: the owner's own choice wins
    is_first_only: bool = False
    #: an empty remote value does not erase what is here (faults.md 64)
    keeps_when_empty: bool = True
    limit: int = 500


@dataclass(frozen=True, slots=True)
class Parent:
    """A record this one hangs on. `remote` is the remote field with its id, `column` the local foreign key."""

    remote: str
    module: str
    column: str
    is_required: bool = True
    #: the reason when it was not fetched; optional parents without one are simply left out
    reason: str = ""
    #: a closer reason when the parent itself was kept out for this one
    reason_when: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeptOut:
    """Why a record does not come in: a code of `sync.reasons`, and what its sentence needs beyond the record's name."""

    code: str
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Facts:
    """What the planner is handed about the records of one page; it reads nothing itself.

    Rows are plain mappings by local id; `parents` and `rows_of_parents` cover what the page refers to.
    """

    parents: dict[str, dict[str, int]] = field(default_factory=dict)
    #: module → local id → row
    rows_of_parents: dict[str, dict[int, Values]] = field(default_factory=dict)
    #: module → remote id → reason, for parents that were kept out themselves
    kept_out_parents: dict[str, dict[str, str]] = field(default_factory=dict)
    #: local id → row, for records of the page that are linked and changed
    rows: dict[int, Values] = field(default_factory=dict)
    #: duplicate key → local row that no link of this integration claims
    twins: dict[str, Values] = field(default_factory=dict)
    #: local ids that money has touched (transactions, live allocations)
    touched: set[int] = field(default_factory=set)
    #: local ids that cannot be removed because history points at them
    anchored: set[int] = field(default_factory=set)
    #: remote ids that another tool had invoiced
    elsewhere: set[str] = field(default_factory=set)
    #: what `Module.look_around` found
    around: dict[Any, Any] = field(default_factory=dict)
    #: local id → columns that an integration of higher priority feeds (P-21)
    fed_elsewhere: dict[int, frozenset[str]] = field(default_factory=dict)


def named_in(*columns: Any) -> Callable[[Connection, Sequence[int]], set[int]]:
    """Return the question which of some local ids any of these foreign keys names: what hangs on them."""

    def ask(connection: Connection, ids: Sequence[int]) -> set[int]:
        found: set[int] = set()
        for column in columns:
            found.update(connection.scalars(select(column).where(column.in_(ids)).distinct()))
        return found

    return ask


def named_by_all(table: Any) -> Callable[[Connection, Sequence[int]], set[int]]:
    """Return the question which of some local ids any row of another table names that does not go with them."""

    def ask(connection: Connection, ids: Sequence[int]) -> set[int]:
        return named_in(*_restricting(table))(connection, ids)

    return ask


@cache
def _restricting(table: Any) -> tuple[Any, ...]:
    return tuple(
        key.parent
        for other in table.metadata.sorted_tables
        for key in other.foreign_keys
        if key.column.table is table and key.ondelete == "RESTRICT"
    )


def _own_name(fields: Values) -> str:
    return str(fields.get("name") or "")[:200]


@dataclass(frozen=True, slots=True)
class Module:
    """One kind of record. Functions are pure unless they are handed a connection.

    `exclude(fields, settings)`: kept out by what the record itself says.
    `check(fields, values, facts, settings, row)`: kept out by what is around it; `row` is the local row if linked.
    `shape(values, fields, settings, row)`: last word on the column values, for new (`row` None) or linked records.
    `gone`: what the local row becomes when the remote record goes or is kept out later: remove or inactivate.
    """

    key: str
    title: Any
    icon: str
    #: a Table (models give it as a FromClause)
    table: Any
    fields: tuple[LocalField, ...]
    parents: tuple[Parent, ...] = ()
    #: modules of parents whose rows `check` looks at
    needs_rows_of: tuple[str, ...] = ()
    #: only records that another module needs become local rows; the reason the others get
    on_demand: str | None = None
    #: custom fields land in this column
    has_custom: bool = False
    #: columns of a new row that no field feeds
    defaults: Mapping[str, Any] = field(default_factory=dict)
    exclude: Callable[[Values, SyncSettings], KeptOut | None] | None = None
    check: Callable[[Values, Values, Facts, SyncSettings, Values | None], KeptOut | None] | None = None
    shape: Callable[[Values, Values, SyncSettings, Values | None], Values] | None = None
    #: how a twin is recognised; None: never looked for
    twin_key: Callable[[Values], str | None] | None = None
    find_twins: Callable[[Connection, int, Sequence[str]], dict[str, Values]] | None = None
    #: what a twin means: "duplicates" (the owner's preference decides) or "merge" (it is the same)
    twin_policy: str = "duplicates"
    #: ids among these that money has touched / that history points at
    find_touched: Callable[[Connection, Sequence[int]], set[int]] | None = None
    find_anchored: Callable[[Connection, Sequence[int]], set[int]] | None = None
    #: called inside the page's database transaction with the new and changed local rows, with a set in which it
    #: may note what it need not look at again in this run, and with the run's id
    after_page: Callable[[Connection, Iterable[Values], set[Any], int], None] | None = None
    #: what happens to a local row whose remote record is gone: "remove", "inactivate"
    gone: str = "remove"
    #: the values that mark a row inactive, and those that mark a touched row as changed / withdrawn / removed remotely
    inactive: Mapping[str, Any] = field(default_factory=dict)
    #: the values that bring an inactivated row back when its remote record returns
    revived: Mapping[str, Any] = field(default_factory=dict)
    flags: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    #: values of an anchored row that may not be removed (history points at it)
    retired: Mapping[str, Any] = field(default_factory=dict)
    #: local ids whose removal waits for a person, because unbilled hours hang on them (M-07)
    find_weighty: Callable[[Connection, Sequence[int]], set[int]] | None = None
    #: what `check` needs to know of the neighbourhood of a page of remote fields, as `Facts.around`
    look_around: Callable[[Connection, Sequence[Values], Facts], dict[Any, Any]] | None = None
    #: remote ids that arrive with `flags["elsewhere"]`, because another tool had them already (requirements L-06)
    find_elsewhere: Callable[[Connection, int, Sequence[str]], set[str]] | None = None
    #: placeholders for the sentences of `sync.reasons`; None: only its name
    details: Callable[[Values, Mapping[str, Values]], Values] | None = None
    #: short text that names a record on pages
    name: Callable[[Values], str] = _own_name

    def describe(self, fields: Values, embedded: Mapping[str, Values]) -> Values:
        """Return what the sentences of `sync.reasons` need to name this record."""
        return self.details(fields, embedded) if self.details else {"name": self.name(fields)}

    def field_map(self, settings: SyncSettings) -> Mapping[str, str]:
        """Return local field → remote field: the owner's choice, or the defaults."""
        chosen = settings.field_maps.get(self.key)
        return chosen if chosen is not None else {item.key: item.default for item in self.fields if item.default}
