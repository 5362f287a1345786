"""What a credit note does to its invoice: at issue it takes its part back, when voided it gives it back (R-01, T-27).

The law, checked with the invoice's row held: of no line more is credited than it comes to, and of the whole invoice no
more than its total, over all credit notes that were issued for it.
"""

from __future__ import annotations

from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select

from billing.credit import credit_ledger
from billing.errors import MoveRefused
from billing.money import ZERO
from billing.transactions.balances import draw, money_of, recount, tell
from billing.transactions.claim import claim
from billing.types import GONE, TYPES, TransactionType, type_of
from extensions import db, utcnow
from models import Payment, Settlement, Transaction, TransactionLine
from models.audit import Actor

#: statuses of credit notes that take nothing back
_IDLE = ("draft", *GONE)


def take(note: Transaction, actor: Actor) -> None:
    """Let an issued credit note take effect: its picks leave the invoice, and what is still owed there is settled."""
    recount(note)
    if note.credits_id is None:
        return
    invoice = db.session.get_one(Transaction, note.credits_id)
    claim(invoice, "credit")
    _refuse_beyond(note, invoice)
    freed = credit_ledger.free(note, actor)
    words = _("%(number)s credits %(amount)s", number=note.number, amount=money_of(note.total, note))
    if freed:
        words += "; " + ngettext("%(num)d entry is off it", "%(num)d entries are off it", freed)
    tell(invoice, "credited", words, actor)
    part = min(note.credit, invoice.balance)
    if part > 0:
        draw(note, invoice, part, note.date, actor)


def _refuse_beyond(note: Transaction, invoice: Transaction) -> None:
    """Refuse what credits more than there is; a note's rows count as soon as its status says issued."""
    total = select(func.sum(Transaction.total)).where(
        Transaction.credits_id == invoice.id, Transaction.status.not_in(_IDLE)
    )
    credited = db.session.scalar(total) or ZERO
    if credited > invoice.total:
        left = money_of(invoice.total - (credited - note.total), invoice)
        raise MoveRefused(_("Of %(number)s only %(left)s is left to credit. Lower this credit note to that.",
                            number=invoice.number, left=left))  # fmt: skip
    taken = credited_by_line(invoice, with_drafts=False)
    for line in invoice.lines:
        if abs(taken.get(line.id, ZERO)) > abs(line.amount):
            comes_to = money_of(line.amount, invoice)
            raise MoveRefused(_("“%(line)s” of %(number)s comes to %(amount)s and cannot be credited above that.",
                                line=line.name, number=invoice.number, amount=comes_to))  # fmt: skip


def credited_by_line(invoice: Transaction, *, with_drafts: bool) -> dict[int, Decimal]:
    """Return line id → amount of it on living credit notes, as the lines show it."""
    idle = GONE if with_drafts else _IDLE
    rows = db.session.execute(
        select(TransactionLine.source_line_id, func.sum(TransactionLine.amount))
        .join(Transaction, Transaction.id == TransactionLine.transaction_id)
        .where(Transaction.credits_id == invoice.id, Transaction.status.not_in(idle),
               TransactionLine.source_line_id.is_not(None))
        .group_by(TransactionLine.source_line_id)
    )  # fmt: skip
    return {line_id: amount for line_id, amount in rows if line_id is not None}


def give_back(note: Transaction, actor: Actor) -> int:
    """Undo a credit note that is being voided: its picks stand on the invoice again, its settlement there ends.

    Refuses while its credit was used elsewhere or refunded. Returns how many entries are invoiced again.
    """
    _refuse_used(note)
    puts = select(Settlement).where(Settlement.credit_id == note.id, Settlement.reversed_at.is_(None))
    if note.credits_id is None:
        return 0
    invoice = db.session.get_one(Transaction, note.credits_id)
    ends = list(db.session.scalars(puts))
    claim(invoice, "unpay" if ends else "credit")
    for settlement in ends:
        settlement.reversed_at = utcnow()
    back = credit_ledger.bring_back(note, actor)
    recount(invoice)
    tell(invoice, "credit_voided", _("%(number)s was voided", number=note.number), actor)
    return back


def _refuse_used(note: Transaction) -> None:
    elsewhere = (
        select(Transaction.number)
        .join(Settlement, Settlement.transaction_id == Transaction.id)
        .where(Settlement.credit_id == note.id, Settlement.reversed_at.is_(None),
               Transaction.id != (note.credits_id or 0))
    )  # fmt: skip
    used = sorted(str(number) for number in db.session.scalars(elsewhere))
    if used:
        raise MoveRefused(_("%(number)s was used on %(where)s. Take that back first.", number=note.number,
                            where=", ".join(used[:3])))  # fmt: skip
    refunded = select(Payment.id).where(Payment.from_transaction_id == note.id, Payment.reversed_at.is_(None))
    if db.session.scalar(refunded.limit(1)) is not None:
        raise MoveRefused(_("%(number)s was refunded. Reverse that refund first.", number=note.number))


def refuse_settled(transaction: Transaction) -> None:
    """Refuse to void what money or credit hangs on, naming it: nothing moves by itself when a document goes."""
    rows = db.session.execute(
        select(Settlement.amount, Transaction.number)
        .outerjoin(Transaction, Transaction.id == Settlement.credit_id)
        .where(Settlement.transaction_id == transaction.id, Settlement.reversed_at.is_(None))
        .order_by(Settlement.id).limit(3)
    ).all()  # fmt: skip
    if rows:
        named = [_named(money_of(amount, transaction), number) for amount, number in rows]
        raise MoveRefused(_("%(number)s is settled by %(what)s. Take that back first, or write a credit note instead.",
                            number=transaction.number, what=", ".join(named)))  # fmt: skip
    notes = select(Transaction.number).where(Transaction.credits_id == transaction.id, Transaction.status.not_in(GONE))
    names = [number or _("a draft") for number in db.session.scalars(notes)]
    if names:
        raise MoveRefused(_("%(number)s is credited by %(where)s. Void or delete that first.",
                            number=transaction.number, where=", ".join(sorted(names)[:3])))  # fmt: skip
    made = select(Transaction.number).where(
        Transaction.converted_from_id == transaction.id, Transaction.status.not_in(GONE),
        Transaction.type.in_(type_of(transaction).becomes),
    )  # fmt: skip
    parts = [number or _("a draft") for number in db.session.scalars(made)]
    if parts:
        raise MoveRefused(_("%(number)s became %(where)s. Void or delete that first.", number=transaction.number,
                            where=", ".join(sorted(parts)[:3])))  # fmt: skip


def _named(amount: str, number: str | None) -> str:
    if number is None:
        return str(_("a payment of %(amount)s", amount=amount))
    return str(_("%(amount)s from %(number)s", amount=amount, number=number))


def credit_note_type() -> TransactionType:
    """Return the type that takes back what an invoice asked for."""
    return next(kind for kind in TYPES.values() if kind.takes_back)
