"""Small runs: one record read again by itself, and the short look at recent entries and new projects."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from extensions import db, utcnow
from models import Bug, Integration, Project, SyncRun, Task
from sync import connection, engine, schedule
from sync.connection import Wanted
from sync.invariants import broken_invariants
from tests.syncing import TEST, Portal, counts


@pytest.fixture
def website(portal: Portal) -> dict[str, str]:
    """A synced project with a task and an hour."""
    client = portal.client("Zylker Inc")
    project = portal.project("Website relaunch", client)
    task = portal.task(project, "Design")
    ids = {"client": client, "project": project, "task": task, "log": portal.log(project, task)}
    portal.sync()
    return ids


def touch(portal: Portal, *wanted: Wanted, trigger: str = "retry") -> SyncRun:
    """Read just these records again."""
    run, is_new = connection.retry(portal.integration, wanted, trigger, TEST)
    db.session.commit()
    assert is_new
    done = engine.perform(run.id)
    assert done is not None
    return done


def calls(portal: Portal, part: str = "") -> int:
    """How many requests the remote got at paths with this part."""
    return sum(part in request["path"] for request in portal.standin.world.requests)


@pytest.mark.req("M-04", "E-02", "PRJ-NO-PRIMARY", "TS-NO-PRIMARY", "TSK-PARENT")
def test_a_retried_project_comes_in_and_what_waited_for_it_follows(portal: Portal) -> None:
    project = portal.project("Orphan")
    task = portal.task(project)
    log = portal.log(project, task)
    portal.sync()
    assert portal.link("time_entries", log).reason == "TS-NO-PRIMARY"

    portal.edit("project.attach", id=project, client=portal.client("Acme"))
    run = touch(portal, Wanted("projects", project))

    assert run.state == "ok", run.message
    assert portal.local(Project, "projects", project).customer.name == "Acme"
    assert portal.local(Task, "tasks", task) is not None
    assert portal.entry(log).billing_state == "unbilled"
    assert {part.module for part in run.modules} == {"customers", "projects", "users", "tasks", "time_entries"}
    assert not broken_invariants()


@pytest.mark.req("M-04", "TS-NOT-APPROVED")
def test_a_retry_applies_the_one_record_and_no_other_change(portal: Portal, website: dict[str, str]) -> None:
    late = portal.log(website["project"], website["task"], approval="Unapproved")
    portal.sync()
    portal.edit("log.set", id=late, approval="Approved")
    portal.edit("project.set", id=website["project"], name="Renamed meanwhile")

    run = touch(portal, Wanted("time_entries", late, {"project": website["project"], "task": website["task"]}))

    assert portal.entry(late) is not None
    assert counts(run, "time_entries") == {"added": 1}
    assert portal.local(Project, "projects", website["project"]).name == "Website relaunch"


@pytest.mark.req("P-40")
def test_a_hint_about_an_entry_of_a_new_task_brings_the_task_too(portal: Portal, website: dict[str, str]) -> None:
    task = portal.task(website["project"], "Brand new")
    log = portal.log(website["project"], task)

    hints = {"project": website["project"], "task": task}
    touch(portal, Wanted("time_entries", log, hints), trigger="webhook")

    assert portal.entry(log).task_id == portal.local(Task, "tasks", task).id


@pytest.mark.req("P-40")
def test_a_hint_about_a_general_entry_or_one_of_a_bug_is_understood(portal: Portal, website: dict[str, str]) -> None:
    bug = portal.edit("issue.add", project=website["project"], name="Menu overlaps")
    general = portal.log(website["project"])
    of_bug = portal.log(website["project"], type="issue", item=bug)

    touch(
        portal,
        Wanted("time_entries", general, {"project": website["project"], "kind": "general"}),
        Wanted("time_entries", of_bug, {"project": website["project"], "bug": bug}),
    )

    assert portal.entry(general) is not None
    assert portal.entry(of_bug).bug_id == portal.local(Bug, "bugs", bug).id


@pytest.mark.req("P-43")
def test_a_hint_about_a_deleted_entry_removes_it(portal: Portal, website: dict[str, str]) -> None:
    portal.edit("log.delete", id=website["log"])

    run = touch(portal, Wanted("time_entries", website["log"], {"project": website["project"]}))

    assert counts(run, "time_entries") == {"removed": 1}
    assert portal.entry(website["log"]) is None


@pytest.mark.req("P-43", "M-07")
def test_a_hint_about_a_deleted_project_with_unbilled_hours_only_holds_it(
    portal: Portal, website: dict[str, str]
) -> None:
    portal.edit("project.trash", id=website["project"])

    touch(portal, Wanted("projects", website["project"]), trigger="webhook")

    assert portal.entry(website["log"]).billing_state == "unbilled"
    assert ("projects", website["project"]) in {(x.module, x.remote_id) for x in portal.held()}
    assert not broken_invariants()


@pytest.mark.req("P-43")
def test_a_hint_about_a_deleted_project_without_hours_removes_it_and_its_tasks(portal: Portal) -> None:
    project = portal.project("Short lived", portal.client())
    task = portal.task(project)
    portal.sync()
    portal.edit("project.trash", id=project)

    touch(portal, Wanted("projects", project), trigger="webhook")

    assert portal.local(Project, "projects", project) is None
    assert portal.local(Task, "tasks", task) is None
    assert not broken_invariants()


@pytest.mark.req("P-40")
def test_a_hot_run_brings_a_new_entry_its_new_task_and_a_new_project_with_few_calls(
    portal: Portal, website: dict[str, str]
) -> None:
    today = utcnow().date().isoformat()
    task = portal.task(website["project"], "Brand new")
    log = portal.log(website["project"], task, date=today)
    project = portal.project("Second project", portal.client("Acme"))
    other = portal.log(project, date=today)
    before = calls(portal)

    run = portal.sync("hot", "schedule")

    assert run.state == "ok", run.message
    assert portal.entry(log).task_id == portal.local(Task, "tasks", task).id
    assert portal.local(Project, "projects", project).customer.name == "Acme"
    assert portal.entry(other).project_id == portal.local(Project, "projects", project).id
    assert calls(portal) - before <= 12
    assert not broken_invariants()


@pytest.mark.req("P-40")
def test_a_hot_run_that_sees_nothing_new_leaves_no_trace_in_the_history(
    portal: Portal, website: dict[str, str]
) -> None:
    known = db.session.scalar(db.select(db.func.count()).select_from(SyncRun))
    until = portal.integration.synced_until

    run, _ = connection.enqueue(portal.integration, "hot", "schedule", TEST)
    db.session.commit()
    engine.perform(run.id)

    assert db.session.scalar(db.select(db.func.count()).select_from(SyncRun)) == known
    db.session.refresh(portal.integration)
    assert portal.integration.synced_until == until
    assert portal.integration.hot_at is not None


@pytest.mark.req("P-33")
def test_instant_sync_does_not_wait_for_a_hot_look(portal: Portal, website: dict[str, str]) -> None:
    hot, _ = connection.enqueue(portal.integration, "hot", "schedule", TEST)

    run, is_new = connection.enqueue(portal.integration, "quick", "instant", TEST)

    assert is_new
    assert run.kind == "quick"
    assert hot.state == "stopped"


@pytest.mark.req("P-40")
def test_the_clock_asks_for_hot_looks_between_quick_runs_and_a_full_one_daily_from_connecting(
    portal: Portal, website: dict[str, str]
) -> None:
    portal.integration.connected_at = portal.integration.last_full_at = start = utcnow()
    portal.integration.interval_minutes, portal.integration.hot_minutes = 60, 5
    db.session.commit()
    seen: list[str] = []

    for minute in range(1, 25 * 60):
        with time_machine.travel(start + timedelta(minutes=minute), tick=False):
            kind = schedule.due(portal.integration, utcnow())
            if kind:
                seen.append(kind)
                run, _ = connection.enqueue(portal.integration, kind, "schedule", TEST)
                run.state, run.started_at = "ok", utcnow()
                if kind == "full":
                    portal.integration.last_full_at = utcnow()
                db.session.commit()

    assert seen[0] == "hot"
    assert seen.count("full") == 1
    assert seen.count("quick") == 23
    assert 230 <= seen.count("hot") <= 288


@pytest.mark.req("P-40")
def test_hot_looks_can_be_switched_off(portal: Portal, website: dict[str, str]) -> None:
    portal.integration.hot_minutes = 0
    db.session.commit()

    with time_machine.travel(utcnow() + timedelta(minutes=30)):
        assert schedule.due(portal.integration, utcnow()) is None


@pytest.mark.req("REMOTE-DOWN")
def test_a_remote_that_is_down_is_asked_again_before_the_run_has_failed(
    portal: Portal, website: dict[str, str]
) -> None:
    trouble = portal.standin.world.troubles.add({"kind": "status", "status": 503, "path": "/portals"})
    run = portal.sync("quick")
    assert run.state == "waiting"
    assert run.not_before is not None

    portal.standin.world.troubles.clear(trouble.id)
    done = engine.perform(run.id)

    assert done is not None
    assert done.state == "ok"


@pytest.mark.req("REMOTE-DOWN")
def test_a_remote_that_stays_down_fails_the_run_with_its_sentence(portal: Portal, website: dict[str, str]) -> None:
    portal.standin.world.troubles.add({"kind": "status", "status": 503, "path": "/portals"})
    run = portal.sync("quick")

    for _attempt in engine.PAUSES:
        engine.perform(run.id)

    db.session.refresh(run)
    assert run.state == "failed"
    assert run.message


@pytest.mark.req("P-39")
def test_a_retry_whose_module_is_refused_says_so(portal: Portal, website: dict[str, str]) -> None:
    portal.standin.world.troubles.add({"kind": "status", "status": 403, "title": "FORBIDDEN", "path": "/logs/"})

    run = touch(
        portal, Wanted("time_entries", website["log"], {"project": website["project"], "task": website["task"]})
    )

    assert portal.entry(website["log"]) is not None
    assert run.state != "interrupted"


def test_only_modules_of_the_connector_are_run(portal: Portal) -> None:
    integration = db.session.get(Integration, portal.integration.id)
    settings = connection.settings_of(integration)

    keys = connection.mapped_modules(settings, "zoho_projects")

    assert keys == ["customers", "projects", "users", "milestones", "tasks", "bugs", "time_entries"]
