"""The paper: what stands on it is what the page says, and the stored file never changes."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from billing import pdf, transactions
from billing.hours.pricing import Rounding
from billing.money import format_money
from billing.transactions import Changes, LineChange, TimeChoice
from extensions import current_config, db
from models.audit import Actor
from tests import factories

pytestmark = pytest.mark.usefixtures("organisation")
OLGA = Actor("person", "Olga Marsh")


@pytest.fixture
def invoice():
    customer = factories.make_customer("Aurora Outdoor", tax_id="DE 281 776 502")
    project = factories.make_project(customer, "Rebrand", rate=Decimal("95.5"))
    factories.make_time_entry(project, seconds=4000, task_id=factories.make_task(project, "Interface design").id)
    tax = factories.make_tax("VAT", "19")
    made = transactions.start_from_time(TimeChoice((project.id,), rounding=Rounding("up", 15), tax_id=tax.id), OLGA)
    transactions.issue(made, OLGA)
    db.session.commit()
    return made


def text_of(content: bytes) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed")
    read = subprocess.run(["pdftotext", "-layout", "-", "-"], input=content, capture_output=True, check=True)
    return read.stdout.decode()


@pytest.mark.req("T-03", "R-04", "R-14")
def test_the_paper_shows_hours_rate_tax_and_the_total_of_the_page(invoice):
    document = pdf.document_of(invoice)

    line = document.lines[0]
    assert (line.name, line.quantity, line.under) == ("Interface design", "1.25 h", "1:15 · logged 1:06:40")
    assert (line.rate, line.tax, line.amount) == ("95.50", "19 %", "119.38")
    assert [(x.label, x.amount) for x in document.sums] == [("Subtotal", "119.38"), ("VAT 19 % on 119.38", "22.68")]
    assert document.total.amount == format_money(invoice.total, "USD") == "US$142.06"


@pytest.mark.req("T-03")
def test_the_pdf_can_be_read_and_says_the_same_as_the_paper(invoice):
    content = pdf.render(pdf.document_of(invoice))

    words = text_of(content)
    assert content.startswith(b"%PDF-")
    for expected in (invoice.number, "Aurora Outdoor", "Brightline Studio", "US$142.06", "Page 1 of 1", "1:15"):
        assert expected in words


@pytest.mark.req("R-05")
def test_the_stored_pdf_is_kept_with_its_hash_and_made_once(invoice):
    saved = []
    pdf.store(invoice, lambda: saved.append(db.session.commit()))
    name, digest = invoice.pdf_file, invoice.pdf_hash

    db.session.get_one(type(invoice.customer), invoice.customer_id).name = "Renamed"
    pdf.store(invoice, lambda: saved.append(db.session.commit()))

    content = pdf.stored_bytes(invoice)
    assert (invoice.pdf_file, invoice.pdf_hash) == (name, digest) == (name, hashlib.sha256(content).hexdigest())
    assert len(saved) == 2
    assert pdf.render(pdf.document_of(invoice)) == content
    assert pdf.file_name(invoice) == f"{invoice.number}.pdf"


@pytest.mark.req("R-05")
def test_a_stored_pdf_that_was_tampered_with_is_not_shown(invoice):
    pdf.store(invoice, db.session.commit)
    path = current_config().data_folder / "documents" / invoice.pdf_file
    path.write_bytes(path.read_bytes() + b" ")

    assert pdf.stored_bytes(invoice) is None


def test_a_draft_says_so_and_is_never_stored():
    draft = transactions.start_blank(factories.make_customer().id, OLGA)

    pdf.store(draft, db.session.commit)

    assert pdf.document_of(draft).stamp == "Draft"
    assert (draft.pdf_file, pdf.stored_bytes(draft)) == ("", None)


HOSTILE = [
    "#set text(red)", "#panic()", '#read("/etc/passwd")', "$x^2$ *bold* _it_ `raw` <label> @ref", "\x00\x07\x1b[31m",
    "مرحبا بالعالم", "नमस्ते", "漢字かな", "👩‍👩‍👧‍👦🏳️‍🌈", "\u202ereversed", "x" * 3000, "‘“”’–—…",
    "\ud800", "{{7*7}} {% raw %}", "line\nline\r\nline", "=HYPERLINK(1)", "<script>alert(1)</script>", "", " ",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_text_of_a_remote_breaks_the_paper_or_becomes_code(invoice, text):
    document = pdf.document_of(invoice)
    hostile = replace(document.lines[0], name=text, description=text)
    party = replace(document.customer, name=text, lines=(text, text))

    content = pdf.render(replace(document, lines=(hostile,), customer=party, notes=text, bank_details=text))

    assert content.startswith(b"%PDF-")
    if text.startswith("#"):
        assert text in text_of(content)


@pytest.mark.req("T-14")
def test_a_long_invoice_repeats_its_head_and_counts_its_pages(invoice):
    document = pdf.document_of(invoice)

    words = text_of(pdf.render(replace(document, lines=document.lines * 200)))

    pages = [page for page in words.split("\f") if page.strip()]
    assert len(pages) > 5
    assert all(f"Page {number} of {len(pages)}" in page for number, page in enumerate(pages, start=1))
    assert all("Amount" in page and "Quantity" in page for page in pages[:-1])


@pytest.mark.parametrize("locale", ["en_GB", "de_DE", "fr_FR", "ar_SA", "en_IN"])
def test_figures_and_days_are_written_as_the_organisation_writes_them(invoice, locale):
    invoice.frozen = invoice.frozen | {"locale": locale}

    assert pdf.document_of(invoice).total.amount == format_money(invoice.total, "USD", locale)
    assert pdf.render(pdf.document_of(invoice)).startswith(b"%PDF-")


def test_the_preview_is_the_same_paper_as_pictures(invoice):
    pages = pdf.preview_svg(pdf.document_of(invoice))

    assert len(pages) == 1
    assert pages[0].startswith("<svg")


def test_a_rounding_difference_stands_on_a_line_of_its_own():
    project = factories.make_project(rate=Decimal(100))
    for _ in range(3):
        factories.make_time_entry(project, seconds=1200)
    draft = transactions.start_from_time(TimeChoice((project.id,), layout="entry"), OLGA)

    lines = pdf.document_of(draft).lines

    assert [x.quantity for x in lines] == ["0:20 h", "0:20 h", "0:20 h", ""]
    assert [x.amount for x in lines] == ["33.33", "33.33", "33.33", "0.01"]
    assert (lines[-1].name, lines[-1].quantity, lines[-1].rate) == ("Rounding difference", "", "")


@pytest.mark.req("R-04", "T-12")
@pytest.mark.parametrize(
    ("seconds", "quantity", "under"),
    [(4 * 3600, "0.50 d", "4:00"), (8 * 3600, "1.00 d", "8:00"), (3000, "0:50 h", "8 h a day")],
)
def test_days_are_written_so_that_they_recompute_by_hand(seconds, quantity, under):
    project = factories.make_project(billing_method="daily_rate", rate=Decimal(720))
    factories.make_time_entry(project, seconds=seconds)
    draft = transactions.start_from_time(TimeChoice((project.id,)), OLGA)

    line = pdf.document_of(draft).lines[0]

    assert (line.quantity, line.under) == (quantity, under)


def test_other_units_and_dates_are_on_the_paper():
    draft = transactions.start_blank(factories.make_customer(currency="JPY").id, OLGA)
    lines = (LineChange(None, "Train", "", Decimal("1.5"), "km", Decimal("333.333")),)
    changes = Changes(draft.version, date(2026, 2, 3), date(2026, 3, 5), "PO-7", "Thanks", lines)
    transactions.update(draft, changes, OLGA)

    document = pdf.document_of(draft)

    assert [(x.label, x.value) for x in document.facts] == [
        ("Date", "3 Feb 2026"), ("Due", "5 Mar 2026"), ("Reference", "PO-7"), ("Currency", "JPY"),
    ]  # fmt: skip
    assert (document.lines[0].quantity, document.lines[0].rate, document.lines[0].amount) == (
        "1.5 km",
        "333.333",
        "500",
    )
