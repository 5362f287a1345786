"""The outbox: what happened here and may be told elsewhere, one row per transaction and happening."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from extensions import Model, UTCDateTime, utcnow
from models.project import Project

#: state → words for people
NOTE_STATES = {
    "pending": "Waiting",
    "parked": "Parked",
    "sending": "Being told",
    "done": "Told",
    "failed": "Failed",
    "unsure": "Unconfirmed",
    "dropped": "Not told",
}
#: what a push still has to do something about
OPEN_STATES = ("pending", "parked", "sending", "unsure")


def new_reference() -> str:
    """Return a mark that stands in what is told, so that it can be found again; it says nothing by itself."""
    return f"CB-{secrets.token_hex(6).upper()}"


class Outbox(Model):
    """A note: this happened to a transaction of that project. Who tells it, and whom, is not known here.

    Written in the transaction of what happened, so there is no note of what did not happen. A later note about the
    same subject overtakes earlier ones that nobody was told yet: these become `dropped`.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint("state IN ({})".format(", ".join(f"'{s}'" for s in NOTE_STATES)), name="state"),
        Index("ix_outbox_subject_subject_id_id", "subject", "subject_id", "id"),
        Index("ix_outbox_created_at_id", "created_at", "id"),
        Index(
            "ix_outbox_open", "not_before", "id",
            sqlite_where=text("state IN ('pending','parked','sending','unsure')"),
            postgresql_where=text("state IN ('pending','parked','sending','unsure')"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    #: a noun and the id of its row: transaction, expense
    subject: Mapped[str] = mapped_column(default="transaction")
    subject_id: Mapped[int]
    #: created, changed, issued, sent, voided, deleted, or another verb in the past tense
    event: Mapped[str]
    #: whose page it is told on: a project's, a deal's or a customer's; exactly one of the three
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), index=True)
    deal_id: Mapped[int | None] = mapped_column(ForeignKey("deals.id", ondelete="CASCADE"), default=None, index=True)
    customer_id: Mapped[int | None] = mapped_column(
        ForeignKey("customers.id", ondelete="CASCADE"), default=None, index=True
    )
    #: what was true then, as text: type, number, status, total, currency, link
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(default="pending")
    #: the mark in the remote object; the same for every try, which is why one intent makes one object (R-10)
    reference: Mapped[str] = mapped_column(default=new_reference, unique=True)
    #: a try may have reached the remote: look before sending again
    may_be_there: Mapped[bool] = mapped_column(default=False)
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    #: why it waits, failed or was not told; one sentence
    problem: Mapped[str] = mapped_column(default="")
    #: parked until this is put right: integration (its state, its preferences) or permission
    waits_for: Mapped[str] = mapped_column(default="")
    claimed_by: Mapped[str | None] = mapped_column(default=None)
    claimed_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    #: what the remote calls the object that was made
    remote_id: Mapped[str | None] = mapped_column(default=None)
    #: who did it (requirements R-12)
    actor_kind: Mapped[str]
    actor: Mapped[str]
    actor_id: Mapped[int | None] = mapped_column(default=None)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    #: when the state became what it is
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)

    project: Mapped[Project | None] = relationship()
