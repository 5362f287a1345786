"""Approvals: what a customer was asked by link, and what was said about each hour and by whom (T-18, M-18)."""

from __future__ import annotations

import datetime as dt
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from extensions import Model, UTCDateTime, utcnow
from models.project import Project


class ApprovalRequest(Model):
    """A customer was asked to look at a project's hours of some days. The link holds `nonce`, signed."""

    __tablename__ = "approval_requests"
    __table_args__ = (Index("ix_approval_requests_project_id_id", "project_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    #: first and last day asked about; NULL: open on that side
    since: Mapped[dt.date | None] = mapped_column(default=None)
    until: Mapped[dt.date | None] = mapped_column(default=None)
    #: the address it was mailed to; empty: the link was handed over in another way
    to: Mapped[str] = mapped_column(default="")
    message: Mapped[str] = mapped_column(default="")
    nonce: Mapped[str]
    created_by: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    answered_by: Mapped[str] = mapped_column(default="")
    comment: Mapped[str] = mapped_column(default="")

    project: Mapped[Project] = relationship()


class ApprovalAnswer(Model):
    """What was asked or said about one hour. `request_id` NULL: a manager said it, without being asked."""

    __tablename__ = "approval_answers"
    __table_args__ = (
        CheckConstraint("verdict IN ('asked','approved','rejected')", name="verdict"),
        # an hour is asked about by one living request
        Index(
            "uq_approval_answers_open", "time_entry_id", unique=True,
            sqlite_where=text("request_id IS NOT NULL AND closed_at IS NULL"),
            postgresql_where=text("request_id IS NOT NULL AND closed_at IS NULL"),
        ),
        Index("ix_approval_answers_request_id", "request_id"),
        Index("ix_approval_answers_time_entry_id", "time_entry_id"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    time_entry_id: Mapped[int] = mapped_column(ForeignKey("time_entries.id", ondelete="CASCADE"))
    request_id: Mapped[int | None] = mapped_column(ForeignKey("approval_requests.id", ondelete="CASCADE"), default=None)
    #: what the entry held when it was asked about
    seconds: Mapped[int]
    verdict: Mapped[str] = mapped_column(default="asked")
    comment: Mapped[str] = mapped_column(default="")
    answered_by: Mapped[str] = mapped_column(default="")
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    #: the request asks about this hour no more: it was revoked, or the hour changed and is asked about anew
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
