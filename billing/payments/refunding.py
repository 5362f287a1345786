"""Paying money back: what of a payment is unused, or the credit of a credit note or retainer (requirement T-20)."""

from __future__ import annotations

from flask_babel import gettext as _

from billing.errors import MoveRefused
from billing.payments.claiming import claim_payment, recount_unused
from billing.payments.recording import PaymentFacts, lay_payment
from billing.transactions.balances import money_of, recount, tell
from billing.transactions.claim import claim
from models import Payment, Transaction
from models.audit import Actor, record


def refund(source: Payment | Transaction, facts: PaymentFacts, actor: Actor) -> Payment:
    """Write down that money went back to the customer; at most what the source still holds, in its currency."""
    if isinstance(source, Transaction):
        claim(source, "refund")
        held = source.credit
    else:
        claim_payment(source)
        held = source.unused
    if source.currency != facts.currency:
        raise MoveRefused(_("Refund it in %(currency)s, as it came in.", currency=source.currency))
    paid_back = lay_payment(source.customer_id, facts, actor, "refund")
    if paid_back.amount > held:
        raise MoveRefused(_("Only %(amount)s is left of it. Refund no more than that.",
                            amount=money_of(held, paid_back)))  # fmt: skip
    _take_from(source, paid_back, actor)
    words = _("%(amount)s back to %(customer)s", amount=money_of(paid_back.amount, paid_back),
              customer=paid_back.customer.name)  # fmt: skip
    record(actor, "payment.refunded", ("payment", paid_back.id), words, (None, {"amount": str(paid_back.amount)}))
    return paid_back


def _take_from(source: Payment | Transaction, paid_back: Payment, actor: Actor) -> None:
    if isinstance(source, Payment):
        paid_back.from_payment_id = source.id
        recount_unused(source)
        record(actor, "payment.refunded", ("payment", source.id), money_of(paid_back.amount, paid_back))
        return
    paid_back.from_transaction_id = source.id
    recount(source)
    tell(source, "refunded", _("%(amount)s refunded", amount=money_of(paid_back.amount, paid_back)), actor)
