"""Operations → tables, in bulk: rows, links, before-images; the only writer of what a sync brings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from operator import itemgetter
from typing import Any, Protocol

from sqlalchemy import Connection, Table

from extensions import utcnow
from models import BeforeImage, Link
from sync import brake, bulk, swept
from sync.kept_out import figures
from sync.modules.base import Module, Values
from sync.planner import Operation

LINK_COLUMNS = (
    "integration_id", "module", "remote_id", "local_id", "content_hash", "outcome", "reason", "detail", "kept",
    *figures.COLUMNS, "is_waiting", "run_id", "created_run_id", "decided_at",
)  # fmt: skip
LINK_CONFLICT = (
    "ON CONFLICT (integration_id, module, remote_id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in LINK_COLUMNS[3:] if name != "created_run_id")
    + ", created_run_id = coalesce(excluded.created_run_id, links.created_run_id), missing_since = NULL, "
    "is_muted = CASE WHEN links.reason = excluded.reason THEN links.is_muted ELSE false END"
)
IMAGE_COLUMNS = ("run_id", "module", "remote_id", "local_id", "before", "after")
#: outcome → the count it belongs to; history counts are sums of outcomes, never kept apart
COUNTED_AS = {
    "added": "added", "cloned": "added",
    "updated": "updated", "overwritten": "updated", "merged": "updated", "inactivated": "removed",
    "unchanged": "unchanged", "deleted": "removed", "excluded": "excluded", "failed": "failed",
}  # fmt: skip


@dataclass(slots=True)
class Counts:
    """What one page did, per count of `SyncRunModule`."""

    seen: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    excluded: int = 0
    failed: int = 0

    def note(self, operations: Sequence[Operation]) -> None:
        """Count operations by outcome."""
        for outcome, count in Counter([operation.outcome for operation in operations]).items():
            name = COUNTED_AS[outcome]
            setattr(self, name, getattr(self, name) + count)

    def items(self) -> list[tuple[str, int]]:
        """Return the counts that are not zero."""
        return [(item.name, value) for item in fields(self) if (value := getattr(self, item.name))]


class Writer(Protocol):
    """What the engine hands operations to: the database, or a preview."""

    @property
    def overlay(self) -> Mapping[str, dict[int, Values]]:
        """Module → local id → row, for records that exist only in a preview."""

    def apply(self, connection: Connection, module: Module, operations: Sequence[Operation]) -> dict[str, int]:
        """Carry the operations out; returns remote id → local id of every linked one."""

    def hold(self, connection: Connection, module: Module, link_ids: Sequence[int]) -> None:
        """Let removals wait for a person."""


class DatabaseWriter:
    """Writes operations of one run to the tables, inside the caller's database transaction."""

    overlay: Mapping[str, dict[int, Values]] = {}

    def __init__(self, integration_id: int, run_id: int) -> None:
        self.integration_id = integration_id
        self.run_id = run_id
        #: what `after_page` of a module need not look at again in this run
        self.settled: dict[str, set[Any]] = {}

    def apply(self, connection: Connection, module: Module, operations: Sequence[Operation]) -> dict[str, int]:
        """Write rows, before-images and links of one page: a handful of statements however many records."""
        now = utcnow()
        new = self._insert(connection, module, [item for item in operations if item.adds])
        changed = [item for item in operations if item.local_id is not None]
        self._keep_images(connection, module, changed)
        stamp = {"updated_at": now} if "updated_at" in module.table.c else {}
        writes = [(item.local_id, {**item.values, **stamp}) for item in changed if item.values and item.local_id]
        bulk.update(connection, module.table, writes)
        self._write_links(connection, module, operations, new, now)
        gone = [item.local_id for item in changed if item.removes and item.local_id]
        swept.keep(connection, self.integration_id, self.run_id, module.table, gone)
        bulk.delete(connection, module.table, gone)
        if module.after_page:
            settled = self.settled.setdefault(module.key, set())
            module.after_page(connection, [item.values for item in operations if item.values], settled, self.run_id)
        linked = {item.remote_id: item.local_id for item in changed if item.local_id and not item.removes}
        return {**linked, **new}

    def hold(self, connection: Connection, module: Module, link_ids: Sequence[int]) -> None:
        """Let removals wait for a person, on their links."""
        brake.hold(connection, link_ids)

    def _insert(self, connection: Connection, module: Module, operations: Sequence[Operation]) -> dict[str, int]:
        if not operations:
            return {}
        ids = bulk.reserve_ids(connection, module.table, len(operations))
        new = dict(zip([item.remote_id for item in operations], ids, strict=True))
        columns, defaults, in_order = insert_defaults(module.table)
        blank = {name: make() if callable(make) else make for name, make in zip(columns, defaults, strict=True)}
        rows = [in_order({**blank, **item.values, "id": new[item.remote_id]}) for item in operations]
        bulk.insert(connection, module.table, ("id", *columns), rows)
        return new

    def _keep_images(self, connection: Connection, module: Module, operations: Sequence[Operation]) -> None:
        rows = [
            (
                self.run_id,
                module.key,
                item.remote_id,
                item.local_id,
                item.before,
                None if item.removes else item.values,
            )
            for item in operations
            if item.before is not None and (item.values or item.removes)
        ]
        bulk.insert(connection, BeforeImage.__table__, IMAGE_COLUMNS, rows)

    def _write_links(
        self, connection: Connection, module: Module, operations: Sequence[Operation], new: Mapping[str, int],
        now: datetime,
    ) -> None:  # fmt: skip
        run_id, key, integration_id = self.run_id, module.key, self.integration_id
        rows = []
        for item in operations:
            local_id = new.get(item.remote_id)
            is_new = local_id is not None
            if not is_new and not item.removes:
                local_id = item.local_id
            rows.append(
                (
                    integration_id, key, item.remote_id, local_id, item.hash, item.outcome, item.reason, item.detail,
                    item.kept, *figures.figures(item.detail, item.kept), item.is_waiting, run_id,
                    run_id if is_new else None, now,
                )
            )  # fmt: skip
        bulk.insert(connection, Link.__table__, LINK_COLUMNS, rows, LINK_CONFLICT)


@cache
def insert_defaults(table: Table) -> tuple[tuple[str, ...], tuple[Any, ...], Callable[[Values], tuple[Any, ...]]]:
    """Return the columns of a new row but its id, what each holds when nothing else is said, and what lines up a row.

    The last takes a mapping of all columns to a tuple with the id first.
    """
    columns = [column for column in table.columns if column.name != "id"]
    names = tuple(column.name for column in columns)
    return names, tuple(_default(column) for column in columns), itemgetter("id", *names)


def _default(column: Any) -> Any:
    if column.default is None:
        return None if column.nullable else "" if column.type.python_type is str else None
    if column.default.is_scalar:
        return column.default.arg
    make = column.default.arg
    return lambda: make(None)
