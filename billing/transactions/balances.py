"""What is still owed on a transaction and what may still be drawn from it: added up from the settlements, each time.

`recount` is the one place that writes `balance`, `credit` and the statuses which follow from them, so they cannot
drift from the rows (requirements T-20, R-05). Whoever calls it holds the row by `claim`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, select

from billing import outbox
from billing.errors import MoveRefused
from billing.money import ZERO, format_money
from billing.transactions.claim import claim
from billing.types import type_of
from extensions import db
from models import Organisation, Payment, Settlement, Transaction, TransactionLine
from models.audit import Actor, record


@dataclass(frozen=True, slots=True)
class Settled:
    """Sums over the living rows of one transaction, in its currency."""

    #: of payments and credit put on it
    received: Decimal
    #: of its credit: put on others, and paid back
    drawn: Decimal
    refunded: Decimal


def settled(transaction: Transaction) -> Settled:
    """Add up what was put on a transaction, drawn from it and refunded from it; three statements."""
    is_live = Settlement.reversed_at.is_(None)
    refunds = (Payment.from_transaction_id == transaction.id) & Payment.reversed_at.is_(None)
    return Settled(
        _sum(is_live & (Settlement.transaction_id == transaction.id)),
        _sum(is_live & (Settlement.credit_id == transaction.id)),
        db.session.scalar(select(func.sum(Payment.amount)).where(refunds)) or ZERO,
    )


def _sum(condition: ColumnElement[bool]) -> Decimal:
    return db.session.scalar(select(func.sum(Settlement.amount)).where(condition)) or ZERO


def recount(transaction: Transaction) -> None:
    """Write balance, credit and status as the rows say; refuses what would come to less than nothing."""
    db.session.flush()
    kind, sums = type_of(transaction), settled(transaction)
    balance = transaction.total - sums.received if kind.is_owed else ZERO
    funds = sums.received if kind.is_owed else transaction.total
    credit = funds - sums.drawn - sums.refunded if kind.gives_credit else ZERO
    if balance < 0:
        raise MoveRefused(_("More was put on %(number)s than is open. Reload the page to see how it is now.",
                            number=transaction.number))  # fmt: skip
    if credit < 0:
        used = money_of(sums.drawn + sums.refunded, transaction)
        raise MoveRefused(_("%(used)s of %(number)s was used or refunded already. Take that back first.",
                            number=transaction.number, used=used))  # fmt: skip
    transaction.balance, transaction.credit = balance, credit
    transaction.status = _status(transaction, sums)
    db.session.flush()


def _status(transaction: Transaction, sums: Settled) -> str:
    """Return the status that the sums lead to; the type says which sums there are."""
    kind, waiting = type_of(transaction), "sent" if transaction.sent_at else "issued"
    if transaction.balance > 0:
        return "partially_paid" if sums.received else waiting
    if not kind.gives_credit:
        return "paid"
    if not kind.is_owed:
        return waiting if transaction.credit else "closed"
    if not sums.drawn and not sums.refunded:
        return "paid"
    if transaction.credit:
        return "partly_drawn"
    return "drawn" if sums.drawn else "refunded"


def draw(source: Transaction, target: Transaction, amount: Decimal, day: date, actor: Actor) -> Settlement:
    """Put credit of a credit note or retainer on what the same customer owes (requirements T-20, T-21)."""
    for transaction, verb in sorted(((source, "draw"), (target, "pay")), key=lambda pair: pair[0].id):
        claim(transaction, verb)
    _refuse_unlike(source, target)
    if not 0 < amount <= min(source.credit, target.balance):
        raise MoveRefused(_("Enter an amount above zero and at most %(most)s.",
                            most=money_of(min(source.credit, target.balance), target)))  # fmt: skip
    settlement = Settlement(transaction_id=target.id, credit_id=source.id, date=day, amount=amount)
    db.session.add(settlement)
    recount(source)
    recount(target)
    money = money_of(amount, target)
    tell(source, "drawn", _("%(amount)s put on %(number)s", amount=money, number=target.number), actor)
    tell(target, "settled", _("%(amount)s from %(number)s", amount=money, number=source.number), actor)
    return settlement


def _refuse_unlike(source: Transaction, target: Transaction) -> None:
    if source.customer_id != target.customer_id:
        raise MoveRefused(_("%(number)s belongs to another customer. Choose one of the same customer.",
                            number=source.number))  # fmt: skip
    if source.currency != target.currency:
        raise MoveRefused(_("%(number)s is in %(currency)s. Choose one in the same currency.",
                            number=source.number, currency=source.currency))  # fmt: skip
    if type_of(source).is_owed and type_of(target).gives_credit:
        raise MoveRefused(_("A retainer cannot pay for another retainer. Choose an invoice."))
    if type_of(source).is_owed and source.project_id is not None and not is_only_for(target, source.project_id):
        raise MoveRefused(
            _(
                "%(number)s was paid in advance for %(project)s only, and %(target)s bills other work too. "
                "Choose an invoice of that project.",
                number=source.number, project=source.project.name if source.project else "", target=target.number,
            )
        )  # fmt: skip


def is_only_for(transaction: Transaction, project_id: int) -> bool:
    """Say whether all of a transaction is for this project (requirement T-21)."""
    lines = select(TransactionLine.id).where(
        TransactionLine.transaction_id == transaction.id, TransactionLine.project_id.is_not(None),
        TransactionLine.project_id != project_id,
    )  # fmt: skip
    return transaction.project_id == project_id and db.session.scalar(lines.limit(1)) is None


def tell(transaction: Transaction, event: str, words: str, actor: Actor) -> None:
    """Write into the life of a transaction what was settled, and leave a note for whoever else is told (R-12)."""
    after = {"status": transaction.status, "balance": str(transaction.balance), "credit": str(transaction.credit)}
    record(actor, f"{transaction.type}.{event}", ("transaction", transaction.id), words, (None, after))
    outbox.note(transaction, event, actor)


def money_of(amount: Decimal, of: Transaction | Payment) -> str:
    """Write an amount in the currency of a transaction or payment for people."""
    return format_money(amount, of.currency, db.session.get_one(Organisation, 1).locale)
