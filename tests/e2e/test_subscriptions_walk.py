"""A subscription's life in the browser: made, its days come, paused and ended; and its pages looked at in all ways."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from billing import exchange, subscriptions, terms
from billing.exchange import DayRate
from extensions import db
from jobs import make_subscriptions
from models import Organisation, User
from standin import World
from tests import factories
from tests.e2e.test_looks import looked_at
from tests.subscribing import OLGA, make_expense_subscription, make_subscription

Picture = Callable[[Page, str], None]


@pytest.fixture
def world() -> World:
    """Nothing at the remote's."""
    return World.empty()


class Calendar:
    """Today, as the organisation has it; a test turns its leaves."""

    def __init__(self, day: date) -> None:
        self.day = day

    def becomes(self, day: date) -> None:
        """A new day: the clock's job runs."""
        self.day = day
        make_subscriptions()


@pytest.fixture
def calendar(monkeypatch: pytest.MonkeyPatch) -> Calendar:
    found = Calendar(date(2026, 3, 10))
    monkeypatch.setattr(Organisation, "today", lambda _organisation: found.day)
    return found


@pytest.mark.req("T-02", "T-22", "R-07")
def test_a_subscription_is_made_its_days_come_and_it_is_paused(
    people: Any, page_of: Callable[[User], Page], calendar: Calendar, picture: Picture
) -> None:
    project = factories.make_project(factories.make_customer("Aurora Museum"), "Website care")
    factories.make_time_entry(project, date=date(2026, 3, 20))
    here = f"/projects/{project.id}"
    page = page_of(people.bruno)

    page.goto(here)
    page.get_by_text("New Transaction").click()
    page.get_by_role("link", name="Recurring invoice").click()
    page.get_by_label("First on").fill("2026-04-01")
    page.get_by_label("Name of line 1").fill("Care in {month}")
    page.get_by_label("Rate of line 1").fill("150")
    ahead = page.locator("#subscription-preview")
    expect(ahead).to_contain_text("1 Sept 2026")
    expect(ahead).to_contain_text("$150.00")
    page.get_by_role("button", name="Add line").click()
    page.get_by_label("Name of line 2").fill("Domain")
    page.get_by_label("Rate of line 2").fill("10")
    expect(ahead).to_contain_text("$160.00")
    page.get_by_label("The project's unbilled hours join").check()
    picture(page, "form")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Website care")
    expect(page.locator("#children")).to_contain_text("The first one is made on 1 Apr 2026.")

    calendar.becomes(date(2026, 4, 1))
    page.reload()
    page.locator("#children").get_by_role("link", name="Draft").click()
    lines = page.locator("main")
    expect(lines).to_contain_text("Care in April")
    expect(lines).to_contain_text("$260.00")
    page.get_by_role("link", name="From a subscription").click()
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("main")).to_contain_text("Nothing while it is paused.")

    calendar.becomes(date(2026, 6, 15))
    page.reload()
    expect(page.locator("#children tbody tr")).to_have_count(1)
    page.get_by_role("button", name="Resume").click()
    expect(page.locator("#coming")).to_contain_text("1 Jul 2026")
    picture(page, "shown")
    calendar.becomes(date(2026, 7, 1))
    page.reload()
    expect(page.locator("#children tbody tr")).to_have_count(2)


@pytest.fixture
def office(people: Any, calendar: Calendar) -> User:
    """Something on each of the pages."""
    customer = factories.make_customer("Müller & Söhne", currency="EUR")
    found = make_subscription(customer, start_date=date(2026, 1, 31), mode="send")
    subscriptions.make_due(found.id, calendar.day)
    make_subscription(name="Server with a rather long name for two racks in Frankfurt", start_date=date(2026, 9, 1))
    make_expense_subscription()
    for day, rate in ((2, "1.0711"), (9, "1.0842")):
        exchange.add_rate(DayRate("EUR", date(2026, 3, day), Decimal(rate)), "European Central Bank", OLGA)
    terms.set_default(terms.add_term("Net 14", "days", 14, OLGA), OLGA)
    terms.add_term("10 days after the month", "month_end", 10, OLGA)
    issued = factories.make_transaction(customer, number="INV-2026-00001", status="void", void_reason="Wrong customer")
    factories.make_line(issued)
    db.session.commit()
    olga: User = people.olga
    return olga


PAGES = (
    "/subscriptions/", "/subscriptions/1", "/subscriptions/1/edit", "/subscriptions/3", "/subscriptions/3/edit",
    "/subscriptions/new", "/subscriptions/new?kind=expense", "/settings/terms", "/settings/currencies",
    "/settings/numbers/invoice/used", "/settings/numbers",
)  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_its_pages_are_accessible_and_fit(
    office: User, page_of: Callable[[User], Page], scheme: Any, width: int, picture: Picture
) -> None:
    page = page_of(office)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})

    problems = looked_at(page, PAGES, picture)

    assert not problems, "\n".join(problems)
