"""Pages of money: payments, credit, conversions, credit notes, and several rows at once."""

from __future__ import annotations

import io
import re
from decimal import Decimal

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from billing import transactions
from billing.transactions import TimeChoice
from billing.types import TYPES
from extensions import db
from models import MailMessage, Payment, TimeEntry, Transaction
from tests import factories
from tests.browsing import words_of
from tests.money_kit import OLGA, make, paid_retainer, pay


@pytest.fixture(autouse=True)
def _plain_forms(app):
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def aurora(people):
    customer = factories.make_customer("Aurora Outdoor")
    factories.make_contact_person(customer)
    return customer


@pytest.fixture
def bruno_at(people, browser_of):
    return browser_of(people.bruno)


def fields(*puts: tuple[Transaction, str], amount: str, **more: str) -> dict[str, object]:
    """What the form of a payment sends."""
    rows = {f"put-{it.id}": text for it, text in puts} | {f"version-{it.id}": str(it.version) for it, _text in puts}
    return {"date": "2026-07-01", "amount": amount, "method": "bank", "seen": [str(it.id) for it, _text in puts],
            **rows, **more}  # fmt: skip


# ---- payments


def test_a_payment_is_recorded_from_an_invoice_and_the_page_says_what_is_still_open(bruno_at, aurora):
    invoice, other = make(aurora), make(aurora, rates=("40",))
    db.session.commit()

    form = bruno_at.get(f"/payments/new?transaction_id={invoice.id}")
    data = fields((invoice, "30"), (other, ""), amount="30", transaction_id=str(invoice.id),
                  customer_id=str(aurora.id))  # fmt: skip
    answer = bruno_at.post("/payments/new", data=data)
    page = bruno_at.get(answer.location)

    assert "Payment from Aurora Outdoor" in words_of(form)
    assert re.search(rf'name="put-{invoice.id}"\s+value="100.00"', form.text)
    assert answer.location == f"/invoices/{invoice.id}"
    assert "Partially paid" in words_of(page)
    assert "Still open US$70.00" in words_of(page)
    assert "Take back" in words_of(page)


def test_what_was_typed_is_spread_over_the_oldest_first(bruno_at, aurora):
    first, second = make(aurora), make(aurora)
    db.session.commit()

    page = bruno_at.get(f"/payments/new?customer_id={aurora.id}&amount=130").text

    assert re.search(rf'name="put-{first.id}"\s+value="100.00"', page)
    assert re.search(rf'name="put-{second.id}"\s+value="30.00"', page)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"amount": ""}, "Enter an amount."),
        ({"amount": "abc"}, "Enter a number"),
        ({"amount": "-5"}, "Enter an amount above zero."),
        ({"date": ""}, "Enter the day it was paid."),
        ({"date": "2999-01-01"}, "The day lies ahead."),
        ({"put": "101"}, "US$100.00 is open"),
        ({"put": "x"}, "Enter a number"),
        ({"version": "1"}, "What is open changed after you looked."),
    ],
)
def test_a_wrong_payment_is_asked_again_and_loses_nothing(bruno_at, aurora, change, sentence):
    invoice = make(aurora)
    db.session.commit()
    data = fields((invoice, "100"), amount="150", customer_id=str(aurora.id), reference="RF18 5390")
    names = {"put": f"put-{invoice.id}", "version": f"version-{invoice.id}"}

    answer = bruno_at.post("/payments/new", data=data | {names.get(key, key): text for key, text in change.items()})

    assert answer.status_code == 422
    assert sentence in words_of(answer)
    assert "RF18 5390" in answer.text
    assert db.session.scalars(select(Payment)).all() == []


def test_pressing_record_twice_pays_once(bruno_at, aurora):
    invoice = make(aurora)
    db.session.commit()
    data = fields((invoice, "40"), amount="40", customer_id=str(aurora.id))

    first, second = bruno_at.post("/payments/new", data=data), bruno_at.post("/payments/new", data=data)

    assert (first.status_code, second.status_code) == (303, 422)
    assert db.session.get_one(Transaction, invoice.id).balance == 60


@pytest.mark.req("R-06")
def test_a_foreign_payment_asks_for_its_rate(bruno_at, aurora):
    cielo = factories.make_customer("Cielo", currency="EUR")
    invoice = make(cielo)
    db.session.commit()
    data = fields((invoice, "100"), amount="100", customer_id=str(cielo.id))

    asked = bruno_at.post("/payments/new", data=data)
    bruno_at.post("/payments/new", data=data | {"exchange_rate": "1.0825"})

    assert "Enter what one of it is worth in USD first" in words_of(asked)
    assert db.session.scalars(select(Payment.exchange_rate)).one() == Decimal("1.0825")


def test_a_list_of_payments_tells_what_came_in_and_finds_unused_rests(bruno_at, aurora):
    pay(aurora, "120", (make(aurora), "100"))
    pay(aurora, "100", (make(aurora), "100"))
    db.session.commit()

    every, unused = words_of(bruno_at.get("/payments/")), words_of(bruno_at.get("/payments/?state=unused"))
    none = words_of(bruno_at.get("/payments/?q=nobody"))

    assert "Came in US$220.00" in every
    assert "Unused US$20.00" in every
    assert "US$120.00" in unused
    assert "US$100.00" not in unused
    assert "US$120.00" not in none


def test_the_rest_of_a_payment_is_used_refunded_and_a_mistake_reversed(bruno_at, aurora):
    payment, later = pay(aurora, "100"), make(aurora, rates=("30",))
    db.session.commit()
    here = f"/payments/{payment.id}"

    offered = bruno_at.get(f"{here}/settle").text
    bruno_at.post(f"{here}/settle", data={f"put-{later.id}": "30"})
    refunded = bruno_at.post(f"{here}/refund", data={"date": "2026-07-02", "amount": "70", "method": "bank"})
    refused = bruno_at.post(f"{here}/reverse", data={"reason": "Bounced"})
    bruno_at.post(f"{refunded.location}/reverse", data={"reason": "Not paid out"})
    nameless = bruno_at.post(f"{here}/reverse", data={"reason": " "})
    bruno_at.post(f"{here}/reverse", data={"reason": "Bounced"})

    assert re.search(rf'name="put-{later.id}"\s+value="30.00"', offered)
    assert (refused.status_code, nameless.status_code) == (422, 422)
    assert "was refunded. Reverse that refund first" in words_of(refused)
    page = words_of(bruno_at.get(here))
    assert "Reversed" in page
    assert "Reason: Bounced" in page
    assert db.session.get_one(Transaction, later.id).status == "sent"


@pytest.mark.req("T-20", "T-21")
def test_credit_is_used_from_the_page_of_an_invoice_and_taken_back_there(bruno_at, aurora):
    web = factories.make_project(aurora, "Web")
    retainer, invoice = paid_retainer(aurora, "60", web), make(aurora, project=web)
    db.session.commit()
    here = f"/invoices/{invoice.id}"

    offered, form = words_of(bruno_at.get(here)), bruno_at.get(f"/payments/use/{invoice.id}")
    name = f"use-retainer-{retainer.id}"
    empty = bruno_at.post(f"/payments/use/{invoice.id}", data={name: ""})
    wrong = bruno_at.post(f"/payments/use/{invoice.id}", data={name: "61"})
    bruno_at.post(f"/payments/use/{invoice.id}", data={name: "60"})
    used, drawn = bruno_at.get(here), words_of(bruno_at.get(f"/retainer-invoices/{retainer.id}"))
    back = re.search(r'action="(/payments/settlements/\d+/take-back)"', used.text)
    bruno_at.post(back[1])

    assert "Use credit (US$60.00)" in offered
    assert "Only for Web" in words_of(form)
    assert (empty.status_code, wrong.status_code) == (422, 422)
    assert "Still open US$40.00" in words_of(used)
    assert f"US$60.00 used on {invoice.number}" in drawn
    assert "Still open US$100.00" in words_of(bruno_at.get(here))


def test_an_invoice_with_money_on_it_says_so_instead_of_asking_why_it_is_voided(bruno_at, aurora):
    invoice = make(aurora)
    pay(aurora, "30", (invoice, "30"))
    db.session.commit()

    page = words_of(bruno_at.get(f"/invoices/{invoice.id}/void", follow_redirects=True))

    assert "is settled by a payment of US$30.00" in page


# ---- conversions and credit notes


@pytest.mark.req("T-02", "T-25")
def test_a_quote_is_converted_by_its_page_in_stages_and_says_what_is_left(bruno_at, aurora):
    quote = make(aurora, "quote", rates=("100",), quantity="10", to="accepted")
    db.session.commit()
    here, key = f"/quotes/{quote.id}", quote.lines[0].id

    page, form = bruno_at.get(here), words_of(bruno_at.get(f"{here}/convert?target=sales-orders"))
    wrong = bruno_at.post(f"{here}/convert", data={"way": "percent", "percent": "120"})
    stage = bruno_at.post(f"{here}/convert", data={"way": "percent", "percent": "30", "target": "invoices"})
    left = words_of(bruno_at.get(f"{here}/convert"))
    many = bruno_at.post(f"{here}/convert", data={"way": "lines", f"quantity-{key}": "8"})
    order = bruno_at.post(f"{here}/convert", data={"target": "sales-orders"})
    done = words_of(bruno_at.get(f"{here}/convert", follow_redirects=True))

    assert "Convert to sales order" in words_of(page)
    assert "Convert to invoice" in words_of(page)
    assert "US$1,000.00 left" in form
    assert (wrong.status_code, many.status_code) == (422, 422)
    assert re.fullmatch(r"/invoices/\d+/edit", stage.location)
    assert "US$700.00 left" in left
    assert "there are 7 left" in words_of(many)
    assert re.fullmatch(r"/sales-orders/\d+/edit", order.location)
    assert "Only an accepted one is converted, and only once" in done
    assert bruno_at.get(f"{here}/convert?target=quotes").status_code in (303, 404)


@pytest.mark.req("R-01", "T-27")
def test_single_entries_of_an_invoice_are_credited_by_its_page(bruno_at, aurora):
    project = factories.make_project(aurora, "Web")
    ids = [factories.make_time_entry(project).id for _ in range(3)]
    invoice = transactions.start_from_time(TimeChoice((project.id,), layout="project"), OLGA)
    transactions.issue(invoice, OLGA)
    db.session.commit()
    here, line = f"/invoices/{invoice.id}", invoice.lines[0].id

    form = words_of(bruno_at.get(f"{here}/credit"))
    nothing = bruno_at.post(f"{here}/credit", data={"way": "lines"})
    made = bruno_at.post(f"{here}/credit", data={"way": "lines", "line": line, f"entries-{line}": [ids[1]]})
    bruno_at.post(f"{made.location}/mark-sent")
    page, note = words_of(bruno_at.get(here)), words_of(bruno_at.get(made.location))

    assert "US$300.00 of US$300.00 left" in form
    assert "Drew the home page" in form
    assert nothing.status_code == 422
    assert "Still open US$200.00" in page
    assert "Credited by Credit note CN-" in page
    assert f"Credits Invoice {invoice.number}" in note
    states = db.session.scalars(select(TimeEntry.billing_state).order_by(TimeEntry.id)).all()
    assert states == ["invoiced", "unbilled", "invoiced"]


@pytest.mark.req("T-20")
def test_a_credit_note_is_refunded_by_its_page(bruno_at, aurora):
    note = make(aurora, "credit_note", rates=("25",))
    db.session.commit()

    page = words_of(bruno_at.get(f"/credit-notes/{note.id}"))
    bruno_at.post(f"/payments/refund/{note.id}", data={"date": "2026-07-02", "amount": "25", "method": "bank"})
    after = words_of(bruno_at.get(f"/credit-notes/{note.id}"))

    assert "Credit left US$25.00" in page
    assert "Used up" in after
    assert "US$25.00 refunded" in after
    assert bruno_at.get(f"/payments/refund/{make(aurora).id}").status_code == 404


# ---- every type, and several at once


@pytest.mark.req("T-02", "T-05")
@pytest.mark.parametrize("key", TYPES)
def test_every_type_has_its_list_menu_new_page_and_page(bruno_at, aurora, key):
    kind, draft = TYPES[key], make(aurora, key, to="draft")
    issued = make(aurora, key)
    db.session.commit()

    page = bruno_at.get(f"/{kind.path}/").text
    shown, edited = bruno_at.get(f"/{kind.path}/{issued.id}"), bruno_at.get(f"/{kind.path}/{draft.id}/edit")
    new = bruno_at.get(f"/{kind.path}/new")
    answer = bruno_at.post(f"/{kind.path}/new", data={"customer_id_text": "Aurora Outdoor"})

    assert f'href="/{kind.path}/"' in page
    assert f'href="/{kind.path}/new"' in page
    assert issued.number in words_of(bruno_at.get(f"/{kind.path}/?state=sent"))
    assert [it.status_code for it in (shown, edited, new, answer)] == [200, 200, 200, 303]
    assert f"Life of this {kind.title.lower()}" in words_of(shown)


@pytest.mark.req("T-02")
def test_new_transaction_on_a_project_offers_every_type(bruno_at, aurora):
    project = factories.make_project(aurora, "Web")
    db.session.commit()

    page = bruno_at.get(f"/projects/{project.id}").text

    for kind in TYPES.values():
        assert f'href="/{kind.path}/new' in page


@pytest.mark.req("T-03", "R-08")
def test_several_drafts_are_marked_as_sent_at_once_and_what_cannot_be_is_named(bruno_at, aurora):
    good, empty = make(aurora, to="draft"), transactions.start_blank(aurora.id, OLGA)
    paid = make(aurora)
    db.session.commit()

    page = words_of(bruno_at.post("/invoices/bulk", data={"verb": "mark-sent", "ids": [good.id, empty.id]},
                                  follow_redirects=True))  # fmt: skip
    none = words_of(bruno_at.post("/invoices/bulk", data={"verb": "mark-sent"}, follow_redirects=True))

    db.session.expire_all()
    assert "1 is marked as sent." in page
    assert "A draft for Aurora Outdoor: There is nothing on this draft yet." in page
    assert "Choose at least one row first." in none
    assert (good.status, empty.status, empty.number, paid.status) == ("sent", "draft", None, "sent")
    assert good.pdf_hash


@pytest.mark.req("T-03")
def test_several_are_sent_by_mail_once_however_often_the_button_is_pressed(bruno_at, aurora, organisation):
    first, second = make(aurora, to="draft"), make(aurora)
    db.session.commit()
    data = {"verb": "send", "ids": [first.id, second.id], "press": "abc"}

    without = words_of(bruno_at.post("/invoices/bulk", data=data, follow_redirects=True))
    assert "No mail server is set up, so nothing was sent and no number was taken." in without
    organisation.mail_host = "mail.example"
    db.session.commit()
    page = words_of(bruno_at.post("/invoices/bulk", data=data, follow_redirects=True))
    bruno_at.post("/invoices/bulk", data=data)

    assert "2 are on their way." in page
    sent = db.session.scalars(select(MailMessage).order_by(MailMessage.transaction_id)).all()
    assert [(it.transaction_id, it.to) for it in sent] == [
        (first.id, "carla@customer.example"), (second.id, "carla@customer.example")
    ]  # fmt: skip


def test_several_documents_come_in_one_pdf_in_the_order_of_their_dates(bruno_at, aurora):
    rows = [make(aurora), make(aurora, to="draft")]
    db.session.commit()

    answer = bruno_at.post("/invoices/bulk", data={"verb": "pdf", "ids": [it.id for it in rows]})

    assert answer.mimetype == "application/pdf"
    text = [page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages]
    assert len(text) == 2
    assert rows[0].number in text[0]


def test_people_who_only_track_time_see_no_money(browser_of, people, aurora):
    payment = pay(aurora, "20")
    db.session.commit()
    tim = browser_of(people.tim)

    for path in ("/payments/", "/payments/new", f"/payments/{payment.id}", f"/payments/{payment.id}/refund"):
        assert tim.get(path).status_code == 403
    assert tim.post("/invoices/bulk", data={"verb": "pdf"}).status_code == 403
