"""Files beside a transaction: a signed order, a time sheet, a drawing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from extensions import Model, UTCDateTime, utcnow
from models.billing import Transaction


class Attachment(Model):
    """One file. `file` is its name under the data folder's `documents/`, `name` the one that people know it by."""

    __tablename__ = "attachments"
    __table_args__ = (Index("ix_attachments_transaction_id", "transaction_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    transaction_id: Mapped[int] = mapped_column(ForeignKey("transactions.id", ondelete="CASCADE"))
    file: Mapped[str]
    name: Mapped[str]
    #: media type, as its content says
    type: Mapped[str]
    #: bytes
    size: Mapped[int]
    #: whether e-mails about the transaction carry it
    goes_with_mail: Mapped[bool] = mapped_column(default=True, server_default=true())
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), default=None)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    transaction: Mapped[Transaction] = relationship()
