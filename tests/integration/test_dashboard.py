"""The first page: what it says and what it costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from extensions import db, utcnow
from models import Integration, User
from tests import factories
from tests.browsing import words_of

Browsers = Callable[[User], FlaskClient]


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    """Collect the SQL statements of a request."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE")):
            seen.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def test_a_new_organisation_is_led_to_the_next_step(people: Any, browser_of: Browsers) -> None:
    page = browser_of(people.olga).get("/").get_data(as_text=True)

    assert "Nothing to bill yet" in page
    assert "/settings/integrations" in page


@pytest.mark.req("M-06")
def test_unbilled_hours_are_money_ready_to_bill(people: Any, browser_of: Browsers) -> None:
    project = factories.make_project(name="Website relaunch")
    factories.make_time_entry(project, seconds=5400)
    factories.make_time_entry(project, billing_state="elsewhere")

    page = browser_of(people.olga).get("/").get_data(as_text=True)

    assert "150.00" in page
    assert "Website relaunch" in page


def test_the_dashboard_asks_at_most_twelve_questions(app: Flask, people: Any, browser_of: Browsers) -> None:
    for number in range(15):
        method = ("project_hours", "task_hours", "fixed")[number % 3]
        factories.make_time_entry(factories.make_project(name=f"Project {number}", billing_method=method))
    integration = factories.make_integration()
    factories.make_run(integration)
    factories.make_link(integration, "time_entries", outcome="failed", reason="TS-MAX-HOURS")
    olga = browser_of(people.olga)
    olga.get("/")

    with statements(app) as seen:
        olga.get("/")

    assert len(seen) <= 12, seen


def kept_out(integration: Integration, reason: str, seconds: Any, outcome: str = "failed") -> None:
    """One time entry that did not come in."""
    factories.make_link(
        integration, "time_entries", outcome=outcome, reason=reason, kept={"fields": {"seconds": seconds}}
    )  # fmt: skip


@pytest.mark.both_databases
@pytest.mark.req("M-06", "R-13")
def test_stuck_money_is_told_by_reason_and_never_mixed_with_what_a_rule_keeps_out(
    people: Any, browser_of: Browsers
) -> None:
    integration = factories.make_integration()
    for seconds in (90_000, 90_000, 5400):
        kept_out(integration, "TS-MAX-HOURS", seconds)
    kept_out(integration, "TS-NOT-APPROVED", 7200, "excluded")

    page = words_of(browser_of(people.olga).get("/"))

    assert "Stuck about US$5,150.00 3 records, 51:30 h" in page
    assert "Kept out by a rule about US$200.00 1 record, 2:00 h" in page
    assert "More than the maximum hours per day Stuck" in page
    assert "Not approved yet By a rule" in page


@pytest.mark.both_databases
def test_hours_that_a_remote_wrote_badly_count_as_records_but_not_as_time(people: Any, browser_of: Browsers) -> None:
    integration = factories.make_integration()
    for seconds in ("abc", -5, 1.5, None, "9" * 40):
        kept_out(integration, "REC-UNREADABLE", seconds)

    page = words_of(browser_of(people.olga).get("/"))

    assert "5 records, 0:00 h" in page


def test_what_needs_a_person_leads_to_the_page_that_helps(people: Any, browser_of: Browsers) -> None:
    integration = factories.make_integration(state="needs_reauth", problem="Zoho ended the connection.")
    kept_out(integration, "TS-MAX-HOURS", 90_000)
    factories.make_run(integration, state="failed", message="Zoho did not answer for an hour.")

    page = browser_of(people.olga).get("/")

    for text in ("Zoho ended the connection.", "Zoho did not answer for an hour.", "Records failed"):
        assert text in words_of(page)
    assert 'href="/settings/integrations/zoho_projects/errors"' in page.text


def test_staff_see_what_is_stuck_but_no_way_into_settings(people: Any, browser_of: Browsers) -> None:
    kept_out(factories.make_integration(), "TS-MAX-HOURS", 90_000)

    page = browser_of(people.bruno).get("/")

    assert "More than the maximum hours per day" in words_of(page)
    assert "/settings/integrations" not in page.text


def test_sums_of_two_currencies_are_never_added(people: Any, browser_of: Browsers) -> None:
    factories.make_time_entry(factories.make_project(factories.make_customer(currency="EUR")))
    factories.make_time_entry(factories.make_project())

    page = words_of(browser_of(people.olga).get("/"))

    assert "US$100.00 + €100.00" in page


def test_overdue_invoices_are_money_to_ask_for(people: Any, browser_of: Browsers) -> None:
    late = utcnow().date() - timedelta(days=45)
    factories.make_transaction(
        status="sent", number="INV-2026-00001", date=late, due_date=late, total=Decimal(500), balance=Decimal(500)
    )  # fmt: skip

    page = words_of(browser_of(people.olga).get("/"))

    assert "Overdue US$500.00 1 invoice past its date" in page
    assert "31–60 days US$500.00" in page
