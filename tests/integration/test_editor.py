"""The editor of drafts: discounts, prices with tax, shipping, items, words of the paper; one page for all types."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from html import unescape

import pytest

from billing import expenses, transactions
from billing.expense_ledger import violations
from billing.expense_records import ExpenseValues
from billing.types import TYPES
from extensions import db
from models import Item, ItemPrice, Transaction
from models.audit import Actor
from models.customer import name_key
from tests import factories
from tests.browsing import words_of

OLGA = Actor("person", "Olga Marsh")
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _plain_forms(app):
    """Forms without the hidden token; that it is asked for is tested for all routes at once."""
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def bruno_at(people, browser_of):
    return browser_of(people.bruno)


@pytest.fixture
def vat(organisation):
    made = factories.make_tax("VAT", "19")
    db.session.commit()
    return made


def start(key: str = "invoice", currency: str = "USD") -> Transaction:
    made = transactions.start_blank(factories.make_customer("Aurora", currency=currency).id, OLGA, type_key=key)
    db.session.commit()
    return made


def url_of(draft: Transaction, verb: str = "edit") -> str:
    return f"/{TYPES[draft.type].path}/{draft.id}/{verb}"


def fields_of(page: str) -> dict[str, list[str]]:
    """Return what a browser would send of the editor: all its inputs, texts and selects."""
    form = page[page.index('id="editor"') :]
    form = form[: form.index("</form>")]
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input\b[^>]*>", form, re.DOTALL):
        name = re.search(r'\bname="([^"]+)"', tag)
        value = re.search(r'\bvalue="([^"]*)"', tag)
        if name:
            found.setdefault(name[1], []).append(unescape(value[1]) if value else "")
    for name, text in re.findall(r'<textarea[^>]*\bname="([^"]+)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        found[name] = [unescape(text).strip("\r\n")]
    for name, inside in re.findall(r'<select[^>]*\bname="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)"\s+selected|selected value="([^"]*)"', inside)
        found[name] = [(chosen[1] or chosen[2] or "") if chosen else ""]
    return found


def line(key: str = "n1", **values: str) -> dict[str, str]:
    facts = {"name": "Work", "quantity": "1", "rate": "100"} | values
    return {f"{key}-{name}": text for name, text in facts.items()}


def save(browser, draft, *lines: dict[str, str], verb: str = "edit", **values):
    page = browser.get(url_of(draft)).text
    keys = [next(iter(one)).partition("-")[0] for one in lines]
    sent = fields_of(page) | {"line": keys} | values
    for one in lines:
        sent |= one
    return browser.post(url_of(draft, verb), data=sent, headers=HTMX if verb != "edit" else {})


def again(draft: Transaction) -> Transaction:
    db.session.expire_all()
    found: Transaction = db.session.get_one(Transaction, draft.id)
    return found


@pytest.mark.req("T-02")
@pytest.mark.parametrize("key", list(TYPES))
def test_one_editor_serves_every_type(bruno_at, vat, key):
    draft = start(key)

    answer = save(bruno_at, draft, line(tax=str(vat.id)), reference="PO 7", conditions="Pay in time.")

    found = again(draft)
    assert answer.status_code == 303, words_of(answer)
    assert (found.total, found.reference, found.terms) == (Decimal(119), "PO 7", "Pay in time.")
    assert (found.due_date is None) == (not TYPES[key].has_until)


@pytest.mark.req("R-14")
def test_discounts_shipping_and_adjustment_are_stored_and_add_up(bruno_at, vat):
    draft = start()
    first = line(tax=str(vat.id), rate="200", discount="10")
    second = line("n2", rate="50")

    save(bruno_at, draft, first, second, discount_value="10", shipping="11.90", shipping_tax=str(vat.id),
         adjustment="-0.05", adjustment_name="Rounding")  # fmt: skip

    found = again(draft)
    assert [row.amount for row in found.lines] == [Decimal(180), Decimal(50)]
    assert (found.subtotal, found.discount_total) == (Decimal(230), Decimal(23))
    # 162 + 11.90 carry 19 per cent: 33.04
    assert (found.tax_total, found.total) == (Decimal("33.04"), Decimal("251.89"))
    assert found.total == transactions.totals_of(found).total
    page = words_of(bruno_at.get(url_of(draft)))
    assert "Rounding -0.05" in page


def test_a_discount_of_more_than_there_is_is_refused_beside_its_field(bruno_at, vat):
    draft = start()

    answer = save(bruno_at, draft, line(), discount_kind="amount", discount_value="100.01", reference="PO 7")

    assert answer.status_code == 422
    assert "The discount is more than the lines come to. Enter a smaller one." in words_of(answer)
    assert 'value="100.01"' in answer.text
    assert again(draft).reference == ""


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"discount_value": "101"}, "Enter at most 100 per cent."),
        ({"discount_value": "-1"}, "Enter a number that is not below zero."),
        ({"shipping": "free"}, "Enter a number, for example 95.00."),
        ({"n1-discount": "120"}, "Enter a discount between 0 and 100 per cent."),
        ({"payment_link": "javascript:alert(1)"}, "Enter an address that begins with https://."),
    ],
)
def test_what_cannot_be_is_said_in_words_and_nothing_typed_is_lost(bruno_at, vat, values, sentence):
    draft = start()

    answer = save(bruno_at, draft, line(name="Still here"), **values)

    assert answer.status_code == 422
    assert sentence in words_of(answer)
    assert "Still here" in answer.text
    assert again(draft).lines == []


@pytest.mark.req("R-14")
def test_prices_that_include_tax_come_to_what_they_say(bruno_at, vat):
    draft = start()

    live = save(bruno_at, draft, line(tax=str(vat.id), rate="119"), tax_mode="inclusive", verb="totals")
    save(bruno_at, draft, line(tax=str(vat.id), rate="119"), tax_mode="inclusive")

    found = again(draft)
    assert (found.tax_mode, found.total, found.tax_total) == ("inclusive", Decimal(119), Decimal(19))
    assert "includes VAT 19 % on 100.00 19.00" in words_of(live)


def test_an_item_fills_its_line_at_its_price_in_the_currency_of_the_draft(bruno_at, vat):
    item = Item(name="Shoot", name_key=name_key("Shoot"), rate=Decimal(400), unit="day", description="One day",
                tax_id=vat.id, prices=[ItemPrice(currency="EUR", rate=Decimal(380))])  # fmt: skip
    db.session.add(item)
    db.session.commit()
    draft = start(currency="EUR")

    answer = save(bruno_at, draft, line(item=str(item.id), name="sho"), picked="n1", verb="lines")

    filled = fields_of('id="editor"' + answer.text + "</form>")
    assert (filled["n1-name"], filled["n1-rate"], filled["n1-unit"]) == (["Shoot"], ["380.00"], ["day"])
    assert (filled["n1-description"], filled["n1-tax"]) == (["One day"], [str(vat.id)])
    assert again(draft).lines == []


def test_an_item_without_a_price_in_the_currency_asks_for_its_rate(bruno_at, vat):
    item = Item(name="Shoot", name_key=name_key("Shoot"), rate=Decimal(400))
    db.session.add(item)
    db.session.commit()
    draft = start(currency="EUR")

    answer = save(bruno_at, draft, line(item=str(item.id)), picked="n1", verb="lines")
    known = save(bruno_at, draft, line(item=str(item.id)), picked="n1", exchange_rate="1.25", verb="lines")

    assert "It has no price in EUR. Enter the rate." in words_of(answer)
    assert 'name="n1-rate" value="320.00"' in known.text


def test_an_item_that_is_gone_leaves_the_line_without_one(bruno_at, vat):
    draft = start()

    answer = save(bruno_at, draft, line(item="4711"))

    assert answer.status_code == 303
    assert [row.item_id for row in again(draft).lines] == [None]


def test_lines_move_up_and_down_without_javascript(bruno_at, vat):
    draft = start()
    save(bruno_at, draft, line(name="First"), line("n2", name="Second"))
    first, second = (str(row.id) for row in again(draft).lines)
    stored = {"line": [first, second], "move": f"{second}:up"}

    moved = bruno_at.post(url_of(draft, "lines"), data=fields_of(bruno_at.get(url_of(draft)).text) | stored)
    bruno_at.post(url_of(draft), data=fields_of(moved.text))

    assert [row.name for row in again(draft).lines] == ["Second", "First"]


def test_the_paper_is_shown_as_typed_and_nothing_is_stored(bruno_at, vat):
    draft = start()

    answer = save(bruno_at, draft, line(name="Typed a moment ago"), verb="paper")
    picture = re.search(r'src="([^"]+\.svg)"', answer.text)
    shown = bruno_at.get(unescape(picture[1]))

    assert shown.mimetype == "image/svg+xml"
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert again(draft).lines == []
    assert again(draft).version == 1


def test_what_cannot_be_saved_leaves_the_paper_as_it_is(bruno_at, vat):
    draft = start()

    answer = save(bruno_at, draft, line(rate="many"), verb="paper")

    assert answer.status_code == 204


@pytest.mark.req("R-14", "T-24")
def test_an_expense_shows_its_tax_where_prices_include_it_and_comes_to_the_same(bruno_at, vat):
    customer = factories.make_customer("Aurora", currency="USD")
    expense = expenses.add(
        ExpenseValues(date(2026, 6, 1), "Travel", "", "", "USD", Decimal(119), tax_id=vat.id, customer_id=customer.id,
                      is_billable=True),
        OLGA,
    )  # fmt: skip
    draft = expenses.start_from_expenses([expense.id], OLGA)
    db.session.commit()
    key = str(draft.lines[0].id)
    before = draft.total

    save(bruno_at, draft, {f"{key}-name": "Train", f"{key}-tax": str(vat.id)}, tax_mode="inclusive")

    found = again(draft)
    assert (before, found.lines[0].amount, found.total) == (Decimal(119), Decimal(119), Decimal(119))
    assert found.tax_total == Decimal(19)
    assert violations() == []


@pytest.mark.req("R-06")
def test_an_exchange_rate_that_nobody_touched_keeps_its_source(bruno_at, vat):
    draft = start(currency="EUR")
    save(bruno_at, draft, line(), exchange_rate="1.1")
    draft = again(draft)
    draft.exchange_source = "ECB (2026-11-20)"
    db.session.commit()

    save(bruno_at, draft, line("n2"))

    assert again(draft).exchange_source == "ECB (2026-11-20)"


@pytest.mark.req("T-02")
def test_the_words_of_the_paper_are_kept_and_only_offered_where_they_mean_something(bruno_at, vat):
    quote, invoice = start("quote"), start("invoice")

    save(bruno_at, quote, line(), retainer_percent="30", language="de")
    save(bruno_at, invoice, line(), payment_link="https://pay.example/{number}", paper_layout="modern")

    assert (again(quote).retainer_percent, again(quote).language) == (Decimal(30), "de")
    assert again(invoice).payment_link == "https://pay.example/{number}"
    assert again(invoice).paper_layout == "modern"
    assert 'name="retainer_percent"' not in bruno_at.get(url_of(invoice)).text
    assert 'name="payment_link"' not in bruno_at.get(url_of(quote)).text


@pytest.mark.req("T-14")
def test_a_new_draft_starts_as_the_preferences_say(organisation, bruno_at, vat):
    organisation.default_tax_mode, organisation.default_terms = "inclusive", "Our usual terms"
    db.session.commit()
    project = factories.make_project(factories.make_customer("Aurora"), "Rebrand", rate=Decimal(119))
    factories.make_time_entry(project, seconds=3600)
    db.session.commit()
    choice = transactions.TimeChoice((project.id,), tax_id=vat.id, tax_mode="inclusive")

    shown = transactions.drafts.price_work(choice)
    draft = transactions.start_from_time(choice, OLGA)

    assert (draft.tax_mode, draft.terms) == ("inclusive", "Our usual terms")
    assert shown.totals.total == draft.total == Decimal(119)
    assert draft.tax_total == Decimal(19)
