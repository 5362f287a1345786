"""The main walk: a newcomer sets up, connects, previews, syncs, bills an hour, sends the invoice, takes it back."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from extensions import db, reading
from models import Organisation, TimeEntry, Transaction
from standin import World
from sync.invariants import broken_invariants

PASSWORD = "a long sentence to sign in with"
Picture = Callable[[Page, str], None]


@pytest.fixture
def world() -> World:
    """The agency; nobody throttles a walk."""
    made = World.demo()
    made.quirks.throttle = "off"
    return made


def set_up(page: Page, postbox: Any, picture: Picture) -> None:
    """Owner, organisation, mail with a test."""
    page.goto("/")
    page.locator("input[name=name]").fill("Olga Marsh")
    page.locator("input[name=email]").fill("olga@brightline.example")
    for field in page.locator("input[type=password]").all():
        field.fill(PASSWORD)
    page.locator("main button[type=submit]").first.click()
    page.wait_for_url("**/setup/organisation")
    page.locator("input[name=name]").fill("Brightline Studio")
    picture(page, "organisation")
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/setup/mail")
    page.locator("input[name=mail_host]").fill("127.0.0.1")
    page.locator("input[name=mail_port]").fill(str(postbox.port))
    page.locator("select[name=mail_security]").select_option("none")
    page.locator("input[name=mail_from]").fill("billing@brightline.example")
    page.get_by_role("button", name="Send me a test").click()
    page.get_by_text("250").first.wait_for()
    page.get_by_role("button", name="Save and continue").click()
    page.wait_for_url("**/setup/done")
    picture(page, "ready")


def connect(page: Page, world: World, remote: str, picture: Picture) -> None:
    """From *Connect Zoho Projects* to *Save and Sync*."""
    client = world.accounts.default_client
    page.goto("/settings/")
    page.locator("main").get_by_role("link", name="Integrations").click()
    page.get_by_role("link", name="Connect").click()
    page.get_by_text("Brightline Studio, ").or_(page.get_by_text("billing@", exact=False)).first.wait_for()
    page.locator("select[name=data_centre]").select_option("custom")
    page.locator("input[name=accounts_url]").fill(remote)
    page.locator("input[name=api_url]").fill(remote)
    page.locator("input[name=client_id]").fill(client.client_id)
    page.locator("input[name=client_secret]").fill(client.secret)
    picture(page, "shared")
    page.get_by_role("button", name="Share this and go on").click()
    page.get_by_role("link", name="Authorise").last.click()
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url("**/portal")
    options = page.locator("select[name=scope_id] option").all_inner_texts()
    assert [option for option in options if "Brightline" in option], options
    assert not [option for option in options if "Harbor" in option], "a portal of somebody else is not offered"
    page.get_by_role("button", name="Use this portal").click()
    expect(page.locator("main")).to_contain_text("can be read")
    page.get_by_role("button", name="Save and map fields").click()
    expect(page.locator("main")).to_contain_text("Pick one of the two")
    page.get_by_label("Everything is unbilled").check()
    picture(page, "rules")
    page.get_by_role("button", name="Save and map fields").click()
    page.get_by_role("button", name="Save and preview").click()
    page.get_by_text("would be added").first.wait_for()
    expect(page.get_by_text("Nothing has been written yet")).to_be_visible()
    picture(page, "preview")
    assert count(TimeEntry) == 0
    page.get_by_role("button", name="Save and Sync").click()
    page.get_by_text("but some records need attention").first.wait_for(timeout=60_000)
    picture(page, "active")


def count(model: Any) -> int:
    with reading():
        found = db.session.scalar(db.select(db.func.count(model.id))) or 0
        db.session.rollback()
    return found


def states() -> dict[str, int]:
    """Entries by billing state."""
    with reading():
        query = db.select(TimeEntry.billing_state, db.func.count()).group_by(TimeEntry.billing_state)
        found = {row[0]: row[1] for row in db.session.execute(query)}
        db.session.rollback()
    return found


@pytest.mark.req("P-04", "P-06", "P-20", "P-23", "P-26", "P-31", "G-03", "G-06", "G-07", "M-01", "M-10")
@pytest.mark.req("T-01", "T-03", "T-26", "P-25", "P-30", "P-02", "P-17")
def test_a_newcomer_connects_bills_an_hour_and_takes_the_invoice_back(
    db_session: Any, world: World, live_standin: str, page: Page, postbox: Any, picture: Picture
) -> None:
    set_up(page, postbox, picture)
    page.goto("/settings/organisation")
    page.get_by_label("Allow connections to addresses in private networks").check()
    page.get_by_role("button", name="Save").click()
    connect(page, world, live_standin, picture)

    page.goto("/projects/")
    page.get_by_role("link", name="Night sky calendar").first.click()
    page.get_by_role("link", name="Edit", exact=True).first.click()
    page.locator("input[name=rate]").first.fill("120")
    page.get_by_role("button", name="Save").first.click()
    page.locator("main").get_by_text("New Transaction").click()
    page.locator("main").get_by_role("link", name="Invoice", exact=True).first.click()
    picture(page, "new")
    page.get_by_role("button", name=re.compile("draft", re.IGNORECASE)).last.click()
    page.wait_for_url("**/edit")
    picture(page, "draft")
    drafted = states()["on_draft"]
    assert drafted > 0

    page.locator("input[name=exchange_rate]").fill("0.79")
    page.get_by_role("button", name="Save and send").click()
    page.wait_for_url("**/send")
    page.locator("input[name=to]").fill("ap@lumenhill.example")
    picture(page, "send")
    page.get_by_role("button", name="Save and send").click()
    picture(page, "sending")
    expect(page.locator("main")).to_contain_text("Sent")
    picture(page, "sent")

    assert states()["invoiced"] == drafted
    with reading():
        invoice = db.session.scalars(db.select(Transaction)).one()
        number, total = invoice.number, invoice.total
        link = invoice.link_token
        db.session.rollback()
    message = postbox.messages[-1]
    assert number in message["Subject"]
    [pdf] = [part for part in message.iter_attachments() if part.get_content_type() == "application/pdf"]
    assert pdf.get_content().startswith(b"%PDF")
    assert f"{total:,.2f}" in message.get_body(("plain",)).get_content()

    page.goto("/time/?state=invoiced")
    expect(page.locator("main")).to_contain_text(number)
    picture(page, "hours")
    stranger = page.context.browser.new_context(base_url=page.url.split("/time")[0])
    customer = stranger.new_page()
    customer.goto(f"/c/{link}")
    expect(customer.locator("body")).to_contain_text(number)
    assert customer.get_by_role("link", name="Settings").count() == 0
    picture(customer, "customer")
    stranger.close()

    page.goto("/invoices/")
    page.get_by_role("link", name=number).first.click()
    page.goto(page.url.rstrip("/") + "/void")
    page.locator("textarea[name=reason]").fill("Sent to the wrong customer")
    page.get_by_role("button", name=re.compile("^Void")).click()
    page.locator("main").get_by_text("Void", exact=True).first.wait_for()
    picture(page, "void")

    assert "invoiced" not in states()
    assert total > Decimal(0)
    page.goto("/ledger/")
    picture(page, "ledger")
    with reading():
        assert db.session.get_one(Organisation, 1).name == "Brightline Studio"
        assert broken_invariants() == []
        db.session.rollback()
