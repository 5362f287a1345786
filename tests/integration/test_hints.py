"""Hints: what is changed in Zoho is here within one drain, and nothing that a webhook says can do harm (P-40)."""

from __future__ import annotations

import time
from datetime import timedelta
from importlib import import_module
from urllib.parse import urlsplit

import pytest
from sqlalchemy import event

from extensions import db, utcnow
from jobs import Scheduler
from models import Bug, Hint, Project, SyncRun, Task
from standin.webhooks import Rules
from sync import engine, hints
from sync.connection import webhook
from tests.browsing import words_of
from tests.syncing import TEST

pytestmark = pytest.mark.usefixtures("people")

HOOK = "http://127.0.0.1:8000/hooks/zoho_projects"
EVENTS = (
    "project.created", "project.updated", "project.deleted", "task.created", "task.updated",
    "issue.created", "issue.updated", "timelog.created", "timelog.updated", "timelog.trashed",
)  # fmt: skip
#: which parameters a rule of each kind is told to send; the names are those of the page
FIELDS = {
    "project": {"project_id": "${id}"},
    "task": {"project_id": "${project.id}", "task_id": "${id}"},
    "issue": {"project_id": "${project.id}", "bug_id": "${id}"},
    "timelog": {"project_id": "${project.id}", "task_id": "${module_detail.id}", "log_id": "${id}"},
}


class AtOnce:
    """A thread that is done when it has started."""

    def __init__(self, target, args, daemon):
        self.run = lambda: target(*args)

    def start(self):
        self.run()


@pytest.fixture
def secret(portal):
    webhook.new_secret(portal.integration, TEST)
    db.session.commit()
    return webhook.secret_of(portal.integration)


@pytest.fixture
def website(portal):
    """A synced project with a task, a bug, and an hour."""
    made = {"client": portal.client("Zylker Inc")}
    made["project"] = portal.project("Website relaunch", made["client"])
    made["task"] = portal.task(made["project"], "Design")
    made["bug"] = portal.edit("issue.add", project=made["project"], name="Broken link")
    made["log"] = portal.log(made["project"], made["task"])
    portal.sync()
    return made


@pytest.fixture
def rules(portal, secret, client, monkeypatch):
    """The workflow rules of the stand-in; they call our address as Zoho would."""
    monkeypatch.setattr(import_module("standin.webhooks"), "Thread", AtOnce)
    world = portal.standin.world
    world.rules = Rules(world)

    def deliver(call):
        parts = urlsplit(call.full_url)
        kind = call.get_header("Content-type") or ""
        answer = client.open(
            f"{parts.path}?{parts.query}", method=call.get_method(), data=call.data, content_type=kind
        )  # fmt: skip
        return answer.status_code

    world.rules.deliver = deliver
    return world.rules


def listen(rules, secret, method="POST", *, as_json=False):
    """Make the rules that the page describes."""
    for name in EVENTS:
        kind = name.partition(".")[0]
        asked = {"event": "${event}", "portal_id": "${portal.id}", "token": secret, **FIELDS[kind]}
        body = "{" + ", ".join(f'"{key}": "{value}"' for key, value in asked.items()) + "}"
        shape = {"body": body} if as_json else {"parameters": asked}
        rules.add({"events": [name], "url": HOOK, "method": method, **shape})


def drain_and_read(seconds=3):
    """Let the clock's job take what waits, and perform what it queued."""
    taken = hints.drain(utcnow() + timedelta(seconds=seconds))
    run = engine.perform_next(utcnow() + timedelta(seconds=seconds))
    db.session.expire_all()
    return taken, run


def waiting():
    db.session.expire_all()
    return db.session.scalars(db.select(Hint).where(Hint.taken_run_id.is_(None), Hint.settled_at.is_(None))).all()


def hint(portal, module, remote_id, changed="updated", **parents):
    """A hint as the address would keep it, two seconds old."""
    told = hints.Told(module, remote_id, parents, changed)
    hints.keep(portal.integration.id, [told], utcnow() - hints.QUIET)
    db.session.commit()


@pytest.mark.both_databases
@pytest.mark.req("P-40")
@pytest.mark.parametrize("how", [{}, {"method": "GET"}, {"as_json": True}])
def test_a_new_hour_of_a_synced_project_is_here_at_once(portal, website, rules, secret, how):
    listen(rules, secret, **how)

    log = portal.log(website["project"], website["task"], minutes=90)
    taken, run = drain_and_read()

    assert [delivery["status"] for delivery in rules.deliveries] == [204]
    assert (taken, run.kind, run.trigger, run.actor, run.state) == (1, "touch", "webhook", "Webhook", "ok")
    assert portal.entry(log).seconds == 5400
    assert run.calls <= 3


@pytest.mark.req("P-40")
def test_a_changed_hour_a_renamed_task_and_a_renamed_project_are_here_at_once(portal, website, rules, secret):
    listen(rules, secret)
    portal.edit("log.set", id=website["log"], notes="With the client")
    portal.edit("task.set", id=website["task"], name="Design and copy")
    portal.edit("issue.set", id=website["bug"], name="Dead link")
    portal.edit("project.set", id=website["project"], name="Website 2027")

    drain_and_read()

    assert portal.entry(website["log"]).notes == "With the client"
    assert portal.local(Task, "tasks", website["task"]).name == "Design and copy"
    assert portal.local(Bug, "bugs", website["bug"]).title == "Dead link"
    assert portal.local(Project, "projects", website["project"]).name == "Website 2027"


@pytest.mark.req("P-40", "R-09")
def test_a_deleted_hour_goes_at_once_because_zoho_says_so(portal, website, rules, secret):
    listen(rules, secret)
    portal.edit("log.delete", id=website["log"])

    drain_and_read()

    assert portal.entry(website["log"]) is None


def test_a_deletion_that_is_only_claimed_removes_nothing(portal, website):
    hint(portal, "time_entries", website["log"], "deleted", project=website["project"])

    drain_and_read()

    assert portal.entry(website["log"]) is not None


@pytest.mark.req("P-40")
def test_a_new_project_brings_its_customer_task_and_hour(portal, website, rules, secret):
    listen(rules, secret)
    client = portal.client("Northwind")
    project = portal.project("Intranet", client)
    task = portal.task(project, "Kick-off")
    log = portal.log(project, task)

    drain_and_read()

    assert portal.local(Project, "projects", project).customer.name == "Northwind"
    assert portal.entry(log).task_id == portal.local(Task, "tasks", task).id


@pytest.mark.req("P-40")
def test_an_hour_whose_project_is_not_here_yet_brings_it_along(portal, website):
    project = portal.project("Intranet", portal.client("Northwind"))
    task = portal.task(project, "Kick-off")
    log = portal.log(project, task)
    hint(portal, "time_entries", log, "created", project=project, task=task)

    _taken, run = drain_and_read()

    assert [(item["module"], item["id"]) for item in run.target["records"]] == [
        ("projects", project), ("tasks", task), ("time_entries", log),
    ]  # fmt: skip
    assert portal.entry(log).project_id == portal.local(Project, "projects", project).id


@pytest.mark.req("P-40")
def test_a_project_that_was_kept_out_is_looked_at_again_with_its_new_hour(portal, website):
    project = portal.project("Intranet")
    portal.sync()
    assert portal.local(Project, "projects", project) is None
    portal.edit("project.attach", id=project, client=website["client"])
    log = portal.log(project)
    hint(portal, "time_entries", log, "created", project=project)

    drain_and_read()

    assert portal.entry(log) is not None


@pytest.mark.parametrize("kind", ["task", "bug", "general"])
def test_a_rule_that_tells_the_kind_of_an_hour_wrongly_removes_nothing(portal, website, kind):
    log = portal.edit(
        "log.add", project=website["project"], type="issue", item=website["bug"], date="2026-06-16", minutes=30,
        billable=True, approval="Approved",
    )  # fmt: skip
    general = portal.log(website["project"])
    portal.sync()
    wrong = {"task": website["task"]} if kind == "task" else {"bug": website["bug"]} if kind == "bug" else {}
    for one in (log, general, website["log"]):
        hint(portal, "time_entries", one, project=website["project"], **wrong)

    _taken, run = drain_and_read()

    assert run.state == "ok"
    assert all(portal.entry(one) for one in (log, general, website["log"]))


def test_a_rule_that_tells_the_project_wrongly_removes_nothing_and_everything_is_looked_at(portal, website):
    other = portal.project("Intranet", website["client"])
    portal.sync()
    hint(portal, "tasks", website["task"], project=other)

    taken, run = drain_and_read()

    assert (taken, run) == (0, None)
    assert portal.local(Task, "tasks", website["task"]) is not None
    assert [(one.module, one.remote_id) for one in waiting()] == [("", "")]
    taken, run = drain_and_read(seconds=400)
    assert (run.kind, run.trigger) == ("quick", "webhook")


def test_a_hint_that_leads_nowhere_brings_a_quick_run_some_minutes_later(portal, website):
    hint(portal, "time_entries", "424242", "created", project=website["project"])
    drain_and_read()

    assert drain_and_read(seconds=10) == (0, None)
    _taken, run = drain_and_read(seconds=400)

    assert run.kind == "quick"


@pytest.mark.req("P-40")
def test_hints_wait_for_a_run_that_is_going_on(portal, website):
    hint(portal, "tasks", website["task"], project=website["project"])
    busy = SyncRun(integration_id=portal.integration.id, kind="quick", trigger="instant", actor="Olga", state="running")
    db.session.add(busy)
    db.session.commit()

    assert hints.drain(utcnow()) == 0
    assert len(waiting()) == 1
    busy.state = "ok"
    db.session.commit()

    assert hints.drain(utcnow()) == 1


def test_changes_are_collected_for_a_moment(portal, website, rules, secret):
    listen(rules, secret)
    portal.edit("task.set", id=website["task"], name="One")

    assert hints.drain(utcnow()) == 0
    assert len(waiting()) == 1


def test_a_change_during_the_run_is_a_hint_of_its_own(portal, website):
    hint(portal, "tasks", website["task"], project=website["project"])
    hints.drain(utcnow())

    hint(portal, "tasks", website["task"], project=website["project"])

    assert len(waiting()) == 1
    assert db.session.scalar(db.select(db.func.count()).select_from(Hint)) == 2


@pytest.mark.both_databases
@pytest.mark.parametrize("state", ["interrupted", "failed", "stopped"])
def test_hints_of_a_run_that_did_not_end_well_go_back(portal, website, state):
    hint(portal, "tasks", website["task"], "created", project=website["project"])
    hints.drain(utcnow())
    run = db.session.scalar(db.select(SyncRun).order_by(SyncRun.id.desc()).limit(1))
    run.state, run.ended_at = state, utcnow()
    db.session.commit()

    assert drain_and_read() == (0, None)

    back = waiting()[0]
    assert (back.remote_id, back.project_id, back.event, back.tries) == (
        website["task"], website["project"], "created", 1,
    )  # fmt: skip
    assert drain_and_read(seconds=40)[0] == 1


def test_a_hint_that_came_anew_meanwhile_stands_for_the_one_that_goes_back(portal, website):
    hint(portal, "tasks", website["task"], project=website["project"])
    hints.drain(utcnow())
    hint(portal, "tasks", website["task"], project=website["project"])
    run = db.session.scalar(db.select(SyncRun).order_by(SyncRun.id.desc()).limit(1))
    run.state = "failed"
    db.session.commit()

    hints.settle(utcnow())

    assert [one.times for one in waiting()] == [2]


def test_a_record_that_zoho_never_gives_is_given_up_and_the_page_says_so(portal, website, ada, browser_of):
    hint(portal, "tasks", website["task"], project=website["project"])
    now = utcnow()
    for _try in range(hints.MOST_TRIES):
        now += timedelta(hours=3)
        assert hints.drain(now) == 1
        run = db.session.scalar(db.select(SyncRun).order_by(SyncRun.id.desc()).limit(1))
        run.state = "failed"
        db.session.commit()
        hints.settle(now)

    assert waiting() == []
    page = words_of(browser_of(ada).get("/settings/integrations/zoho_projects/webhooks"))
    assert "Not read Zoho did not give it. The next full sync looks again." in page


def test_a_module_that_fails_puts_its_own_hints_back(portal, website):
    hint(portal, "tasks", website["task"], project=website["project"])
    hint(portal, "time_entries", website["log"], project=website["project"])
    portal.standin.world.troubles.add({"kind": "status", "status": 403, "path": r"/tasks/\d+$"})

    drain_and_read()
    hints.settle(utcnow())

    assert {one.module for one in waiting()} <= {"tasks"}


def test_modules_that_are_not_synced_are_not_read(portal, website):
    portal.choose(time_entries=False)
    hint(portal, "time_entries", website["log"], project=website["project"])

    assert drain_and_read() == (0, None)
    assert waiting() == []


@pytest.mark.req("P-40")
def test_too_many_hints_end_in_a_quick_run(portal, website, monkeypatch):
    monkeypatch.setattr(hints.keeping, "MOST_WAITING", 3)
    for number in range(1, 7):
        hint(portal, "tasks", str(number), project=website["project"])

    _taken, first = drain_and_read()
    _taken, second = drain_and_read()

    assert (first.kind, second.kind) == ("quick", "touch")
    assert len(second.target["records"]) == 3


def test_a_run_takes_a_bounded_number_of_hints(portal, website, monkeypatch):
    monkeypatch.setattr(hints.draining, "MOST_TAKEN", 4)
    for number in range(1, 8):
        hint(portal, "tasks", str(number), project=website["project"])

    assert drain_and_read()[0] == 4
    assert drain_and_read()[0] == 3


def test_nothing_is_written_while_nothing_waits(portal, website):
    seen = []
    db.session.rollback()
    event.listen(db.engine, "before_cursor_execute", lambda *args: seen.append(args[2]))

    hints.drain(utcnow())

    assert len(seen) == 2, seen
    assert seen[0] == "BEGIN DEFERRED"


def test_settled_hints_are_forgotten_after_two_weeks(portal, website):
    hint(portal, "tasks", website["task"], project=website["project"])
    drain_and_read()
    hints.settle(utcnow())
    hint(portal, "tasks", "77", project=website["project"])

    hints.prune(utcnow() + timedelta(days=15))
    db.session.commit()

    assert [one.remote_id for one in db.session.scalars(db.select(Hint))] == ["77"]


def test_the_page_tells_what_came_of_it(portal, website, rules, secret, ada, browser_of):
    listen(rules, secret)
    portal.edit("task.set", id=website["task"], name="Design and copy")
    portal.log(website["project"], website["task"])
    drain_and_read()
    hint(portal, "projects", website["project"])
    drain_and_read()
    hints.settle(utcnow())

    page = words_of(browser_of(ada).get("/settings/integrations/zoho_projects/webhooks"))

    assert "Website relaunch Projects changed" in page
    assert "Design and copy Tasks changed" in page
    assert "Nothing had changed" in page
    assert "Added" in page
    assert "Changed" in page


@pytest.mark.req("P-40")
def test_with_the_clock_running_an_hour_is_here_within_seconds(app, portal, website, rules, secret):
    listen(rules, secret)
    log = portal.log(website["project"], website["task"], minutes=45)
    scheduler = Scheduler(app)
    scheduler.start()
    try:
        until = time.monotonic() + 20
        while portal.entry(log) is None and time.monotonic() < until:
            db.session.rollback()
            time.sleep(0.1)
    finally:
        scheduler.stop()

    assert portal.entry(log).seconds == 2700


READ = {
    ("timelog.created", "log_id"): "time_entries", ("Time Log Updated", "log_id"): "time_entries",
    ("time_entry.deleted", "log_id"): "time_entries", ("timesheet-trashed", "log_id"): "time_entries",
    ("log:update", "log_id"): "time_entries", ("task.created", "task_id"): "tasks", ("TASK", "task_id"): "tasks",
    ("issue.updated", "bug_id"): "bugs", ("bug deleted", "bug_id"): "bugs",
    ("project.created", "project_id"): "projects",
    ("", "log_id"): "time_entries", ("something else", "bug_id"): "bugs", ("", "project_id"): "projects",
}  # fmt: skip


@pytest.mark.parametrize(("word", "name"), READ)
def test_the_words_of_an_event_are_understood(word, name):
    (told,) = hints.read({"event": word, name: "5"})

    assert (told.module, told.remote_id) == (READ[word, name], "5")


@pytest.mark.parametrize(
    ("word", "said"),
    [("timelog.trashed", "deleted"), ("task.deleted", "deleted"), ("project.created", "created"), ("task", "updated")],
)
def test_what_happened_is_kept_as_one_of_three_words(word, said):
    (told,) = hints.read({"event": word, "task_id": "5", "project_id": "6", "log_id": "7"})

    assert told.event == said


def test_an_hour_is_told_with_what_it_belongs_to():
    (told,) = hints.read({"event": "timelog.updated", "log_id": "7", "bug_id": "5", "project_id": "6"})

    assert told.hints == {"project": "6", "bug": "5", "kind": "bug"}
