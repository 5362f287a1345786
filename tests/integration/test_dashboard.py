"""The first page, search and health: what they say and what they cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from extensions import db
from models import User
from tests import factories

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
        factories.make_time_entry(factories.make_project(name=f"Project {number}"))
    olga = browser_of(people.olga)
    olga.get("/")

    with statements(app) as seen:
        olga.get("/")

    assert len(seen) <= 14, seen


def test_search_finds_customers_projects_and_invoices_by_their_beginning(people: Any, browser_of: Browsers) -> None:
    customer = factories.make_customer("Zylker Inc")
    factories.make_project(customer, "Zylker shop")
    factories.make_transaction(customer, number="ZY-2026-00007", status="issued")

    found = browser_of(people.bruno).get("/search?q=zy", headers={"HX-Request": "true"}).get_data(as_text=True)

    assert "<html" not in found
    for text in ("Zylker Inc", "Zylker shop"):
        assert text in found


def test_health_says_nothing_but_yes(client: FlaskClient, people: Any) -> None:
    assert client.get("/healthz").get_data(as_text=True) == "ok\n"
    assert client.get("/readyz").status_code in {200, 503}
    assert client.get("/readyz").get_data(as_text=True) in {"ready\n", "not ready\n"}
