"""Projects: the list, a project's page with its tabs, making and editing them, rates."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event

from blueprints.access import public
from extensions import db
from models import Project
from tests import factories as make

RESTRICTED = {"restrict_project_creation": True}


@pytest.fixture(autouse=True)
def _plain_forms(app: Any) -> None:
    """Forms without the hidden token; that it is asked for is tested with the sign-in."""
    app.config["WTF_CSRF_ENABLED"] = False


def fields(**changed: str) -> dict[str, str]:
    """What a browser sends for a project."""
    plain = {"name": "Web shop", "billing_method": "project_hours", "rate": "", "is_active": "y"}
    return plain | changed


@pytest.fixture
def synced(people: Any) -> Project:
    """A project that a live integration keeps up to date."""
    integration = make.make_integration()
    project = make.make_project(make.make_customer("Aurora"), "Relaunch", source="zoho_projects", key="AU-7")
    make.make_link(integration, "projects", local_id=project.id, remote_id="170876")
    return project


@pytest.mark.req("G-07")
@pytest.mark.both_databases
def test_a_synced_project_shows_its_tasks_bugs_people_and_hours(browser_of: Any, people: Any, synced: Project) -> None:
    task = make.make_task(synced, "Wireframes")
    make.make_bug(synced, "Basket is empty")
    make.make_staff(synced, people.tim)
    make.make_time_entry(synced, task_id=task.id, user_id=people.tim.id, seconds=4500, source="zoho_projects")
    bruno = browser_of(people.bruno)

    tabs = {tab: bruno.get(f"/projects/{synced.id}?tab={tab}").text for tab in ("tasks", "bugs", "people", "time")}

    assert "Relaunch" in bruno.get("/projects/").text
    assert "Wireframes" in tabs["tasks"]
    assert "1:15" in tabs["tasks"]
    assert "Basket is empty" in tabs["bugs"]
    assert "Tim Okafor" in tabs["people"]
    assert "Wireframes" in tabs["time"]


@pytest.mark.req("G-07")
def test_the_overview_says_where_hours_are_and_where_the_project_came_from(
    browser_of: Any, people: Any, synced: Project
) -> None:
    synced.budget_seconds = 2 * 3600
    for state, seconds in (("unbilled", 3600), ("elsewhere", 7200), ("written_off", 900)):
        make.make_time_entry(synced, billing_state=state, seconds=seconds)
    make.make_time_entry(synced, is_billable=False, seconds=1800)

    page = browser_of(people.bruno).get(f"/projects/{synced.id}").text

    assert all(text in page for text in ("1:00", "2:00", "0:15", "0:30", "3:45 hours logged in all"))
    assert "1:45 hours over the budget" in page
    assert "From Zoho Projects" in page
    assert "170876" in page


def test_an_empty_list_says_what_to_do_next(browser_of: Any, people: Any) -> None:
    page = browser_of(people.bruno).get("/projects/").text

    assert "No projects yet" in page
    assert 'href="/projects/new"' in page


def test_filters_narrow_the_list(browser_of: Any, people: Any) -> None:
    aurora = make.make_customer("Aurora")
    make.make_project(aurora, "Shop")
    make.make_project(aurora, "Old site", is_active=False)
    make.make_project(make.make_customer("Kestrel"), "Catalogue")
    bruno = browser_of(people.bruno)

    found = {
        "": bruno.get("/projects/").text,
        "closed": bruno.get("/projects/?state=closed").text,
        "customer": bruno.get(f"/projects/?customer_id={aurora.id}").text,
        "typed": bruno.get("/projects/?customer_id_text=kestrel").text,
        "unknown": bruno.get("/projects/?customer_id_text=nobody").text,
        "search": bruno.get("/projects/?q=CATA").text,
    }

    listed = {
        key: [name for name in ("Shop", "Old site", "Catalogue") if f"<bdi>{name}</bdi>" in page]
        for key, page in found.items()
    }
    assert listed == {
        "": ["Shop", "Catalogue"], "closed": ["Old site"], "customer": ["Shop"], "typed": ["Catalogue"],
        "unknown": [], "search": ["Catalogue"],
    }  # fmt: skip


def test_a_list_page_takes_at_most_five_statements(browser_of: Any, people: Any) -> None:
    for _number in range(60):
        make.make_time_entry(make.make_project(budget_seconds=3600))
    bruno = browser_of(people.bruno)
    said: list[str] = []
    listener = lambda _c, _cur, sql, *_rest: said.append(sql)  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", listener)

    bruno.get("/projects/")

    event.remove(db.engine, "before_cursor_execute", listener)
    assert len([sql for sql in said if not sql.startswith(("BEGIN", "PRAGMA"))]) <= 5


@pytest.mark.req("P-22")
def test_where_creation_is_restricted_there_is_no_button_and_a_post_is_refused_with_the_reason(
    browser_of: Any, people: Any
) -> None:
    make.make_integration(settings=RESTRICTED)
    customer = make.make_customer("Aurora")
    bruno = browser_of(people.bruno)

    listed = bruno.get("/projects/").text
    answer = bruno.post("/projects/new", data=fields(customer_id=str(customer.id)))

    assert 'href="/projects/new"' not in listed.split("<main", 1)[1]
    assert answer.status_code == 403
    assert "restricts project creation here" in answer.text
    assert db.session.scalar(db.select(db.func.count(Project.id))) == 0


@pytest.mark.req("P-22", "P-59")
@pytest.mark.parametrize("state", ["deleted", "disabled"])
def test_an_integration_that_brings_nothing_restricts_nothing(browser_of: Any, people: Any, state: str) -> None:
    make.make_integration(settings=RESTRICTED, state=state)
    customer = make.make_customer("Aurora")
    bruno = browser_of(people.bruno)

    answer = bruno.post("/projects/new", data=fields(customer_id=str(customer.id)))

    assert answer.status_code == 303
    assert 'href="/projects/new"' in bruno.get("/projects/").text


def test_a_new_project_bills_in_the_currency_of_its_customer(browser_of: Any, people: Any) -> None:
    make.make_customer("Aurora", currency="EUR")

    browser_of(people.bruno).post(
        "/projects/new", data=fields(customer_id_text="aurora", rate="95.50", budget_seconds="120:00")
    )

    project = db.session.scalars(db.select(Project)).one()
    assert (project.currency, project.rate, project.budget_seconds) == ("EUR", Decimal("95.50"), 432_000)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": ""}, "Give the project a name."),
        ({"customer_id_text": "nobody"}, "Choose a customer from the list."),
        ({"rate": "-1"}, "Enter an amount of 0 or more."),
        ({"rate": "1.00001"}, "Use at most four decimal places."),
        ({"billing_method": "fixed"}, "Enter the fixed amount, or choose another billing method."),
        ({"budget_seconds": "soon"}, "Write hours and minutes, for example 7:30."),
        ({"start_date": "2026-05-02", "end_date": "2026-05-01"}, "The end lies before the start."),
    ],
)
def test_a_wrong_form_says_what_is_wrong_and_saves_nothing(
    browser_of: Any, people: Any, wrong: dict[str, str], sentence: str
) -> None:
    make.make_customer("Aurora")

    answer = browser_of(people.bruno).post("/projects/new", data=fields(customer_id_text="Aurora") | wrong)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert db.session.scalar(db.select(db.func.count(Project.id))) == 0


def test_what_a_sync_feeds_is_read_only_but_billing_is_ours(browser_of: Any, people: Any, synced: Project) -> None:
    other = make.make_customer("Kestrel")
    bruno = browser_of(people.bruno)

    page = bruno.get(f"/projects/{synced.id}/edit").text
    sent = fields(name="Mine", customer_id=str(other.id), billing_method="task_hours", rate="80")
    bruno.post(f"/projects/{synced.id}/edit", data={key: value for key, value in sent.items() if key != "is_active"})

    assert "Zoho Projects fills in some of these fields" in page
    assert 'name="name"' not in page
    assert (synced.name, synced.customer.name, synced.is_active) == ("Relaunch", "Aurora", True)
    assert (synced.billing_method, synced.rate) == ("task_hours", Decimal(80))


@pytest.mark.req("P-59")
def test_a_standalone_project_is_fully_editable(browser_of: Any, people: Any, synced: Project) -> None:
    db.session.execute(db.text("UPDATE integrations SET state = 'deleted'"))
    db.session.commit()

    browser_of(people.bruno).post(f"/projects/{synced.id}/edit", data=fields(name="Mine"))

    assert synced.name == "Mine"


@pytest.mark.req("P-44", "P-45")
def test_a_project_with_transactions_keeps_its_customer(browser_of: Any, people: Any) -> None:
    project = make.make_project(make.make_customer("Aurora"), "Shop")
    make.make_transaction(project.customer, project_id=project.id)
    other = make.make_customer("Kestrel", currency="EUR")

    answer = browser_of(people.bruno).post(f"/projects/{project.id}/edit", data=fields(customer_id=str(other.id)))

    assert answer.status_code == 422
    assert "The customer stays Aurora" in answer.text
    assert (project.customer.name, project.currency) == ("Aurora", "USD")


def test_rates_of_tasks_are_set_on_the_tab_and_a_wrong_one_is_kept_for_mending(browser_of: Any, people: Any) -> None:
    project = make.make_project(billing_method="task_hours")
    one, two = make.make_task(project, "One"), make.make_task(project, "Two", rate=Decimal(70))
    elsewhere = make.make_task(make.make_project(), "Foreign")
    url = f"/projects/{project.id}/task-rates"
    ids = {"ids": [str(one.id), str(two.id), str(elsewhere.id)]}
    bruno = browser_of(people.bruno)

    wrong = bruno.post(url, data=ids | {f"rate-{one.id}": "a lot", f"rate-{two.id}": "60"})
    right = bruno.post(url, data=ids | {f"rate-{one.id}": "87.5", f"rate-{two.id}": "", f"rate-{elsewhere.id}": "1"})

    assert wrong.status_code == 422
    assert 'value="a lot"' in wrong.text
    assert 'value="60"' in wrong.text
    assert right.status_code == 303
    assert (one.rate, two.rate, elsewhere.rate) == (Decimal("87.5"), None, None)


def test_people_are_added_once_and_given_a_rate(browser_of: Any, people: Any) -> None:
    project = make.make_project(billing_method="staff_hours")
    bruno = browser_of(people.bruno)

    for _twice in range(2):
        bruno.post(f"/projects/{project.id}/people", data={"user_id": str(people.tim.id)})
    bruno.post(f"/projects/{project.id}/staff-rates", data={f"rate-{people.tim.id}": "55"})

    page = bruno.get(f"/projects/{project.id}?tab=people").text
    assert page.count("<bdi>Tim Okafor</bdi>") == 1
    assert 'value="55.00"' in page


@pytest.mark.req("T-01", "P-42")
def test_new_transaction_stands_on_active_projects_only(browser_of: Any, people: Any, app: Any) -> None:
    if "transactions.new_from_project" not in app.view_functions:
        app.add_url_rule("/new/<int:project_id>", "transactions.new_from_project", public(lambda project_id: ""))
    active, closed = make.make_project(), make.make_project(is_active=False)
    bruno = browser_of(people.bruno)

    pages = [bruno.get(f"/projects/{project.id}").text for project in (active, closed)]

    assert "New Transaction" in pages[0]
    assert "Invoice" in pages[0].split("New Transaction", 1)[1]
    assert "New Transaction" not in pages[1]


@pytest.mark.req("P-42")
def test_only_active_projects_are_offered(browser_of: Any, people: Any) -> None:
    make.make_project(name="Shop now")
    make.make_project(name="Shop then", is_active=False)

    offered = browser_of(people.bruno).get("/projects/options?q=shop").text

    assert "Shop now" in offered
    assert "Shop then" not in offered


@pytest.mark.parametrize("tab", ["overview", "tasks", "bugs", "milestones", "people", "time", "transactions"])
def test_htmx_gets_the_tab_alone_and_an_empty_one_says_so(browser_of: Any, people: Any, tab: str) -> None:
    project = make.make_project()

    answer = browser_of(people.bruno).get(f"/projects/{project.id}?tab={tab}", headers={"HX-Request": "true"})

    assert answer.text.lstrip().startswith('<div id="project-tab"')
    assert f'id="project-{tab}"' in answer.text
    assert 'class="empty"' in answer.text


def test_timesheet_staff_see_no_projects(browser_of: Any, people: Any) -> None:
    project = make.make_project()

    answer = browser_of(people.tim).get(f"/projects/{project.id}")

    assert answer.status_code == 403
