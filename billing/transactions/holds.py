"""The one place where a transaction gives back what it held: hours, items, expenses, picks, its source."""

from __future__ import annotations

from collections.abc import Sequence

from billing import expense_ledger
from billing.credit import credit_ledger
from billing.hours import items, ledger
from billing.transactions.sources import follow_source
from models import Transaction
from models.audit import Actor


def give_back(transaction: Transaction, reason: str, actor: Actor) -> int:
    """Release everything when a transaction is voided or deleted; returns how many entries are unbilled again.

    `reason`: voided, deleted.
    """
    items.release(transaction.id, reason)
    expense_ledger.release(transaction.id, reason)
    follow_source(transaction, actor, is_gone=True)
    if reason == "deleted":
        credit_ledger.drop(transaction.id)
    return ledger.release(transaction.id, reason)


def give_back_lines(transaction: Transaction, line_ids: Sequence[int]) -> None:
    """Release what these lines of a draft held, before they are removed."""
    credit_ledger.drop(transaction.id, line_ids)
    items.release(transaction.id, "removed", line_ids)
    expense_ledger.release(transaction.id, "removed", line_ids)
    ledger.release(transaction.id, "removed", line_ids)
