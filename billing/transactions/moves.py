"""Moving a transaction on: issue, mark sent, void."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import ngettext

from billing import exchange, expense_ledger, outbox
from billing.errors import MoveRefused
from billing.hours import ledger
from billing.money import ZERO, format_money
from billing.numbering import take_number
from billing.terms import due_of
from billing.transactions import crediting
from billing.transactions.claim import claim
from billing.transactions.frozen import frozen_facts
from billing.transactions.holds import give_back
from billing.transactions.sources import follow_source
from billing.transactions.tax_sums import keep_taxes
from billing.types import type_of
from extensions import db, utcnow
from models import Organisation, Transaction
from models.audit import Actor, record


def issue(transaction: Transaction, actor: Actor) -> None:
    """Give a draft its number and freeze it; its hours are invoiced. One database transaction (R-05, R-08, T-28).

    The PDF is made after the caller's commit by `billing.pdf.store`, from what is frozen here.
    """
    claim(transaction, "issue")
    kind = type_of(transaction)
    organisation = db.session.get_one(Organisation, 1)
    exchange.prefill(transaction)
    _refuse_unfit(transaction, organisation)
    follow_source(transaction, actor)
    transaction.number = take_number(transaction.type, organisation.today().year)
    transaction.status = "issued"
    transaction.issued_at = utcnow()
    if kind.is_owed and transaction.due_date is None:
        transaction.due_date = due_of(transaction.customer, transaction.date)
    if kind.freezes_at_issue:
        transaction.frozen = frozen_facts(transaction, organisation)
        keep_taxes(transaction)
    db.session.flush()
    held = ledger.mark_invoiced(transaction.id)
    expense_ledger.mark_invoiced(transaction.id)
    if kind.takes_back:
        crediting.take(transaction, actor)
    outbox.note(transaction, "issued", actor)
    amount = format_money(transaction.total, transaction.currency, organisation.locale)
    words = _("%(number)s over %(amount)s", number=transaction.number, amount=amount)
    if kind.takes_hours:
        words += "; " + ngettext("%(num)d entry is invoiced", "%(num)d entries are invoiced", held)
    record(
        actor, f"{transaction.type}.issued", ("transaction", transaction.id), words,
        ({"status": "draft"}, {"status": "issued", "number": transaction.number, "total": str(transaction.total)}),
    )  # fmt: skip
    db.session.flush()


def _refuse_unfit(transaction: Transaction, organisation: Organisation) -> None:
    """Refuse what must not get a number: nothing on it, nothing to pay, no exchange rate."""
    if not transaction.lines:
        raise MoveRefused(_("There is nothing on this draft yet. Add a line or hours first."))
    if transaction.total <= 0:
        raise MoveRefused(_("This draft comes to nothing or less. Set the rates, or write the hours off instead."))
    if changed := ledger.changed_since(transaction.id):
        raise MoveRefused(
            ngettext(
                "%(num)d entry changed after it was put on this draft. Remove its line and add it again.",
                "%(num)d entries changed after they were put on this draft. Remove their lines and add them again.",
                changed,
            )
        )
    kind, is_base = type_of(transaction), transaction.currency == organisation.base_currency
    if not is_base and (kind.is_owed or kind.income_sign) and not transaction.exchange_source:
        raise MoveRefused(
            _(
                "This draft is in %(currency)s and has no exchange rate to %(base)s. Enter the rate first.",
                currency=transaction.currency, base=organisation.base_currency,
            )
        )  # fmt: skip


def mark_sent(transaction: Transaction, actor: Actor) -> None:
    """Say that the customer has it; keeps a later status such as paid. A second time only dates it anew."""
    claim(transaction, "send")
    before = transaction.status
    transaction.sent_at = utcnow()
    if before == "issued":
        transaction.status = "sent"
    change = ({"status": before}, {"status": transaction.status})
    record(actor, f"{transaction.type}.sent", ("transaction", transaction.id), transaction.number or "", change)
    outbox.note(transaction, "sent", actor)
    db.session.flush()


def void(transaction: Transaction, reason: str, actor: Actor) -> None:
    """Take an issued transaction back: its hours are unbilled again, its number stays used (T-26, fault 117)."""
    if not type_of(transaction).takes_back and transaction.status != "void":
        crediting.refuse_settled(transaction)
    claim(transaction, "void")
    if not reason.strip():
        raise MoveRefused(_("Say why it is voided: the reason is kept with it."))
    before = transaction.status
    given = give_back(transaction, "voided", actor)
    back = crediting.give_back(transaction, actor) if type_of(transaction).takes_back else 0
    transaction.status = "void"
    transaction.voided_at = utcnow()
    transaction.void_reason = reason.strip()
    transaction.balance = transaction.credit = ZERO
    outbox.note(transaction, "voided", actor)
    record(
        actor, f"{transaction.type}.voided", ("transaction", transaction.id), _voided_words(transaction, given, back),
        ({"status": before}, {"status": "void", "reason": transaction.void_reason}),
    )  # fmt: skip
    db.session.flush()


def _voided_words(transaction: Transaction, given: int, back: int) -> str:
    """Say where the hours are now: unbilled again, or on the invoice again that a credit note took them from."""
    if type_of(transaction).takes_back:
        return str(ngettext("%(number)s voided; %(num)d entry is invoiced again",
                            "%(number)s voided; %(num)d entries are invoiced again", back,
                            number=transaction.number))  # fmt: skip
    return str(ngettext("%(number)s voided; %(num)d entry is unbilled again",
                        "%(number)s voided; %(num)d entries are unbilled again", given,
                        number=transaction.number))  # fmt: skip
