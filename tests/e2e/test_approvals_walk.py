"""A customer ticks hours on a phone, and only these are offered for the invoice (requirement M-18)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from extensions import db
from models import ApprovalAnswer, Transaction, User
from tests import factories
from tests.e2e.conftest import PATIENCE, PHONE

Picture = Callable[[Page, str], None]


@pytest.fixture
def olga(db_session: Any) -> User:
    """The owner, with a project whose customer approves its three hours."""
    factories.make_organisation(base_currency="EUR")
    person = factories.make_user("Olga Marsh", "owner")
    petra = factories.make_user("Petra Novak")
    customer = factories.make_customer("Aurora Foods", currency="EUR", city="Ulm")
    factories.make_contact_person(customer)
    project = factories.make_project(customer, "Harbour website", approval_policy="customer")
    task = factories.make_task(project, "Home page")
    for day, notes in ((15, "Drew the layout"), (16, "Built the menu"), (17, "Tried another menu")):
        factories.make_time_entry(project, date=date(2026, 6, day), notes=notes, user_id=petra.id, task_id=task.id)
    db_session.commit()
    return person


@pytest.mark.req("M-18", "T-18", "M-14")
def test_a_customer_ticks_hours_on_a_phone_and_only_these_are_offered(
    page_of: Callable[[User], Page], chromium: Browser, live: str, olga: User, picture: Picture
) -> None:
    page = page_of(olga)
    page.goto("/approvals/")
    picture(page, "approvals")
    page.get_by_role("link", name="Ask the customer").click()
    expect(page.locator("main")).to_contain_text("3 entries with 3:00 hours wait to be asked about.")
    page.get_by_role("textbox", name="Message").fill("Two days of drawing and building.")
    page.get_by_role("button", name="Make the link").click()
    expect(page.locator("main")).to_contain_text("Two days of drawing and building.")
    picture(page, "asked")
    link = page.locator("[data-copy]").first.get_attribute("data-copy") or ""

    with_phone = chromium.new_context(viewport=PHONE, locale="en-GB", base_url=live)
    with_phone.set_default_timeout(PATIENCE)
    phone = with_phone.new_page()
    phone.goto("/a/" + link.split("/a/")[1])
    expect(phone.get_by_role("heading", level=1)).to_have_text("Hours for Harbour website")
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], "nothing sticks out"
    phone.get_by_label("Approve 1:00 hours of 17 Jun 2026").uncheck()
    phone.get_by_label("Your name").fill("Carla Reyes")
    phone.get_by_label("Comment").fill("The second menu was not asked for.")
    picture(phone, "phone")
    phone.get_by_role("button", name="Send answer").click()
    expect(phone.locator("main")).to_contain_text("Answered by Carla Reyes")
    expect(phone.get_by_label("Approve 1:00 hours of 16 Jun 2026")).to_be_checked()
    expect(phone.get_by_label("Approve 1:00 hours of 17 Jun 2026")).not_to_be_checked()
    picture(phone, "answered")

    page.goto("/assistant/")
    page.get_by_role("link", name="Aurora Foods").click()
    expect(page.locator("#outlook")).to_contain_text("2 entries · 2:00 h")
    expect(page.locator("#outlook")).to_contain_text("Rejected")
    expect(page.locator("#outlook")).not_to_contain_text("Tried another menu")
    picture(page, "assistant")
    page.get_by_role("button", name="Create draft").click()
    page.wait_for_url("**/invoices/*/edit")

    phone.reload()
    expect(phone.get_by_label("Approve 1:00 hours of 16 Jun 2026")).to_be_disabled()
    expect(phone.get_by_label("Approve 1:00 hours of 17 Jun 2026")).to_be_enabled()
    with_phone.close()
    draft = db.session.scalars(select(Transaction)).one()
    verdicts = db.session.scalars(select(ApprovalAnswer.verdict).order_by(ApprovalAnswer.time_entry_id))
    assert draft.total == 200
    assert list(verdicts) == ["approved", "approved", "rejected"]
