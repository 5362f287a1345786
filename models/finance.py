"""The Finance tab: links that open it for one project, and the places that may show it in a frame."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from extensions import Model, UTCDateTime, db, utcnow
from models.one_time_links import token_hash
from models.project import Project
from models.user import User

#: what a link may do, weakest first; each may all that the ones before it may
REACHES = {"view": "View", "edit": "Create and edit", "send": "Create, edit and send"}
#: days after which a link ends, to choose from
LIFETIMES = (1, 7, 30, 90)


class FinanceLink(Model):
    """A secret address that opens the Finance tab of one project to whoever has it. Only its hash is kept."""

    __tablename__ = "finance_links"
    __table_args__ = (CheckConstraint("reach IN ('view','edit','send')", name="reach"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), index=True)
    #: SHA-256 of the token, hex
    token_hash: Mapped[str] = mapped_column(unique=True)
    #: what the person who made it calls it, e.g. for whom it is
    label: Mapped[str]
    #: a key of `REACHES`
    reach: Mapped[str] = mapped_column(default="view")
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), default=None)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    last_used_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)

    project: Mapped[Project] = relationship()
    maker: Mapped[User | None] = relationship(lazy="joined")

    @property
    def is_open(self) -> bool:
        """Whether it opens anything now; it falls with the person who made it."""
        is_current = self.revoked_at is None and self.expires_at > utcnow()
        return is_current and self.maker is not None and self.maker.is_active


class FrameOrigin(Model):
    """A place on the web that may show the Finance tab in a frame, besides the remote apps that are connected."""

    __tablename__ = "frame_origins"

    id: Mapped[int] = mapped_column(primary_key=True)
    #: scheme, host and port as browsers compare them, e.g. https://projects.example.com
    origin: Mapped[str] = mapped_column(unique=True)
    added_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), default=None)
    added_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


@dataclass(frozen=True, slots=True)
class LinkWish:
    """What somebody wants a new link to be."""

    label: str
    reach: str
    days: int


def make_link(project_id: int, wish: LinkWish, made_by: int) -> tuple[FinanceLink, str]:
    """Add a link and return it with its token, which is not kept. Does not commit."""
    token = secrets.token_urlsafe(32)
    link = FinanceLink(
        project_id=project_id, token_hash=token_hash(token), label=wish.label, reach=wish.reach, made_by=made_by,
        expires_at=utcnow() + timedelta(days=wish.days),
    )  # fmt: skip
    db.session.add(link)
    db.session.flush()
    return link, token


def open_link(token: str) -> FinanceLink | None:
    """Return the link behind a token while it opens something; unknown, expired and revoked ones are all None."""
    hashed = token_hash(token)
    found: FinanceLink | None = db.session.scalar(db.select(FinanceLink).where(FinanceLink.token_hash == hashed))
    if found is None or not hmac.compare_digest(found.token_hash, hashed):
        return None
    return found if found.is_open else None
