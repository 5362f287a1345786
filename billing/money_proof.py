"""The proof that money adds up: totals, balances, credit, payments, conversions, credit notes; each one statement."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext
from sqlalchemy import ColumnElement, ScalarSelect, case, func, or_, select
from sqlalchemy.orm import aliased

from billing.life import disagreements
from billing.types import GONE, TYPES
from models import CreditPick, Payment, Settlement, Transaction, TransactionLine


def violations() -> list[str]:
    """Say where money does not add up; empty when it does (requirements M-05, R-14, T-20, T-27)."""
    lazy: list[tuple[Any, Any]] = [
        (lazy_gettext("Transactions that do not add up to their lines: %(count)s"), _transactions_off()),
        (lazy_gettext("Transactions whose balance is not what was left unpaid: %(count)s"), _balances_off()),
        (lazy_gettext("Transactions whose credit is not what was left unused: %(count)s"), _credits_off()),
        (lazy_gettext("Payments whose unused rest is wrong: %(count)s"), _payments_off()),
        (lazy_gettext("Settlements of another customer or currency: %(count)s"), _strangers()),
        (lazy_gettext("Quotes and orders whose status is not what became of them: %(count)s"), _conversions_off()),
        (lazy_gettext("Lines of which more went on than there is: %(count)s"), _lines_overdrawn()),
        (lazy_gettext("Invoices credited above their total: %(count)s"), _credited_above()),
        (lazy_gettext("Things credited by a credit note that does not count any more: %(count)s"), _idle_picks()),
    ]
    return disagreements(lazy)


def _count() -> Any:
    return select(func.count()).select_from(Transaction)


def _transactions_off() -> Any:
    lines = _sum(TransactionLine.amount, TransactionLine.transaction_id == Transaction.id)
    tax = case((Transaction.tax_mode == "inclusive", 0), else_=Transaction.tax_total)
    total = Transaction.subtotal - Transaction.discount_total + Transaction.shipping + tax + Transaction.adjustment
    return _count().where((Transaction.subtotal != lines) | (Transaction.total != total))


def _sum(column: Any, *conditions: ColumnElement[bool]) -> ScalarSelect[Any]:
    found: ScalarSelect[Any] = select(func.coalesce(func.sum(column), 0)).where(*conditions).scalar_subquery()
    return found


def _of(flag: str) -> ColumnElement[bool]:
    """Return the condition that a transaction is issued, counts, and is of a type that says `flag` of itself."""
    return Transaction.type.in_([key for key, kind in TYPES.items() if getattr(kind, flag)]) & (
        Transaction.status.not_in(("draft", *GONE))
    )


def _received() -> ScalarSelect[Any]:
    return _sum(Settlement.amount, Settlement.transaction_id == Transaction.id, Settlement.reversed_at.is_(None))


def _balances_off() -> Any:
    is_idle = Transaction.status.in_(GONE) & (_received() > 0)
    return _count().where((_of("is_owed") & (Transaction.balance != Transaction.total - _received())) | is_idle)


def _credits_off() -> Any:
    drawn = _sum(Settlement.amount, Settlement.credit_id == Transaction.id, Settlement.reversed_at.is_(None))
    refunded = _sum(Payment.amount, Payment.from_transaction_id == Transaction.id, Payment.reversed_at.is_(None))
    at_once = [key for key, kind in TYPES.items() if kind.takes_back]
    funds = case((Transaction.type.in_(at_once), Transaction.total), else_=_received())
    return _count().where(_of("gives_credit"), Transaction.credit != funds - drawn - refunded)


def _payments_off() -> Any:
    back = aliased(Payment)
    used = _sum(Settlement.amount, Settlement.payment_id == Payment.id, Settlement.reversed_at.is_(None))
    refunded = _sum(back.amount, back.from_payment_id == Payment.id, back.reversed_at.is_(None))
    is_off = (Payment.unused != Payment.amount - used - refunded) | (Payment.unused < 0)
    is_idle = Payment.reversed_at.is_not(None) & (used + refunded + Payment.unused > 0)
    rest = Payment.reversed_at.is_(None) & (Payment.kind == "payment") & is_off
    return select(func.count()).select_from(Payment).where(rest | is_idle)


def _strangers() -> Any:
    source = aliased(Transaction)
    joined = (
        select(func.count())
        .select_from(Settlement)
        .join(Transaction, Transaction.id == Settlement.transaction_id)
        .outerjoin(Payment, Payment.id == Settlement.payment_id)
        .outerjoin(source, source.id == Settlement.credit_id)
    )
    return joined.where(
        Settlement.reversed_at.is_(None),
        or_(
            func.coalesce(Payment.currency, source.currency) != Transaction.currency,
            func.coalesce(Payment.customer_id, source.customer_id) != Transaction.customer_id,
        ),
    )


def _conversions_off() -> Any:
    """Count those that say they were converted without a living continuation of a line, or the other way round."""
    made, line = aliased(Transaction), aliased(TransactionLine)
    went_on = (
        select(line.id)
        .join(made, made.id == line.transaction_id)
        .where(made.converted_from_id == Transaction.id, made.status.not_in(GONE), line.source_line_id.is_not(None),
               line.quantity != 0)
        .exists()
    )  # fmt: skip
    said = {state for kind in TYPES.values() for states in kind.conversions.values() for state in states}
    of_kind = Transaction.type.in_([key for key, kind in TYPES.items() if kind.becomes])
    return _count().where(of_kind, Transaction.status.in_(sorted(said)) != went_on)


def _lines_overdrawn() -> Any:
    line, made = aliased(TransactionLine), aliased(Transaction)
    went_on = (
        select(func.coalesce(func.sum(line.quantity), 0))
        .join(made, made.id == line.transaction_id)
        .where(line.source_line_id == TransactionLine.id, made.converted_from_id == TransactionLine.transaction_id,
               made.status.not_in(GONE))
        .scalar_subquery()
    )  # fmt: skip
    kinds = [key for key, kind in TYPES.items() if kind.becomes]
    statement = select(func.count()).select_from(TransactionLine).join(Transaction)
    return statement.where(Transaction.type.in_(kinds), func.abs(went_on) > func.abs(TransactionLine.quantity))


def _credited_above() -> Any:
    note = aliased(Transaction)
    credited = _sum(note.total, note.credits_id == Transaction.id, note.status.not_in(("draft", *GONE)))
    is_credited = select(note.id).where(note.credits_id == Transaction.id).exists()
    return _count().where(is_credited, credited > Transaction.total)


def _idle_picks() -> Any:
    return (
        select(func.count())
        .select_from(CreditPick)
        .join(Transaction, Transaction.id == CreditPick.transaction_id)
        .where(CreditPick.released_at.is_(None), Transaction.status.in_(GONE))
    )
