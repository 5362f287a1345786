"""Expenses, the categories an organisation keeps for them, and the allocations that tie expenses to invoice lines."""

from __future__ import annotations

import datetime as dt
from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from extensions import KeyText, Model, ScaledDecimal, UTCDateTime, utcnow
from models.billing import Tax
from models.customer import Customer
from models.project import Project
from models.user import User

#: billing states and the words people see; all but the first are billable
EXPENSE_STATES = {
    "not_billable": "Not billable",
    "unbilled": "Unbilled",
    "on_draft": "On draft",
    "invoiced": "Invoiced",
}
_IS_THERE = text("deleted_at IS NULL")


class ExpenseCategory(Model):
    """What kind of expense: a free list that grows by what people type."""

    __tablename__ = "expense_categories"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    #: as of customers: casefolded, NFC, blanks collapsed
    name_key: Mapped[str] = mapped_column(KeyText, unique=True)
    is_active: Mapped[bool] = mapped_column(default=True)


class Expense(Model):
    """Money that was spent. `amount` is as typed; `net`, `tax_amount` and their sum are rounded to `currency`.

    `billing_state` is changed together with its allocation, by `billing.expense_ledger` alone. Rows that a transaction
    ever named are only marked as deleted: they are history.
    """

    __tablename__ = "expenses"
    __table_args__ = (
        CheckConstraint("billing_state IN ('not_billable','unbilled','on_draft','invoiced')", name="billing_state"),
        CheckConstraint("amount > 0", name="amount"),
        Index("ix_expenses_date_id", "date", "id"),
        Index(
            "ix_expenses_billing_state_date_id", "billing_state", "date", "id",
            sqlite_where=_IS_THERE, postgresql_where=_IS_THERE,
        ),
        Index("ix_expenses_customer_id_date_id", "customer_id", "date", "id"),
        Index("ix_expenses_project_id_date_id", "project_id", "date", "id"),
        Index("ix_expenses_category_id_date_id", "category_id", "date", "id"),
        Index("ix_expenses_vendor_key_id", "vendor_key", "id"),
        Index("ix_expenses_title_key_id", "title_key", "id"),
        Index(
            "uq_expenses_subscription_period", "subscription_id", "period_start", unique=True,
            sqlite_where=text("subscription_id IS NOT NULL"), postgresql_where=text("subscription_id IS NOT NULL"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    date: Mapped[dt.date]
    category_id: Mapped[int] = mapped_column(ForeignKey("expense_categories.id", ondelete="RESTRICT"))
    vendor: Mapped[str] = mapped_column(default="")
    #: as of customers: how a search finds it
    vendor_key: Mapped[str] = mapped_column(KeyText, default="")
    description: Mapped[str] = mapped_column(default="")
    #: the beginning of `title`, as a search finds it
    title_key: Mapped[str] = mapped_column(KeyText, default="")
    #: ISO 4217
    currency: Mapped[str]
    #: as on the receipt; holds the tax already when `tax_is_included`
    amount: Mapped[Decimal] = mapped_column(ScaledDecimal(4))
    tax_id: Mapped[int | None] = mapped_column(ForeignKey("taxes.id", ondelete="RESTRICT"), default=None)
    #: as it was when the expense was written down
    tax_percent: Mapped[Decimal] = mapped_column(ScaledDecimal(4), default=Decimal(0))
    tax_is_included: Mapped[bool] = mapped_column(default=True)
    net: Mapped[Decimal] = mapped_column(ScaledDecimal(4))
    tax_amount: Mapped[Decimal] = mapped_column(ScaledDecimal(4), default=Decimal(0))
    #: net plus tax: what was paid
    total: Mapped[Decimal] = mapped_column(ScaledDecimal(4))
    #: who paid it out of their pocket; NULL: the organisation
    paid_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"), default=None)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id", ondelete="RESTRICT"), default=None)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id", ondelete="RESTRICT"), default=None)
    billing_state: Mapped[str] = mapped_column(default="not_billable")
    #: per cent put on top of the net amount when it is billed
    markup_percent: Mapped[Decimal] = mapped_column(ScaledDecimal(4), default=Decimal(0))
    #: the subscription that made it, and the first day of the period it is for (requirements R-07)
    subscription_id: Mapped[int | None] = mapped_column(
        ForeignKey("subscriptions.id", ondelete="RESTRICT"), default=None
    )
    period_start: Mapped[dt.date | None] = mapped_column(default=None)
    #: file name under the data folder's `documents/`; empty: no receipt
    receipt_file: Mapped[str] = mapped_column(default="")
    #: name people know it by, and its media type as its content says
    receipt_name: Mapped[str] = mapped_column(default="")
    receipt_type: Mapped[str] = mapped_column(default="")
    receipt_size: Mapped[int] = mapped_column(default=0)
    #: raised at every write: two tabs cannot overwrite each other
    version: Mapped[int] = mapped_column(default=1)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), default=None)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow, onupdate=utcnow)
    deleted_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)

    category: Mapped[ExpenseCategory] = relationship()
    tax: Mapped[Tax | None] = relationship()
    customer: Mapped[Customer | None] = relationship()
    project: Mapped[Project | None] = relationship()
    paid_by: Mapped[User | None] = relationship(foreign_keys=[paid_by_id])

    @property
    def is_billable(self) -> bool:
        """Whether it may be billed, or is."""
        return self.billing_state != "not_billable"

    @property
    def title(self) -> str:
        """The first line of what it was for, else its category."""
        return next(iter(self.description.splitlines()), "").strip() or self.category.name


class ExpenseAllocation(Model):
    """This expense is on this line. Rows are never deleted: releasing an expense dates `released_at`.

    The partial unique index is the law that an expense is on at most one live line (requirements R-02, T-24).
    """

    __tablename__ = "expense_allocations"
    __table_args__ = (
        Index(
            "uq_expense_allocations_live", "expense_id", unique=True,
            sqlite_where=text("released_at IS NULL"), postgresql_where=text("released_at IS NULL"),
        ),
        Index("ix_expense_allocations_transaction_id_released_at", "transaction_id", "released_at"),
        Index("ix_expense_allocations_line_id", "line_id"),
        Index("ix_expense_allocations_expense_id", "expense_id"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    expense_id: Mapped[int] = mapped_column(ForeignKey("expenses.id", ondelete="RESTRICT"))
    transaction_id: Mapped[int] = mapped_column(ForeignKey("transactions.id", ondelete="RESTRICT"))
    #: NULL once the line of a draft was removed (then it is released too)
    line_id: Mapped[int | None] = mapped_column(ForeignKey("transaction_lines.id", ondelete="SET NULL"))
    #: what is billed for it before tax, in the transaction's currency
    amount: Mapped[Decimal] = mapped_column(ScaledDecimal(4))
    allocated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    released_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    #: voided, deleted, removed, credited, undone
    release_reason: Mapped[str] = mapped_column(default="")
