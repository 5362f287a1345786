"""What of an invoice a credit note picks: its hours, expenses and pieces of work (requirements R-01, T-27)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from extensions import Model, UTCDateTime, utcnow


def _law(name: str, column: str) -> Index:
    where = text(f"released_at IS NULL AND {column} IS NOT NULL")
    return Index(name, column, unique=True, sqlite_where=where, postgresql_where=where)


class CreditPick(Model):
    """This line of a credit note takes back that allocation of the invoice. Exactly one of the three ids is set.

    The allocation itself is released when the credit note is issued. The partial unique indexes are the law that
    nothing is credited twice; a pick ends, dated, when its draft is thrown away or its credit note is voided.
    """

    __tablename__ = "credit_picks"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN allocation_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN expense_allocation_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN item_allocation_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_thing",
        ),
        _law("uq_credit_picks_allocation_live", "allocation_id"),
        _law("uq_credit_picks_expense_allocation_live", "expense_allocation_id"),
        _law("uq_credit_picks_item_allocation_live", "item_allocation_id"),
        Index("ix_credit_picks_transaction_id_released_at", "transaction_id", "released_at"),
        Index("ix_credit_picks_line_id", "line_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: the credit note, and its line; NULL once the line of a draft was removed (then it is released too)
    transaction_id: Mapped[int] = mapped_column(ForeignKey("transactions.id", ondelete="RESTRICT"))
    line_id: Mapped[int | None] = mapped_column(ForeignKey("transaction_lines.id", ondelete="SET NULL"))
    allocation_id: Mapped[int | None] = mapped_column(ForeignKey("allocations.id", ondelete="RESTRICT"), default=None)
    expense_allocation_id: Mapped[int | None] = mapped_column(
        ForeignKey("expense_allocations.id", ondelete="RESTRICT"), default=None
    )
    item_allocation_id: Mapped[int | None] = mapped_column(
        ForeignKey("item_allocations.id", ondelete="RESTRICT"), default=None
    )
    #: the hours are written off instead of becoming unbilled
    write_off: Mapped[bool] = mapped_column(default=False)
    picked_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    released_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
