"""What waits for one record: it comes in by itself once that does (requirements E-02)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from extensions import db
from models import Link
from sync.kept_out.figures import cause_of
from sync.reasons import REASONS

#: followers that are shown
MOST = 20
CODES = [code for code, reason in REASONS.items() if reason.follows]


def of(link: Link) -> Sequence[Link]:
    """The first records that wait for this one."""
    query = (
        select(Link)
        .where(
            Link.integration_id == link.integration_id, Link.kept_cause == cause_of(link.module, link.remote_id),
            Link.reason.in_(CODES),
        )
        .order_by(Link.id)
        .limit(MOST)
    )  # fmt: skip
    return db.session.scalars(query).all()
