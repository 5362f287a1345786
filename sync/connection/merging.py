"""Links of customers that were merged: they follow to the one that is kept, and come back with an undo (C-43, M-02)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import select, update

from extensions import db
from models import Customer, Integration, Link

#: what a link says once its remote record is gone: nothing feeds the row any more
_ENDED = ("deleted", "inactivated")
MODULE = "customers"


def synced_customers(ids: Collection[int]) -> frozenset[int]:
    """Return those of these customers that a connection feeds, or would feed once it is enabled again."""
    query = (
        select(Link.local_id)
        .join(Integration, Integration.id == Link.integration_id)
        .where(
            Integration.state != "deleted", Link.module == MODULE, Link.local_id.in_(list(ids)),
            Link.outcome.not_in(_ENDED), Link.missing_since.is_(None),
        )
    )  # fmt: skip
    return frozenset(found for found in db.session.scalars(query) if found is not None)


def links_follow(from_id: int, to_id: int) -> dict[str, Any]:
    """Let the links of one customer lead to another; says what `links_return` needs. Does not commit.

    A link stays where the other has one of the same integration already: a row belongs to one remote record.
    """
    taken = select(Link.integration_id).where(Link.module == MODULE, Link.local_id == to_id)
    mine = (Link.module == MODULE, Link.local_id == from_id)
    ids = list(db.session.scalars(select(Link.id).where(*mine, Link.integration_id.not_in(taken))))
    kept, gone = db.session.get_one(Customer, to_id), db.session.get_one(Customer, from_id)
    told = {"links": ids, "source": kept.source}
    if ids:
        db.session.execute(update(Link).where(Link.id.in_(ids)).values(local_id=to_id))
        if kept.source == "local":
            kept.source = gone.source
    return told


def links_return(told: dict[str, Any], from_id: int, to_id: int) -> None:
    """Take `links_follow` back for links that still lead to the customer that was kept. Does not commit."""
    ids = list(told.get("links", []))
    if not ids:
        return
    still = (Link.id.in_(ids), Link.local_id == from_id)
    db.session.execute(update(Link).where(*still).values(local_id=to_id))
    db.session.get_one(Customer, from_id).source = told.get("source", "local")
