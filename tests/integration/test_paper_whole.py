"""Papers of stored transactions: every type's words, sums as stored, codes to pay by, and the annex of hours."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import date
from decimal import Decimal

import pytest

from billing import pdf, transactions
from billing.hours.pricing import Rounding
from billing.transactions import TimeChoice
from billing.types import TYPES
from extensions import db
from models import Organisation, Payment, Settlement
from models.audit import Actor
from tests import factories

pytestmark = [pytest.mark.usefixtures("organisation"), pytest.mark.req("T-03")]
OLGA = Actor("person", "Olga Marsh")


def text_of(content: bytes) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed")
    read = subprocess.run(["pdftotext", "-layout", "-", "-"], input=content, capture_output=True, check=True)
    return read.stdout.decode()


def make(**values):
    """Return a stored document with amounts of every kind; the sums are those that the editor stored."""
    plain = {
        "number": "INV-2026-00042", "status": "issued", "subtotal": Decimal("190.00"), "discount_value": Decimal(10),
        "discount_total": Decimal("19.00"), "shipping": Decimal("9.00"), "tax_total": Decimal("34.20"),
        "adjustment": Decimal("-0.20"), "adjustment_name": "Cash rounding", "total": Decimal("214.00"),
        "balance": Decimal("214.00"), "terms": "Net 30",
    }  # fmt: skip
    made = factories.make_transaction(**(plain | values))
    tax = factories.make_tax("VAT", "19", sentence="Sentence of the tax.")
    common = {"tax_id": tax.id, "tax_percent": Decimal(19)}
    made.shipping_tax_id, made.shipping_tax_percent = tax.id, Decimal(19)
    factories.make_line(made, discount_percent=Decimal(10), amount=Decimal(90), **common)
    factories.make_line(made, position=2, name="Hosting", amount=Decimal(100), **common)
    db.session.expire(made, ["lines"])
    return made


@pytest.mark.parametrize("key", TYPES)
@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_every_type_has_a_paper_in_its_own_words(key, language):
    made = make(type=key, language=language)

    document = pdf.document_of(made)

    assert document.language == language
    if language == "en":
        assert document.title == TYPES[key].title
    else:
        assert document.title != TYPES[key].title
    assert pdf.render(document).startswith(b"%PDF-")


@pytest.mark.req("R-14")
def test_the_sums_are_the_stored_ones_in_the_order_they_are_taken():
    document = pdf.document_of(make())

    assert [(row.label, row.amount) for row in document.sums] == [
        ("Subtotal", "190.00"), ("Discount 10 %", "-19.00"), ("Shipping", "9.00"), ("VAT 19 % on 180.00", "34.20"),
        ("Cash rounding", "-0.20"),
    ]  # fmt: skip
    assert document.total.amount == "US$214.00"
    assert [(line.discount, line.running) for line in document.lines] == [("10 %", "90.00"), ("", "190.00")]
    assert document.sentences == ("Sentence of the tax.",)


@pytest.mark.req("R-14")
def test_prices_that_hold_their_tax_say_so_and_name_it_below():
    made = make(tax_mode="inclusive", tax_total=Decimal("28.74"), total=Decimal("179.80"))

    document = pdf.document_of(made)

    assert document.sums[-1].label.startswith("Includes VAT 19 % on ")
    assert document.sentences[0] == "Prices include tax."


def test_what_was_paid_and_applied_is_told_with_the_balance():
    made = make(balance=Decimal("100.00"))
    note = factories.make_transaction(type="credit_note", number="CN-1", status="issued")
    payment = Payment(customer_id=made.customer_id, date=date(2026, 7, 2), currency="USD", amount=Decimal(64))
    db.session.add(payment)
    db.session.flush()
    sources = [(None, note.id, Decimal(50)), (payment.id, None, Decimal(64))]
    for payment_id, credit_id, amount in sources:
        db.session.add(
            Settlement(transaction_id=made.id, payment_id=payment_id, credit_id=credit_id, amount=amount,
                       date=date(2026, 7, 2))
        )  # fmt: skip
    db.session.flush()

    rows = [(row.label, row.amount) for row in pdf.document_of(made).paid]

    assert rows == [("Paid", "-64.00"), ("Credit applied", "-50.00"), ("Balance due", "US$100.00")]


def test_a_credit_note_names_the_invoice_it_is_for():
    invoice = make()
    note = factories.make_transaction(type="credit_note", number="CN-1", status="issued", credits_id=invoice.id)

    facts = {fact.label: fact.value for fact in pdf.document_of(note).facts}

    assert facts["For invoice"] == "INV-2026-00042 · 1 Jul 2026"
    assert "Due" not in facts


@pytest.mark.req("R-05")
def test_parties_numbers_and_delivery_are_frozen_at_issue():
    customer = factories.make_customer("Aurora", registration_id="HRB 1", delivery_address="Dock 4\nUlm")
    made = transactions.start_blank(customer.id, OLGA)
    factories.make_line(made)
    made.subtotal = made.total = made.balance = Decimal(100)
    db.session.expire(made, ["lines"])
    transactions.issue(made, OLGA)
    db.session.commit()
    before = pdf.document_of(made)

    customer.registration_id, customer.delivery_address, customer.language = "HRB 2", "", "de"
    here = db.session.get_one(Organisation, 1)
    here.iban, here.brand_color, here.paper_layout, here.payment_link = (
        "DE89370400440532013000",
        "#000000",
        "modern",
        "",
    )
    db.session.commit()

    assert pdf.document_of(made) == before
    assert before.delivery == ("Dock 4", "Ulm")
    assert "Registration number HRB 1" in before.customer.lines


def bank(**values):
    here = db.session.get_one(Organisation, 1)
    for name, value in values.items():
        setattr(here, name, value)


def test_an_invoice_in_euro_has_a_code_for_the_balance_and_the_payment_link():
    bank(iban="DE89 3704 0044 0532 0130 00", payment_link="https://pay.example/{number}?sum={amount}{currency}")
    made = make(currency="EUR", balance=Decimal("14.00"), number="INV/1 2")

    codes = pdf.document_of(made).codes

    assert [code.label for code in codes] == ["Scan to pay", "Pay online"]
    assert codes[1].link == "https://pay.example/INV%2F1%202?sum=14.00EUR"
    assert pdf.document_of(replace_balance(made)).codes == ()


def replace_balance(made):
    made.balance = Decimal(0)
    return made


@pytest.mark.parametrize("currency", ["USD", "GBP"])
def test_other_currencies_have_no_code(currency):
    bank(iban="DE89 3704 0044 0532 0130 00")

    assert pdf.document_of(make(currency=currency)).codes == ()


def test_a_quote_asks_for_no_money():
    bank(iban="DE89 3704 0044 0532 0130 00", payment_link="https://pay.example/")

    document = pdf.document_of(make(type="quote", currency="EUR"))

    assert (document.codes, document.slip, document.bank_details) == ((), None, "")


def test_a_swiss_account_brings_the_payment_part_on_a_page_of_its_own():
    bank(iban="CH93 0076 2011 6238 5295 7", street="Musterweg 1", zip_code="8000", city="Seldwyla", country="CH",
         language="de_CH")  # fmt: skip
    customer = factories.make_customer("Simon Muster", country="CH", city="Bern", zip_code="3000")

    document = pdf.document_of(make(customer=customer, currency="CHF", balance=Decimal("1214.00")))
    pages = text_of(pdf.render(document)).split("\f")

    assert document.codes == ()
    assert "Empfangsschein" in pages[1]
    assert "Zahlteil" in pages[1]
    assert "1 214.00" in pages[1]
    assert "CH93 0076 2011 6238 5295 7" in pages[1]


# ---- the annex


@pytest.fixture
def worked():
    customer = factories.make_customer("Aurora")
    made = None
    person = factories.make_user("Bruno Ott")
    projects = [factories.make_project(customer, name) for name in ("Rebrand", "Shop")]
    for project in projects:
        task = factories.make_task(project, "Interface")
        factories.make_time_entry(project, seconds=4000, task_id=task.id, user_id=person.id, notes="Drew = SUM(1)")
        factories.make_time_entry(project, seconds=3600, task_id=task.id, date=date(2026, 6, 16))
    made = transactions.start_from_time(
        TimeChoice(tuple(project.id for project in projects), rounding=Rounding("up", 15)), OLGA
    )
    transactions.issue(made, OLGA)
    db.session.commit()
    return made


@pytest.mark.req("M-14")
def test_the_annex_lists_every_entry_with_what_was_logged_and_billed(worked):
    words = text_of(pdf.annex(worked))

    assert f"Annex: hours on {worked.number}" in words
    assert len(re.findall(r"15 Jun 2026\s+Bruno Ott\s+Interface\s+Drew = SUM\(1\)\s+1:06:40\s+1:15", words)) == 2
    assert re.search(r"Sum of Rebrand\s+2:06:40\s+2:15", words)
    assert re.search(r"All hours\s+4:13:20\s+4:30", words)


@pytest.mark.req("M-14")
def test_the_annex_adds_up_to_the_hours_on_the_lines(worked):
    from billing.paper import annex_of, hours_text

    last = annex_of(worked).grid.rows[-1]

    assert last[4:] == (
        hours_text(sum(line.logged_seconds for line in worked.lines if line.logged_seconds)),
        hours_text(sum(line.seconds for line in worked.lines if line.seconds)),
    )


@pytest.mark.req("M-14")
@pytest.mark.parametrize(("query", "has_paper"), [("", False), ("?with=paper", True)])
def test_the_annex_can_be_downloaded_alone_or_behind_the_paper(client, olga, worked, query, has_paper):
    answer = factories.sign_in(client, olga).get(f"/invoices/{worked.id}/hours.pdf{query}")

    words = text_of(answer.data)
    assert answer.mimetype == "application/pdf"
    assert "Annex: hours" in words
    assert ("Bill to" in words and "US$450.00" in words) == has_paper


def test_a_transaction_without_hours_has_no_annex(client, olga):
    made = make()

    assert factories.sign_in(client, olga).get(f"/invoices/{made.id}/hours.pdf").status_code == 404


@pytest.mark.req("R-05")
def test_nothing_is_set_while_a_database_transaction_is_open(worked, monkeypatch):
    seen = []
    plain = pdf.render
    monkeypatch.setattr(pdf, "render", lambda *given: seen.append(db.session().in_transaction()) or plain(*given))

    pdf.store(worked, db.session.commit)

    assert seen == [False]
