"""A statement of account: what was invoiced, credited, paid and given back in a period, by currency.

Closing − opening is what the lines come to. For the time up to today, closing is what the customer owes on invoices
less all credit. A retainer invoice only asks for money, so it stands below; its payment is credit until it is drawn.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select

from billing.money import ZERO
from billing.tables import Column, Table
from billing.types import TYPES
from extensions import db
from models import Customer, Payment, Transaction
from models.payment import PAYMENT_METHODS

#: lines of one statement; a longer period is to be cut
MOST = 2_000
_NOT_HELD = ("draft", "void", "deleted")


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One movement. `amount` raises (above zero) or lowers what is owed; `balance` is what is owed after it."""

    date: dt.date
    title: str
    number: str
    text: str
    amount: Decimal
    balance: Decimal
    due_date: dt.date | None = None
    transaction_id: int | None = None
    type: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """One currency's account of a customer from `since` to `until`, both days included."""

    customer: Customer
    currency: str
    since: date
    until: date
    opening: Decimal
    lines: tuple[StatementLine, ...]
    #: retainer invoices that were issued by `until` and not paid
    asked: tuple[Transaction, ...] = ()
    is_cut: bool = False

    @property
    def closing(self) -> Decimal:
        """What is owed at the end of the period; below zero it is the customer's credit."""
        return self.lines[-1].balance if self.lines else self.opening

    @property
    def invoiced(self) -> Decimal:
        """What the lines raised."""
        return sum((line.amount for line in self.lines if line.amount > 0), ZERO)

    @property
    def settled(self) -> Decimal:
        """What the lines lowered, as a positive amount."""
        return -sum((line.amount for line in self.lines if line.amount < 0), ZERO)


def statements(customer: Customer, since: date, until: date) -> list[Statement]:
    """Return a customer's statements, that of the customer's own currency first; six statements of SQL a currency."""
    currencies = set(db.session.scalars(_held(customer).with_only_columns(Transaction.currency).distinct()))
    paid = select(Payment.currency).where(*_paid(customer)).distinct()
    currencies |= {customer.currency, *db.session.scalars(paid)}
    ordered = sorted(currencies, key=lambda currency: (currency != customer.currency, currency))
    return [_statement(customer, currency, since, until) for currency in ordered]


def _held(customer: Customer) -> Any:
    """Select the issued transactions that move an account."""
    moving = [key for key, kind in TYPES.items() if kind.income_sign]
    return select(Transaction).where(
        Transaction.customer_id == customer.id, Transaction.type.in_(moving), Transaction.status.not_in(_NOT_HELD)
    )


def _paid(customer: Customer) -> list[Any]:
    return [Payment.customer_id == customer.id, Payment.reversed_at.is_(None)]


def _statement(customer: Customer, currency: str, since: date, until: date) -> Statement:
    opening = _opening(customer, currency, since)
    moves = _moves(customer, currency, since, until)
    lines, balance = [], opening
    for day, _order, head, amount in sorted(moves, key=lambda move: move[:2])[:MOST]:
        balance += amount
        lines.append(StatementLine(date=day, amount=amount, balance=balance, **head))
    asked = tuple(db.session.scalars(_asked(customer, currency, until)))
    return Statement(customer, currency, since, until, opening, tuple(lines), asked, len(moves) > MOST)


def _opening(customer: Customer, currency: str, since: date) -> Decimal:
    before = _held(customer).where(Transaction.currency == currency, Transaction.date < since)
    totals = before.with_only_columns(Transaction.type, func.sum(Transaction.total)).group_by(Transaction.type)
    opening = sum((TYPES[kind].income_sign * (total or ZERO) for kind, total in db.session.execute(totals)), ZERO)
    paid = select(Payment.kind, func.sum(Payment.amount)).where(
        *_paid(customer), Payment.currency == currency, Payment.date < since
    )
    for kind, amount in db.session.execute(paid.group_by(Payment.kind)):
        opening += _sign(kind) * (amount or ZERO)
    return opening


def _sign(kind: str) -> int:
    return 1 if kind == "refund" else -1


#: day, order on that day, what a line says, amount
Move = tuple[date, tuple[int, int], dict[str, Any], Decimal]


def _moves(customer: Customer, currency: str, since: date, until: date) -> list[Move]:
    return [*_documents(customer, currency, since, until), *_payments(customer, currency, since, until)]


def _documents(customer: Customer, currency: str, since: date, until: date) -> list[Move]:
    within = (Transaction.currency == currency, Transaction.date >= since, Transaction.date <= until)
    ordered = _held(customer).where(*within).order_by(Transaction.date, Transaction.id).limit(MOST + 1)
    found: list[Move] = []
    for row in db.session.scalars(ordered):
        kind = TYPES[row.type]
        head = {
            "title": str(_(kind.title)), "number": row.number or "", "text": row.reference,
            "due_date": row.due_date if kind.is_owed else None, "transaction_id": row.id, "type": row.type,
        }  # fmt: skip
        found.append((row.date, (0, row.id), head, kind.income_sign * row.total))
    return found


def _payments(customer: Customer, currency: str, since: date, until: date) -> list[Move]:
    within = (Payment.currency == currency, Payment.date >= since, Payment.date <= until)
    query = select(Payment).where(*_paid(customer), *within).order_by(Payment.date, Payment.id).limit(MOST + 1)
    found: list[Move] = []
    for row in db.session.scalars(query):
        title = _("Refund") if row.kind == "refund" else _("Payment")
        text = " · ".join(part for part in (str(_(PAYMENT_METHODS.get(row.method, row.method))), row.reference) if part)
        head = {"title": str(title), "number": "", "text": text}
        found.append((row.date, (1, row.id), head, _sign(row.kind) * row.amount))
    return found


def _asked(customer: Customer, currency: str, until: date) -> Any:
    asking = [key for key, kind in TYPES.items() if kind.is_owed and not kind.income_sign]
    return (
        select(Transaction)
        .where(
            Transaction.customer_id == customer.id, Transaction.type.in_(asking), Transaction.currency == currency,
            Transaction.status.not_in(_NOT_HELD), Transaction.balance > 0, Transaction.date <= until,
        )
        .order_by(Transaction.date, Transaction.id)
        .limit(50)
    )  # fmt: skip


def table_of(found: Sequence[Statement]) -> Table:
    """Return statements as one table for a file, with a line for each opening and closing balance."""
    columns = [
        Column("currency", _("Currency")), Column("date", _("Date"), "date"), Column("title", _("Kind")),
        Column("number", _("Number")), Column("text", _("Details")), Column("due", _("Due"), "date"),
        Column("amount", _("Amount"), "money", currency_in="currency"),
        Column("balance", _("Balance"), "money", currency_in="currency"),
    ]  # fmt: skip
    rows: list[list[Any]] = []
    for one in found:
        rows.append([one.currency, one.since, _("Opening balance"), "", "", None, None, one.opening])
        rows += [
            [one.currency, line.date, line.title, line.number, line.text, line.due_date, line.amount, line.balance]
            for line in one.lines
        ]
        rows.append([one.currency, one.until, _("Closing balance"), "", "", None, None, one.closing])
    return Table(_("Statement of account"), columns, rows)
