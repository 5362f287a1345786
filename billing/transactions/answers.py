"""The answer to a quote: the customer accepts or declines it; an accepted one may ask for a retainer (T-25)."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from billing import outbox
from billing.errors import MoveRefused
from billing.money import round_money
from billing.transactions.claim import claim
from billing.transactions.drafts import lay_draft, record_start
from billing.transactions.sums import reload_lines, store_sums
from billing.types import TYPES, has_lapsed, type_of
from extensions import db, utcnow
from models import Organisation, Transaction, TransactionLine
from models.audit import Actor, record

#: verb → the status it leads to
STATES = {"accept": "accepted", "decline": "declined"}
#: the type of what is paid in advance
RETAINER = next(key for key, kind in TYPES.items() if kind.is_owed and kind.gives_credit)


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
    if after == type_of(transaction).open_state:
        ask_retainer(transaction, actor)


def ask_retainer(quote: Transaction, actor: Actor) -> Transaction | None:
    """Make the draft of the retainer invoice that a quote asks for once it is accepted (T-25); None if it asks none.

    It is for so many per cent of the quote's total, without tax of its own: tax falls due with the invoices.
    """
    if quote.retainer_percent <= 0:
        return None
    made = lay_draft(quote.customer, quote.project, RETAINER, actor, currency=quote.currency)
    made.converted_from_id, made.reference, made.language = quote.id, quote.number or "", quote.language
    percent = f"{quote.retainer_percent.normalize():f}"
    words = _("Retainer for %(number)s (%(percent)s %%)", number=quote.number, percent=percent)
    amount = round_money(quote.total * quote.retainer_percent / 100, quote.currency)
    db.session.flush()
    db.session.add(TransactionLine(transaction_id=made.id, position=1, name=words, rate=amount))
    db.session.flush()
    reload_lines(made)
    store_sums(made)
    record_start(made, actor, _("Asked for by %(number)s", number=quote.number))
    return made
