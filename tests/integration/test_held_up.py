"""Hours that are not ready: each reason with its worth, its age and its button (requirement M-06)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import event

from billing.approvals import Question, ask, decide
from billing.hours import radar
from billing.hours.held_up import held_up
from extensions import db
from models import TimeEntry
from models.audit import Actor
from tests import factories
from tests.browsing import words_of

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("organisation")]
OLGA = Actor("person", "Olga Marsh")
TODAY = date(2026, 7, 1)


def every_reason() -> dict[str, int]:
    """One entry for each reason, of 1, 2, 3 … hours; returns reason → seconds."""
    internal, customer = (factories.make_project(approval_policy=policy) for policy in ("internal", "customer"))
    free = factories.make_project()
    rejected = factories.make_time_entry(internal, seconds=3600, date=date(2026, 6, 1))
    decide([rejected.id], "rejected", "no", OLGA)
    factories.make_time_entry(internal, seconds=7200, date=date(2026, 5, 1))
    factories.make_time_entry(customer, seconds=3 * 3600)
    ask(Question(customer.id), "", "", OLGA)
    factories.make_time_entry(customer, seconds=4 * 3600)
    factories.make_time_entry(free, seconds=5 * 3600, billing_state="written_off")
    factories.make_time_entry(free, seconds=6 * 3600, is_billable=False)
    factories.make_time_entry(free, seconds=7 * 3600)
    return {"rejected": 1, "not_approved": 2, "asked": 3, "not_asked": 4, "written_off": 5, "not_billable": 6}


@pytest.mark.req("M-06", "T-18")
def test_every_hour_that_is_not_ready_stands_under_one_reason_with_its_worth_and_age():
    wanted = every_reason()

    found = {held.reason: held for held in held_up(TODAY)}

    assert {reason: held.seconds // 3600 for reason, held in found.items()} == wanted
    assert {reason: held.amounts["USD"] for reason, held in found.items()} == {
        reason: Decimal(hours * 100) for reason, hours in wanted.items()
    }
    assert {reason for reason, held in found.items() if held.is_never} == {"written_off", "not_billable"}
    assert (found["not_approved"].oldest, found["rejected"].oldest) == (date(2026, 5, 1), date(2026, 6, 1))


@pytest.mark.req("M-06")
def test_ready_stuck_and_never_together_are_all_unbilled_and_written_off_hours():
    every_reason()

    ready = sum(project.seconds for project in radar.ready())
    held = sum(item.seconds for item in held_up(TODAY))

    assert ready == 7 * 3600
    assert ready + held == db.session.scalar(db.select(db.func.sum(TimeEntry.seconds)))


@pytest.mark.req("M-06")
def test_never_billed_hours_are_told_of_for_a_year_and_stuck_ones_for_ever():
    old = date(2020, 1, 1)
    factories.make_time_entry(date=old, billing_state="written_off")
    factories.make_time_entry(factories.make_project(approval_policy="internal"), date=old)

    assert [held.reason for held in held_up(TODAY)] == ["not_approved"]


@pytest.mark.req("M-06")
@pytest.mark.parametrize("method", ["project_hours", "task_hours", "staff_hours", "daily_rate"])
def test_hours_without_any_rate_are_told_apart(organisation, method):
    organisation.default_rate = Decimal(0)
    project = factories.make_project(billing_method=method, rate=None)
    factories.make_time_entry(project, seconds=5400)

    assert radar.unbilled_summary(project.id).unpriced == 5400
    project.rate = Decimal(80)

    assert radar.unbilled_summary(project.id).unpriced == 0


@pytest.mark.req("M-06")
def test_the_first_page_shows_each_reason_with_its_button(browser_of, people):
    every_reason()

    answer = browser_of(people.olga).get("/")

    page = words_of(answer)
    for words in ("Not approved by a manager", "The customer was not asked yet", "Waiting for the customer's approval",
                  "Rejected", "Written off", "Not billable", "Waiting for approval US$1,000.00"):  # fmt: skip
        assert words in page, words
    text = answer.get_data(as_text=True)
    for address in ("/approvals/", "/approvals/requests", "/approvals/entries?state=rejected",
                    "/time/?state=written_off", "/time/?state=unbilled&amp;billable=no"):  # fmt: skip
        assert f'href="{address}"' in text, address


@pytest.mark.req("M-06", "T-18")
def test_a_project_with_nothing_ready_says_what_it_waits_for_where_its_invoice_would_start(browser_of, people):
    project = factories.make_project(approval_policy="internal")
    factories.make_time_entry(project, seconds=5400)

    page = words_of(browser_of(people.bruno).get(f"/invoices/new/from-project/{project.id}"))

    assert "Nothing to bill in this choice" in page
    assert "Stays out Not approved by a manager 1:30" in page


@pytest.mark.req("M-06")
def test_the_radar_is_one_statement():
    every_reason()
    held_up(TODAY)
    seen: list[str] = []

    def note(_c, _cursor, text, *_rest):
        seen.append(text)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        held_up(TODAY)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)

    assert len(seen) <= 2, seen


@pytest.mark.req("M-06")
def test_chosen_hours_are_written_off_together_with_their_reason_and_taken_back(app, browser_of, people):
    app.config["WTF_CSRF_ENABLED"] = False
    project = factories.make_project()
    rows = [factories.make_time_entry(project) for _ in range(3)]
    ids = [row.id for row in rows[:2]]
    browser = browser_of(people.bruno)

    values = {"ids": ids, "verb": "write_off", "reason": "Goodwill", "state": "unbilled"}
    done = browser.post("/time/move", data=values)
    states = [db.session.get(TimeEntry, row.id, populate_existing=True).billing_state for row in rows]
    shown = words_of(browser.get(f"/time/{ids[0]}"))
    mixed = browser.post("/time/move", data={"ids": [*ids, rows[2].id], "verb": "take_back"}, follow_redirects=True)
    browser.post("/time/move", data={"ids": ids, "verb": "take_back", "of_project": project.id})

    assert done.location == "/time/?state=unbilled"
    assert states == ["written_off", "written_off", "unbilled"]
    assert "Goodwill" in shown
    assert "changed meanwhile" in words_of(mixed)
    after = [db.session.get(TimeEntry, row.id, populate_existing=True).billing_state for row in rows]
    assert after == ["unbilled"] * 3
