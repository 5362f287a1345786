"""Records that wait: kept out earlier for a cause that may be gone by now; the first pages of the next run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select

from connectors.base import RemoteRecord
from models import Link

PAGE = 500
LINKS = Link.__table__


def _untag(value: dict[str, Any]) -> Any:
    if value.keys() == {"$d"}:
        return date.fromisoformat(value["$d"])
    if value.keys() == {"$t"}:
        return datetime.fromisoformat(value["$t"])
    return value


def restore(value: Any) -> Any:
    """Bring dates and instants back in a value that the database already decoded."""
    if isinstance(value, dict):
        return _untag({key: restore(item) for key, item in value.items()})
    return [restore(item) for item in value] if isinstance(value, list) else value


def pages(connect: Any, integration_id: int, module: str) -> Iterator[list[RemoteRecord]]:
    """Yield the waiting records of a module, a page at a time in the order they came; each page is read afresh."""
    last = 0
    while True:
        with connect() as connection:
            rows = _next_page(connection, integration_id, module, last)
        if not rows:
            return
        last = rows[-1].id
        yield [
            RemoteRecord(row.remote_id, restore(row.kept["fields"]), None, restore(row.kept.get("embedded", {})))
            for row in rows
        ]


def _next_page(connection: Connection, integration_id: int, module: str, last: int) -> list[Any]:
    query = (
        select(LINKS.c.id, LINKS.c.remote_id, LINKS.c.kept)
        .where(
            LINKS.c.integration_id == integration_id, LINKS.c.module == module, LINKS.c.is_waiting, LINKS.c.id > last
        )
        .order_by(LINKS.c.id)
        .limit(PAGE)
    )
    return [row for row in connection.execute(query) if row.kept is not None]
