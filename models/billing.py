"""Transactions, their lines, the allocations that tie hours to lines, and number series."""

from __future__ import annotations

import datetime as dt
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from extensions import KeyText, Model, ScaledDecimal, UTCDateTime, utcnow
from models.customer import Customer
from models.project import Project


class Tax(Model):
    """A tax rate that lines may carry."""

    __tablename__ = "taxes"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    #: per cent, e.g. 19 or 8.875
    percent: Mapped[Decimal] = mapped_column(ScaledDecimal(4))
    #: UNCL 5305, as EN 16931 uses it: S standard, Z zero, E exempt, AE reverse charge, K intra-community, G export,
    #: O none
    category: Mapped[str] = mapped_column(default="S", server_default="S")
    #: what the paper must say where nothing is charged, e.g. that the customer owes the tax
    sentence: Mapped[str] = mapped_column(default="", server_default="")
    is_active: Mapped[bool] = mapped_column(default=True)


#: how the rates of lines are meant: without tax, or with the tax in them
TAX_MODES = {"exclusive": "Tax is added", "inclusive": "Prices include tax"}


class Transaction(Model):
    """A quote, sales order, invoice, retainer invoice or credit note; `type` is a key of `billing.types`.

    Amounts are in `currency` and rounded to its precision. `frozen` holds what was true at issue (names,
    addresses, tax, sentences): later edits elsewhere never change it (requirements R-05).
    """

    __tablename__ = "transactions"
    __table_args__ = (
        UniqueConstraint("type", "number"),
        Index("ix_transactions_type_date_id", "type", "date", "id"),
        Index("ix_transactions_type_status_date_id", "type", "status", "date", "id"),
        Index("ix_transactions_customer_id_type_date_id", "customer_id", "type", "date", "id"),
        Index("ix_transactions_project_id_date_id", "project_id", "date", "id"),
        # the law that a subscription makes at most one transaction per period (requirements R-07)
        Index(
            "uq_transactions_subscription_period", "subscription_id", "period_start", unique=True,
            sqlite_where=text("subscription_id IS NOT NULL"), postgresql_where=text("subscription_id IS NOT NULL"),
        ),
        Index(
            "ix_transactions_deal_id", "deal_id",
            sqlite_where=text("deal_id IS NOT NULL"), postgresql_where=text("deal_id IS NOT NULL"),
        ),
        Index(
            "ix_transactions_credits_id", "credits_id",
            sqlite_where=text("credits_id IS NOT NULL"), postgresql_where=text("credits_id IS NOT NULL"),
        ),
        # what a transaction became, void ones too
        Index(
            "ix_transactions_converted_from_id",
            "converted_from_id",
            sqlite_where=text("converted_from_id IS NOT NULL"),
            postgresql_where=text("converted_from_id IS NOT NULL"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    type: Mapped[str]
    #: NULL while it is a draft: a number is taken at issue (requirements R-08)
    number: Mapped[str | None] = mapped_column(KeyText, default=None)
    status: Mapped[str] = mapped_column(default="draft")
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id", ondelete="RESTRICT"))
    #: the project it was started from; lines may name others
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id", ondelete="RESTRICT"), default=None)
    currency: Mapped[str]
    #: one unit of `currency` in base currency at issue, with its source (requirements R-06)
    exchange_rate: Mapped[Decimal] = mapped_column(ScaledDecimal(8), default=Decimal(1))
    exchange_source: Mapped[str] = mapped_column(default="")
    date: Mapped[dt.date]
    due_date: Mapped[dt.date | None] = mapped_column(default=None)
    reference: Mapped[str] = mapped_column(default="")
    notes: Mapped[str] = mapped_column(default="")
    #: layout and rounding the hours were put on lines with
    layout: Mapped[str] = mapped_column(default="task")
    rounding_mode: Mapped[str] = mapped_column(default="none")
    rounding_minutes: Mapped[int] = mapped_column(default=0)
    #: exclusive or inclusive: whether the rates and amounts of lines hold their tax
    tax_mode: Mapped[str] = mapped_column(default="exclusive", server_default="exclusive")
    #: discount on the whole: percent of the subtotal, or an amount; `discount_total` is what it comes to
    discount_kind: Mapped[str] = mapped_column(default="percent", server_default="percent")
    discount_value: Mapped[Decimal] = mapped_column(ScaledDecimal(4), default=Decimal(0), server_default="0")
    #: charged for delivery; it has a tax of its own, and is meant as `tax_mode` says
    shipping: Mapped[Decimal] = mapped_column(ScaledDecimal(4), default=Decimal(0), server_default="0")
    shipping_tax_id: Mapped[int | None] = mapped_column(ForeignKey("taxes.id", ondelete="RESTRICT"), default=None)
    shipping_tax_percent: Mapped[Decimal] = mapped_column(ScaledDecimal(4), default=Decimal(0), server_default="0")
    #: added to the total after tax, may be below zero, e.g. cash rounding
    adjustment: Mapped[Decimal] = mapped_column(ScaledDecimal(4), default=Decimal(0), server_default="0")
    adjustment_name: Mapped[str] = mapped_column(default="", server_default="")
    #: sum of the line amounts as shown, then what is taken off it
    subtotal: Mapped[Decimal] = mapped_column(ScaledDecimal(4), default=Decimal(0))
    discount_total: Mapped[Decimal] = mapped_column(ScaledDecimal(4), default=Decimal(0), server_default="0")
    tax_total: Mapped[Decimal] = mapped_column(ScaledDecimal(4), default=Decimal(0))
    total: Mapped[Decimal] = mapped_column(ScaledDecimal(4), default=Decimal(0))
    #: what the customer still owes on it
    balance: Mapped[Decimal] = mapped_column(ScaledDecimal(4), default=Decimal(0))
    #: what may still be drawn from it: a retainer paid and not drawn, a credit note not applied or refunded
    credit: Mapped[Decimal] = mapped_column(ScaledDecimal(4), default=Decimal(0), server_default="0")
    #: terms and conditions, under the notes
    terms: Mapped[str] = mapped_column(default="", server_default="")
    #: BCP 47 tag of the paper and the mail; empty: the customer's, else the organisation's
    language: Mapped[str] = mapped_column(default="", server_default="")
    #: a key of the paper's layouts; empty: the organisation's
    paper_layout: Mapped[str] = mapped_column(default="", server_default="")
    #: where it can be paid; empty: the organisation's
    payment_link: Mapped[str] = mapped_column(default="", server_default="")
    #: per cent of the total that a quote asks for in advance once it is accepted (requirements T-25)
    retainer_percent: Mapped[Decimal] = mapped_column(ScaledDecimal(4), default=Decimal(0), server_default="0")
    #: the invoice that a credit note is for
    credits_id: Mapped[int | None] = mapped_column(ForeignKey("transactions.id", ondelete="RESTRICT"), default=None)
    #: the deal it belongs to, and who tied them: "person" or "trigger" (requirements D-11, D-15)
    deal_id: Mapped[int | None] = mapped_column(ForeignKey("deals.id", ondelete="SET NULL"), default=None)
    deal_linked_by: Mapped[str] = mapped_column(default="", server_default="")
    #: the subscription that made it, and the first day of the period it is for (requirements R-07)
    subscription_id: Mapped[int | None] = mapped_column(
        ForeignKey("subscriptions.id", ondelete="RESTRICT"), default=None
    )
    period_start: Mapped[dt.date | None] = mapped_column(default=None)
    #: brought from a former tool with its number, total and balance: counted as owed, its paper is not ours
    is_opening: Mapped[bool] = mapped_column(default=False, server_default=false())
    #: raised at every write: two tabs cannot overwrite each other
    version: Mapped[int] = mapped_column(default=1)
    frozen: Mapped[dict[str, Any] | None] = mapped_column(JSON, default=None)
    issued_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    voided_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    void_reason: Mapped[str] = mapped_column(default="")
    #: what it was made from: the quote of an invoice (requirements T-25)
    converted_from_id: Mapped[int | None] = mapped_column(
        ForeignKey("transactions.id", ondelete="RESTRICT"), default=None
    )
    #: when and by whom it was accepted or declined, and what they said
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    answered_by: Mapped[str] = mapped_column(default="")
    answer_comment: Mapped[str] = mapped_column(default="")
    #: file name under the data folder's `documents/`, and its SHA-256, once stored
    pdf_file: Mapped[str] = mapped_column(default="")
    pdf_hash: Mapped[str] = mapped_column(default="")
    #: random part of the customer's link; changing it revokes the link
    link_token: Mapped[str] = mapped_column(index=True)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), default=None)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow, onupdate=utcnow)

    customer: Mapped[Customer] = relationship()
    project: Mapped[Project | None] = relationship()
    lines: Mapped[list[TransactionLine]] = relationship(
        back_populates="transaction", cascade="all, delete-orphan", order_by="TransactionLine.position"
    )


class TransactionLine(Model):
    """One line. `kind`: time (stands for allocated entries, has `seconds`) or free (has `quantity` and `unit`)."""

    __tablename__ = "transaction_lines"
    __table_args__ = (
        Index("ix_transaction_lines_transaction_id_position", "transaction_id", "position"),
        Index(
            "ix_transaction_lines_source_line_id", "source_line_id",
            sqlite_where=text("source_line_id IS NOT NULL"), postgresql_where=text("source_line_id IS NOT NULL"),
        ),
        Index(
            "ix_transaction_lines_item_id", "item_id",
            sqlite_where=text("item_id IS NOT NULL"), postgresql_where=text("item_id IS NOT NULL"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    transaction_id: Mapped[int] = mapped_column(ForeignKey("transactions.id", ondelete="CASCADE"))
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(default="free")
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id", ondelete="RESTRICT"), default=None)
    #: what the entries of a time line have in common under its layout, e.g. "12|T:88|R:95.0000"
    group_key: Mapped[str] = mapped_column(default="")
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    quantity: Mapped[Decimal] = mapped_column(ScaledDecimal(6), default=Decimal(1))
    unit: Mapped[str] = mapped_column(default="")
    #: sum of what was logged, and what is billed after rounding; NULL unless a time line
    logged_seconds: Mapped[int | None] = mapped_column(default=None)
    seconds: Mapped[int | None] = mapped_column(default=None)
    rate: Mapped[Decimal] = mapped_column(ScaledDecimal(4), default=Decimal(0))
    #: per cent taken off this line
    discount_percent: Mapped[Decimal] = mapped_column(ScaledDecimal(4), default=Decimal(0), server_default="0")
    tax_id: Mapped[int | None] = mapped_column(ForeignKey("taxes.id", ondelete="RESTRICT"), default=None)
    tax_percent: Mapped[Decimal] = mapped_column(ScaledDecimal(4), default=Decimal(0))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("items.id", ondelete="RESTRICT"), default=None)
    #: the line of the quote, sales order or credited invoice that this one continues
    source_line_id: Mapped[int | None] = mapped_column(
        ForeignKey("transaction_lines.id", ondelete="SET NULL"), default=None
    )
    #: rounded, after the line's discount; holds its tax where the transaction's prices include it
    amount: Mapped[Decimal] = mapped_column(ScaledDecimal(4), default=Decimal(0))

    transaction: Mapped[Transaction] = relationship(back_populates="lines")


class Allocation(Model):
    """This entry is on this line. Rows are never deleted: releasing an entry dates `released_at`.

    The partial unique index is the law that an entry is on at most one live line (requirements R-02).
    """

    __tablename__ = "allocations"
    __table_args__ = (
        Index(
            "uq_allocations_live", "time_entry_id", unique=True,
            sqlite_where=text("released_at IS NULL"), postgresql_where=text("released_at IS NULL"),
        ),
        Index("ix_allocations_transaction_id_released_at", "transaction_id", "released_at"),
        Index("ix_allocations_line_id", "line_id"),
        Index("ix_allocations_time_entry_id", "time_entry_id"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    time_entry_id: Mapped[int] = mapped_column(ForeignKey("time_entries.id", ondelete="RESTRICT"))
    transaction_id: Mapped[int] = mapped_column(ForeignKey("transactions.id", ondelete="RESTRICT"))
    #: NULL once the line of a draft was removed (then it is released too)
    line_id: Mapped[int | None] = mapped_column(ForeignKey("transaction_lines.id", ondelete="SET NULL"))
    #: what the entry held when it was allocated
    seconds: Mapped[int]
    allocated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    released_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    #: voided, deleted, removed, credited, undone
    release_reason: Mapped[str] = mapped_column(default="")


class EntryChange(Model):
    """A change of an entry's billing state that no allocation tells: written off, taken back."""

    __tablename__ = "entry_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    time_entry_id: Mapped[int] = mapped_column(ForeignKey("time_entries.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    from_state: Mapped[str]
    to_state: Mapped[str]
    actor: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")


class NumberSeries(Model):
    """Where the next number of a type comes from; raised in the transaction that issues."""

    __tablename__ = "number_series"

    #: a key of `billing.types`
    type: Mapped[str] = mapped_column(primary_key=True)
    #: e.g. INV-{year}-{number:05}
    pattern: Mapped[str]
    next_number: Mapped[int] = mapped_column(default=1)
    #: year the counter belongs to when the pattern has {year} and starts again each year; 0: never starts again
    year: Mapped[int] = mapped_column(default=0)

    __table_args__ = (CheckConstraint("next_number > 0", name="next_number"),)
