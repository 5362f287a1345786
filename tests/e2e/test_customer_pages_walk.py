"""What a customer meets: a quote accepted on a phone, its retainer to pay, a reminder in the mailbox, and all of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from billing import links, transactions
from billing.paper import document_of
from extensions import db, utcnow
from models import Customer, Organisation, Transaction, User
from models.audit import Actor
from tests import factories
from tests.e2e.conftest import PHONE
from tests.e2e.test_looks import violations

OLGA = Actor("person", "Olga Marsh")


def issued(customer: Customer, type_key: str, amount: int, **values: Any) -> Transaction:
    made = transactions.start_blank(customer.id, OLGA, type_key=type_key)
    factories.make_line(made, name="Relaunch of the website", rate=Decimal(amount), amount=Decimal(amount))
    made.total = made.balance = made.subtotal = Decimal(amount)
    for name, value in values.items():
        setattr(made, name, value)
    db.session.flush()
    db.session.expire(made)
    transactions.issue(made, OLGA)
    db.session.commit()
    return made


@pytest.fixture
def office(people: Any, organisation: Organisation, postbox: Any) -> User:
    """A house with a colour, a bank and a mail server."""
    organisation.mail_host, organisation.mail_port, organisation.mail_security = "127.0.0.1", postbox.port, "none"
    organisation.brand_color, organisation.payment_link = "#7a1f5c", "https://pay.example/{number}"
    organisation.bank_details = "Bank of Ulm\nDE89 3704 0044 0532 0130 00"
    db.session.commit()
    return people.olga


@pytest.fixture
def customer(office: User) -> Customer:
    made = factories.make_customer("Aurora Outdoor")
    factories.make_contact_person(made)
    db.session.commit()
    return made


def sees_nothing_wrong(page: Page) -> None:
    """Fits a phone, and axe has nothing to say."""
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1"), "overflows sideways"
    assert violations(page) == []


@pytest.mark.req("T-03", "T-25")
def test_a_quote_is_accepted_on_a_phone_its_retainer_is_paid_and_a_reminder_arrives(
    customer: Customer,
    office: User,
    page_of: Callable[[User], Page],
    page: Page,
    postbox: Any,
    picture: Callable[[Page, str], None],
) -> None:
    quote = issued(customer, "quote", 4000, retainer_percent=Decimal(30))
    invoice = issued(customer, "invoice", 900, due_date=utcnow().date() - timedelta(days=20))
    offer, bill, total = quote.link_token, invoice.id, document_of(invoice).total.amount
    db.session.rollback()
    page.set_viewport_size(PHONE)

    page.goto(f"/c/{offer}")
    expect(page.get_by_text("asks for US$1,200.00 in advance")).to_be_visible()
    sees_nothing_wrong(page)
    picture(page, "quote")
    page.get_by_label("Your name").fill("Carla Reyes")
    page.get_by_label("Comment").fill("Please begin in June.")
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_text("Accepted by Carla Reyes. Thank you.")).to_be_visible()
    expect(page.get_by_text("Brightline Studio sends you the invoice for it.")).to_be_visible()

    number = issue_what_became_of(quote)
    page.reload()
    page.get_by_role("link", name="Open it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Retainer invoice {number}")
    expect(page.get_by_role("link", name="Pay now")).to_have_attribute("href", f"https://pay.example/{number}")
    sees_nothing_wrong(page)
    picture(page, "retainer")

    desk = page_of(office)
    desk.goto(f"/invoices/{bill}")
    desk.get_by_role("button", name="Send reminder now").click()
    desk.get_by_role("button", name="Send", exact=True).click()
    expect(desk.get_by_text("The reminder is on its way to carla@customer.example.")).to_be_visible()
    body = postbox.waits_for("Reminder").get_body(("plain",)).get_content()
    assert total in body
    page.goto(re.search(r"(/c/\S+)", body)[1])
    expect(page.locator(".public-amount")).to_have_text(total)

    address = links.customer_page(db.session.merge(customer))
    db.session.commit()
    page.goto(address)
    expect(page.get_by_text("US$2,100.00")).to_be_visible()
    sees_nothing_wrong(page)
    picture(page, "overview")


def issue_what_became_of(quote: Transaction) -> str:
    """Issue the draft of the retainer invoice; its number."""
    db.session.expire_all()
    made = db.session.scalars(db.select(Transaction).where(Transaction.converted_from_id == quote.id)).one()
    transactions.issue(made, OLGA)
    number = made.number or ""
    db.session.commit()
    return number
