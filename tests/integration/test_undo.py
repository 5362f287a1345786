"""Undo: a run or one record is taken back, what money stands on stays and is named (requirements M-02)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from billing import transactions
from billing.proof import proof
from billing.transactions import TimeChoice
from extensions import db
from models import (
    BeforeImage,
    Customer,
    Integration,
    Link,
    Milestone,
    Project,
    ProjectStaff,
    SyncRun,
    Task,
    TimeEntry,
    Transaction,
    User,
)
from sync import connection, engine, lease, undo
from sync.connection import SetupRefused, Wanted
from sync.invariants import broken_invariants
from tests import factories
from tests.syncing import TEST, Portal, counts

pytestmark = [pytest.mark.both_databases, pytest.mark.req("M-02")]


@pytest.fixture
def website(portal: Portal) -> dict[str, str]:
    """One client, one project with a task and an approved billable hour of Asha on it."""
    client = portal.client("Zylker Inc", email="ap@zylker.example", city="Austin", country="USA")
    project = portal.project("Website relaunch", client)
    task = portal.task(project, "Design")
    worker = portal.edit("user.add", first_name="Asha", last_name="Rao", email="asha@acme.example")
    log = portal.log(project, task, owner=worker)
    return {"client": client, "project": project, "task": task, "log": log, "worker": worker}


def take_back(portal: Portal, run: SyncRun, **how: Any) -> SyncRun:
    """Undo a run as a page would."""
    done = undo.undo(portal.integration, db.session.get_one(SyncRun, run.id), TEST, **how)
    db.session.commit()
    db.session.expire_all()
    return done


def invoice(entry: TimeEntry) -> Transaction:
    """Put an entry on an issued invoice."""
    made = transactions.start_from_time(TimeChoice((entry.project_id,), entry_ids=(entry.id,)), TEST)
    transactions.issue(made, TEST)
    db.session.commit()
    return made


def rows(model: Any) -> list[Any]:
    """All rows of a table."""
    db.session.expire_all()
    return list(db.session.scalars(db.select(model).order_by(model.id)))


def test_undoing_the_first_sync_leaves_nothing_of_it(portal: Portal, website: dict[str, str]) -> None:
    people = len(rows(User))
    run = portal.sync()
    assert portal.entry(website["log"]) is not None

    done = take_back(portal, run)

    assert (done.state, done.kind, done.trigger, done.target) == ("ok", "undo", "undo", {"run": run.id})
    assert [rows(model) for model in (TimeEntry, Task, Project, Customer, ProjectStaff)] == [[], [], [], [], []]
    assert len(rows(User)) == people
    assert counts(done, "time_entries") == {"removed": 1}
    assert db.session.get_one(SyncRun, run.id).undone_by == done.id
    assert broken_invariants() == []


def test_changed_columns_get_back_what_they_held_and_nothing_else_is_written(
    portal: Portal, website: dict[str, str]
) -> None:
    portal.sync()
    project = portal.local(Project, "projects", website["project"])
    project.rate = 120
    db.session.commit()
    portal.edit("project.set", id=website["project"], name="Relaunch 2027")
    run = portal.sync()

    take_back(portal, run)

    project = portal.local(Project, "projects", website["project"])
    assert (project.name, project.rate) == ("Website relaunch", 120)
    assert broken_invariants() == []


def test_what_a_person_changed_since_stays_and_is_named(portal: Portal, website: dict[str, str]) -> None:
    portal.sync()
    portal.edit("project.set", id=website["project"], name="Relaunch 2027", description="New words")
    run = portal.sync()
    project = portal.local(Project, "projects", website["project"])
    project.name = "Our own name"
    db.session.commit()

    plan = undo.preview(portal.integration, run)
    done = take_back(portal, run)

    assert done.message == "In 1 record, what was changed since stays."
    assert [(step.title, step.left) for step in plan.left] == [("Our own name", ("name",))]
    project = portal.local(Project, "projects", website["project"])
    assert (project.name, project.description) == ("Our own name", "")


def test_what_was_removed_comes_back_with_its_id(portal: Portal, website: dict[str, str]) -> None:
    portal.sync()
    entry_id = portal.entry(website["log"]).id
    portal.edit("log.delete", id=website["log"])
    run = portal.sync()
    if run.state == "ok" and portal.entry(website["log"]) is not None:
        connection.release_removals(portal.integration, TEST)
        db.session.commit()
        run = engine.perform(connection.live_run(portal.integration).id)
    assert portal.entry(website["log"]) is None

    done = take_back(portal, run)

    entry = portal.entry(website["log"])
    assert (entry.id, entry.seconds, entry.date) == (entry_id, 3600, date(2026, 6, 15))
    assert entry.task_id == portal.local(Task, "tasks", website["task"]).id
    assert counts(done, "time_entries") == {"added": 1}
    assert broken_invariants() == []


@pytest.mark.req("M-05")
def test_invoiced_hours_are_refused_by_name_and_the_rest_goes_on(portal: Portal, website: dict[str, str]) -> None:
    other = portal.log(website["project"], website["task"], owner=website["worker"], minutes=150)
    run = portal.sync()
    number = invoice(portal.entry(website["log"])).number

    plan = undo.preview(portal.integration, run)
    done = take_back(portal, run)

    assert f"1:00 h of Asha Rao on 15 Jun 2026 are on {number}." in [item.why for item in plan.refusals]
    assert {(item.table, item.by_money) for item in plan.refusals} == {
        ("time_entries", True), ("tasks", False), ("projects", True), ("users", False), ("customers", True),
    }  # fmt: skip
    assert portal.entry(other) is None
    assert portal.entry(website["log"]).billing_state == "invoiced"
    assert (done.state, done.message) == ("partial", "5 records were left as they are.")
    assert proof().is_right
    assert broken_invariants() == []


def test_hours_that_once_were_on_an_invoice_stay_too(portal: Portal, website: dict[str, str]) -> None:
    run = portal.sync()
    made = invoice(portal.entry(website["log"]))
    transactions.void(made, "Wrong rate", TEST)
    db.session.commit()

    plan = undo.preview(portal.integration, run)

    assert f"1:00 h of Asha Rao on 15 Jun 2026 were on {made.number}." in [item.why for item in plan.refusals]


def test_what_hangs_on_a_row_keeps_it(portal: Portal, website: dict[str, str]) -> None:
    run = portal.sync()
    project = portal.local(Project, "projects", website["project"])
    factories.make_time_entry(project, notes="Logged here")
    db.session.commit()

    plan = undo.preview(portal.integration, run)

    reasons = {item.table: item.why for item in plan.refusals}
    assert reasons == {"projects": "Still needed by 1 time entry.", "customers": "Still needed by 1 project."}


def test_an_undo_can_itself_be_undone(portal: Portal, website: dict[str, str]) -> None:
    run = portal.sync()
    before = {model: [row.id for row in rows(model)] for model in (TimeEntry, Task, Project, Customer, ProjectStaff)}
    first = take_back(portal, run)

    take_back(portal, first)

    assert {model: [row.id for row in rows(model)] for model in before} == before
    assert db.session.get_one(SyncRun, run.id).undone_by is None
    assert portal.entry(website["log"]).notes == ""
    assert broken_invariants() == []


def test_without_holding_the_next_full_sync_brings_everything_again(portal: Portal, website: dict[str, str]) -> None:
    take_back(portal, portal.sync())

    run = portal.sync()

    assert run.state == "ok"
    assert portal.entry(website["log"]) is not None
    assert broken_invariants() == []


def test_held_records_stay_out_until_somebody_asks_for_them(portal: Portal, website: dict[str, str]) -> None:
    run = portal.sync()
    done = take_back(portal, run, hold=True)
    assert counts(done, "time_entries") == {"removed": 1, "excluded": 1}

    portal.sync()

    link = portal.link("time_entries", website["log"])
    assert (portal.entry(website["log"]), link.reason, link.outcome) == (None, "UNDONE", "excluded")
    assert link.kept["fields"]["project"] == website["project"]
    assert link.detail["hours"] == "1:00"
    assert rows(Project) == []
    assert broken_invariants() == []


def test_asking_for_held_records_releases_them(portal: Portal, website: dict[str, str]) -> None:
    take_back(portal, portal.sync(), hold=True)
    names = ("project", "task", "log")
    modules = dict(zip(names, ("projects", "tasks", "time_entries"), strict=True))
    hints = {"project": website["project"], "task": website["task"], "type": "task"}
    wanted = [Wanted(modules[name], website[name], hints) for name in names]

    connection.retry(portal.integration, wanted, "retry", TEST)
    db.session.commit()
    run = engine.perform(connection.live_run(portal.integration).id)

    assert run.state in ("ok", "partial"), run.message
    assert portal.entry(website["log"]) is not None
    assert portal.link("time_entries", website["log"]).reason is None


def test_a_held_change_is_not_written_again(portal: Portal, website: dict[str, str]) -> None:
    portal.sync()
    portal.edit("project.set", id=website["project"], name="Relaunch 2027")
    run = portal.sync()
    take_back(portal, run, hold=True)

    portal.sync()

    assert portal.local(Project, "projects", website["project"]).name == "Website relaunch"
    assert broken_invariants() == []


def test_one_record_alone_is_taken_back(portal: Portal, website: dict[str, str]) -> None:
    other = portal.log(website["project"], website["task"], owner=website["worker"])
    run = portal.sync()

    done = take_back(portal, run, only=("time_entries", website["log"]))

    assert portal.entry(website["log"]) is None
    assert portal.entry(other) is not None
    record = {"module": "time_entries", "id": website["log"], "run": run.id}
    assert done.target == {"record": record}
    assert db.session.get_one(SyncRun, run.id).undone_by is None
    assert broken_invariants() == []


def test_an_overwritten_customer_is_as_before_and_no_longer_tied(portal: Portal, website: dict[str, str]) -> None:
    here = factories.make_customer("zylker INC", city="Houston", tax_id="US-77", email="")
    db.session.commit()
    run = portal.sync()

    take_back(portal, run)

    customer = db.session.get_one(Customer, here.id)
    assert (customer.name, customer.city, customer.email) == ("zylker INC", "Houston", "")
    assert portal.link("customers", website["client"]) is None
    assert broken_invariants() == []


def test_a_project_that_moved_goes_back_to_its_customer_and_the_new_one_goes(
    portal: Portal, website: dict[str, str]
) -> None:
    portal.sync()
    other = portal.client("Second Client")
    portal.edit("project.attach", id=website["project"], client=other)
    portal.edit("project.primary", id=website["project"], client=other)
    run = portal.sync()
    assert portal.local(Project, "projects", website["project"]).customer.name == "Second Client"

    take_back(portal, run)

    assert portal.local(Project, "projects", website["project"]).customer.name == "Zylker Inc"
    assert [customer.name for customer in rows(Customer)] == ["Zylker Inc"]


def test_a_place_on_a_project_with_a_rate_of_its_own_stays(portal: Portal, website: dict[str, str]) -> None:
    portal.sync()
    second = portal.edit("user.add", first_name="Ben", last_name="Okri", email="ben@acme.example")
    portal.log(website["project"], website["task"], owner=second)
    portal.log(website["project"], website["task"], owner=portal.edit(
        "user.add", first_name="Cy", last_name="Low", email="cy@acme.example"
    ))  # fmt: skip
    run = portal.sync()
    ben = db.session.scalar(db.select(User).where(User.name == "Ben Okri"))
    place = db.session.scalars(db.select(ProjectStaff).where(ProjectStaff.user_id == ben.id)).one()
    place.rate = 90
    db.session.commit()

    take_back(portal, run)

    names = {db.session.get_one(User, staff.user_id).name for staff in rows(ProjectStaff)}
    assert names == {"Asha Rao", "Ben Okri"}


def test_nothing_is_undone_while_a_sync_is_live_or_held_by_another(portal: Portal, website: dict[str, str]) -> None:
    run = portal.sync()
    connection.enqueue(portal.integration, "full", "instant", TEST)
    db.session.commit()

    with pytest.raises(SetupRefused, match="A sync is going on"):
        undo.undo(portal.integration, db.session.get_one(SyncRun, run.id), TEST)

    db.session.rollback()
    live = connection.live_run(portal.integration)
    live.state = "stopped"
    lease.claim(db.session.connection(), portal.integration.id, "elsewhere:1:0", live.queued_at)
    db.session.commit()
    with pytest.raises(SetupRefused, match="A sync is going on"):
        undo.undo(portal.integration, db.session.get_one(SyncRun, run.id), TEST)


def test_a_second_undo_of_the_same_run_is_refused(portal: Portal, website: dict[str, str]) -> None:
    run = portal.sync()
    take_back(portal, run)

    with pytest.raises(SetupRefused, match="taken back already"):
        undo.undo(portal.integration, db.session.get_one(SyncRun, run.id), TEST)


def test_the_lease_is_free_afterwards_and_the_undo_is_in_the_audit_log(portal: Portal, website: dict[str, str]) -> None:
    take_back(portal, portal.sync())

    integration = db.session.get_one(Integration, portal.integration.id)
    assert (integration.lease_owner, integration.lease_until) == (None, None)
    assert portal.sync().state == "ok"


def test_an_id_that_another_row_took_meanwhile_is_replaced_by_a_fresh_one(
    portal: Portal, website: dict[str, str]
) -> None:
    portal.sync()
    entry = portal.entry(website["log"])
    run = factories.make_run(portal.integration, {"time_entries": {"removed": 1}})
    before = {"id": entry.id, "project_id": entry.project_id, "task_id": entry.task_id, "bug_id": None,
              "user_id": entry.user_id, "date": {"$d": "2026-05-01"}, "seconds": 60, "notes": "Gone",
              "source": "zoho_projects", "billing_state": "unbilled", "is_billable": True}  # fmt: skip
    db.session.add(BeforeImage(run_id=run.id, module="time_entries", remote_id="77", local_id=entry.id, before=before))
    db.session.commit()

    take_back(portal, run)

    link = portal.link("time_entries", "77")
    assert link.local_id != entry.id
    assert db.session.get_one(TimeEntry, link.local_id).notes == "Gone"
    assert db.session.scalar(db.select(db.func.count()).select_from(Link).where(Link.remote_id == "77")) == 1


def test_a_removed_record_that_came_back_and_is_held_is_not_removed_again(
    portal: Portal, website: dict[str, str]
) -> None:
    portal.sync()
    portal.edit("log.delete", id=website["log"])
    take_back(portal, portal.sync(), hold=True)

    portal.sync()

    assert portal.entry(website["log"]) is not None
    assert portal.link("time_entries", website["log"]).reason == "UNDONE"
    assert broken_invariants() == []


def test_a_webhook_does_not_release_what_a_person_holds(portal: Portal, website: dict[str, str]) -> None:
    take_back(portal, portal.sync(), hold=True)

    connection.retry(portal.integration, [Wanted("projects", website["project"])], "webhook", TEST)
    db.session.commit()
    engine.perform(connection.live_run(portal.integration).id)

    assert portal.link("projects", website["project"]).reason == "UNDONE"
    assert rows(Project) == []


def test_a_milestone_comes_back_and_its_tasks_belong_to_it_again(portal: Portal, website: dict[str, str]) -> None:
    milestone = portal.edit("milestone.add", project=website["project"], name="Launch")
    tasklist = portal.edit("tasklist.add", project=website["project"], name="Launch work", milestone=milestone)
    task = portal.task(website["project"], "Announce", tasklist=tasklist)
    portal.sync()
    milestone_id = portal.local(Task, "tasks", task).milestone_id
    assert milestone_id is not None
    portal.edit("milestone.delete", id=milestone)
    run = portal.sync()
    assert portal.local(Task, "tasks", task).milestone_id is None

    take_back(portal, run)

    assert portal.local(Task, "tasks", task).milestone_id == milestone_id
    assert portal.local(Milestone, "milestones", milestone).name == "Launch"
