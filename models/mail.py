"""Outgoing mail: the queue and the log are one table."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, false, true
from sqlalchemy import text as sql_text
from sqlalchemy.orm import Mapped, mapped_column

from extensions import Model, UTCDateTime, utcnow


class MailMessage(Model):
    """One message. `status`: queued, sending, sent, failed, uncertain, cancelled.

    `press` is unique, so pressing Send twice sends once. Who takes a message writes its name into `taken_by`; when
    that process is gone while the message is still being sent, nobody knows whether it arrived.
    """

    __tablename__ = "mail_messages"
    __table_args__ = (
        Index("ix_mail_messages_status_next_try_at", "status", "next_try_at"),
        Index("ix_mail_messages_status_id", "status", "id"),
        Index(
            "ix_mail_messages_customer_id", "customer_id",
            sqlite_where=sql_text("customer_id IS NOT NULL"), postgresql_where=sql_text("customer_id IS NOT NULL"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    transaction_id: Mapped[int | None] = mapped_column(ForeignKey("transactions.id", ondelete="CASCADE"), index=True)
    #: NULL for letters to our own people
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id", ondelete="SET NULL"), default=None)
    #: a kind of `billing.mail.kinds`, "test", or "letter" for one to our own people
    kind: Mapped[str] = mapped_column(default="letter", server_default="letter")
    press: Mapped[str] = mapped_column(unique=True)
    #: RFC 5322 Message-ID, kept over retries
    message_id: Mapped[str]
    to: Mapped[str]
    cc: Mapped[str] = mapped_column(default="")
    bcc: Mapped[str] = mapped_column(default="", server_default="")
    subject: Mapped[str]
    #: of a secret message: a Fernet token until it was sent, then nothing
    text: Mapped[str]
    html: Mapped[str]
    #: holds a link that opens something for whoever reads it
    is_secret: Mapped[bool] = mapped_column(default=False, server_default=false())
    #: the document of the transaction goes along
    has_document: Mapped[bool] = mapped_column(default=True, server_default=true())
    #: the list of hours goes along as a second PDF
    has_annex: Mapped[bool] = mapped_column(default=False, server_default=false())
    #: stored document to attach, file name under `documents/` and the name the reader sees
    attachment_file: Mapped[str] = mapped_column(default="")
    attachment_name: Mapped[str] = mapped_column(default="")
    #: names of all that went along, as the reader sees them
    attached: Mapped[list[Any]] = mapped_column(JSON, default=list, server_default="[]")
    status: Mapped[str] = mapped_column(default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    #: what the mail server said last, and at which step: connection, login, sender, recipient, message
    server_answer: Mapped[str] = mapped_column(default="")
    failed_at: Mapped[str] = mapped_column(default="", server_default="")
    #: the process that is sending it
    taken_by: Mapped[str] = mapped_column(default="", server_default="")
    #: when a person wants it to go out; NULL: at once
    send_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    next_try_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
