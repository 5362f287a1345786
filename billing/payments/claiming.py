"""Taking a payment for one verb, and keeping what of it is unused in step with its rows."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import func, select, update

from billing.errors import MoveRefused
from billing.money import ZERO
from billing.transactions.balances import money_of
from extensions import db
from models import Payment, Settlement


def claim_payment(payment: Payment) -> None:
    """Raise the version of a payment that still is as the caller saw it and was not reversed."""
    db.session.flush()
    statement = (
        update(Payment)
        .where(Payment.id == payment.id, Payment.version == payment.version, Payment.reversed_at.is_(None))
        .values(version=Payment.version + 1)
    )
    done = db.session.execute(statement, execution_options={"synchronize_session": False})
    if done.rowcount != 1:  # type: ignore[attr-defined]
        raise MoveRefused(_("Somebody changed this meanwhile. Reload the page to see how it is now, then try again."))
    db.session.refresh(payment)


def recount_unused(payment: Payment) -> None:
    """Write what of a payment no settlement and no refund took; refuses to give out more than came in."""
    db.session.flush()
    puts = (Settlement.payment_id == payment.id) & Settlement.reversed_at.is_(None)
    back = (Payment.from_payment_id == payment.id) & Payment.reversed_at.is_(None)
    used = db.session.scalar(select(func.sum(Settlement.amount)).where(puts)) or ZERO
    refunded = db.session.scalar(select(func.sum(Payment.amount)).where(back)) or ZERO
    if used + refunded > payment.amount:
        amount = money_of(payment.amount, payment)
        raise MoveRefused(_("The payment is over %(amount)s. Put no more than that on invoices.", amount=amount))
    payment.unused = payment.amount - used - refunded
    db.session.flush()
