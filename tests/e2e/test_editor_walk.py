"""The editor of drafts in the browser: by keyboard alone, with discounts, prices with tax, items, and no connection."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from billing import transactions
from extensions import db, reading
from models import Item, Transaction, User
from models.audit import Actor
from models.customer import name_key
from tests import factories

Picture = Callable[[Page, str], None]


def make_item(name: str, rate: str, **values: Any) -> Item:
    item = Item(name=name, name_key=name_key(name), rate=Decimal(rate), **values)
    db.session.add(item)
    db.session.flush()
    return item


@pytest.fixture
def olga(db_session: Any) -> User:
    """The owner, with a customer, a tax and two items."""
    factories.make_organisation(base_currency="EUR")
    person = factories.make_user("Olga Marsh", "owner")
    vat = factories.make_tax("VAT", "19")
    make_item("Photo shoot", "400", unit="day", description="With one photographer", tax_id=vat.id)
    make_item("Hosting", "25", unit="month", tax_id=vat.id)
    db_session.commit()
    return person


@pytest.fixture
def draft(olga: User, db_session: Any) -> int:
    """The id of an empty invoice draft."""
    customer = factories.make_customer("Aurora Foods", currency="EUR", city="Ulm")
    made = transactions.start_blank(customer.id, Actor("person", olga.name, olga.id)).id
    db_session.commit()
    return made


def stored(draft: int) -> Transaction:
    """What the server stored."""
    found: Transaction = db.session.get_one(Transaction, draft, populate_existing=True)
    return found


def open_editor(page: Page, draft: int) -> None:
    page.goto(f"/invoices/{draft}/edit")
    expect(page.locator("#paper img").first).to_be_visible()


def total_says(page: Page, text: str) -> None:
    expect(page.locator("#editor-totals")).to_contain_text(text)


@pytest.mark.req("T-02", "R-14")
def test_an_invoice_is_written_with_the_keyboard_alone(
    page_of: Callable[[User], Page], olga: User, draft: int, picture: Picture
):
    page = page_of(olga)
    open_editor(page, draft)

    page.get_by_role("button", name="Add line").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name of line 1")).to_be_focused()
    page.keyboard.type("Photo")
    expect(page.get_by_role("option", name=re.compile("Photo shoot"))).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Rate of line 1")).to_have_value("400.00")
    page.get_by_label("Quantity of line 1").fill("2")
    page.get_by_label("Discount on line 1 in per cent").fill("10")
    total_says(page, "856.80")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name of line 2")).to_be_focused()
    page.keyboard.type("Travel by train")
    page.keyboard.press("Escape")
    page.get_by_label("Rate of line 2").fill("80")
    page.keyboard.press("Alt+ArrowUp")
    expect(page.get_by_label("Name of line 1")).to_have_value("Travel by train")
    expect(page.get_by_label("Rate of line 1")).to_be_focused()
    page.get_by_label("Discount", exact=True).fill("5")
    page.get_by_label("Shipping", exact=True).fill("10")
    picture(page, "typed")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(f"**/invoices/{draft}")

    with reading():
        found = stored(draft)
        assert [(line.name, line.rate, line.discount_percent, line.amount) for line in found.lines] == [
            ("Travel by train", Decimal(80), Decimal(0), Decimal(80)),
            ("Photo shoot", Decimal(400), Decimal(10), Decimal(720)),
        ]
        assert found.lines[1].description == "With one photographer"
        assert found.lines[1].item_id is not None
        # 800 - 5 % = 760; tax on all of it (a new line takes the tax of the one before) 144.40; shipping without tax
        assert (found.discount_total, found.shipping, found.total) == (Decimal(40), Decimal(10), Decimal("914.40"))
    expect(page.locator("main")).to_contain_text("914.40")


@pytest.mark.req("R-14")
def test_prices_may_include_their_tax_and_the_paper_follows_what_is_typed(
    page_of: Callable[[User], Page], olga: User, draft: int, picture: Picture
):
    page = page_of(olga)
    open_editor(page, draft)
    before = page.locator("#paper img").first.get_attribute("src")

    page.get_by_label("Prices").select_option("inclusive")
    page.get_by_role("button", name="Add line").click()
    page.get_by_label("Name of line 1").click()
    page.get_by_role("option", name=re.compile("Hosting")).click()
    expect(page.get_by_label("Rate of line 1")).to_have_value("29.75")
    total_says(page, "includes VAT 19 % on 25.00")
    total_says(page, "29.75")
    page.get_by_label("Note to the customer").fill("Thank you")
    page.get_by_label("Note to the customer").blur()
    expect(page.locator("#paper img").first).not_to_have_attribute("src", str(before))
    picture(page, "inclusive")
    page.get_by_role("button", name="Save draft").click()
    page.wait_for_url(f"**/invoices/{draft}")

    with reading():
        found = stored(draft)
        assert (found.tax_mode, found.total, found.tax_total) == ("inclusive", Decimal("29.75"), Decimal("4.75"))


def test_what_was_typed_survives_a_lost_connection_and_a_closed_page(
    page_of: Callable[[User], Page], olga: User, draft: int, browser_context: BrowserContext, picture: Picture
):
    page = page_of(olga)
    open_editor(page, draft)
    page.get_by_role("button", name="Add line").click()
    page.get_by_label("Name of line 1").fill("Written on a train")
    page.get_by_label("Rate of line 1").fill("120")
    total_says(page, "120.00")

    page.context.set_offline(True)
    page.get_by_label("Reference").fill("PO 7")
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("#editor-status")).to_have_text("Saved on this device, not yet sent")
    expect(page.get_by_label("Reference")).to_have_value("PO 7")
    picture(page, "offline")
    page.context.set_offline(False)
    browser_context.problems.clear()  # type: ignore[attr-defined]  # the browser itself says that there was no network
    page.close()
    again = page_of(olga)
    open_editor(again, draft)
    expect(again.get_by_text("changes to this draft that were not saved")).to_be_visible()
    expect(again.get_by_label("Reference")).to_have_value("")
    picture(again, "offered")
    again.get_by_role("button", name="Put it back").click()
    expect(again.get_by_label("Name of line 1")).to_have_value("Written on a train")
    expect(again.get_by_label("Reference")).to_have_value("PO 7")
    again.get_by_role("button", name="Save draft").click()
    again.wait_for_url(f"**/invoices/{draft}")
    open_editor(again, draft)

    expect(again.get_by_text("changes to this draft that were not saved")).to_be_hidden()
    assert again.evaluate("Object.keys(localStorage).filter(name => name.startsWith('draft:'))") == []
    with reading():
        assert (stored(draft).reference, stored(draft).total) == ("PO 7", Decimal(120))
