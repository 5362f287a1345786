"""Money in the browser: an accepted quote is ordered, invoiced in part, paid in part, credited and refunded."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from billing.proof import proof
from extensions import db, reading
from models import Transaction
from standin import World
from tests import factories
from tests.e2e.conftest import PHONE
from tests.money_kit import make

#: what the pages are looked at with: light and wide, dark and narrow
SIZES = (("light", None), ("dark", PHONE))


@pytest.fixture
def world() -> World:
    return World.empty()


@pytest.fixture
def quote_id(people: Any) -> int:
    """A quote over ten pieces at 100 that the customer accepted."""
    customer = factories.make_customer("Aurora Outdoor")
    factories.make_contact_person(customer)
    quote = make(customer, "quote", rates=("100",), quantity="10", to="accepted")
    db.session.commit()
    return quote.id


def look(page: Page, picture: Any, name: str) -> None:
    """Nothing is wider than the window, in light and dark, on a desk and on a phone."""
    size = page.viewport_size
    for scheme, viewport in SIZES:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size(viewport or size)
        page.evaluate("() => document.fonts.ready")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{name} {scheme}"
        picture(page, f"{name}-{scheme}")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(size)


def mark_sent(page: Page) -> None:
    page.locator("summary[title=More]").first.click()
    page.get_by_role("button", name="Mark as sent").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Mark as sent").click()
    expect(page.locator("main h1")).not_to_contain_text("Draft")


def shown(page: Page) -> str:
    """Go from the editor of a draft to its page."""
    page.wait_for_url(re.compile(r"/edit$"))
    address = page.url.removesuffix("/edit")
    page.goto(address)
    return address


@pytest.mark.req("T-02", "T-20", "T-25", "T-27")
def test_a_quote_goes_through_order_invoice_payment_credit_and_refund(people, page_of, quote_id, picture):
    page = page_of(people.bruno)
    main = page.locator("main")

    page.goto(f"/quotes/{quote_id}")
    page.get_by_role("link", name="Convert to sales order").click()
    look(page, picture, "convert")
    page.get_by_role("button", name="Make the draft").click()
    order = shown(page)
    mark_sent(page)

    page.get_by_role("link", name="Convert to invoice").click()
    page.get_by_label("A stage: so many per cent of each line").check()
    page.get_by_label("Per cent", exact=True).fill("40")
    page.get_by_role("button", name="Make the draft").click()
    invoice = shown(page)
    mark_sent(page)
    expect(main).to_contain_text("US$400.00")
    page.goto(order)
    expect(page.locator("main .pill").first).to_have_text("Partly invoiced")

    page.goto(invoice)
    page.get_by_role("link", name="Record payment").click()
    page.get_by_label("Amount", exact=True).fill("150")
    page.get_by_role("button", name="Suggest, oldest first").click()
    put = page.locator("input[name^=put-]")
    expect(put).to_have_value("150.00")
    look(page, picture, "payment")
    page.get_by_role("button", name="Record payment").click()
    expect(page.locator("#money")).to_contain_text("US$250.00")
    expect(page.locator("main .pill").first).to_have_text("Partially paid")

    page.locator("summary[title=More]").first.click()
    page.get_by_role("link", name="Credit it").click()
    look(page, picture, "credit")
    page.get_by_role("button", name="Start the credit note").click()
    expect(main).to_contain_text("Credits Invoice")
    note = page.url
    mark_sent(page)
    expect(page.locator("#money")).to_contain_text("US$150.00")
    look(page, picture, "credit-note")
    page.goto(invoice)
    expect(page.locator("main .pill").first).to_have_text("Paid")
    look(page, picture, "invoice")

    page.goto(note)
    page.locator("#money").get_by_role("link", name="Refund").click()
    look(page, picture, "refund")
    page.get_by_role("button", name="Record refund").click()
    expect(page.locator("main h1")).to_contain_text("Refund")
    look(page, picture, "payment-page")
    page.goto(note)
    expect(page.locator("main .pill").first).to_have_text("Used up")
    for path, name in (("/payments/", "payments"), ("/invoices/", "invoices"), ("/credit-notes/", "credit-notes")):
        page.goto(path)
        look(page, picture, name)
    with reading():
        assert proof().is_right
        found = {it.type: it.status for it in db.session.scalars(db.select(Transaction))}
    assert found == {"quote": "ordered", "sales_order": "partly_invoiced", "invoice": "paid", "credit_note": "closed"}
