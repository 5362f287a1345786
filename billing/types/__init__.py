"""The shelf of transaction types; adding one is one file and one name here."""

from __future__ import annotations

from datetime import date

from billing.types.base import TransactionType
from billing.types.invoice import INVOICE
from models import Transaction

#: key → type, in the order menus list them
TYPES: dict[str, TransactionType] = {kind.key: kind for kind in (INVOICE,)}

__all__ = ["TYPES", "TransactionType", "status_of", "type_of"]


def type_of(transaction: Transaction) -> TransactionType:
    """Return the type of a transaction."""
    return TYPES[transaction.type]


def status_of(transaction: Transaction, today: date) -> tuple[str, str]:
    """Return key and word of the status people see; overdue is read from the due date, never stored."""
    kind = type_of(transaction)
    is_open = kind.is_owed and transaction.status in kind.issued_states and transaction.balance > 0
    if is_open and transaction.due_date is not None and transaction.due_date < today:
        return "overdue", "Overdue"
    return transaction.status, kind.states.get(transaction.status, "Deleted")
