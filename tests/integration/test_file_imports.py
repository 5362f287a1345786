"""Bringing customers, items and opening invoices in from files, once, and taking that back."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import Workbook

from billing.customers import merge, plan
from billing.money_proof import violations
from billing.payments import PaymentFacts, record_payment
from billing.reports.income import counts_as_income
from extensions import db
from models import Customer, CustomField, FileImport, Item, Payment, Transaction
from models.audit import Actor
from sync.invariants import broken_invariants
from tests import factories as make
from tests.browsing import words_of

pytestmark = [pytest.mark.usefixtures("plain_forms"), pytest.mark.both_databases]
ACTOR = Actor("person", "Olga Marsh")
CUSTOMERS = (
    "Company;Customer ID;Currency;EmailID;Straße;PLZ;Ort;VAT ID;First name;Contact email;Level;Payment terms\n"
    "Aurora Outdoor GmbH;10001;EUR;office@aurora.example;Donaustr. 5;89073;Ulm;DE123456789;Mara;mara@aurora.example;"
    "gold;14\n"
    "Kestrel Books;10002;USD;;;;;;;;;\n"
    "Broken;10003;USD;no address;;;;;;;;\n"
    "Odd;10004;Dollars;;;;;;;;;\n"
    "Kestrel Books;10002;USD;;;;;;;;;\n"
)
INVOICES = (
    "Invoice number,Invoice date,Due date,Customer name,Total,Balance due\n"
    '2025-7,2025-11-03,2025-12-03,Kestrel Books,"1,190.00",690.00\n'
    "2025-8,2025-11-04,,Kestrel Books,50.00,\n"
    "2025-9,2025-11-05,,Nobody,50.00,\n"
    "2025-10,2025-11-05,,Kestrel Books,50.00,60.00\n"
)


@pytest.fixture
def plain_forms(app: Any) -> None:
    """Forms without the hidden token; that it is asked for is tested with the sign-in."""
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def bruno(browser_of: Any, people: Any) -> Any:
    return browser_of(people.bruno)


def hand_in(browser: Any, kind: str, content: str | bytes, name: str = "list.csv") -> Any:
    data = content.encode() if isinstance(content, str) else content
    return browser.post(f"/imports/{kind}", data={"file": (io.BytesIO(data), name)}, follow_redirects=True)


def bring(browser: Any, kind: str, content: str | bytes) -> Any:
    hand_in(browser, kind, content)
    return browser.post(f"/imports/{kind}/apply", follow_redirects=True)


def count(model: Any) -> int:
    return db.session.scalar(db.select(db.func.count()).select_from(model)) or 0


def test_nothing_is_written_before_it_is_confirmed(bruno: Any) -> None:
    db.session.add(CustomField(area="customers", key="level", label="Level", type="choice", choices=["Gold", "Tin"]))

    words = words_of(hand_in(bruno, "customers", CUSTOMERS))

    assert "What would be imported from list.csv" in words
    assert "Row 4 “no address” is not an e-mail address." in words
    assert "Row 5 Currency: “Dollars” is not a currency code like USD." in words
    assert "Row 6 Kestrel Books stands in row 3 already." in words
    assert count(Customer) == 0


def test_customers_come_with_contact_person_and_own_fields(bruno: Any) -> None:
    db.session.add(CustomField(area="customers", key="level", label="Level", type="choice", choices=["Gold", "Tin"]))

    bring(bruno, "customers", CUSTOMERS)

    aurora = db.session.scalars(db.select(Customer).where(Customer.name_key == "aurora outdoor gmbh")).one()
    assert count(Customer) == 2
    assert (aurora.currency, aurora.zip_code, aurora.city, aurora.tax_id) == ("EUR", "89073", "Ulm", "DE123456789")
    assert (aurora.street, aurora.payment_terms_days, aurora.custom) == ("Donaustr. 5", 14, {"level": "Gold"})
    assert [(person.first_name, person.email, person.is_primary) for person in aurora.contact_persons] == [
        ("Mara", "mara@aurora.example", True)
    ]


def test_doing_it_twice_is_doing_it_once(bruno: Any) -> None:
    bring(bruno, "customers", CUSTOMERS)
    renamed = db.session.scalars(db.select(Customer).where(Customer.name == "Kestrel Books")).one()
    renamed.name, renamed.name_key = "Kestrel Ltd", "kestrel ltd"

    again = words_of(hand_in(bruno, "customers", CUSTOMERS))
    refused = words_of(bruno.post("/imports/customers/apply", follow_redirects=True))

    assert "There is nothing new in this file" in again
    assert "There is nothing new in this file." in refused
    assert count(Customer) == 2


def test_a_pressed_button_counts_once(bruno: Any) -> None:
    hand_in(bruno, "customers", CUSTOMERS)

    bruno.post("/imports/customers/apply")
    second = words_of(bruno.post("/imports/customers/apply", follow_redirects=True))

    assert "This file was taken in already, or dropped." in second
    assert count(Customer) == 2


def test_columns_can_be_corrected_before_it_counts(bruno: Any) -> None:
    page = words_of(hand_in(bruno, "customers", "Who,Where\nKestrel Books,Leeds\n"))
    assert "Say below which column of the file is: Name." in page

    bruno.post("/imports/customers/columns", data={"map-name": "0", "map-city": "1", "map-email": "77"})
    bruno.post("/imports/customers/apply")

    assert [(row.name, row.city) for row in db.session.scalars(db.select(Customer))] == [("Kestrel Books", "Leeds")]


def test_a_workbook_is_as_good_as_a_text_file(bruno: Any) -> None:
    made, kept = Workbook(), io.BytesIO()
    for row in [["Name", "Price", "Price EUR", "Tax", "Kind"], ["Workshop", 1200.5, "1100", "8.875 %", "product"],
                ["Course", "5", "", "Luxury", ""]]:  # fmt: skip
        made.active.append(row)
    made.save(kept)
    tax = make.make_tax()

    page = words_of(hand_in(bruno, "items", kept.getvalue(), "items.xlsx"))
    bruno.post("/imports/items/apply")

    item = db.session.scalars(db.select(Item)).one()
    assert "There is no tax “Luxury”." in page
    assert (item.name, item.rate, item.kind, item.tax_id) == ("Workshop", Decimal("1200.5"), "goods", tax.id)
    assert {price.currency: price.rate for price in item.prices} == {"EUR": Decimal(1100)}


def test_an_export_can_be_brought_in_again(bruno: Any) -> None:
    bring(bruno, "items", "Name,Item number,Price,Price EUR\nWorkshop,WS-1,1200,1100\n")
    exported = bruno.get("/items/export.csv", buffered=True).data

    page = words_of(hand_in(bruno, "items", exported))

    assert "1 stay as they are" in page
    assert "Left out 0" in page


def test_opening_invoices_are_owed_and_the_books_hold(bruno: Any) -> None:
    make.make_customer("Kestrel Books")

    page = words_of(hand_in(bruno, "invoices", INVOICES))
    bruno.post("/imports/invoices/apply")

    assert "There is no customer Nobody. Bring in the customers first." in page
    assert "what is open between zero and the total" in page
    first, second = db.session.scalars(db.select(Transaction).order_by(Transaction.id)).all()
    assert (first.number, first.total, first.balance, first.status) == (
        "2025-7", Decimal("1190"), Decimal("690"), "partially_paid"
    )  # fmt: skip
    assert (second.balance, second.status, second.is_opening) == (Decimal(50), "sent", True)
    assert second.due_date is not None
    assert db.session.scalars(db.select(Transaction.id).where(counts_as_income())).all() == []
    assert violations() == []
    assert broken_invariants() == []
    assert "US$740.00" in words_of(bruno.get(f"/customers/{first.customer_id}"))


def test_an_opening_invoice_has_a_page_and_no_paper_of_ours(bruno: Any) -> None:
    make.make_customer("Kestrel Books")
    bring(bruno, "invoices", INVOICES)
    invoice = db.session.scalars(db.select(Transaction).where(Transaction.number == "2025-7")).one()

    page = bruno.get(f"/invoices/{invoice.id}")
    paper = bruno.get(f"/invoices/{invoice.id}/pdf")

    assert page.status_code == 200
    assert "2025-7" in page.text
    assert paper.status_code < 500
    assert invoice.pdf_file == ""


def test_an_opening_invoice_in_a_foreign_currency_needs_a_rate(bruno: Any) -> None:
    make.make_customer("Aurora", currency="EUR")
    head = "Number,Date,Customer,Total,Exchange rate\n"

    without = words_of(hand_in(bruno, "invoices", head + "A-1,2025-01-02,Aurora,10.00,\n"))
    bring(bruno, "invoices", head + "A-1,2025-01-02,Aurora,10.00,1.0834\n")

    invoice = db.session.scalars(db.select(Transaction)).one()
    assert "It is in EUR. Give the file a column “Exchange rate”" in without
    assert (invoice.currency, invoice.exchange_rate) == ("EUR", Decimal("1.0834"))


def test_invoices_of_a_merged_customer_go_to_the_one_that_was_kept(bruno: Any) -> None:
    bring(bruno, "customers", "Name,Customer ID\nKestrel Ltd,77\n")
    gone, kept = db.session.scalars(db.select(Customer)).one(), make.make_customer("Kestrel Books")
    merge(plan(kept, gone), [], ACTOR)

    bring(bruno, "invoices", "Number,Date,Customer,Customer ID,Total\nA-1,2025-01-02,Kestrel Ltd,77,10.00\n")

    assert db.session.scalars(db.select(Transaction)).one().customer_id == kept.id
    assert "There is nothing new" in hand_in(bruno, "customers", "Name,Customer ID\nKestrel Ltd,77\n").text


def test_an_import_is_taken_back_while_nothing_uses_it(bruno: Any) -> None:
    bring(bruno, "customers", "Name\nKestrel Books\n")
    bring(bruno, "invoices", INVOICES)
    customers, invoices = db.session.scalars(db.select(FileImport).order_by(FileImport.id)).all()

    refused = words_of(bruno.post(f"/imports/done/{customers.id}/undo", follow_redirects=True))
    bruno.post(f"/imports/done/{invoices.id}/undo")
    bruno.post(f"/imports/done/{customers.id}/undo")

    assert "Kestrel Books is used by 1 payment, 2 transactions by now, so the import stays." in refused
    assert (count(Customer), count(Transaction), count(Payment)) == (0, 0, 0)
    assert {batch.state for batch in (customers, invoices)} == {"undone"}
    bring(bruno, "customers", "Name\nKestrel Books\n")
    assert count(Customer) == 1


def test_an_opening_invoice_that_was_paid_since_holds_its_import(bruno: Any) -> None:
    make.make_customer("Kestrel Books")
    bring(bruno, "invoices", INVOICES)
    invoice = db.session.scalars(db.select(Transaction).where(Transaction.number == "2025-7")).one()
    facts = PaymentFacts(invoice.date, "USD", Decimal(690))
    record_payment(invoice.customer_id, facts, {invoice.id: Decimal(690)}, ACTOR)
    batch = db.session.scalars(db.select(FileImport)).one()

    page = words_of(bruno.get(f"/imports/done/{batch.id}"))
    bruno.post(f"/imports/done/{batch.id}/undo")

    assert "2025-7 1 payment" in page
    assert count(Transaction) == 2


def test_a_file_that_cannot_be_read_says_why(bruno: Any) -> None:
    nothing = bruno.post("/imports/customers", data={})
    empty = bruno.post("/imports/customers", data={"file": (io.BytesIO(b"Name\n"), "x.csv")})

    assert (nothing.status_code, empty.status_code) == (422, 422)
    assert "Choose a file, CSV or XLSX." in nothing.text
    assert "The file has no lines below its header." in empty.text


def test_a_file_can_be_forgotten(bruno: Any) -> None:
    hand_in(bruno, "customers", CUSTOMERS)

    bruno.post("/imports/customers/drop")

    assert "Nothing is written before" in bruno.get("/imports/customers").text
    assert db.session.scalars(db.select(FileImport)).one().rows == []


@pytest.mark.parametrize("kind", ["customers", "items", "invoices"])
def test_the_template_is_understood(bruno: Any, kind: str) -> None:
    make.make_customer("Aurora Outdoor GmbH", currency="EUR", is_active=kind == "invoices")
    for suffix in ("csv", "xlsx"):
        file = bruno.get(f"/imports/{kind}/template.{suffix}", buffered=True).data

        page = words_of(hand_in(bruno, kind, file))

        assert "New 1 would be brought in" in page
