"""Taking back what was entered by mistake: a payment, a refund, or one settlement. Rows stay, dated (R-12)."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import select

from billing.errors import MoveRefused
from billing.money import ZERO
from billing.payments.claiming import claim_payment, recount_unused
from billing.transactions.balances import money_of, recount, tell
from billing.transactions.claim import claim
from extensions import db, utcnow
from models import Payment, Settlement, Transaction
from models.audit import Actor, record


def reverse(payment: Payment, reason: str, actor: Actor) -> None:
    """Undo a payment or refund as if it had not been entered; what it settled is open again.

    Refuses while a refund of its rest stands, and when a retainer that it paid was drawn on already.
    """
    claim_payment(payment)
    if not reason.strip():
        raise MoveRefused(_("Say why it is reversed: the reason is kept with it."))
    _refuse_refunded(payment)
    payment.reversed_at, payment.reverse_reason = utcnow(), reason.strip()
    for settlement in _living(payment):
        _end(settlement, actor)
    if payment.kind == "payment":
        payment.unused = ZERO
    _give_back(payment, actor)
    words = f"{money_of(payment.amount, payment)}: {payment.reverse_reason}"
    record(actor, "payment.reversed", ("payment", payment.id), words, (None, {"reason": payment.reverse_reason}))
    db.session.flush()


def _living(payment: Payment) -> list[Settlement]:
    query = select(Settlement).where(Settlement.payment_id == payment.id, Settlement.reversed_at.is_(None))
    return list(db.session.scalars(query.order_by(Settlement.transaction_id, Settlement.id)))


def _refuse_refunded(payment: Payment) -> None:
    back = select(Payment).where(Payment.from_payment_id == payment.id, Payment.reversed_at.is_(None))
    if (found := db.session.scalars(back.limit(1)).first()) is not None:
        raise MoveRefused(_("%(amount)s of it was refunded. Reverse that refund first.",
                            amount=money_of(found.amount, found)))  # fmt: skip


def _give_back(payment: Payment, actor: Actor) -> None:
    """Return what a refund took to where it came from."""
    if payment.from_payment_id is not None:
        source = db.session.get_one(Payment, payment.from_payment_id)
        claim_payment(source)
        recount_unused(source)
    if payment.from_transaction_id is not None:
        credit = db.session.get_one(Transaction, payment.from_transaction_id)
        claim(credit, "regain")
        recount(credit)
        tell(credit, "regained", _("Refund of %(amount)s reversed", amount=money_of(payment.amount, payment)), actor)


def take_back(settlement: Settlement, actor: Actor) -> None:
    """Undo one settlement: the money is the payment's, credit note's or retainer's again."""
    if settlement.reversed_at is not None:
        raise MoveRefused(_("This was taken back already. Reload the page to see how it is now."))
    payment = None if settlement.payment_id is None else db.session.get_one(Payment, settlement.payment_id)
    if payment is not None:
        claim_payment(payment)
    _end(settlement, actor)
    if payment is not None:
        recount_unused(payment)
        record(actor, "payment.taken_back", ("payment", payment.id), money_of(settlement.amount, payment))


def _end(settlement: Settlement, actor: Actor) -> None:
    """Date a settlement as reversed, and bring both sides up to date."""
    settlement.reversed_at = utcnow()
    target = db.session.get_one(Transaction, settlement.transaction_id)
    source = None if settlement.credit_id is None else db.session.get_one(Transaction, settlement.credit_id)
    sides = [(target, "unpay")] + ([(source, "regain")] if source is not None else [])
    for transaction, verb in sorted(sides, key=lambda side: side[0].id):
        claim(transaction, verb)
    for transaction, _verb in sides:
        recount(transaction)
        tell(transaction, "reopened", _("%(amount)s taken back", amount=money_of(settlement.amount, target)), actor)
