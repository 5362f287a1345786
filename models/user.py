"""People who sign in (and timesheet staff who never do), their sessions and one-time links."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from extensions import Model, ScaledDecimal, UTCDateTime, utcnow

#: roles, strongest first
ROLES = ("owner", "admin", "staff", "timesheet")


def email_key(email: str) -> str | None:
    """Return what an e-mail address is compared by, so that case and blanks around make no second person; or None."""
    return email.strip().casefold() or None


class User(Model):
    """A person. `status`: active, invited, or inactive (timesheet staff behind fetched hours, requirements P-12)."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("role IN ('owner','admin','staff','timesheet')", name="role"),
        CheckConstraint("status IN ('active','invited','inactive')", name="status"),
        Index("uq_users_email_lower", "email_key", unique=True),
        Index("ix_users_name_id", "name", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    #: as typed; may be empty for people known only from a remote
    email: Mapped[str] = mapped_column(default="")
    #: casefolded e-mail, NULL when there is none: what sign-in looks up and what must be unique
    email_key: Mapped[str | None] = mapped_column(default=None)
    role: Mapped[str] = mapped_column(default="timesheet")
    status: Mapped[str] = mapped_column(default="active")
    #: argon2id; NULL: cannot sign in
    password_hash: Mapped[str | None] = mapped_column(default=None)
    #: "local" or a connector's key
    source: Mapped[str] = mapped_column(default="local")
    #: billing rate per hour in base currency where the billing method is staff hours
    rate: Mapped[Decimal | None] = mapped_column(ScaledDecimal(4), default=None)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    # what flask-login asks for
    is_authenticated = True
    is_anonymous = False

    @property
    def is_active(self) -> bool:
        """Whether this person may sign in at all."""
        return self.status == "active" and self.password_hash is not None

    def get_id(self) -> str:
        """Return the id that flask-login keeps."""
        return str(self.id)


class UserSession(Model):
    """One signed-in browser. The cookie holds a random token, the row its hash; revoking the row ends it."""

    __tablename__ = "user_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    #: SHA-256 of the token, hex
    token_hash: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    #: polling does not count as activity
    last_seen_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    #: when the password was last proven, for dangerous settings
    confirmed_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    address: Mapped[str] = mapped_column(default="")
    agent: Mapped[str] = mapped_column(default="")
    #: signed in inside another app's page: its cookie opens the Finance tab and nothing else
    is_framed: Mapped[bool] = mapped_column(default=False)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)

    user: Mapped[User] = relationship(lazy="joined")


class OneTimeLink(Model):
    """A single-use, short-lived secret: password reset, invitation. Only the hash is kept."""

    __tablename__ = "one_time_links"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    #: reset, invitation
    purpose: Mapped[str]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
