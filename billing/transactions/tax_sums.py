"""Keeping an issued transaction's tax groups, so that a year of them is added up without opening a line."""

from __future__ import annotations

from billing.transactions.sums import totals_of
from extensions import db
from models import Transaction, TransactionTax


def tax_groups(transaction: Transaction) -> list[TransactionTax]:
    """Return the tax groups as the sum of the transaction says, not stored."""
    return [
        TransactionTax(
            transaction_id=transaction.id, tax_id=group.tax_id, percent=group.percent, category=group.category,
            net=group.net, tax=group.tax,
        )
        for group in totals_of(transaction).taxes
    ]  # fmt: skip


def keep_taxes(transaction: Transaction) -> None:
    """Write the tax groups of a transaction that is being issued; its lines never change from here on (R-05)."""
    db.session.add_all(tax_groups(transaction))
    db.session.flush()
