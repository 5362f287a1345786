"""A new draft like another transaction: its words, prices and terms, but none of the hours and expenses on it."""

from __future__ import annotations

from flask_babel import gettext as _

from billing.errors import MoveRefused
from billing.money import ZERO
from billing.transactions.drafts import lay_draft, record_start
from billing.transactions.sums import reload_lines, store_sums
from billing.types import TYPES
from extensions import db
from models import Transaction, TransactionLine
from models.audit import Actor

#: of the whole: what is the same on the copy; dates, numbers and what it was made from are its own
_HEAD = (
    "notes", "tax_mode", "discount_kind", "discount_value", "shipping", "shipping_tax_id", "shipping_tax_percent",
    "adjustment", "adjustment_name", "terms", "language", "paper_layout", "payment_link",
)  # fmt: skip
_LINE = (
    "kind", "name", "description", "quantity", "unit", "rate", "discount_percent", "tax_id", "tax_percent", "item_id",
)  # fmt: skip


def copied_lines(transaction: Transaction) -> list[TransactionLine]:
    """Return the lines that a copy takes along: those behind which no hours and no expense stand."""
    return [line for line in transaction.lines if line.kind == "free"]


def copy(transaction: Transaction, type_key: str, actor: Actor) -> Transaction:
    """Make a draft of the same or another type for the same customer. An hour is never billed by a copy (R-02)."""
    if type_key not in TYPES:
        raise MoveRefused(_("Choose what the copy shall be."))
    if not transaction.customer.is_active:
        raise MoveRefused(_("%(name)s is inactive. Make it active again first.", name=transaction.customer.name))
    project = transaction.project if transaction.project and transaction.project.is_active else None
    made = lay_draft(transaction.customer, project, type_key, actor, currency=transaction.currency)
    for name in _HEAD:
        setattr(made, name, getattr(transaction, name))
    if TYPES[type_key].knows("accept"):
        made.retainer_percent = transaction.retainer_percent
    lines = copied_lines(transaction)
    if transaction.discount_kind == "amount" and len(lines) < len(transaction.lines):
        made.discount_value = min(made.discount_value, sum((line.amount for line in lines), ZERO))
    db.session.add_all(
        TransactionLine(transaction_id=made.id, position=place, **{name: getattr(line, name) for name in _LINE})
        for place, line in enumerate(lines, start=1)
    )
    db.session.flush()
    reload_lines(made)
    store_sums(made)
    record_start(made, actor, _("Copy of %(what)s", what=transaction.number or _("a draft")))
    return made
