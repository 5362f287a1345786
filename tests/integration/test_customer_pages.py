"""The customer's pages by link: payments, how to pay, the answer with its retainer, and all that is open for one."""

from __future__ import annotations

import base64
import re
from datetime import timedelta
from decimal import Decimal

import pytest

from billing import links, mail, payments, transactions
from billing.brand import brand_of
from extensions import db, limiter, utcnow
from models import Customer, MailMessage, Organisation, Transaction
from models.audit import Actor
from tests import factories
from tests.browsing import send, words_of

pytestmark = pytest.mark.usefixtures("people")
OLGA = Actor("person", "Olga Marsh")


@pytest.fixture
def customer(organisation: Organisation) -> Customer:
    made = factories.make_customer("Aurora Outdoor")
    factories.make_contact_person(made)
    return made


def issued(customer: Customer, amount: int = 100, **values) -> Transaction:
    type_key = values.pop("type", "invoice")
    made = transactions.start_blank(customer.id, OLGA, type_key=type_key)
    factories.make_line(made, rate=Decimal(amount), amount=Decimal(amount))
    made.total = made.balance = made.subtotal = Decimal(amount)
    for name, value in values.items():
        setattr(made, name, value)
    db.session.flush()
    db.session.expire(made)
    transactions.issue(made, OLGA)
    db.session.commit()
    return made


def pay(invoice: Transaction, amount: int) -> None:
    received(invoice, amount, amount)


def received(invoice: Transaction, amount: int, settled: int):
    """Money came in, and so much of it settles the invoice."""
    facts = payments.PaymentFacts(utcnow().date(), invoice.currency, Decimal(amount))
    payment = payments.record_payment(invoice.customer_id, facts, {invoice.id: Decimal(settled)}, OLGA)
    db.session.commit()
    return payment


def overview_of(client, customer: Customer):
    address = links.customer_page(customer)
    db.session.commit()
    return client.get(address.removeprefix("http://127.0.0.1:8000"))


@pytest.mark.req("T-03")
@pytest.mark.both_databases
def test_the_page_tells_each_payment_and_what_is_still_open(client, customer):
    invoice = issued(customer)
    pay(invoice, 40)

    words = words_of(client.get(f"/c/{invoice.link_token}"))

    assert "US$60.00 due" in words
    assert "Bank transfer US$40.00" in words
    assert "Still open US$60.00" in words


def test_what_is_paid_says_so_and_asks_for_nothing(client, customer, organisation):
    organisation.bank_details = "IBAN DE00 1234"
    invoice = issued(customer)
    pay(invoice, 100)

    words = words_of(client.get(f"/c/{invoice.link_token}"))

    assert "Paid. Thank you." in words
    assert "How to pay" not in words


def test_it_says_how_to_pay_with_the_link_the_bank_and_a_code(client, customer, organisation):
    organisation.iban, organisation.account_holder = "DE89370400440532013000", "Brightline Studio"
    organisation.bank_details = "Bank of Ulm\nDE89 3704 0044 0532 0130 00"
    organisation.payment_link = "https://pay.example/{number}?amount={amount}"
    customer.currency = "EUR"
    invoice = issued(customer, exchange_source="Olga", exchange_rate=Decimal(1))

    answer = client.get(f"/c/{invoice.link_token}")

    words, pictures = words_of(answer), re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', answer.text)
    assert f'href="https://pay.example/{invoice.number}?amount=100.00"' in answer.text
    assert "Pay now" in words
    assert "Bank of Ulm" in words
    assert f"Please name {invoice.number}" in words
    assert [base64.b64decode(picture).lstrip()[:4] in (b"<svg", b"<?xm") for picture in pictures] == [True, True]


def test_a_void_one_is_never_payable(client, customer, organisation):
    organisation.payment_link = "https://pay.example/{number}"
    invoice = issued(customer)
    transactions.void(invoice, "Mistake", OLGA)
    db.session.commit()

    page = client.get(f"/c/{invoice.link_token}")

    assert "pay.example" not in page.text
    assert "Nothing is to be paid." in words_of(page)
    assert invoice.number not in words_of(overview_of(client, customer))


@pytest.mark.req("T-25")
def test_a_customer_accepts_with_a_name_and_reads_what_is_asked_for_in_advance(client, customer):
    offer = issued(customer, 1000, type="quote", retainer_percent=Decimal(30))
    page = f"/c/{offer.link_token}"
    before = words_of(client.get(page))

    refused = send(client, page, {"name": " "}, to=f"{page}/accept")
    send(client, page, {"name": "Carla Reyes", "comment": "Go ahead"}, to=f"{page}/accept")
    after = words_of(client.get(page))

    assert "Once you accept, Brightline Studio asks for US$300.00 in advance." in before
    assert (refused.status_code, "Enter your name." in words_of(refused)) == (422, True)
    assert "Accepted by Carla Reyes. Thank you. Go ahead" in after
    assert (offer.answered_by, offer.answer_comment) == ("Carla Reyes", "Go ahead")


@pytest.mark.req("T-25")
def test_the_retainer_invoice_is_reached_from_the_accepted_quote_once_it_is_issued(client, customer):
    quote = issued(customer, 1000, type="quote", retainer_percent=Decimal(30))
    page = f"/c/{quote.link_token}"
    send(client, page, {"name": "Carla"}, to=f"{page}/accept")
    retainer = db.session.scalars(db.select(Transaction).where(Transaction.converted_from_id == quote.id)).one()
    as_draft = client.get(page).text

    transactions.issue(retainer, OLGA)
    db.session.commit()

    assert retainer.link_token not in as_draft
    assert f'href="/c/{retainer.link_token}"' in client.get(page).text
    assert "US$300.00" in words_of(client.get(f"/c/{retainer.link_token}"))


@pytest.mark.both_databases
def test_the_overview_shows_what_is_open_and_nothing_of_others(client, customer):
    late = issued(customer, 100, due_date=utcnow().date() - timedelta(days=5))
    part = issued(customer, 200)
    pay(part, 50)
    quote = issued(customer, 700, type="quote")
    draft = factories.make_transaction(customer, number=None)
    foreign = issued(factories.make_customer("Somebody Else"), 999)

    answer = overview_of(client, customer)

    words = words_of(answer)
    assert "US$250.00 open · US$100.00 overdue" in words
    assert all(f"/c/{one.link_token}" in answer.text for one in (late, part, quote))
    assert words.index("To pay") < words.index("Waiting for your answer")
    assert not [one for one in (draft, foreign) if one.link_token in answer.text]
    assert "Somebody Else" not in words


def test_credit_and_paid_documents_are_told(client, customer):
    invoice = issued(customer)
    received(invoice, 130, 100)

    words = words_of(overview_of(client, customer))

    assert "Nothing is open. Thank you." in words
    assert "US$30.00 to your credit" in words
    assert f"Invoice {invoice.number}" in words


def test_the_overview_is_made_on_demand_copied_and_closed(client, customer, people, browser_of):
    bruno, page = browser_of(people.bruno), f"/customers/{customer.id}"
    assert customer.link_token == ""
    send(bruno, page, {}, to=f"{page}/link")
    shown, address = bruno.get(page).text, links.customer_page(customer)
    path = address.removeprefix("http://127.0.0.1:8000")
    opened = client.get(path)

    send(bruno, page, {}, to=f"{page}/link/close")
    closed, unknown = client.get(path), client.get("/c/all/made-up")

    assert address in shown
    assert (opened.status_code, opened.headers["Cache-Control"]) == (200, "no-store")
    assert opened.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert closed.status_code == unknown.status_code == 404
    assert links.customer_page(customer) != address


def test_the_page_of_a_customer_without_a_link_is_opened_by_no_empty_one(client, customer):
    factories.make_customer("Another")
    db.session.commit()

    assert client.get("/c/all/").status_code == 404


def test_guessing_overviews_is_stopped(app, client):
    app.config["RATELIMIT_ENABLED"] = True
    limiter.init_app(app)
    limiter.reset()
    try:
        answers = [client.get(f"/c/all/guess-{number}").status_code for number in range(61)]
    finally:
        limiter.reset()
        limiter.enabled = False

    assert answers[60] == 429


@pytest.mark.parametrize(("color", "ink"), [("#ffe600", "#000000"), ("#12312a", "#ffffff"), ("red", "#ffffff")])
def test_the_colour_of_the_house_has_readable_ink_and_nothing_else_gets_into_the_style(color, ink):
    assert brand_of(color).ink == ink
    assert re.fullmatch(r"#[0-9a-f]{6}", brand_of(color).color)


def test_the_style_with_the_colour_is_allowed_by_its_nonce(client, customer, organisation):
    organisation.brand_color = "#7a1f5c"
    invoice = issued(customer)

    page = client.get(f"/c/{invoice.link_token}")

    nonce = re.search(r"style-src 'self' 'nonce-([^']+)'", page.headers["Content-Security-Policy"])[1]
    assert f'nonce="{nonce}">:root {{ --brand: #7a1f5c; --brand-ink: #ffffff; }}</style>' in page.text


def test_thanks_for_a_payment_go_out_once_and_say_what_is_open(client, customer, organisation):
    invoice = issued(customer)
    payment = received(invoice, 40, 40)

    first, second = mail.send_thanks(payment, OLGA), mail.send_thanks(payment, OLGA)
    db.session.commit()

    message = db.session.scalars(db.select(MailMessage)).one()
    assert first.id == second.id == message.id
    assert message.subject == "Thank you for your payment of US$40.00"
    assert f"has arrived for {invoice.number}." in message.text
    assert "Still open: US$60.00." in message.text
    assert client.get(re.search(r"http://127\.0\.0\.1:8000(/c/all/\S+)", message.text)[1]).status_code == 200


@pytest.mark.req("T-03")
def test_whoever_records_a_payment_may_thank_for_it(customer, organisation, people, browser_of):
    organisation.mail_host = "smtp.example.com"
    invoice = issued(customer)
    form = f"/payments/new?transaction_id={invoice.id}"
    fields = {
        "customer_id": str(customer.id), "currency": "USD", "transaction_id": str(invoice.id), "amount": "100.00",
        "date": str(organisation.today()), "method": "bank", f"put-{invoice.id}": "100.00", "has_thanks": "1",
    }  # fmt: skip

    answer = send(browser_of(people.bruno), form, fields, to="/payments/new")

    assert answer.status_code == 303
    assert [message.kind for message in db.session.scalars(db.select(MailMessage))] == ["thanks"]
    assert "Still open: US$0.00." in db.session.scalars(db.select(MailMessage)).one().text
