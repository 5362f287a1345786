"""Transactions of every type for tests of money, made and moved in one line each."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from billing import payments, transactions
from billing.payments import PaymentFacts
from billing.transactions import Answer, Changes, LineChange
from models import Customer, Payment, Project, Transaction
from models.audit import Actor

OLGA = Actor("person", "Olga Marsh")
YES = Answer("accept", "Carla Reyes", "Go ahead")
DAY = date(2026, 7, 1)


def make(customer: Customer, key: str = "invoice", *, rates: tuple[str, ...] = ("100",), to: str = "sent",
         project: Project | None = None, tax_id: int | None = None, quantity: str = "1") -> Transaction:  # fmt: skip
    """One with a free line for each rate, brought to draft, issued, sent or (a quote) accepted."""
    made = transactions.start_blank(customer.id, OLGA, project.id if project else None, key)
    lines = tuple(
        LineChange(None, f"Work {n}", "", Decimal(quantity), "pieces", Decimal(rate), tax_id)
        for n, rate in enumerate(rates, start=1)
    )
    transactions.update(made, Changes(made.version, made.date, made.due_date, "", "", lines), OLGA)
    if to == "draft":
        return made
    if made.currency != "USD":
        made.exchange_rate, made.exchange_source = Decimal("1.1"), "Olga Marsh"
    transactions.issue(made, OLGA)
    if to in ("sent", "accepted"):
        transactions.mark_sent(made, OLGA)
    if to == "accepted":
        transactions.answer(made, YES, OLGA)
    return made


def facts(amount: str | Decimal, currency: str = "USD", rate: str | None = None) -> PaymentFacts:
    """A bank transfer on a plain day."""
    worth = None if rate is None else Decimal(rate)
    return PaymentFacts(DAY, currency, Decimal(amount), exchange_rate=worth, exchange_source="ECB" if rate else "")


def pay(customer: Customer, amount: str | Decimal, *puts: tuple[Transaction, str | Decimal]) -> Payment:
    """Record a payment in dollars and put it on these."""
    amounts = {transaction.id: Decimal(part) for transaction, part in puts}
    return payments.record_payment(customer.id, facts(amount), amounts, OLGA)


def paid_retainer(customer: Customer, amount: str = "500", project: Project | None = None) -> Transaction:
    """A retainer invoice that the customer paid whole."""
    retainer = make(customer, "retainer", rates=(amount,), project=project)
    pay(customer, amount, (retainer, amount))
    return retainer
