"""What was brought along from another tool: batches of files, their transactions, and the entries it had invoiced."""

from __future__ import annotations

import datetime as dt
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from extensions import KeyText, Model, ScaledDecimal, UTCDateTime, utcnow
from models.customer import Customer
from models.project import Project


class ImportBatch(Model):
    """Files that a person handed in at once: looked at first, applied once, never taken back (requirements L-05)."""

    __tablename__ = "import_batches"
    __table_args__ = (CheckConstraint("state IN ('planned','applied','dropped')", name="state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"), index=True)
    #: what people call the former tool, e.g. Zoho Invoice
    origin: Mapped[str]
    #: when that tool was connected with the projects; before 22 Oct 2018 it was the old integration (L-01)
    switched_on: Mapped[dt.date | None] = mapped_column(default=None)
    #: hours dated before this day were invoiced by the former tool
    cutoff: Mapped[dt.date | None] = mapped_column(default=None)
    state: Mapped[str] = mapped_column(default="planned")
    #: the lines of the files as `sync.importing.reading` understood them
    transactions: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    entries: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    #: what came of it, once applied
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), default=None)
    #: name of the backup that was taken before
    snapshot: Mapped[str] = mapped_column(default="")
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), default=None)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    applied_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)


class ImportedTransaction(Model):
    """A transaction of the former tool, kept to be looked up: it is no claim of ours and holds none of our numbers."""

    __tablename__ = "imported_transactions"
    __table_args__ = (
        UniqueConstraint("origin", "type", "number"),
        Index("ix_imported_transactions_customer_id_date_id", "customer_id", "date", "id"),
        Index("ix_imported_transactions_project_id_date_id", "project_id", "date", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batches.id", ondelete="CASCADE"), index=True)
    origin: Mapped[str] = mapped_column(KeyText)
    #: quote, invoice or another word of the former tool, in lower case
    type: Mapped[str] = mapped_column(KeyText)
    number: Mapped[str] = mapped_column(KeyText)
    date: Mapped[dt.date]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id", ondelete="RESTRICT"))
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id", ondelete="SET NULL"), default=None)
    currency: Mapped[str]
    total: Mapped[Decimal] = mapped_column(ScaledDecimal(4))
    balance: Mapped[Decimal] = mapped_column(ScaledDecimal(4), default=Decimal(0))
    status: Mapped[str] = mapped_column(default="")

    customer: Mapped[Customer] = relationship()
    project: Mapped[Project | None] = relationship()


class ImportedEntry(Model):
    """A time log that the former tool had invoiced; one that arrives later arrives as invoiced elsewhere."""

    __tablename__ = "imported_entries"
    __table_args__ = (UniqueConstraint("connector", "scope_id", "remote_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batches.id", ondelete="CASCADE"), index=True)
    connector: Mapped[str]
    scope_id: Mapped[str]
    remote_id: Mapped[str]
    #: the former tool's invoice, if it said so
    number: Mapped[str] = mapped_column(default="")
