"""The demo's everyday: items, payments, a quote, a retainer, a subscription, expenses, by the verbs that pages call.

Each step looks first whether it was done and ends with a commit, so a fill that was killed goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import click

from billing import catalogue, exchange, expense_records, payments, subscriptions, transactions
from billing.catalogue import ItemValues
from billing.expense_records import ExpenseValues
from billing.payments import PaymentFacts
from billing.subscriptions import InvoiceTemplate, SubscriptionValues, TemplateLine, plain
from billing.transactions import Answer, Changes, LineChange, PaperChange, WholeChange
from cli.demo_history import RATES
from cli.months import first_of, months_before
from extensions import db
from models import Customer, Expense, Item, Organisation, Payment, Project, Subscription, Tax, Transaction
from models.audit import Actor

#: name, what it is, unit, US dollars
ITEMS = (
    ("Design day", "One day of a designer, on site or remote", "days", "960"),
    ("Website care", "Updates, backups and an hour of changes each month", "months", "480"),
    ("Accessibility audit", "WCAG 2.2 AA, with a report and a list of fixes", "", "3200"),
    ("Brand workshop", "Half a day with the people who decide", "", "2400"),
    ("Font licence", "Web and print, one brand", "", "190"),
)
#: days before today, category, vendor, what for, amount, whether the customer pays it
EXPENSES = (
    (41, "Travel", "Acela Express", "Train to the kick-off in Boston", "186.00", True),
    (33, "Software", "Figment Cloud", "Design tool, twelve seats", "540.00", False),
    (19, "Printing", "Harbor Press", "Proof prints of the exhibition panels", "312.40", True),
    (12, "Travel", "City Cabs", "To the observatory and back", "48.50", True),
    (6, "Office", "Canal Street Deli", "Lunch at the strategy day", "94.20", False),
)


@dataclass(frozen=True, slots=True)
class Business:
    """Whose everyday it is, and who does it."""

    organisation: Organisation
    actor: Actor

    @property
    def today(self) -> date:
        """Today where the business is."""
        return self.organisation.today()


def live(organisation: Organisation, actor: Actor) -> None:
    """Do everything that was not done yet."""
    click.echo("Living a little …")
    business = Business(organisation, actor)
    quotes = db.select(Transaction.id).where(Transaction.type == "quote")
    steps: tuple[tuple[Any, Callable[[Business], None]], ...] = (
        (db.select(Item.id), add_items), (db.select(Payment.id), take_payments), (db.select(Expense.id), spend),
        (db.select(Subscription.id), subscribe), (quotes, quote),
    )  # fmt: skip
    for done, step in steps:
        if db.session.scalar(done.limit(1)) is None:
            step(business)
            db.session.commit()


def add_items(business: Business) -> None:
    """Keep what is sold again and again, with the rates of foreign currencies."""
    tax_id = db.session.scalar(db.select(Tax.id).order_by(Tax.id).limit(1))
    for name, description, unit, rate in ITEMS:
        values = ItemValues(name=name, description=description, unit=unit, rate=Decimal(rate), tax_id=tax_id)
        catalogue.add(values, business.actor)
    day = first_of(months_before(business.today, 3))
    rates = [exchange.DayRate(currency, day, rate) for currency, rate in RATES.items()]
    exchange.import_rates(rates, "Demo", business.actor)


def take_payments(business: Business) -> None:
    """Most of what was sent has been paid, some of it by half."""
    sent = db.session.scalars(
        db.select(Transaction)
        .where(Transaction.type == "invoice", Transaction.status == "sent")
        .order_by(Transaction.date, Transaction.id)
    ).all()
    for place, invoice in enumerate(sent):
        if place % 5 == 4:
            continue  # these wait, and grow old
        is_half = place % 7 == 3
        _pay(business, invoice, (invoice.balance / 2).quantize(Decimal(1)) if is_half else invoice.balance, place)


def _pay(business: Business, invoice: Transaction, amount: Decimal, place: int) -> None:
    day = min(invoice.date + timedelta(days=9 + 4 * (place % 6)), business.today)
    facts = PaymentFacts(
        date=day, currency=invoice.currency, amount=amount, method="bank" if place % 3 else "card",
        reference=f"Transfer {1000 + place}", exchange_rate=invoice.exchange_rate,
        exchange_source=invoice.exchange_source,
    )  # fmt: skip
    payments.record_payment(invoice.customer_id, facts, {invoice.id: amount}, business.actor)


def spend(business: Business) -> None:
    """Write down what was spent; some of it is to be billed."""
    projects = db.session.scalars(
        db.select(Project).where(Project.currency == business.organisation.base_currency).order_by(Project.id)
    ).all()
    for place, (days, category, vendor, what, amount, is_billable) in enumerate(EXPENSES):
        project = projects[place % len(projects)]
        values = ExpenseValues(
            date=business.today - timedelta(days=days), category=category, vendor=vendor, description=what,
            currency=project.currency, amount=Decimal(amount), is_billable=is_billable,
            customer_id=project.customer_id if is_billable else None, project_id=project.id if is_billable else None,
            markup_percent=Decimal(10) if is_billable else Decimal(0),
        )  # fmt: skip
        expense_records.add(values, business.actor)


def subscribe(business: Business) -> None:
    """A customer pays for the care of a website each month; the next one is a draft at the first of the month."""
    customer = db.session.scalars(
        db.select(Customer).where(Customer.currency == business.organisation.base_currency).order_by(Customer.id)
    ).first()
    item = db.session.scalars(db.select(Item).where(Item.name == "Website care")).first()
    if customer is None or item is None:
        return
    line = TemplateLine(
        "Website care, {month} {year}", item.description, Decimal(1), item.unit, item.rate, tax_id=item.tax_id,
        item_id=item.id,
    )  # fmt: skip
    values = SubscriptionValues(
        name="Website care", kind="invoice", currency=customer.currency, every=1, unit="month",
        start_date=first_of(months_before(business.today, -1)), customer_id=customer.id,
        template=plain(InvoiceTemplate(lines=(line,))),
    )  # fmt: skip
    subscriptions.create(values, business.actor)


def quote(business: Business) -> None:
    """A quote that was accepted and asks for a quarter in advance, and one that waits for its answer."""
    base = business.organisation.base_currency
    customers = db.session.scalars(
        db.select(Customer).where(Customer.currency == base).order_by(Customer.id).limit(2)
    ).all()
    items = {item.name: item for item in db.session.scalars(db.select(Item))}
    for place, customer in enumerate(customers):
        made = transactions.start_blank(customer.id, business.actor, type_key="quote")
        lines = tuple(
            LineChange(
                None, item.name, item.description, Decimal(quantity), item.unit, item.rate, item.tax_id,
                item_id=item.id,
            )
            for item, quantity in ((items["Brand workshop"], 1), (items["Design day"], 6 + 2 * place))
        )  # fmt: skip
        asked = Decimal(25) if place == 0 else Decimal(0)
        changes = Changes(
            made.version, business.today - timedelta(days=8), business.today + timedelta(days=22), "Autumn campaign",
            "", lines, whole=WholeChange(discount_value=Decimal(5)), paper=PaperChange(retainer_percent=asked),
        )  # fmt: skip
        transactions.update(made, changes, business.actor)
        transactions.issue(made, business.actor)
        transactions.mark_sent(made, business.actor)
        if place == 0:
            transactions.answer(made, Answer("accept", "Rosa Alder", "Let us start in December."), business.actor)
