"""One-time links: made for a person and a purpose, found by their token, used up once."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import update

from extensions import db, utcnow
from models.user import OneTimeLink

LIFETIMES = {"reset": timedelta(hours=1), "invitation": timedelta(hours=24)}


def token_hash(token: str) -> str:
    """Return what is stored instead of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def issue(user_id: int, purpose: str) -> str:
    """Return a new token for `purpose` (reset, invitation); older ones for the same purpose end. Does not commit."""
    end_all(user_id, purpose)
    token = secrets.token_urlsafe(32)
    expires = utcnow() + LIFETIMES[purpose]
    db.session.add(OneTimeLink(token_hash=token_hash(token), purpose=purpose, user_id=user_id, expires_at=expires))
    return token


def find(token: str, purpose: str) -> OneTimeLink | None:
    """Return the link if it may still be used for this purpose."""
    found: OneTimeLink | None = db.session.scalar(
        db.select(OneTimeLink).where(
            OneTimeLink.token_hash == token_hash(token), OneTimeLink.purpose == purpose,
            OneTimeLink.used_at.is_(None), OneTimeLink.expires_at > utcnow(),
        )
    )  # fmt: skip
    return found


def use(token: str, purpose: str) -> int | None:
    """Use the link up and return its person's id; None if it was used, has expired or never was. Does not commit."""
    now = utcnow()
    return db.session.scalar(
        update(OneTimeLink)
        .where(
            OneTimeLink.token_hash == token_hash(token), OneTimeLink.purpose == purpose,
            OneTimeLink.used_at.is_(None), OneTimeLink.expires_at > now,
        )
        .values(used_at=now)
        .returning(OneTimeLink.user_id)
    )  # fmt: skip


def end_all(user_id: int, purpose: str | None = None) -> None:
    """End a person's unused links, for one purpose or all. Does not commit."""
    statement = update(OneTimeLink).where(OneTimeLink.user_id == user_id, OneTimeLink.used_at.is_(None))
    if purpose:
        statement = statement.where(OneTimeLink.purpose == purpose)
    db.session.execute(statement.values(used_at=utcnow()))
