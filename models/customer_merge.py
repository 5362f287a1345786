"""Merges of two customers, with what is needed to take one back (requirements C-42, C-43, M-02)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from extensions import Model, UTCDateTime, utcnow
from models.customer import Customer


class CustomerMerge(Model):
    """Everything of `gone` went to `kept`. Rows are never deleted: taking a merge back dates `undone_at`."""

    __tablename__ = "customer_merges"

    id: Mapped[int] = mapped_column(primary_key=True)
    kept_id: Mapped[int] = mapped_column(ForeignKey("customers.id", ondelete="RESTRICT"), index=True)
    gone_id: Mapped[int] = mapped_column(ForeignKey("customers.id", ondelete="RESTRICT"), index=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    #: the name of who did it
    actor: Mapped[str]
    #: "table.column" → ids of the rows that named `gone` and name `kept` since
    moved: Mapped[dict[str, list[int]]] = mapped_column(JSON, default=dict)
    #: fields of `kept` as they were, and what was written into them from `gone`
    before: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    #: `is_active` and `source` of both, ids of contact persons that were primary, ids of links that followed
    state: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    undone_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)

    kept: Mapped[Customer] = relationship(foreign_keys=[kept_id])
    gone: Mapped[Customer] = relationship(foreign_keys=[gone_id])
