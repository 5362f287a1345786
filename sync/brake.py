"""The delete brake: removals that wait for a person, because many records vanished or hours hang on them (M-07)."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

from sqlalchemy import Connection, select, update

from extensions import utcnow
from models import Link

LINKS = Link.__table__
#: what a run needs to know of a link whose record may be gone
LINK = (LINKS.c.id, LINKS.c.remote_id, LINKS.c.local_id, LINKS.c.content_hash)
#: links that one statement names
PAGE = 2_000


def is_held(integration_id: int, module: str | None = None) -> tuple[Any, ...]:
    """The condition on links whose removal waits for a person; of one module, or of all."""
    held = LINKS.c.integration_id == integration_id, LINKS.c.missing_since.is_not(None), LINKS.c.local_id.is_not(None)
    return held if module is None else (*held, LINKS.c.module == module)


def held_links(connection: Connection, integration_id: int, module: str) -> list[Any]:
    """The held links of one module, as a run reads them."""
    return list(connection.execute(select(*LINK).where(*is_held(integration_id, module)).order_by(LINKS.c.id)))


def hold(connection: Connection, link_ids: Sequence[int]) -> None:
    """Let the removal of these records wait; since when they are missing is kept from the first time."""
    _set(connection, link_ids, Link.missing_since.is_(None), utcnow())


def let_go(connection: Connection, link_ids: Sequence[int]) -> None:
    """They are there after all: nothing waits any more."""
    _set(connection, link_ids, Link.missing_since.is_not(None), None)


def returned(connection: Connection, integration_id: int, module: str, seen: Container[str]) -> list[int]:
    """The held links whose records a listing brought again."""
    return [link.id for link in held_links(connection, integration_id, module) if link.remote_id in seen]


def _set(connection: Connection, link_ids: Sequence[int], which: Any, moment: Any) -> None:
    for start in range(0, len(link_ids), PAGE):
        mine = Link.id.in_(link_ids[start : start + PAGE])
        connection.execute(update(Link).where(mine, which).values(missing_since=moment))
