"""Rows in bulk, the way each database likes it: one statement a table and page, never one a record."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import Boolean, Connection, Date, LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.types import JSON

from extensions import UTCDateTime

Row = Sequence[Any]


def is_sqlite(connection: Connection) -> bool:
    """Say which of the two dialects this is."""
    return connection.dialect.name == "sqlite"


def binders(table: Any, columns: Sequence[str], dialect: Dialect) -> list[Callable[[Any], Any] | None]:
    """Return per column what turns a Python value into the driver's; None where it goes as it is."""
    return [_binder(table.c[name].type, dialect) for name in columns]


def _binder(kind: Any, dialect: Dialect) -> Callable[[Any], Any] | None:
    if isinstance(kind, JSON):
        return dump_or_null
    if isinstance(kind, Boolean | LargeBinary):
        return None  # both drivers take them as they are
    bind: Callable[[Any], Any] | None = kind.dialect_impl(dialect).bind_processor(dialect)
    # a page has a few dates and one instant for hundreds of rows
    return lru_cache(512)(bind) if bind and isinstance(kind, Date | UTCDateTime) else bind


def _tag(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return {"$t" if hasattr(value, "hour") else "$d": value.isoformat()}
    return str(value)


#: writes JSON that `waiting.restore` brings back to the same dates and instants
dump = json.JSONEncoder(default=_tag, ensure_ascii=True, separators=(",", ":")).encode


def dump_or_null(value: Any) -> str | None:
    """Write JSON, or nothing where there is nothing."""
    return None if value is None else dump(value)


def _bound(rows: Iterable[Row], made: Sequence[Callable[[Any], Any] | None]) -> list[Row]:
    """Apply the binders column by column: far fewer calls than one per cell."""
    columns = list(zip(*rows, strict=True))
    done = [list(map(bind, column)) if bind else column for bind, column in zip(made, columns, strict=True)]
    return list(zip(*done, strict=True))


def _mark(connection: Connection) -> str:
    return "?" if is_sqlite(connection) else "%s"


def insert(connection: Connection, table: Any, columns: Sequence[str], rows: Sequence[Row], tail: str = "") -> None:
    """Insert rows; `tail` is an ON CONFLICT clause of ours."""
    if not rows:
        return
    marks = ", ".join([_mark(connection)] * len(columns))
    names = ", ".join(f'"{name}"' for name in columns)
    sql = f'INSERT INTO "{table.name}" ({names}) VALUES ({marks}) {tail}'  # noqa: S608 - names are our own columns
    connection.exec_driver_sql(sql, _bound(rows, binders(table, columns, connection.dialect)))


def update(connection: Connection, table: Any, changes: Sequence[tuple[int, Mapping[str, Any]]]) -> None:
    """Write changed columns of rows by id; rows that change the same columns share one statement."""
    groups: dict[tuple[str, ...], list[Row]] = {}
    for local_id, values in changes:
        columns = tuple(sorted(values))
        groups.setdefault(columns, []).append((*(values[name] for name in columns), local_id))
    mark = _mark(connection)
    for columns, rows in groups.items():
        sets = ", ".join(f'"{name}" = {mark}' for name in columns)
        sql = f'UPDATE "{table.name}" SET {sets} WHERE id = {mark}'  # noqa: S608 - names are our own columns
        made = binders(table, (*columns, "id"), connection.dialect)
        connection.exec_driver_sql(sql, _bound(rows, made))


def delete(connection: Connection, table: Any, ids: Sequence[int]) -> None:
    """Remove rows by id."""
    if ids:
        clause, parameter = in_ids(connection, ids)
        connection.exec_driver_sql(f'DELETE FROM "{table.name}" WHERE id IN {clause}', parameter)  # noqa: S608


def in_ids(connection: Connection, ids: Iterable[int]) -> tuple[str, tuple[Any, ...]]:
    """Return the right side of IN for many whole numbers as one parameter."""
    values = list(ids)
    if is_sqlite(connection):
        return "(SELECT value FROM json_each(?))", (json.dumps(values),)
    return "(SELECT unnest(%s::bigint[]))", (values,)


def in_texts(connection: Connection, texts: Iterable[str]) -> tuple[str, tuple[Any, ...]]:
    """Return the right side of IN for many texts as one parameter."""
    values = list(texts)
    if is_sqlite(connection):
        return "(SELECT value FROM json_each(?))", (json.dumps(values),)
    return "(SELECT unnest(%s::text[]))", (values,)


def in_days(connection: Connection, pairs: Iterable[tuple[int, date]]) -> tuple[str, tuple[Any, ...]]:
    """Return a table `days` with the columns `owner_id` and `day`, for FROM, and its parameters."""
    values = [(owner_id, day.isoformat()) for owner_id, day in pairs]
    if is_sqlite(connection):
        rows = "SELECT json_extract(value, '$[0]') AS owner_id, json_extract(value, '$[1]') AS day FROM json_each(?)"
        return f"({rows}) AS days", (json.dumps(values),)
    owners, days = [owner_id for owner_id, _ in values], [day for _, day in values]
    return "unnest(%s::bigint[], %s::date[]) AS days(owner_id, day)", (owners, days)


def reserve_ids(connection: Connection, table: Any, count: int) -> Iterable[int]:
    """Return `count` fresh ids. SQLite: the write lock is held, so what follows the largest id is free."""
    if is_sqlite(connection):
        top = connection.exec_driver_sql(f'SELECT coalesce(max(id), 0) FROM "{table.name}"').scalar_one()  # noqa: S608
        return range(top + 1, top + 1 + count)
    sql = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
    return [row[0] for row in connection.exec_driver_sql(sql, (table.name, count))]
