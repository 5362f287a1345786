"""The shelf of transaction types; adding one is one file and one name here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import ColumnElement, and_, false, or_

from billing.types.base import GONE, TransactionType
from billing.types.credit_note import CREDIT_NOTE
from billing.types.invoice import INVOICE
from billing.types.quote import QUOTE
from billing.types.retainer import RETAINER
from billing.types.sales_order import SALES_ORDER
from models import Transaction

#: key → type, in the order menus list them
TYPES: dict[str, TransactionType] = {kind.key: kind for kind in (QUOTE, SALES_ORDER, INVOICE, RETAINER, CREDIT_NOTE)}

__all__ = ["GONE", "TYPES", "TransactionType", "has_lapsed", "is_issued", "status_of", "type_of"]


def type_of(transaction: Transaction) -> TransactionType:
    """Return the type of a transaction."""
    return TYPES[transaction.type]


def is_issued(kinds: Iterable[TransactionType]) -> ColumnElement[bool]:
    """Return the condition of transactions of these types that hold a number and still count."""
    return or_(
        false(),
        *(and_(Transaction.type == kind.key, Transaction.status.in_(sorted(kind.issued_states))) for kind in kinds),
    )


def has_lapsed(transaction: Transaction, today: date) -> bool:
    """Say whether its second date has passed while that matters: overdue, or expired. Read from the date alone."""
    kind, until = type_of(transaction), transaction.due_date
    if until is None or until >= today or transaction.status not in kind.lapsing_states:
        return False
    return not kind.is_owed or transaction.balance > 0


def status_of(transaction: Transaction, today: date) -> tuple[str, str]:
    """Return key and word of the status people see; overdue and expired are read from the date, never stored."""
    kind = type_of(transaction)
    if has_lapsed(transaction, today):
        return kind.lapsed
    return transaction.status, kind.states.get(transaction.status, "Deleted")
