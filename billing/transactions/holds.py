"""The one place where a transaction gives back what it held: hours, items, expenses, the quote it came from."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _

from billing import expense_ledger, items, ledger, outbox
from billing.transactions.claim import claim
from extensions import db
from models import Transaction
from models.audit import Actor, record


def give_back(transaction: Transaction, reason: str, actor: Actor) -> int:
    """Release everything when a transaction is voided or deleted; returns how many entries are unbilled again.

    `reason`: voided, deleted.
    """
    items.release(transaction.id, reason)
    expense_ledger.release(transaction.id, reason)
    _free_source(transaction, actor)
    return ledger.release(transaction.id, reason)


def give_back_lines(transaction: Transaction, line_ids: Sequence[int]) -> None:
    """Release what these lines of a draft held, before they are removed."""
    items.release(transaction.id, "removed", line_ids)
    expense_ledger.release(transaction.id, "removed", line_ids)
    ledger.release(transaction.id, "removed", line_ids)


def _free_source(transaction: Transaction, actor: Actor) -> None:
    """Make what this was converted from (a quote) accepted again, so that it can be converted anew."""
    if transaction.converted_from_id is None:
        return
    source = db.session.get_one(Transaction, transaction.converted_from_id)
    claim(source, "free")
    source.status = "accepted"
    record(
        actor, f"{source.type}.freed", ("transaction", source.id),
        _("%(number)s is accepted again", number=source.number), ({"status": "invoiced"}, {"status": "accepted"}),
    )  # fmt: skip
    outbox.note(source, "changed", actor)
