"""A month of a small agency: everything money does, on one set of books that hold after every step."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from lxml import etree
from pypdf import PdfReader

from billing import approvals, customers, einvoice, mail, payments, pdf, subscriptions, transactions
from billing.approvals import Question
from billing.credit import credit_notes
from billing.credit.credit_notes import CreditChoice, LineCredit
from billing.hours.time_entries import TimeChoice
from billing.money import format_amount
from billing.payments import PaymentFacts
from billing.transactions import Answer, Changes, LineChange, PaperChange, WholeChange
from extensions import db
from models import Customer, MailMessage, Organisation, Transaction
from models.audit import Actor
from sync.invariants import broken_invariants
from tests import factories
from tests.browsing import words_of
from tests.subscribing import make_subscription

pytestmark = pytest.mark.both_databases
OLGA = Actor("person", "Olga Marsh")
ROSA = Actor("customer", "Rosa Alder")


class Agency:
    """The books, proven at each step; `step` names what was done when they do not hold."""

    def __init__(self) -> None:
        self.steps: list[str] = []

    def step(self, name: str) -> None:
        """Commit what was done; every invariant of the house must hold."""
        db.session.commit()
        self.steps.append(name)
        assert broken_invariants() == [], self.steps


@pytest.fixture
def agency(organisation: Organisation, people: Any, monkeypatch: pytest.MonkeyPatch) -> Agency:
    """A German agency whose today can be turned."""
    for name, value in {
        "name": "Brightline Studio GmbH", "country": "DE", "base_currency": "EUR", "tax_id": "DE281776502",
        "street": "Kanalstraße 1", "zip_code": "89073", "city": "Ulm", "iban": "DE89370400440532013000",
        "phone": "+49 731 1234",
    }.items():  # fmt: skip
        setattr(organisation, name, value)
    db.session.commit()
    return Agency()


def client(name: str, **values: Any) -> Customer:
    usual = {"currency": "EUR", "country": "Germany", "street": "Weg 2", "city": "Bonn", "zip_code": "53111"}
    made = factories.make_customer(name, email=f"{name.split()[0].lower()}@example.com", **(usual | values))
    factories.make_contact_person(made, email=made.email, is_primary=True)
    return made


def issue(draft: Transaction) -> Transaction:
    transactions.issue(draft, OLGA)
    transactions.mark_sent(draft, OLGA)
    return draft


def pay(transaction: Transaction, amount: Decimal) -> None:
    facts = PaymentFacts(
        transaction.date, transaction.currency, amount, exchange_rate=transaction.exchange_rate,
        exchange_source=transaction.exchange_source,
    )  # fmt: skip
    payments.record_payment(transaction.customer_id, facts, {transaction.id: amount}, OLGA)


def written(draft: Transaction, *lines: LineChange, **more: Any) -> Transaction:
    changes = Changes(draft.version, draft.date, draft.due_date, draft.reference, draft.notes, lines, **more)
    transactions.update(draft, changes, OLGA)
    return draft


def quote_accepted_with_retainer(agency: Agency, vat: int) -> tuple[Transaction, Transaction]:
    """A quote over 10,000 net; the customer accepts it by the link and is asked for a quarter in advance."""
    customer = client("Alder Bakery")
    quote = transactions.start_blank(customer.id, OLGA, type_key="quote")
    written(
        quote, LineChange(None, "Concept", "", Decimal(4), "days", Decimal(1000), vat),
        LineChange(None, "Build", "", Decimal(6), "days", Decimal(1000), vat),
        paper=PaperChange(retainer_percent=Decimal(25)),
    )  # fmt: skip
    issue(quote)
    agency.step("a quote is sent")
    transactions.answer(quote, Answer("accept", "Rosa Alder", "Please start."), ROSA)
    agency.step("its customer accepts it")
    retainer = db.session.scalars(db.select(Transaction).where(Transaction.type == "retainer")).one()
    assert retainer.total == Decimal("2975.00")
    issue(retainer)
    pay(retainer, retainer.total)
    agency.step("the retainer is paid")
    return quote, retainer


def stages_draw_the_retainer(agency: Agency, quote: Transaction, retainer: Transaction) -> None:
    """A sales order, 40 % and then the rest; the retainer is drawn down by the first stage."""
    order = issue(transactions.convert(quote, OLGA, "sales_order"))
    agency.step("the quote becomes a sales order")
    first = transactions.convert(order, OLGA, "invoice", transactions.percent_of_left(order, Decimal(40)))
    issue(first)
    payments.draw_credit(retainer, first, retainer.credit, first.date, OLGA)
    agency.step("the first stage draws the retainer")
    assert (first.balance, retainer.credit, retainer.status) == (Decimal("1785.00"), Decimal(0), "drawn")
    pay(first, Decimal("1785.00"))
    rest = issue(transactions.convert(order, OLGA, "invoice"))
    agency.step("the rest is invoiced")
    assert first.total + rest.total == quote.total
    assert (order.status, first.status) == ("invoiced", "paid")


def hours_that_the_customer_approved(agency: Agency, vat: int) -> None:
    """Three hours, two ticked: only these are on the invoice; the third is billed when it is approved too."""
    project = factories.make_project(
        client("Kestrel Books"), "Catalogue", currency="EUR", rate=Decimal("95.50"), approval_policy="customer"
    )
    entries = [factories.make_time_entry(project, seconds=seconds) for seconds in (3600, 5400, 4000)]
    ids = [entry.id for entry in entries]
    asked = approvals.ask(Question(project.id), "k@example.com", "", OLGA)
    approvals.answer(asked, ids[:2], ids, ("Karl Kestrel", ""))
    invoice = issue(transactions.start_from_time(TimeChoice((project.id,), tax_id=vat), OLGA))
    agency.step("approved hours are invoiced")
    assert invoice.subtotal == Decimal("238.75")
    db.session.refresh(entries[2])
    assert entries[2].billing_state == "unbilled"
    note = credit_notes.start(invoice, CreditChoice((LineCredit(invoice.lines[0].id, (ids[0],)),)), OLGA)
    issue(note)
    agency.step("one of the hours is credited")
    db.session.refresh(entries[0])
    assert entries[0].billing_state == "unbilled"
    again = issue(transactions.start_from_time(TimeChoice((project.id,), tax_id=vat), OLGA))
    agency.step("the credited hour is billed anew")
    assert again.subtotal == Decimal("95.50")


def subscription_after_days_off(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine was off for a quarter: each month's invoice is there once, whatever is run how often."""
    found = make_subscription(client("Thistle Loom"), start_date=date(2026, 1, 31), currency="EUR")
    monkeypatch.setattr(Organisation, "today", lambda _self: date(2026, 4, 2))
    for _again in range(2):
        subscriptions.make_all_due(db.session.commit)
    agency.step("a subscription catches up")
    made = db.session.scalars(
        db.select(Transaction).where(Transaction.subscription_id == found.id).order_by(Transaction.period_start)
    ).all()
    assert [child.period_start for child in made] == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]


def foreign_invoice_with_mixed_taxes(agency: Agency, taxes: tuple[int, int]) -> Transaction:
    """US dollars, two taxes, a discount: partly paid, partly credited, the rest stays open."""
    customer = client("Summit Trail", currency="USD", country="United States")
    draft = transactions.start_blank(customer.id, OLGA)
    written(
        draft, LineChange(None, "Printing", "", Decimal(3), "", Decimal("333.33"), taxes[0]),
        LineChange(None, "Books", "", Decimal(7), "", Decimal("12.95"), taxes[1], Decimal(10)),
        exchange_rate=Decimal("0.9217"),
        whole=WholeChange(discount_value=Decimal("2.5"), shipping=Decimal("14.90"), shipping_tax_id=taxes[0]),
    )  # fmt: skip
    issue(draft)
    pay(draft, Decimal("500.00"))
    agency.step("a foreign invoice is paid in part")
    books = next(line for line in draft.lines if line.name == "Books")
    note = issue(credit_notes.start(draft, CreditChoice((LineCredit(books.id),)), OLGA))
    agency.step("and credited in part")
    assert draft.status == "partially_paid"
    assert draft.balance == draft.total - Decimal(500) - (note.total - note.credit)
    return draft


def merge_and_back(agency: Agency) -> None:
    """A twin goes into its customer and comes out again."""
    kept, gone = client("Pennine Rail"), client("Pennine Rail Ltd")
    project = factories.make_project(gone, "Tickets", currency="EUR")
    factories.make_time_entry(project)
    invoice = issue(transactions.start_from_time(TimeChoice((project.id,)), OLGA))
    agency.step("a twin has an invoice")
    done = customers.merge(customers.plan(kept, gone), [], OLGA)
    agency.step("it is merged")
    assert invoice.customer_id == kept.id
    customers.undo(customers.plan_undo(done), OLGA)
    agency.step("and taken out again")
    db.session.refresh(invoice)
    assert invoice.customer_id == gone.id


@pytest.mark.req("T-18", "T-20", "T-22", "T-25", "T-27", "R-06", "R-07", "R-14", "C-42", "C-43", "M-05", "M-18")
def test_the_books_hold_after_every_step_of_a_month(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    vat, reduced = factories.make_tax("VAT", "19").id, factories.make_tax("Reduced", "7").id

    quote, retainer = quote_accepted_with_retainer(agency, vat)
    stages_draw_the_retainer(agency, quote, retainer)
    hours_that_the_customer_approved(agency, vat)
    foreign_invoice_with_mixed_taxes(agency, (vat, reduced))
    merge_and_back(agency)
    subscription_after_days_off(agency, monkeypatch)

    assert len(agency.steps) >= 15


@pytest.mark.req("R-14", "M-15", "T-03")
def test_the_total_is_one_number_on_page_pdf_mail_and_xml(
    agency: Agency, browser_of: Callable[..., Any], people: Any
) -> None:
    taxes = factories.make_tax("VAT", "19").id, factories.make_tax("Reduced", "7").id
    invoice = foreign_invoice_with_mixed_taxes(agency, taxes)
    shown = format_amount(invoice.total, invoice.currency)

    pdf.store(invoice, db.session.commit)
    mail.send_transaction(invoice, OLGA, "month")
    db.session.commit()
    page = words_of(browser_of(people.olga).get(f"/invoices/{invoice.id}"))
    text = "".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(pdf.stored_bytes(invoice) or b"")).pages)
    message = db.session.scalars(db.select(MailMessage).where(MailMessage.transaction_id == invoice.id)).one()
    namespaces = {"ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"}
    xml = etree.fromstring(einvoice.cii(invoice))
    grand = xml.findtext(".//ram:GrandTotalAmount", namespaces=namespaces)

    assert shown in page
    assert shown in text.replace("\u00a0", " ")
    assert shown in message.text
    assert Decimal(grand or "0") == invoice.total
