"""The audit log: who did what to which record, from where, with the values before and after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index
from sqlalchemy.orm import Mapped, mapped_column

from extensions import Model, UTCDateTime, db, utcnow

#: a noun and the id of the row
Subject = tuple[str, int | None]
#: values before and after
Change = tuple[dict[str, Any] | None, dict[str, Any] | None]


class AuditEntry(Model):
    """Append-only; rows are never changed or removed by the app."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index("ix_audit_entries_subject", "subject", "subject_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow, index=True)
    #: person, schedule, webhook, trigger, remote user, command, customer (requirements R-12)
    actor_kind: Mapped[str]
    actor_id: Mapped[int | None] = mapped_column(default=None)
    #: the actor's name as it was
    actor: Mapped[str]
    #: network address, empty for the clock
    address: Mapped[str] = mapped_column(default="")
    #: e.g. invoice.issued, user.signed_in, integration.connected
    verb: Mapped[str]
    #: table-like noun: transaction, user, integration, organisation …
    subject: Mapped[str]
    subject_id: Mapped[int | None] = mapped_column(default=None)
    #: one sentence for people
    summary: Mapped[str] = mapped_column(default="")
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON, default=None)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON, default=None)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something (requirements R-12). `kind`: person, schedule, webhook, trigger, remote user, command,
    customer (whoever opened a customer link).
    """

    kind: str
    name: str
    id: int | None = None
    address: str = ""


def record(actor: Actor, verb: str, about: Subject, summary: str = "", change: Change | None = None) -> None:
    """Add one line to the audit log in the present database transaction."""
    db.session.add(
        AuditEntry(
            actor_kind=actor.kind, actor_id=actor.id, actor=actor.name, address=actor.address, verb=verb,
            subject=about[0], subject_id=about[1], summary=summary,
            before=change[0] if change else None, after=change[1] if change else None,
        )
    )  # fmt: skip
