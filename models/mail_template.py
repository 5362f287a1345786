"""The words of e-mails to customers as this business wants them; what is not here is said in built-in words."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from extensions import Model, UTCDateTime, utcnow


class MailTemplate(Model):
    """Subject and body of one kind of e-mail in one language, with placeholders such as `{number}`."""

    __tablename__ = "mail_templates"
    __table_args__ = (UniqueConstraint("kind", "language"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    #: a key of `billing.mail.kinds.KINDS`
    kind: Mapped[str]
    #: ISO 639, e.g. de
    language: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow, onupdate=utcnow)
