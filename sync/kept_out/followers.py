"""What waits for one record: it comes in by itself once that does (requirements E-02)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from extensions import db
from models import Link
from sync.reasons import REASONS

#: followers that are looked through, and those that are shown
CAP, MOST = 10_000, 20
CODES = [code for code, reason in REASONS.items() if reason.follows]


def of(link: Link) -> Sequence[Link]:
    """The first records that wait for this one; looks through the waiting ones alone, `CAP` of them."""
    some = (
        select(Link.id)
        .where(Link.integration_id == link.integration_id, Link.reason.in_(CODES))
        .order_by(Link.id)
        .limit(CAP)
        .subquery()
    )
    query = (
        select(Link)
        .where(Link.id.in_(select(some.c.id)), Link.detail["parent"].as_string() == link.remote_id)
        .order_by(Link.id)
        .limit(MOST)
    )
    found = db.session.scalars(query)
    return [one for one in found if (one.detail or {}).get("parent_module", "projects") == link.module]
