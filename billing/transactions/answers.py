"""What becomes of a quote: the customer accepts or declines it, and an accepted one is converted (T-25)."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from billing import outbox
from billing.errors import MoveRefused
from billing.transactions.claim import claim
from billing.transactions.drafts import lay_draft, record_start
from billing.transactions.sums import reload_lines, store_sums
from billing.types import has_lapsed, type_of
from extensions import db, utcnow
from models import Organisation, Transaction, TransactionLine
from models.audit import Actor, record

#: verb → the status it leads to
STATES = {"accept": "accepted", "decline": "declined"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered. `verb`: accept or decline. `name`: who says so at the customer's."""

    verb: str
    name: str
    comment: str = ""


def answer(transaction: Transaction, given: Answer, actor: Actor) -> None:
    """Note the one answer to a quote. Its customer cannot accept an expired one; staff may, for they were asked."""
    is_late = has_lapsed(transaction, db.session.get_one(Organisation, 1).today())
    if is_late and actor.kind == "customer":
        raise MoveRefused(_("%(number)s has expired. Ask for a new one.", number=transaction.number))
    claim(transaction, given.verb)
    if not given.name.strip():
        raise MoveRefused(_("Say who answers."))
    before, after = transaction.status, STATES[given.verb]
    transaction.status = after
    transaction.answered_at, transaction.answered_by = utcnow(), given.name.strip()
    transaction.answer_comment = given.comment.strip()
    said = " · ".join(part for part in (transaction.answered_by, transaction.answer_comment) if part)
    change = ({"status": before}, {"status": after, "by": transaction.answered_by})
    record(actor, f"{transaction.type}.{after}", ("transaction", transaction.id), said, change)
    outbox.note(transaction, after, actor)
    db.session.flush()


def convert(transaction: Transaction, actor: Actor) -> Transaction:
    """Make the draft that an accepted quote becomes: the same lines, each knows the other. One database transaction.

    Voiding or deleting what was made frees the quote again (`holds`); until then a second conversion is refused.
    """
    claim(transaction, "convert")
    made = lay_draft(transaction.customer, transaction.project, type_of(transaction).becomes, actor)
    made.currency, made.converted_from_id = transaction.currency, transaction.id
    made.reference = transaction.reference or transaction.number or ""
    transaction.status = "invoiced"
    db.session.flush()
    for line in transaction.lines:
        db.session.add(_copy(line, made))
    db.session.flush()
    reload_lines(made)
    store_sums(made)
    record_start(made, actor, _("From %(number)s", number=transaction.number))
    change = ({"status": "accepted"}, {"status": "invoiced", "became": made.id})
    words = _("Became a draft: %(title)s", title=_(type_of(made).title))
    record(actor, f"{transaction.type}.converted", ("transaction", transaction.id), words, change)
    outbox.note(transaction, "converted", actor)
    db.session.flush()
    return made


#: columns of a line that its copy keeps; the amount is computed anew by the same rule
_KEPT = (
    "position", "kind", "project_id", "name", "description", "quantity", "unit", "rate", "tax_id", "tax_percent",
    "amount",
)  # fmt: skip


def _copy(line: TransactionLine, made: Transaction) -> TransactionLine:
    return TransactionLine(transaction_id=made.id, **{name: getattr(line, name) for name in _KEPT})
