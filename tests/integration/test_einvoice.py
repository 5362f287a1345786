"""E-invoices of stored transactions: in the PDF, as files, and what is missing with a link (M-15, R-05, R-14)."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import facturx
import pytest
from pypdf import PdfReader

from billing import einvoice, pdf, transactions
from billing.hours.pricing import Rounding
from billing.transactions import TimeChoice
from extensions import db
from models import Organisation
from models.audit import Actor
from tests import factories
from tests.einvoice_kit import problems_of, terms_of

pytestmark = [pytest.mark.usefixtures("organisation"), pytest.mark.req("M-15")]
OLGA = Actor("person", "Olga Marsh")
GERMAN = {
    "name": "Brightline Studio GmbH", "country": "DE", "base_currency": "EUR", "locale": "de_DE",
    "tax_id": "DE281776502", "registration_id": "HRB 4711", "street": "Kanalstraße 1", "zip_code": "89073",
    "city": "Ulm", "iban": "DE89370400440532013000", "bic": "COBADEFFXXX",
}  # fmt: skip


@pytest.fixture
def german():
    here = db.session.get_one(Organisation, 1)
    for name, value in GERMAN.items():
        setattr(here, name, value)
    return here


def make_invoice(*, tax="19", issued=True, customer=None, **choice):
    customer = customer or factories.make_customer(
        "Aurora SAS", currency="EUR", country="France", city="Paris", tax_id="FR40303265045"
    )
    project = factories.make_project(customer, "Rebrand", rate=Decimal("95.5"))
    for day in (3, 14):
        task = factories.make_task(project, f"Task {day}")
        factories.make_time_entry(project, seconds=4007, task_id=task.id, date=date(2026, 6, day))
    found = factories.make_tax("MwSt.", tax).id if tax else None
    made = transactions.start_from_time(
        TimeChoice((project.id,), rounding=Rounding("up", 15), tax_id=found, **choice), OLGA
    )
    if issued:
        transactions.issue(made, OLGA)
    db.session.commit()
    return made


@pytest.mark.req("R-05")
def test_the_stored_pdf_is_pdf_a_3_and_carries_a_valid_e_invoice(german):
    invoice = make_invoice()

    pdf.store(invoice, db.session.commit)
    content = pdf.stored_bytes(invoice)

    name, xml = facturx.get_xml_from_pdf(content, check_xsd=True, check_schematron=False)
    assert name == "factur-x.xml"
    assert problems_of(xml) == []
    assert terms_of(xml)["BT-112"] == terms_of(xml)["BT-115"] == invoice.total
    assert pdf.carries_invoice(content)


def test_the_pdf_says_in_its_metadata_which_file_is_the_invoice(german):
    content = pdf.render(pdf.document_of(made := make_invoice()), einvoice.embedded_xml(made))

    reader = PdfReader(io.BytesIO(content))
    root = reader.trailer["/Root"]
    packet = root["/Metadata"].get_object().get_data().decode()
    attached = [file.get_object() for file in root["/AF"]]
    assert [(file["/F"], file["/AFRelationship"]) for file in attached] == [("factur-x.xml", "/Alternative")]
    assert "<pdfaid:part>3</pdfaid:part>" in packet
    assert "<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>" in packet
    assert "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#" in packet
    assert packet.count("Factur-X PDFA Extension Schema") == 1
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"].value) == ("de", True)
    assert reader.pages[0].extract_text()


def test_every_offset_of_the_file_is_right_after_the_metadata_grew(german):
    content = pdf.render(pdf.document_of(made := make_invoice()), einvoice.embedded_xml(made))

    start = int(content[content.rindex(b"startxref") + 10 :].split()[0])
    assert content[start : start + 4] == b"xref"
    entries = content[start : content.index(b"trailer", start)].splitlines()[2:]
    for number, entry in enumerate(entries):
        if entry[17:18] == b"n":
            at = int(entry[:10])
            assert content[at:].startswith(b"%d 0 obj" % number)


def test_a_sign_that_no_font_has_makes_a_plain_pdf_without_e_invoice(german):
    customer = factories.make_customer("Aurora \U00013000", currency="EUR", country="FR")
    invoice = make_invoice(customer=customer)

    pdf.store(invoice, db.session.commit)

    assert einvoice.missing(invoice) == []
    assert not pdf.carries_invoice(pdf.stored_bytes(invoice))


def test_no_e_invoice_is_put_in_where_none_is_wanted(german):
    german.has_e_invoices = False

    assert einvoice.embedded_xml(make_invoice()) is None


def test_hours_are_stated_with_their_days_and_the_language_of_the_paper(german):
    invoice = make_invoice(layout="entry")

    data = einvoice.en16931(einvoice.source_of(invoice))

    assert (data["BT-73"], data["BT-74"]) == (date(2026, 6, 3), date(2026, 6, 14))
    assert [line["BT-130"] for line in data["BG-25"]] == ["HUR", "HUR", "C62"]
    assert data["BG-25"][-1]["BT-153"] == "Rundungsdifferenz"
    assert data["BG-7"]["country_code"] == "FR"


def test_what_is_missing_is_said_with_where_to_fill_it_in(organisation):
    organisation.country = ""
    customer = factories.make_customer("Aurora", country="Atlantis", tax_id="")
    made = make_invoice(tax="0", issued=False, customer=customer)
    db.session.get_one(type(made.lines[0]), made.lines[0].id)
    tax = factories.make_tax("Reverse charge", "0", category="AE", sentence="The customer owes the tax.")
    made.lines[0].tax_id = tax.id
    db.session.flush()

    found = {(lack.place, lack.field) for lack in einvoice.missing(made)}

    assert {("organisation", "country"), ("organisation", "tax_id"), ("customer", "country"),
            ("customer", "tax_id")} <= found  # fmt: skip


def test_a_line_without_tax_is_missing_one_where_the_seller_has_a_vat_number(german):
    made = make_invoice(tax=None, issued=False)

    assert [lack.place for lack in einvoice.missing(made)] == ["transaction"]


def test_amounts_with_three_places_cannot_be_an_e_invoice(german):
    customer = factories.make_customer("Kuwait", currency="KWD", country="KW")
    made = make_invoice(issued=False, customer=customer)

    assert "three decimal places" in einvoice.missing(made)[0].sentence


def test_a_quote_has_no_e_invoice(german):
    quote = transactions.start_blank(factories.make_customer().id, OLGA, type_key="quote")

    assert einvoice.missing(quote) == []
    assert not einvoice.is_offered(quote)


def test_the_page_of_a_draft_links_to_the_missing_field(client, olga, organisation):
    made = make_invoice(issued=False, customer=factories.make_customer("Aurora", country=""))

    page = factories.sign_in(client, olga).get(f"/invoices/{made.id}").text

    assert "The country of Aurora is missing" in page
    assert f"/customers/{made.customer_id}/edit#country" in page
    assert "XML (UBL)" not in page


def test_an_issued_invoice_can_be_downloaded_in_both_syntaxes(client, olga, german):
    made = make_invoice()
    browser = factories.sign_in(client, olga)

    page = browser.get(f"/invoices/{made.id}").text
    files = {name: browser.get(f"/invoices/{made.id}/xml/{name}") for name in ("ubl", "cii")}

    assert "XML (CII)" in page
    for name, answer in files.items():
        assert answer.mimetype == "application/xml"
        assert f"{made.number}-{name}.xml" in answer.headers["Content-Disposition"]
        assert problems_of(answer.data) == []


def test_there_is_no_file_while_something_is_missing(client, olga, organisation):
    made = make_invoice(customer=factories.make_customer("Aurora", country=""))

    assert factories.sign_in(client, olga).get(f"/invoices/{made.id}/xml/cii").status_code == 404


@pytest.mark.req("R-14")
def test_page_pdf_and_xml_say_the_same_total(client, olga, german):
    made = make_invoice()

    page = factories.sign_in(client, olga).get(f"/invoices/{made.id}").text
    document = pdf.document_of(made)

    assert terms_of(einvoice.cii(made))["BT-112"] == made.total == Decimal("284.11")
    assert "284,11" in page
    assert document.total.amount.replace("\xa0", " ") == "284,11 €"
