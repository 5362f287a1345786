"""Profiles of the CRM with what they may do in the Billing panel, and the people who have them (requirements A-01)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, UniqueConstraint, false, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from extensions import Model, UTCDateTime, utcnow

#: what a profile may do with one type of transaction, with the words people see (requirements A-02)
PROFILE_RIGHTS = {"edit": "Create & edit", "view": "View", "email": "Email"}


class Profile(Model):
    """A named set of permissions; a change applies to everybody who has it (A-01). A new one may nothing."""

    __tablename__ = "profiles"
    __table_args__ = (UniqueConstraint("integration_id", "remote_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"))
    remote_id: Mapped[str]
    name: Mapped[str]
    #: transaction type → list of keys of `PROFILE_RIGHTS`
    permissions: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    #: receivables and payables are shown (A-04)
    sees_summary: Mapped[bool] = mapped_column(default=False, server_default=false())
    #: false once the remote has no such profile any more
    is_active: Mapped[bool] = mapped_column(default=True, server_default=true())

    def may(self, kind: str, right: str) -> bool:
        """Say whether it has a right (a key of `PROFILE_RIGHTS`) for a transaction type."""
        return right in self.permissions.get(kind, ())


class RemotePerson(Model):
    """Somebody who works in the CRM; opens the Billing panel there, within the rights of their profile."""

    __tablename__ = "remote_people"
    __table_args__ = (UniqueConstraint("integration_id", "remote_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"))
    remote_id: Mapped[str]
    name: Mapped[str]
    email: Mapped[str] = mapped_column(default="", index=True)
    #: their id at the sign-in server; empty when unknown
    account_id: Mapped[str] = mapped_column(default="", index=True)
    profile_id: Mapped[int | None] = mapped_column(ForeignKey("profiles.id", ondelete="SET NULL"), default=None)
    is_active: Mapped[bool] = mapped_column(default=True, server_default=true())

    profile: Mapped[Profile | None] = relationship(lazy="joined")


class PanelSession(Model):
    """One browser in which somebody of the CRM signed in to the Billing panel; its cookie opens nothing else."""

    __tablename__ = "panel_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    #: SHA-256 of the token, hex
    token_hash: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("remote_people.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    last_seen_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    address: Mapped[str] = mapped_column(default="")
    agent: Mapped[str] = mapped_column(default="")
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)

    person: Mapped[RemotePerson] = relationship(lazy="joined")
