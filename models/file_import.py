"""Files that people bring: looked at first, taken in once, taken back while nothing uses what came of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from extensions import KeyText, Model, UTCDateTime, utcnow


class FileImport(Model):
    """One file with customers, items or opening invoices (`kind`: a key of `billing.importing.KINDS`)."""

    __tablename__ = "file_imports"
    __table_args__ = (
        CheckConstraint("state IN ('planned','applied','dropped','undone')", name="state"),
        Index("ix_file_imports_state_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    file_name: Mapped[str]
    state: Mapped[str] = mapped_column(default="planned")
    #: the file's cells as text; emptied once it was taken in or dropped
    header: Mapped[list[str]] = mapped_column(JSON, default=list)
    rows: Mapped[list[list[str]]] = mapped_column(JSON, default=list)
    #: number of the file's line that each row stands in
    lines: Mapped[list[int]] = mapped_column(JSON, default=list)
    #: field → index of the file's column
    mapping: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    #: decimal mark that is usual where the file came from
    decimal_mark: Mapped[str] = mapped_column(default=".")
    #: what came of it, once applied
    result: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), default=None)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    applied_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)


class FileImportRow(Model):
    """A record that came from a file; `key` is how the same record is known when its file comes again."""

    __tablename__ = "file_import_rows"
    __table_args__ = (UniqueConstraint("kind", "key"), Index("ix_file_import_rows_import_id", "import_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("file_imports.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(KeyText)
    key: Mapped[str] = mapped_column(KeyText)
    #: id of the customer, item or transaction
    local_id: Mapped[int]
