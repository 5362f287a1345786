"""Pages of rates, costs, budgets and approval policies: what they take, refuse and show (T-13, T-18, T-19)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from billing.hours.dated import BEGINNING, Place, history, set_amount
from extensions import db
from models import AuditEntry, Project, ProjectStaff, Task, TimeEntry
from models.audit import Actor
from sync.modules.time_entries import MODULE
from tests import factories
from tests.browsing import words_of

OLGA = Actor("person", "Olga Marsh")
pytestmark = pytest.mark.usefixtures("people")


@pytest.fixture(autouse=True)
def _no_tokens(app):
    app.config["WTF_CSRF_ENABLED"] = False


def project_form(**values):
    plain = {"name": "Harbour", "customer_id": "1", "billing_method": "project_hours", "is_active": "y"}
    return plain | values


@pytest.mark.req("T-19")
@pytest.mark.both_databases
def test_a_rate_set_from_a_day_stands_on_the_page_and_can_be_taken_back(browser_of, people):
    project = factories.make_project()
    browser, url = browser_of(people.bruno), f"/rates/projects/{project.id}"

    values = {"place": "project", "since": "2026-07-01", "amount": "120"}
    shown = words_of(browser.post(f"{url}/set", data=values, follow_redirects=True))
    row = history("rate", Place(project_id=project.id))[0]
    since, by = row.from_date, row.created_by
    browser.post(f"{url}/{row.id}/remove")

    assert "The project's rate" in shown
    assert "US$120.00 per hour" in shown
    assert (since, by) == (date(2026, 7, 1), "Bruno Keller")
    assert history("rate", Place(project_id=project.id)) == []
    verbs = list(db.session.scalars(select(AuditEntry.verb).order_by(AuditEntry.id)))
    assert verbs[-2:] == ["rate.set", "rate.removed"]


@pytest.mark.req("T-19")
def test_an_amount_without_a_day_counts_from_the_beginning_and_nonsense_is_refused(browser_of, people):
    browser, url = browser_of(people.ada), f"/rates/people/{people.petra.id}"

    done = browser.post(f"{url}/set", data={"place": "cost", "since": "", "amount": "42.5"}, follow_redirects=True)
    wrong = browser.post(f"{url}/set", data={"place": "cost", "amount": "-3"})

    assert "The beginning US$42.50" in words_of(done)
    assert history("cost", Place(user_id=people.petra.id))[0].from_date == BEGINNING
    assert wrong.status_code == 422
    assert "Enter an amount of 0 or more." in words_of(wrong)


@pytest.mark.req("T-19", "T-12")
def test_a_persons_own_rate_is_set_on_their_page(browser_of, people):
    browser_of(people.ada).post(f"/rates/people/{people.petra.id}/own", data={"rate": "87.125"})

    db.session.refresh(people.petra)
    assert people.petra.rate == Decimal("87.125")


@pytest.mark.req("T-19")
def test_what_people_cost_is_seen_and_set_by_admins_only(browser_of, people):
    project = factories.make_project()
    factories.make_staff(project, people.petra)
    set_amount("cost", Place(user_id=people.petra.id, project_id=project.id), None, Decimal("41.37"), OLGA)
    url = f"/rates/projects/{project.id}"

    for person, is_allowed in ((people.ada, True), (people.bruno, False)):
        browser = browser_of(person)
        assert ("41.37" in words_of(browser.get(url))) == is_allowed
        cost = {"place": f"cost-{people.petra.id}", "amount": "1"}
        assert (browser.post(f"{url}/set", data=cost).status_code == 303) == is_allowed


@pytest.mark.req("T-19")
def test_an_amount_of_another_project_cannot_be_removed_from_here(browser_of, people):
    here, there = factories.make_project(), factories.make_project()
    row = set_amount("rate", Place(project_id=there.id), None, Decimal(1), OLGA)

    answer = browser_of(people.bruno).post(f"/rates/projects/{here.id}/{row.id}/remove", follow_redirects=True)

    assert "not there any more" in words_of(answer)
    assert history("rate", Place(project_id=there.id)) != []


@pytest.mark.req("T-13")
def test_a_fixed_price_takes_no_budget_of_cost_and_a_budget_wants_its_limit(browser_of, people):
    project = factories.make_project()
    browser, url = browser_of(people.bruno), f"/projects/{project.id}/edit"

    fixed = project_form(billing_method="fixed", fixed_amount="900", budget_kind="total_cost", budget_amount="500")
    refused = browser.post(url, data=fixed)
    empty = browser.post(url, data=project_form(budget_kind="total_hours"))
    browser.post(url, data=project_form(budget_kind="total_cost", budget_amount="500"))

    assert "A fixed price has no budget of cost." in words_of(refused)
    assert "Enter the hours that this project may take" in words_of(empty)
    db.session.refresh(project)
    assert (project.budget_kind, project.budget_amount) == ("total_cost", Decimal(500))


@pytest.mark.req("T-13")
@pytest.mark.both_databases
def test_hours_per_task_and_per_person_are_entered_on_their_tabs(browser_of, people):
    by_task, by_person = (factories.make_project(budget_kind=kind) for kind in ("task_hours", "staff_hours"))
    task = factories.make_task(by_task)
    factories.make_staff(by_person, people.petra)
    browser = browser_of(people.bruno)

    browser.post(f"/projects/{by_task.id}/task-rates", data={"ids": task.id, f"budget-{task.id}": "7:30"})
    browser.post(f"/projects/{by_person.id}/staff-rates", data={f"budget-{people.petra.id}": "12"})
    wrong = browser.post(f"/projects/{by_task.id}/task-rates", data={"ids": task.id, f"budget-{task.id}": "soon"})

    assert db.session.scalar(select(Task.budget_seconds)) == 27_000
    assert db.session.scalar(select(ProjectStaff.budget_seconds)) == 43_200
    assert wrong.status_code == 422
    assert "Write hours and minutes" in words_of(wrong)


@pytest.mark.req("T-13")
def test_an_overrun_is_flagged_on_the_project_and_in_the_list(browser_of, people):
    project = factories.make_project(name="Harbour", budget_kind="total_cost", budget_amount=Decimal(150))
    for _ in range(2):
        factories.make_time_entry(project)
    browser = browser_of(people.bruno)

    assert "OVERRUN: US$50.00 over the budget" in words_of(browser.get(f"/projects/{project.id}"))
    assert "133 % · over" in words_of(browser.get("/projects/"))


@pytest.mark.req("T-18")
@pytest.mark.both_databases
def test_choosing_the_customer_as_judge_makes_managers_approvals_void(browser_of, people):
    project = factories.make_project(approval_policy="internal")
    entry = factories.make_time_entry(project, approval="approved")

    values = project_form(customer_id=str(project.customer_id), approval_policy="customer")
    browser_of(people.bruno).post(f"/projects/{project.id}/edit", data=values)

    db.session.refresh(entry)
    assert db.session.get(Project, project.id).approval_policy == "customer"
    assert entry.approval == "none"


@pytest.mark.req("T-18")
@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ({}, "approved"),
        ({"notes": "New words"}, "approved"),
        ({"seconds": 7200}, "none"),
        ({"date": date(2026, 6, 2)}, "none"),
    ],
)
def test_an_approved_hour_that_a_sync_changes_in_time_or_day_needs_approval_anew(change, kept):
    values = {"date": date(2026, 6, 1), "seconds": 3600, "user_id": 1, "notes": "Words"}
    row = {**values, "billing_state": "unbilled", "remote_change": "", "approval": "approved"}

    shaped = MODULE.shape({**values, **change}, {}, None, row)

    assert shaped.get("approval", "approved") == kept


@pytest.mark.req("T-18")
def test_a_list_of_hours_says_what_waits_and_what_was_rejected(browser_of, people):
    project = factories.make_project(approval_policy="customer")
    for state in ("asked", "rejected", "approved"):
        factories.make_time_entry(project, approval=state)

    page = words_of(browser_of(people.bruno).get("/time/"))

    assert "Waits for the customer's approval" in page
    assert page.count("Rejected") == 1
    assert db.session.scalar(select(db.func.count()).select_from(TimeEntry)) == 3
