"""Outgoing mail: the queue and the log are one table."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from extensions import Model, UTCDateTime, utcnow


class MailMessage(Model):
    """One message. `status`: queued, sending, sent, failed. `press` is unique, so pressing Send twice sends once."""

    __tablename__ = "mail_messages"
    __table_args__ = (Index("ix_mail_messages_status_next_try_at", "status", "next_try_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    transaction_id: Mapped[int | None] = mapped_column(ForeignKey("transactions.id", ondelete="CASCADE"), index=True)
    press: Mapped[str] = mapped_column(unique=True)
    #: RFC 5322 Message-ID, kept over retries
    message_id: Mapped[str]
    to: Mapped[str]
    cc: Mapped[str] = mapped_column(default="")
    subject: Mapped[str]
    text: Mapped[str]
    html: Mapped[str]
    #: stored document to attach, file name under `documents/` and the name the reader sees
    attachment_file: Mapped[str] = mapped_column(default="")
    attachment_name: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    #: what the mail server said last
    server_answer: Mapped[str] = mapped_column(default="")
    next_try_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
