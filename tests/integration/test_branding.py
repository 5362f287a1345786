"""Settings of papers: logo, colour, layout, language, bank, tax sentences; what was issued keeps its look (R-05)."""

from __future__ import annotations

import base64
import io

import pytest

from billing import logos, pdf, transactions
from extensions import db
from models import Organisation, Tax
from models.audit import Actor
from tests import factories

pytestmark = pytest.mark.usefixtures("organisation")
OLGA = Actor("person", "Olga Marsh")
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20"><rect width="40" height="20" fill="#b5432f"/></svg>'


@pytest.fixture
def browser(app, client, olga):
    app.config["WTF_CSRF_ENABLED"] = False
    return factories.sign_in(client, olga)


def brand(browser, content=None, name="logo.png", **values):
    data = {"brand_color": "#1f3c8c", "paper_layout": "modern", "language": "de"} | values
    if content is not None:
        data["logo"] = (io.BytesIO(content), name)
    return browser.post("/settings/branding", data=data, content_type="multipart/form-data")


def make_issued():
    made = transactions.start_blank(factories.make_customer().id, OLGA)
    factories.make_line(made)
    made.subtotal = made.total = made.balance = 100
    db.session.flush()
    db.session.expire(made, ["lines"])
    transactions.issue(made, OLGA)
    db.session.commit()
    return made


@pytest.mark.parametrize(("content", "suffix"), [(PNG, ".png"), (SVG, ".svg")], ids=["png", "svg"])
def test_logo_colour_layout_and_language_are_on_the_next_paper(browser, content, suffix):
    answer = brand(browser, content, "anything.exe")

    here = db.session.get_one(Organisation, 1)
    document = pdf.document_of(make_issued())
    assert answer.status_code == 303
    assert here.logo_file.endswith(suffix)
    assert (document.layout, document.color, document.language) == ("modern", "#1f3c8c", "de")
    assert document.title == "Rechnung"
    assert document.logo.startswith("<svg")
    assert pdf.render(document).startswith(b"%PDF-")
    assert browser.get("/settings/branding/logo").data == content


@pytest.mark.req("R-05")
def test_an_issued_document_keeps_its_look(browser):
    brand(browser, PNG)
    issued = make_issued()
    before = pdf.render(pdf.document_of(issued))

    brand(browser, SVG, brand_color="#000000", paper_layout="compact", language="fr")

    assert pdf.render(pdf.document_of(issued)) == before


@pytest.mark.parametrize(
    "content",
    [b"GIF89a" + b"0" * 40, b"<html><svg></svg>", PNG[:30], b"\x89PNG\r\n\x1a\n" + b"\0" * 40,
     SVG.replace(b"<rect", b"<script>alert(1)</script><rect"), SVG.replace(b"<rect", b'<rect onload="alert(1)"'),
     SVG.replace(b"<rect", b'<image href="https://evil.example/x.png"/><rect'),
     SVG.replace(b"<rect", b'<image href="/etc/passwd"/><rect'), b"<!DOCTYPE svg [<!ENTITY a 'b'>]>" + SVG,
     SVG + b"<svg"],
    ids=range(10),
)  # fmt: skip
def test_a_file_that_is_no_plain_picture_is_refused(browser, content):
    answer = brand(browser, content)

    assert answer.status_code == 422
    assert db.session.get_one(Organisation, 1).logo_file == ""
    assert 'value="#1f3c8c"' in answer.text


def test_a_logo_that_is_too_large_is_refused(app):
    with app.test_request_context():
        assert "512 KB" in logos.problem_of(PNG + b"0" * logos.MOST_BYTES)
        assert logos.problem_of(PNG) is None


def test_the_logo_can_be_taken_off_and_its_file_stays_for_old_documents(browser):
    brand(browser, PNG)
    name = db.session.get_one(Organisation, 1).logo_file

    brand(browser, drop_logo="y")

    assert db.session.get_one(Organisation, 1).logo_file == ""
    assert logos.logo_path(name) is not None


@pytest.mark.parametrize("color", ["red", "#12345", "#12345g", "url(x)"])
def test_what_is_no_colour_is_refused(browser, color):
    assert brand(browser, brand_color=color).status_code == 422


def test_each_layout_has_a_sample_in_the_colour_that_is_being_chosen(browser):
    page = browser.get("/settings/branding?brand_color=%23123456&language=ar", headers={"HX-Request": "true"}).text

    for layout in ("classic", "modern", "compact"):
        assert f"/settings/branding/sample/{layout}.svg?brand_color=%23123456&amp;language=ar" in page
        answer = browser.get(f"/settings/branding/sample/{layout}.svg?brand_color=%23123456&language=ar")
        assert answer.mimetype == "image/svg+xml"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "#123456" in answer.text
    assert browser.get("/settings/branding/sample/no.svg").status_code == 404


def organisation_form(**values):
    here = db.session.get_one(Organisation, 1)
    names = ("name", "email", "country", "edition", "base_currency", "time_zone", "locale")
    return {name: getattr(here, name) for name in names} | values


def test_bank_details_are_checked_and_stored_readably(browser):
    right = {"iban": "de89370400440532013000", "bic": "cobadeffxxx", "payment_link": "https://pay.example/{number}"}

    answer = browser.post("/settings/organisation", data=organisation_form(**right))

    here = db.session.get_one(Organisation, 1)
    assert answer.status_code == 303
    assert (here.iban, here.bic) == ("DE89 3704 0044 0532 0130 00", "COBADEFFXXX")
    assert here.has_e_invoices is False


@pytest.mark.parametrize(
    ("field", "value"),
    [("iban", "DE88370400440532013000"), ("bic", "COBA"), ("payment_link", "http://pay.example"),
     ("payment_link", "javascript:alert(1)"), ("electronic_address", "0204:1")],
)  # fmt: skip
def test_a_slip_in_the_bank_details_is_refused_beside_its_field(browser, field, value):
    answer = browser.post("/settings/organisation", data=organisation_form(**{field: value}))

    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text


def test_a_tax_says_its_kind_and_sentence(browser):
    words = {"name": "Reverse charge", "percent": "0", "category": "AE", "sentence": "The customer owes the tax."}

    browser.post("/settings/taxes", data=words)
    browser.post("/settings/taxes", data={"name": "Zero", "percent": "0", "category": "S"})

    found = {tax.name: (tax.category, tax.sentence) for tax in db.session.scalars(db.select(Tax))}
    assert found == {"Reverse charge": ("AE", "The customer owes the tax."), "Zero": ("Z", "")}


@pytest.mark.parametrize(
    "values",
    [{"percent": "19", "category": "AE"}, {"percent": "0", "category": "E"}, {"percent": "0", "category": "X"}],
)
def test_a_tax_that_contradicts_itself_is_refused(browser, values):
    assert browser.post("/settings/taxes", data={"name": "Odd"} | values).status_code == 422
