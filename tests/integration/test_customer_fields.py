"""Customers whole: own fields, tax numbers, e-invoice addresses, deletion, credit, export."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any

import pytest

from billing import custom_fields
from extensions import db
from forms.tax_ids import doubt
from models import Customer, CustomField, Payment
from tests import factories as make
from tests.browsing import words_of

pytestmark = pytest.mark.usefixtures("plain_forms")


@pytest.fixture
def plain_forms(app: Any) -> None:
    """Forms without the hidden token; that it is asked for is tested with the sign-in."""
    app.config["WTF_CSRF_ENABLED"] = False


def fields(**changed: str) -> dict[str, str]:
    """What a browser sends for a customer."""
    plain = {"name": "Kestrel Books", "currency": "USD", "email": "", "payment_terms_days": "",
             "payment_term_id": "0", "default_tax_id": "0", "language": "", "electronic_scheme": ""}  # fmt: skip
    return plain | changed


def own(kind: str, label: str = "Contract", **values: Any) -> CustomField:
    field = CustomField(area="customers", key=label.lower(), label=label, type=kind, **values)
    db.session.add(field)
    db.session.flush()
    return field


def test_all_that_is_typed_is_kept_and_shown(browser_of: Any, people: Any) -> None:
    tax = make.make_tax()
    bruno = browser_of(people.bruno)

    bruno.post("/customers/new", data=fields(
        delivery_address="Dock 4\nUlm", registration_id="HRB 1234", electronic_scheme="0204",
        electronic_address="04011000-12345-03", buyer_reference="04011000-12345-03", language="de",
        default_tax_id=str(tax.id), gets_reminders="y", tax_id="DE123456789",
    ))  # fmt: skip

    customer = db.session.scalars(db.select(Customer)).one()
    assert (customer.electronic_scheme, customer.language, customer.default_tax_id) == ("0204", "de", tax.id)
    assert customer.gets_reminders
    words = words_of(bruno.get(f"/customers/{customer.id}"))
    for shown in ("Dock 4, Ulm", "HRB 1234", "04011000-12345-03 · Germany: Leitweg-ID (0204)", "Deutsch", tax.name):
        assert shown in words


def test_an_electronic_address_needs_its_scheme(browser_of: Any, people: Any) -> None:
    bruno = browser_of(people.bruno)

    without_scheme = bruno.post("/customers/new", data=fields(electronic_address="x@y.example"))
    without_address = bruno.post("/customers/new", data=fields(electronic_scheme="EM"))

    assert (without_scheme.status_code, without_address.status_code) == (422, 422)
    assert "Choose the scheme of this address" in without_scheme.text
    assert "Enter the address, or choose no scheme." in without_address.text


def test_an_odd_tax_number_is_told_and_kept(browser_of: Any, people: Any) -> None:
    bruno = browser_of(people.bruno)

    answer = bruno.post("/customers/new", data=fields(tax_id="DE12345"), follow_redirects=True)

    assert "DE12345 does not look like a tax number with DE" in answer.text
    assert db.session.scalars(db.select(Customer)).one().tax_id == "DE12345"


@pytest.mark.parametrize(
    "tax_id",
    ["DE123456789", "ATU12345678", "FR 40 303 265 045", "NL123456789B01", "CHE-123.456.789 MWST", "GB 123 4567 89",
     "12-3456789", "", "US123", "BE0123.456.789"],
)  # fmt: skip
def test_a_tax_number_as_its_country_writes_it_raises_no_doubt(app: Any, tax_id: str) -> None:
    with app.test_request_context():
        assert doubt(tax_id) == ""


@pytest.mark.parametrize("tax_id", ["DE12345678", "AT12345678", "NL123456789", "FRO1234567890", "CHE-12.3"])
def test_a_slip_in_a_tax_number_is_noticed(app: Any, tax_id: str) -> None:
    with app.test_request_context():
        assert "does not look like" in doubt(tax_id)


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("text", " Gold ", "Gold"), ("decimal", "12,5", "12.5"), ("date", "2026-11-24", "2026-11-24"),
        ("boolean", "yes", True), ("boolean", "no", False), ("choice", "gold", "Gold"),
        ("email", "a@b.example", "a@b.example"), ("url", "https://b.example", "https://b.example"),
        ("phone", "+49 731 1234", "+49 731 1234"),
    ],
)  # fmt: skip
def test_an_own_field_keeps_what_fits_its_type(browser_of: Any, people: Any, kind: str, typed: str, kept: Any) -> None:
    own(kind, choices=["Gold", "Silver"])
    bruno = browser_of(people.bruno)

    bruno.post("/customers/new", data=fields(**{"custom-contract": typed}))

    customer = db.session.scalars(db.select(Customer)).one()
    assert customer.custom == {"contract": kept}
    assert "Contract" in words_of(bruno.get(f"/customers/{customer.id}"))


@pytest.mark.parametrize(
    ("kind", "typed", "words"),
    [
        ("decimal", "dear", "Enter a number, for example 12.5."), ("decimal", "NaN", "Enter a number"),
        ("date", "24.11.2026", "Enter a date like 2026-11-24."), ("boolean", "perhaps", "Enter yes or no."),
        ("choice", "Bronze", "Choose one of: Gold, Silver."), ("email", "nobody", "Write an e-mail address"),
        ("url", "javascript:alert(1)", "Begin the address with https://."),
        ("phone", "call me", "Write a phone number"),
    ],
)  # fmt: skip
def test_what_does_not_fit_stands_beside_its_field(
    browser_of: Any, people: Any, kind: str, typed: str, words: str
) -> None:
    own(kind, choices=["Gold", "Silver"])

    answer = browser_of(people.bruno).post("/customers/new", data=fields(**{"custom-contract": typed}))

    assert answer.status_code == 422
    assert words in answer.text
    assert typed.replace("<", "&lt;") in answer.text
    assert db.session.scalar(db.select(db.func.count(Customer.id))) == 0


def test_editing_leaves_values_of_fields_that_are_not_offered(browser_of: Any, people: Any) -> None:
    own("text", "Old", is_active=False)
    own("text", "New")
    customer = make.make_customer(custom={"old": "kept", "new": "was", "from_zoho": 7})

    browser_of(people.bruno).post(f"/customers/{customer.id}/edit", data=fields(**{"custom-new": ""}))

    assert customer.custom == {"old": "kept", "from_zoho": 7}


def test_fields_are_defined_in_the_settings_and_ten_are_enough(browser_of: Any, people: Any) -> None:
    ada = browser_of(people.ada)

    for number in range(10):
        ada.post("/settings/custom-fields", data={"label": f"Field {number}", "type": "text", "choices": ""})
    eleventh = ada.post("/settings/custom-fields", data={"label": "One more", "type": "text", "choices": ""})
    unchosen = ada.post("/settings/custom-fields", data={"label": "Level", "type": "choice", "choices": "Gold"})

    assert (eleventh.status_code, unchosen.status_code) == (422, 422)
    assert "There are 10 fields already." in eleventh.text
    assert "Write at least two choices" in unchosen.text
    assert len(custom_fields.fields_of("customers")) == 10


def test_a_field_can_be_renamed_and_no_longer_offered(browser_of: Any, people: Any) -> None:
    field = own("choice", "Level", choices=["Gold", "Silver"])
    ada = browser_of(people.ada)

    ada.post(f"/settings/custom-fields/{field.id}", data={"label": "Grade", "choices": "Gold\nTin"})
    ada.post(f"/settings/custom-fields/{field.id}/retire")

    assert (field.label, field.key, field.choices, field.is_active) == ("Grade", "level", ["Gold", "Tin"], False)
    assert "custom-level" not in ada.get("/customers/new").text
    assert "Grade" in ada.get("/settings/custom-fields").text


@pytest.mark.req("C-40")
def test_a_customer_with_projects_becomes_inactive_and_it_is_said_why(browser_of: Any, people: Any) -> None:
    customer = make.make_customer("Kestrel Books")
    make.make_project(customer, "Magazine")
    make.make_transaction(customer, number="INV-7", status="issued")

    answer = browser_of(people.bruno).post(f"/customers/{customer.id}/delete", follow_redirects=True)

    assert not customer.is_active
    told = "cannot be deleted: 1 project, 1 transaction belong to it (Magazine, INV-7). It is inactive now."
    assert told in words_of(answer)


def test_a_customer_that_nothing_names_is_deleted_with_its_contact_persons(browser_of: Any, people: Any) -> None:
    customer = make.make_customer("Kestrel Books")
    make.make_contact_person(customer)

    answer = browser_of(people.bruno).post(f"/customers/{customer.id}/delete")

    assert answer.location == "/customers/"
    assert db.session.scalar(db.select(db.func.count(Customer.id))) == 0


def test_the_page_tells_the_credit_and_the_timeline_its_payments(browser_of: Any, people: Any) -> None:
    customer = make.make_customer("Kestrel Books")
    make.make_transaction(customer, type="credit_note", status="issued", number="CN-1", credit=Decimal("30"))
    db.session.add(Payment(customer_id=customer.id, date=make.date(2026, 6, 1), currency="USD", amount=Decimal(100),
                           unused=Decimal("20.5"), reference="wire 77"))  # fmt: skip
    bruno = browser_of(people.bruno)

    overview = words_of(bruno.get(f"/customers/{customer.id}"))
    timeline = words_of(bruno.get(f"/customers/{customer.id}?tab=timeline"))

    assert "US$50.50" in overview
    assert "US$100.00 · wire 77" in timeline


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_the_list_is_exported_with_its_filter(browser_of: Any, people: Any, suffix: str) -> None:
    own("text", "Contract")
    make.make_contact_person(make.make_customer("Kestrel Books", custom={"contract": "=1+1"}))
    make.make_customer("Aurora")

    answer = browser_of(people.bruno).get(f"/customers/export.{suffix}?q=kestrel", buffered=True)

    assert "attachment" in answer.headers["Content-Disposition"]
    if suffix == "csv":
        rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
        assert [row["Name"] for row in rows] == ["Kestrel Books"]
        assert rows[0]["Contract"] == "'=1+1"
        assert rows[0]["Contact e-mail"] == "carla@customer.example"
    else:
        assert answer.data[:2] == b"PK"
