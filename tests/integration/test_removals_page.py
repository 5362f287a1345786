"""The delete brake: what vanished waits for a person, and releases itself when it returns (requirement M-07)."""

from __future__ import annotations

from typing import Any

import pytest

from billing import transactions
from billing.transactions import TimeChoice
from extensions import db
from models import Link, Project, SyncRun, TimeEntry, User
from sync import connection, engine
from sync.invariants import broken_invariants
from tests.browsing import send, words_of
from tests.syncing import TEST, Portal, connect

HOME = "/settings/integrations/zoho_projects"
pytestmark = pytest.mark.req("M-07")


@pytest.fixture
def portal(standin: Any, people: Any) -> Portal:
    """A portal with ten projects of one client, an hour on each."""
    portal = connect(standin)
    client = portal.client("Zylker Inc")
    for number in range(10):
        project = portal.project(f"Project {number:02}", client)
        portal.ids[f"project{number}"] = project
        portal.ids[f"log{number}"] = portal.log(project)
    portal.sync()
    return portal


@pytest.fixture
def browser(browser_of: Any, olga: User) -> Any:
    """Olga's browser."""
    return browser_of(olga)


def lose(portal: Portal, count: int = 3) -> SyncRun:
    """Zoho loses projects; then everything is compared."""
    portal.edit("project.trash_many", count=count)
    return portal.sync()


def held_projects() -> list[Project]:
    """The projects whose removal waits."""
    db.session.expire_all()
    ids = db.select(Link.local_id).where(Link.module == "projects", Link.missing_since.is_not(None))
    return list(db.session.scalars(db.select(Project).where(Project.id.in_(ids)).order_by(Project.id)))


@pytest.mark.both_databases
def test_thirty_percent_of_the_projects_vanish_and_nothing_is_removed(portal: Portal, browser: Any) -> None:
    lose(portal)

    told = words_of(browser.get(HOME))

    assert len(held_projects()) == 3
    assert "removals wait for you" in told
    assert "Everything has been synced" not in told
    assert db.session.scalar(db.select(db.func.count()).select_from(Project)) == 10
    assert db.session.scalar(db.select(db.func.count()).select_from(TimeEntry)) == 10
    assert "3 projects are no longer listed in Zoho Projects since" in told
    assert "US$300.00 unbilled hangs on them. Nothing was removed." in told


@pytest.mark.both_databases
def test_the_page_lists_each_with_its_hours_its_money_and_its_transactions(portal: Portal, browser: Any) -> None:
    lose(portal)
    project = held_projects()[0]
    made = transactions.start_from_time(TimeChoice((project.id,)), TEST)
    made.project_id = project.id
    name, other = project.name, held_projects()[1].name

    told = words_of(browser.get(f"{HOME}/removals?module=projects"))

    assert f"{other} " in told
    assert "1:00 US$100.00 0" in told
    assert f"{name} " in told
    assert " – – 1" in told
    assert "Remove them here too" in told
    assert "Look again" in told


def test_without_anything_missing_there_is_no_banner_and_an_empty_page(portal: Portal, browser: Any) -> None:
    assert "no longer listed" not in words_of(browser.get(HOME))
    assert "Nothing is missing" in words_of(browser.get(f"{HOME}/removals"))


@pytest.mark.both_databases
def test_they_release_themselves_when_zoho_lists_them_again(portal: Portal, browser: Any) -> None:
    lose(portal)
    for project in held_projects():
        link = db.session.scalar(db.select(Link).where(Link.module == "projects", Link.local_id == project.id))
        portal.edit("project.restore", id=link.remote_id)

    portal.sync()

    assert held_projects() == []
    assert "no longer listed" not in words_of(browser.get(HOME))


@pytest.mark.both_databases
def test_released_by_a_person_they_go_and_those_with_money_stay_marked(portal: Portal, browser: Any) -> None:
    lose(portal)
    billed, bare, _third = held_projects()
    made = transactions.start_from_time(TimeChoice((billed.id,)), TEST)
    transactions.issue(made, TEST)
    billed_id, bare_id = billed.id, bare.id

    answer = send(browser, f"{HOME}/removals", {}, to=f"{HOME}/removals/release")
    run = connection.live_run(portal.integration)
    done = engine.perform(run.id)

    assert answer.location == f"{HOME}/runs/{run.id}"
    assert (done.kind, done.actor) == ("removal", "Olga Marsh")
    kept = db.session.get(Project, billed_id)
    assert kept is not None
    assert not kept.is_active
    entry = db.session.scalar(db.select(TimeEntry).where(TimeEntry.project_id == billed_id))
    assert (entry.billing_state, entry.remote_change) == ("invoiced", "removed")
    bare = db.session.get(Project, bare_id)
    assert bare is None or not bare.is_active
    assert held_projects() == []
    assert broken_invariants() == []


def test_a_backup_is_made_before_they_are_removed(portal: Portal, browser: Any, app: Any) -> None:
    lose(portal)

    send(browser, f"{HOME}/removals", {}, to=f"{HOME}/removals/release")

    folder = app.config["CROSSBILL"].data_folder
    assert [path.name for path in folder.rglob("*") if "removing" in path.name.lower()] != []


def test_the_button_asks_with_the_numbers_and_the_money(portal: Portal, browser: Any) -> None:
    lose(portal)

    page = browser.get(f"{HOME}/removals").text

    assert 'data-confirm="Remove ' in page
    assert "3:00 unbilled hours hang on them, US$300.00." in page


@pytest.mark.parametrize("person", ["bruno", "tim"])
def test_who_may_not_sync_cannot_release(portal: Portal, browser_of: Any, people: Any, person: str, app: Any) -> None:
    app.config["WTF_CSRF_ENABLED"] = False

    answer = browser_of(getattr(people, person)).post(f"{HOME}/removals/release")

    assert answer.status_code == 403
    assert connection.live_run(portal.integration) is None
