"""Recording what a customer paid, and putting it on what is open: on one, on several, or on nothing yet (T-20)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import select

from billing.bulk import among
from billing.errors import MoveRefused
from billing.money import ZERO, round_money
from billing.payments.claiming import claim_payment, recount_unused
from billing.transactions.balances import money_of, recount, tell
from billing.transactions.claim import claim
from extensions import db
from models import Customer, Organisation, Payment, Settlement, Transaction
from models.audit import Actor, record
from models.payment import PAYMENT_METHODS

#: transaction id → how much is put on it, in its currency
Amounts = Mapping[int, Decimal]


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    """What is written down of money that moved. `exchange_rate`: one unit of `currency` in base currency that day."""

    date: dt.date
    currency: str
    amount: Decimal
    method: str = "bank"
    reference: str = ""
    notes: str = ""
    exchange_rate: Decimal | None = None
    exchange_source: str = ""


def record_payment(customer_id: int, facts: PaymentFacts, amounts: Amounts, actor: Actor) -> Payment:
    """Record money from a customer and settle open transactions with it; what is left over is the customer's credit.

    All or nothing: refuses when a transaction owes less than is put on it, or is another customer's.
    """
    payment = lay_payment(customer_id, facts, actor)
    recount_unused(payment)
    _put(payment, amounts, actor)
    name = db.session.get_one(Customer, customer_id).name
    words = _("%(amount)s from %(customer)s", amount=money_of(payment.amount, payment), customer=name)
    after = {"amount": str(payment.amount), "currency": payment.currency, "unused": str(payment.unused)}
    record(actor, "payment.recorded", ("payment", payment.id), words, (None, after))
    return payment


def lay_payment(customer_id: int, facts: PaymentFacts, actor: Actor, kind: str = "payment") -> Payment:
    """Make the row of a payment or refund; refuses nonsense and a foreign currency without its rate (R-06)."""
    base = db.session.get_one(Organisation, 1).base_currency
    amount = round_money(facts.amount, facts.currency)
    if amount <= 0 or amount != facts.amount:
        raise MoveRefused(_("Enter an amount above zero, no finer than %(currency)s has it.", currency=facts.currency))
    if facts.method not in PAYMENT_METHODS:
        raise MoveRefused(_("Choose how it was paid."))
    is_base = facts.currency == base
    if not is_base and not facts.exchange_rate:
        raise MoveRefused(_("This is in %(currency)s. Enter what one of it is worth in %(base)s first.",
                            currency=facts.currency, base=base))  # fmt: skip
    payment = Payment(
        kind=kind, customer_id=customer_id, date=facts.date, currency=facts.currency, amount=amount,
        exchange_rate=facts.exchange_rate if facts.exchange_rate and not is_base else Decimal(1),
        exchange_source="" if is_base else facts.exchange_source or actor.name, method=facts.method,
        reference=facts.reference, notes=facts.notes, created_by=actor.id if actor.kind == "person" else None,
    )  # fmt: skip
    db.session.add(payment)
    db.session.flush()
    return payment


def settle(payment: Payment, amounts: Amounts, actor: Actor) -> None:
    """Put unused money of a payment on open transactions, all or nothing."""
    claim_payment(payment)
    if payment.kind != "payment":
        raise MoveRefused(_("A refund settles nothing."))
    if not amounts:
        raise MoveRefused(_("Enter an amount beside at least one invoice."))
    _put(payment, amounts, actor)
    words = ", ".join(f"{money_of(amount, payment)}" for amount in amounts.values())
    record(actor, "payment.settled", ("payment", payment.id), words, (None, {"unused": str(payment.unused)}))


def _put(payment: Payment, amounts: Amounts, actor: Actor) -> None:
    """Settle in the order of ids, so that two who take the same rows wait for each other and never both."""
    query = select(Transaction).where(among(Transaction.id, amounts)).order_by(Transaction.id)
    targets = list(db.session.scalars(query))
    if len(targets) != len(amounts):
        raise MoveRefused(_("A transaction is not there any more. Reload the page and choose again."))
    for target in targets:
        _put_one(payment, target, amounts[target.id], actor)
    recount_unused(payment)


def _put_one(payment: Payment, target: Transaction, amount: Decimal, actor: Actor) -> None:
    claim(target, "pay")
    if target.customer_id != payment.customer_id or target.currency != payment.currency:
        raise MoveRefused(_("%(number)s is another customer's or in another currency. Record a payment of its own.",
                            number=target.number))  # fmt: skip
    if not ZERO < amount <= target.balance or amount != round_money(amount, target.currency):
        raise MoveRefused(_("On %(number)s %(amount)s is open. Enter an amount above zero and no more than that.",
                            number=target.number, amount=money_of(target.balance, payment)))  # fmt: skip
    db.session.add(Settlement(transaction_id=target.id, payment_id=payment.id, date=payment.date, amount=amount))
    recount(target)
    tell(target, "settled", _("%(amount)s paid", amount=money_of(amount, payment)), actor)
