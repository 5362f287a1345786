"""The page of one run, and the pages that take it back (P-34, P-35, P-41, R-12, M-02)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from extensions import db, utcnow
from models import BeforeImage, Link, Project, SyncRun, TimeEntry, User
from sync import connection
from tests import factories
from tests.browsing import send, words_of
from tests.syncing import TEST, Portal, connect

HOME = "/settings/integrations/zoho_projects"


@pytest.fixture
def portal(standin: Any, people: Any) -> Portal:
    """A portal with one project, a task and an hour on it."""
    portal = connect(standin)
    client = portal.client("Zylker Inc")
    project = portal.project("Website relaunch", client)
    task = portal.task(project, "Design")
    portal.ids |= {"project": project, "task": task, "log": portal.log(project, task)}
    return portal


@pytest.fixture
def browser(browser_of: Any, olga: User) -> Any:
    """Olga's browser."""
    return browser_of(olga)


def page_of(run: SyncRun) -> str:
    """The address of a run's page."""
    return f"{HOME}/runs/{run.id}"


@pytest.mark.both_databases
@pytest.mark.req("P-34", "R-12")
def test_the_page_says_who_started_it_how_long_it_took_and_what_each_module_did(portal: Portal, browser: Any) -> None:
    run = portal.sync()

    told = words_of(browser.get(page_of(run)))

    assert "Everything compared" in told
    assert "Instant Sync · by Olga Marsh" in told
    assert "Duration" in told
    assert f"Calls to Zoho Projects {run.calls}" in told
    assert "Projects Synced 1 0 0 0 0 0" in told
    assert "Time entries Synced 1 0 0 0 0 0" in told


@pytest.mark.req("P-34")
def test_the_history_leads_to_it(portal: Portal, browser: Any) -> None:
    run = portal.sync()

    answer = browser.get(f"{HOME}/history")

    assert f'href="{page_of(run)}"' in answer.text


@pytest.mark.both_databases
@pytest.mark.req("P-34")
def test_changed_records_are_shown_field_by_field_old_and_new(portal: Portal, browser: Any) -> None:
    portal.sync()
    portal.edit("project.set", id=portal.ids["project"], name="Relaunch 2027")
    run = portal.sync()

    answer = browser.get(page_of(run))

    assert "<del>Website relaunch</del>" in answer.text
    assert "<ins>Relaunch 2027</ins>" in answer.text
    assert "Undo this change" in answer.text


@pytest.mark.req("P-34")
def test_a_field_that_was_changed_again_since_says_so(portal: Portal, browser: Any) -> None:
    portal.sync()
    portal.edit("project.set", id=portal.ids["project"], name="Relaunch 2027")
    run = portal.sync()
    portal.local(Project, "projects", portal.ids["project"]).name = "By hand"

    told = words_of(browser.get(page_of(run)))

    assert "Name Changed again since Website relaunch By hand" in told


@pytest.mark.both_databases
@pytest.mark.req("P-34")
def test_added_and_removed_records_are_listed_each(portal: Portal, browser: Any) -> None:
    first = portal.sync()
    portal.edit("task.delete", id=portal.ids["task"])
    portal.sync()
    gone = db.session.scalar(db.select(BeforeImage).where(BeforeImage.after.is_(None)))

    added = words_of(browser.get(page_of(first) + "?what=added"))
    removed = words_of(browser.get(f"{HOME}/runs/{gone.run_id}?what=removed"))

    assert "Website relaunch Projects Added" in added
    assert "Design Tasks No longer here Added" in added or "No longer here Tasks" in added
    assert "Removed" in removed


@pytest.mark.req("P-35")
def test_it_shows_the_settings_it_was_told_and_leads_to_its_field_map(portal: Portal, browser: Any) -> None:
    portal.choose(cutoff="2026-06-01", duplicates="clone")
    run = portal.sync()
    portal.choose(cutoff=None, duplicates="overwrite")

    answer = browser.get(page_of(run))

    assert "Unbilled from 1 Jun 2026" in words_of(answer)
    assert "Customer duplication Clone" in words_of(answer)
    assert f'href="{HOME}/mapped-fields?run={run.id}"' in answer.text
    assert "View Mapped Fields" in answer.text


def test_the_page_asks_again_while_the_run_is_live_and_stops_by_the_answer(portal: Portal, browser: Any) -> None:
    run, _is_new = connection.enqueue(portal.integration, "full", "instant", TEST)
    live = browser.get(page_of(run), headers={"HX-Request": "true"})
    run.state, run.ended_at = "ok", utcnow()

    done = browser.get(page_of(run), headers={"HX-Request": "true"})

    assert 'hx-trigger="every 2s"' in live.text
    assert live.text.lstrip().startswith('<div id="run"')
    assert "hx-trigger" not in done.text


@pytest.mark.req("P-41")
def test_a_run_of_more_than_two_hours_says_that_it_is_unusual_and_what_to_do(portal: Portal, browser: Any) -> None:
    run, _is_new = connection.enqueue(portal.integration, "full", "instant", TEST)
    run.state, run.started_at = "running", utcnow() - timedelta(hours=2, minutes=10)
    run.heartbeat_at = utcnow()
    run.message = "Zoho asks us to wait."

    told = words_of(browser.get(page_of(run)))

    assert "A sync takes more than two hours" in told
    assert "check the credentials" in told
    assert "Zoho asks us to wait." in told


def test_previews_and_foreign_runs_have_no_such_page(portal: Portal, browser: Any) -> None:
    preview = factories.make_run(portal.integration, kind="preview")

    assert browser.get(page_of(preview)).status_code == 404
    assert browser.get(f"{HOME}/runs/999999").status_code == 404


def test_the_list_is_paged_and_costs_a_handful_of_statements(portal: Portal, browser: Any) -> None:
    run = portal.sync()
    project = portal.local(Project, "projects", portal.ids["project"])
    for number in range(120):
        task = factories.make_task(project, f"Task {number:03}")
        factories.make_link(portal.integration, "tasks", local_id=task.id, created_run_id=run.id, run_id=run.id)
    db.session.commit()
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))

    first = browser.get(page_of(run) + "?what=added")

    assert "50 of 12" in words_of(first)
    assert len([text for text in statements if text.startswith("SELECT")]) <= 20
    following = first.text.split('rel="next"')[0].rsplit('href="', 1)[-1] if 'rel="next"' in first.text else ""
    assert following or "at=" in first.text


@pytest.mark.req("M-02")
def test_an_undo_is_shown_first_in_numbers_and_money_and_nothing_is_written(portal: Portal, browser: Any) -> None:
    run = portal.sync()

    told = words_of(browser.get(page_of(run) + "/undo"))

    assert "Undo this sync?" in told
    assert "1:00 unbilled hours go, worth US$100.00." in told
    assert "Keep these records out until I release them" in told
    assert db.session.scalar(db.select(db.func.count()).select_from(TimeEntry)) == 1
    assert db.session.scalar(db.select(db.func.count()).select_from(SyncRun)) == 1


@pytest.mark.both_databases
@pytest.mark.req("M-02")
def test_pressing_the_button_takes_it_back_and_the_page_of_the_undo_tells_what_came_of_it(
    portal: Portal, browser: Any
) -> None:
    run = portal.sync()
    url = page_of(run) + "/undo"

    answer = send(browser, url, {}, follow_redirects=True)

    told = words_of(answer)
    assert "Taken back." in told
    assert "Undo · by Olga Marsh" in told
    assert "Took back This sync" in told
    assert db.session.scalar(db.select(db.func.count()).select_from(TimeEntry)) == 0
    assert "This sync was taken back" in words_of(browser.get(page_of(run)))


@pytest.mark.req("M-02")
def test_held_records_carry_the_reason_that_a_person_took_them_back(portal: Portal, browser: Any) -> None:
    run = portal.sync()

    send(browser, page_of(run) + "/undo", {"hold": "1"})

    link = db.session.scalar(db.select(Link).where(Link.module == "time_entries"))
    assert link.reason == "UNDONE"
    assert "Taken back by you" in words_of(browser.get(f"{HOME}/errors"))


@pytest.mark.req("M-02")
def test_one_record_is_taken_back_from_its_line(portal: Portal, browser: Any) -> None:
    run = portal.sync()
    url = f"{page_of(run)}/undo?module=time_entries&record={portal.ids['log']}"
    assert "Undo this change?" in words_of(browser.get(url))

    send(browser, url, {"module": "time_entries", "record": portal.ids["log"]}, to=page_of(run) + "/undo")

    assert db.session.scalar(db.select(db.func.count()).select_from(TimeEntry)) == 0
    assert portal.local(Project, "projects", portal.ids["project"]) is not None


@pytest.mark.req("M-02", "M-20")
def test_a_backup_is_made_first_when_it_is_wanted(portal: Portal, browser: Any, app: Any) -> None:
    run = portal.sync()

    send(browser, page_of(run) + "/undo", {"snapshot": "1"})

    folder = app.config["CROSSBILL"].data_folder
    assert [path.name for path in folder.rglob("*") if "undo" in path.name.lower()] != []


@pytest.mark.req("M-02")
def test_while_a_sync_is_live_the_page_says_so_and_nothing_is_lost(portal: Portal, browser: Any) -> None:
    run = portal.sync()
    url = page_of(run) + "/undo"
    connection.enqueue(portal.integration, "full", "instant", TEST)

    answer = send(browser, url, {"hold": "1"})

    assert answer.status_code == 422
    assert "A sync is going on. Undo when it is done." in words_of(answer)
    assert db.session.scalar(db.select(db.func.count()).select_from(TimeEntry)) == 1


@pytest.mark.req("M-02")
@pytest.mark.parametrize("person", ["bruno", "tim"])
def test_who_may_not_sync_may_not_undo(portal: Portal, browser_of: Any, people: Any, person: str) -> None:
    run = portal.sync()

    answer = browser_of(getattr(people, person)).get(page_of(run) + "/undo")

    assert answer.status_code == 403
