"""Why isn't it here? An id, a name or an address in; what is known of every record that fits out (M-03)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import event

from billing import transactions
from billing.hours.time_entries import TimeChoice
from extensions import db
from models import Project, SyncRun
from sync import engine
from sync.kept_out import why
from tests.factories import make_integration, make_link
from tests.integration.connecting import HOME, PAGE, text_of
from tests.integration.test_remedies import ROWS
from tests.syncing import TEST

pytestmark = pytest.mark.usefixtures("people")

WHY = f"{HOME}/why"


@pytest.fixture(autouse=True)
def _plain_posts(app):
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def browser(browser_of, olga):
    return browser_of(olga)


def ask(browser: Any, text: str) -> Any:
    return browser.get(WHY, query_string={"q": text})


@pytest.mark.req("M-03")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.code)
def test_every_reason_is_found_by_the_records_id(portal, browser, row):
    module, remote_id = row.make(portal)
    portal.sync()

    page = text_of(ask(browser, remote_id))

    link = portal.link(module, remote_id)
    reason = why.REASONS[row.code]
    assert link.reason == row.code
    assert f"{'failed' if reason.kind == 'failed' else 'excluded'}: {reason.title}" in page
    assert str(reason.would) in page
    assert "Retry" in page


@pytest.mark.req("M-03")
def test_the_answer_says_when_it_was_seen_why_it_is_out_and_what_it_is_worth(portal, browser, db_session):
    project = portal.project("Website", portal.client())
    log = portal.log(project, approval="Unapproved", minutes=120)
    portal.sync()
    portal.local(Project, "projects", project).rate = 160
    db_session.commit()

    page = text_of(ask(browser, log))

    assert re.search(r"seen \d+ \w+ \d{4}, \d\d:\d\d · excluded: Not approved yet · would come in if approved", page)
    assert "US$320.00" in page


@pytest.mark.req("M-03")
@pytest.mark.parametrize(
    "address",
    [
        "https://projects.zoho.com/portal/brightline#zp/task-detail/{task}",
        "#zp/projects/{project}/task-detail/{task}",
        "https://projectsapi.zoho.com/api/v3/portal/60014242/projects/{project}/tasks/{task}",
        "http://localhost:8400/projects/{project}#tasks-{task}",
        " {task} ",
    ],
)
def test_a_record_is_found_by_the_address_of_its_page(portal, browser, address):
    project = portal.project("Orphan")
    task = portal.task(project, "Draw the map")
    portal.sync()

    page = text_of(ask(browser, address.format(project=project, task=task)))

    assert "Draw the map" in page
    assert "Its project was not fetched" in page
    assert "Jump to the cause" in page


@pytest.mark.req("M-03")
def test_a_record_is_found_by_a_part_of_its_name_whether_here_or_not(portal, browser):
    portal.project("Harbour map", portal.client("Port Authority"))
    orphan = portal.project("Old harbour")
    portal.task(orphan, "Sketch the harbour")
    portal.sync()

    page = text_of(ask(browser, "harbour"))

    assert page.count("It is here") == 1
    for name in ("Harbour map", "Old harbour", "Sketch the harbour"):
        assert name in page


@pytest.mark.req("M-03")
def test_what_is_here_leads_to_its_page_and_to_the_invoice_it_is_on(portal, browser, db_session):
    project = portal.project("Website", portal.client())
    log = portal.log(project, portal.task(project))
    portal.sync()
    entry = portal.entry(log)
    made = transactions.start_from_time(TimeChoice((entry.project_id,)), TEST)
    transactions.issue(made, TEST)
    db_session.commit()

    page = ask(browser, log)

    assert f"It is on {made.number}" in text_of(page)
    assert f'href="/time/{entry.id}"' in page.text


@pytest.mark.req("M-03")
def test_what_was_never_seen_is_looked_for_in_zoho_and_then_here(portal, browser):
    project = portal.project("Website", portal.client())
    portal.sync()
    log = portal.log(project)
    page = text_of(ask(browser, f"#zp/projects/{project}/logs/{log}"))
    assert "Never seen" in page
    assert "Look for it in Zoho now" in page

    answer = browser.post(f"{PAGE}/why/look", data={"module": "time_entries", "remote_id": log, "project": project})
    waiting = browser.get(answer.location)
    run_id = db.session.scalar(db.select(SyncRun.id).where(SyncRun.state == "queued"))
    db.session.rollback()
    run = engine.perform(run_id)

    assert 'hx-trigger="every 2s"' in waiting.text
    assert run.kind == "touch"
    assert portal.entry(log) is not None
    answered = browser.get(answer.location)
    assert "It is here" in text_of(answered)
    assert "every 2s" not in answered.text


@pytest.mark.req("M-03")
@pytest.mark.parametrize(
    "data",
    [
        {},
        {"module": "time_entries"},
        {"module": "nothing", "remote_id": "1"},
        {"module": "tasks", "remote_id": "1 OR 1"},
        {"module": "tasks", "remote_id": "٣"},
    ],
)
def test_what_is_no_id_is_not_asked_for(portal, browser, data):
    answer = browser.post(f"{PAGE}/why/look", data=data)

    assert "Choose what it is, and give its id" in text_of(browser.get(answer.location))
    assert db.session.scalar(db.select(db.func.count(SyncRun.id))) == 0


@pytest.mark.req("M-03")
def test_a_search_that_finds_nothing_leads_here(browser, browser_of, people):
    link = f'href="{WHY}?q=xyzzy"'

    assert link in browser.get("/search?q=xyzzy").text
    assert link not in browser_of(people.bruno).get("/search?q=xyzzy").text


@pytest.mark.req("M-03")
@pytest.mark.parametrize(
    "text", ["", " ", "%", "_", "'", "\x00", "<script>alert(1)</script>", "9" * 400, "#", "/", "☃"]
)
def test_whatever_is_typed_is_answered(portal, browser, text):
    page = ask(browser, text)

    assert page.status_code == 200
    assert "<script>alert(1)" not in page.text


@pytest.mark.req("M-03")
def test_a_search_by_name_says_when_there_is_more_than_it_looks_at(browser, monkeypatch, db_session):
    integration = make_integration()
    for number in range(4):
        make_link(integration, "tasks", reason="TSK-PARENT", outcome="failed", detail={"name": f"Step {number}"})
    db_session.commit()
    monkeypatch.setattr(why, "CAP", 3)

    page = text_of(ask(browser, "step"))

    assert "only the newest 10,000 were looked at" in page
    assert "Step 0" not in page
    assert "Step 3" in page


@pytest.mark.req("M-03")
def test_neither_kind_of_search_reads_a_whole_table(browser, db_session):
    integration = make_integration()
    for number in range(300):
        make_link(integration, "time_entries", remote_id=str(500_000 + number), local_id=number + 1)
    make_link(integration, "tasks", reason="TSK-PARENT", outcome="failed", detail={"name": "Needle"}, remote_id="77")
    db_session.commit()
    seen: list[tuple[str, Any]] = []

    def listen(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        seen.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", listen)
    why.search("needle")
    why.search("77")
    event.remove(db.engine, "before_cursor_execute", listen)
    about = [(text, values) for text, values in seen if "FROM links" in text]
    plans = []
    for text, values in about:
        plans += [row[3] for row in db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)]

    assert about
    assert [plan for plan in plans if plan.startswith("SCAN links") and "USING" not in plan] == []


@pytest.mark.req("M-03", "P-01")
@pytest.mark.parametrize("person", ["bruno", "petra", "tim"])
def test_who_is_no_admin_does_not_ask(browser_of, people, person):
    assert browser_of(getattr(people, person)).get(WHY).status_code == 403
