"""The places on the web that may show the Finance tab: the connected remote apps, and those an owner added."""

from __future__ import annotations

from collections.abc import Sequence

from extensions import db
from models import FrameOrigin
from sync import connection


def added_origins() -> Sequence[FrameOrigin]:
    """Return what owners and admins added."""
    return db.session.scalars(db.select(FrameOrigin).order_by(FrameOrigin.origin)).all()


def allowed_origins() -> tuple[str, ...]:
    """Return all of them, as `frame-ancestors` lists them."""
    own = (row.origin for row in added_origins())
    return tuple(dict.fromkeys((*connection.page_origins(), *own)))
