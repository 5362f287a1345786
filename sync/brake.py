"""The delete brake: removals that wait for a person, because many records vanished or hours hang on them (M-07)."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

from sqlalchemy import Connection, select, update

from extensions import db, utcnow
from models import Integration, Link

LINKS = Link.__table__
PAGE = 2_000


def held(integration: Integration) -> Sequence[Link]:
    """The linked records whose removal waits for a person, in the order of modules and of their coming."""
    query = select(Link).where(Link.integration_id == integration.id, Link.missing_since.is_not(None))
    return list(db.session.scalars(query.order_by(Link.module, Link.id)))


def held_links(connection: Connection, integration_id: int, module: str) -> list[Any]:
    """The same for one module, as a run reads them."""
    query = (
        select(LINKS.c.id, LINKS.c.remote_id, LINKS.c.local_id, LINKS.c.content_hash)
        .where(LINKS.c.integration_id == integration_id, LINKS.c.module == module)
        .where(LINKS.c.missing_since.is_not(None), LINKS.c.local_id.is_not(None))
        .order_by(LINKS.c.id)
    )
    return list(connection.execute(query))


def hold(connection: Connection, link_ids: Sequence[int]) -> None:
    """Let the removal of these records wait; since when they are missing is kept from the first time."""
    _set(connection, link_ids, Link.missing_since.is_(None), utcnow())


def let_go(connection: Connection, link_ids: Sequence[int]) -> None:
    """They are there after all: nothing waits any more."""
    _set(connection, link_ids, Link.missing_since.is_not(None), None)


def release_returned(connection: Connection, integration_id: int, module: str, seen: Container[str]) -> int:
    """Let go of held records that a listing brought again; returns how many."""
    back = [link.id for link in held_links(connection, integration_id, module) if link.remote_id in seen]
    let_go(connection, back)
    return len(back)


def _set(connection: Connection, link_ids: Sequence[int], which: Any, moment: Any) -> None:
    for start in range(0, len(link_ids), PAGE):
        mine = Link.id.in_(link_ids[start : start + PAGE])
        connection.execute(update(Link).where(mine, which).values(missing_since=moment))
