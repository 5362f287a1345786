"""What the database itself takes along when rows are removed: rows that cascade, references that become empty.

Their before-images are written like those of the rows themselves, so that an undo brings everything back (M-02).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table, select

from models import BeforeImage, Link
from sync import bulk

IMAGES = BeforeImage.__table__
COLUMNS = ("run_id", "module", "remote_id", "local_id", "before", "after")
LINKS = Link.__table__
PIECE = 500


def keep(connection: Connection, integration_id: int, run_id: int, table: Table, ids: Sequence[int]) -> None:
    """Write before-images of all that goes with these rows of `table`; call it right before they are removed."""
    for child, column, ondelete in followers(table):
        for start in range(0, len(ids), PIECE):
            rows = _naming(connection, child, column, ids[start : start + PIECE])
            if not rows:
                continue
            remote_ids = _remote_ids(connection, integration_id, child.name, [row["id"] for row in rows])
            goes = ondelete == "CASCADE"
            images = [
                (
                    run_id, child.name, remote_ids.get(row["id"], ""), row["id"],
                    row if goes else {column.name: row[column.name]}, None if goes else {column.name: None},
                )
                for row in rows
            ]  # fmt: skip
            bulk.insert(connection, IMAGES, COLUMNS, images)
            if goes:
                keep(connection, integration_id, run_id, child, [row["id"] for row in rows])


@cache
def followers(table: Table) -> tuple[tuple[Table, Any, str], ...]:
    """Return what changes by itself when rows of `table` go: the child table, its column, CASCADE or SET NULL."""
    return tuple(_followers(table))


def _followers(table: Table) -> Iterator[tuple[Table, Any, str]]:
    for child in table.metadata.sorted_tables:
        for key in child.foreign_keys:
            if key.column.table is table and key.ondelete in ("CASCADE", "SET NULL") and "id" in child.c:
                yield child, key.parent, key.ondelete


def _naming(connection: Connection, child: Table, column: Any, ids: Sequence[int]) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in connection.execute(select(child).where(column.in_(ids)))]


def _remote_ids(connection: Connection, integration_id: int, module: str, ids: Sequence[int]) -> dict[int, str]:
    query = select(LINKS.c.local_id, LINKS.c.remote_id).where(
        LINKS.c.integration_id == integration_id, LINKS.c.module == module, LINKS.c.local_id.in_(ids)
    )
    return {row.local_id: row.remote_id for row in connection.execute(query)}
