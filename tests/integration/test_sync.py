"""What a sync brings, keeps out and leaves alone, on a small portal behind real HTTP."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine

from extensions import db
from models import BeforeImage, Bug, Customer, Link, Milestone, Organisation, Project, SyncRun, Task, TimeEntry, User
from sync import engine, lease
from tests import factories
from tests.syncing import Portal, counts, person, states

pytestmark = pytest.mark.both_databases


@pytest.fixture
def website(portal: Portal) -> dict[str, str]:
    """One client, one project with a task, and an approved billable hour on it."""
    client = portal.client("Zylker Inc", email="ap@zylker.example", city="Austin", country="USA")
    project = portal.project("Website relaunch", client)
    task = portal.task(project, "Design")
    return {"client": client, "project": project, "task": task, "log": portal.log(project, task)}


@pytest.mark.req("P-07", "P-42")
def test_a_project_brings_its_tasks_bugs_and_milestones(portal: Portal, website: dict[str, str]) -> None:
    bug = portal.edit("issue.add", project=website["project"], name="Menu overlaps")
    milestone = portal.edit("milestone.add", project=website["project"], name="Go live")

    run = portal.sync()

    assert run.state == "ok", run.message
    project = portal.local(Project, "projects", website["project"])
    assert project.customer.name == "Zylker Inc"
    assert portal.local(Task, "tasks", website["task"]).project_id == project.id
    assert portal.local(Bug, "bugs", bug).title == "Menu overlaps"
    assert portal.local(Milestone, "milestones", milestone).name == "Go live"


@pytest.mark.req("P-08", "PRJ-NO-PRIMARY", "TSK-PARENT", "BUG-PARENT", "TS-NO-PRIMARY", "R-13")
def test_a_project_without_a_primary_customer_stays_out_with_all_that_hangs_on_it(portal: Portal) -> None:
    project = portal.project("Orphan")
    task = portal.task(project)
    bug = portal.edit("issue.add", project=project, name="Nobody pays")
    log = portal.log(project, task)

    run = portal.sync()

    reasons = {
        portal.link("projects", project).reason, portal.link("tasks", task).reason,
        portal.link("bugs", bug).reason, portal.link("time_entries", log).reason,
    }  # fmt: skip
    assert reasons == {"PRJ-NO-PRIMARY", "TSK-PARENT", "BUG-PARENT", "TS-NO-PRIMARY"}
    assert run.state == "partial"
    assert counts(run, "time_entries") == {"failed": 1}
    assert db.session.scalars(db.select(TimeEntry)).all() == []


@pytest.mark.req("E-02", "E-03")
def test_mending_the_project_brings_its_children_on_the_next_sync_by_themselves(portal: Portal) -> None:
    project = portal.project("Orphan")
    task = portal.task(project)
    log = portal.log(project, task)
    portal.sync()
    portal.edit("project.attach", id=project, client=portal.client())

    run = portal.sync("quick")

    assert run.state == "ok"
    assert portal.entry(log).task_id == portal.local(Task, "tasks", task).id
    assert db.session.scalars(db.select(Link).where(Link.reason.is_not(None), Link.module != "users")).all() == []


@pytest.mark.req("P-10", "TS-NOT-BILLABLE", "TS-NOT-APPROVED", "E-04")
def test_only_billable_and_approved_entries_come_in_and_the_others_are_counted(
    portal: Portal, website: dict[str, str]
) -> None:
    kept_out = {
        portal.log(website["project"], website["task"], billable=billable, approval=approval): reason
        for billable, approval, reason in (
            (False, "Approved", "TS-NOT-BILLABLE"),
            (True, "Unapproved", "TS-NOT-APPROVED"),
            (False, "Rejected", "TS-NOT-BILLABLE"),
        )
    }

    run = portal.sync()

    assert counts(run, "time_entries") == {"added": 1, "excluded": 3}
    assert {log: portal.link("time_entries", log).reason for log in kept_out} == kept_out
    assert run.state == "ok"


@pytest.mark.req("P-09")
def test_without_time_entries_no_hours_and_no_staff_are_fetched(portal: Portal, website: dict[str, str]) -> None:
    portal.choose(time_entries=False)

    portal.sync()

    assert portal.local(Project, "projects", website["project"]) is not None
    assert db.session.scalars(db.select(TimeEntry)).all() == []
    assert db.session.scalars(db.select(User).where(User.source != "local")).all() == []


@pytest.mark.req("P-11", "P-12")
def test_who_is_behind_fetched_entries_becomes_inactive_timesheet_staff_and_nobody_else(
    portal: Portal, website: dict[str, str]
) -> None:
    worker = portal.edit("user.add", first_name="Asha", last_name="Rao", email="asha@acme.example")
    portal.edit("user.add", first_name="Idle", last_name="Hands", email="idle@acme.example")
    portal.log(website["project"], website["task"], owner=worker)

    portal.sync()

    asha = person("Asha Rao")
    assert asha is not None
    assert (asha.role, asha.status, asha.is_active, asha.password_hash) == ("timesheet", "inactive", False, None)
    assert person("Idle Hands") is None


def test_somebody_known_here_by_e_mail_is_not_doubled(portal: Portal, website: dict[str, str]) -> None:
    here = factories.make_user("A. Rao", "staff", email="Asha@acme.example")
    worker = portal.edit("user.add", first_name="Asha", last_name="Rao", email="asha@acme.example")
    log = portal.log(website["project"], website["task"], owner=worker)

    portal.sync()

    assert portal.entry(log).user_id == here.id
    assert db.session.get(User, here.id).role == "staff"


@pytest.mark.req("P-13")
def test_hours_without_a_task_land_on_the_project(portal: Portal, website: dict[str, str]) -> None:
    log = portal.log(website["project"], notes="Call with the client")

    portal.sync()

    entry = portal.entry(log)
    assert (entry.task_id, entry.project.name) == (None, "Website relaunch")


@pytest.mark.req("P-14", "TS-GENERAL-OFF")
def test_with_general_timesheets_off_such_hours_wait_and_come_when_it_is_turned_on(
    portal: Portal, website: dict[str, str]
) -> None:
    log = portal.log(website["project"])
    portal.choose(general_entries=False)
    portal.sync()
    assert portal.link("time_entries", log).reason == "TS-GENERAL-OFF"

    portal.choose(general_entries=True)
    portal.sync("quick")

    assert portal.entry(log) is not None


@pytest.mark.req("P-15", "P-17")
def test_entries_before_the_cutoff_arrive_as_invoiced_elsewhere(portal: Portal, website: dict[str, str]) -> None:
    portal.choose(cutoff="2026-06-15")
    days = {day: portal.log(website["project"], date=f"2026-06-{day}") for day in (14, 15, 16)}

    portal.sync()

    found = {day: portal.entry(log).billing_state for day, log in days.items()}
    assert found == {14: "elsewhere", 15: "unbilled", 16: "unbilled"}
    assert portal.entry(days[15]).date == date(2026, 6, 15)


@pytest.mark.req("P-16")
def test_without_a_cutoff_everything_arrives_unbilled(portal: Portal, website: dict[str, str]) -> None:
    old = portal.log(website["project"], date="2019-01-02")

    portal.sync()

    assert portal.entry(old).billing_state == "unbilled"


@pytest.mark.req("P-18")
def test_overwrite_replaces_an_existing_customers_details_and_makes_no_second_one(
    portal: Portal, website: dict[str, str]
) -> None:
    here = factories.make_customer("zylker  INC", city="Houston", tax_id="US-77", email="")

    portal.sync()

    db.session.expire_all()
    customers = db.session.scalars(db.select(Customer)).all()
    assert [customer.id for customer in customers] == [here.id]
    assert (here.name, here.city, here.email, here.tax_id) == ("Zylker Inc", "Austin", "ap@zylker.example", "US-77")
    image = db.session.scalar(db.select(BeforeImage).where(BeforeImage.module == "customers"))
    assert image.before["city"] == "Houston"


@pytest.mark.req("P-19")
def test_clone_makes_a_second_customer_and_leaves_the_first_untouched(portal: Portal, website: dict[str, str]) -> None:
    here = factories.make_customer("Zylker Inc", city="Houston")
    portal.choose(duplicates="clone")

    portal.sync()

    db.session.expire_all()
    assert here.city == "Houston"
    project = portal.local(Project, "projects", website["project"])
    assert project.customer_id != here.id
    assert project.customer.city == "Austin"


def test_a_client_that_is_no_projects_primary_customer_does_not_become_a_customer(
    portal: Portal, website: dict[str, str]
) -> None:
    other = portal.client("Bystander Ltd")

    portal.sync()

    assert portal.link("customers", other).reason == "CUS-NOT-PRIMARY"
    assert [customer.name for customer in db.session.scalars(db.select(Customer))] == ["Zylker Inc"]


@pytest.mark.req("PRJ-CURRENCY")
def test_a_project_in_another_currency_than_its_customer_is_an_error_never_a_conversion(
    portal: Portal, website: dict[str, str]
) -> None:
    project = portal.project("Paris office", website["client"], budget={"currency": "EUR"})
    portal.edit("client.set", id=website["client"], currency="USD")

    portal.sync()

    assert portal.link("projects", project).reason == "PRJ-CURRENCY"


@pytest.mark.req("T-17", "TS-MAX-HOURS")
def test_an_entry_over_the_maximum_hours_comes_when_the_limit_is_raised(
    portal: Portal, website: dict[str, str], organisation: Organisation
) -> None:
    log = portal.log(website["project"], minutes=26 * 60, date="2026-06-20")
    portal.sync()
    assert portal.link("time_entries", log).reason == "TS-MAX-HOURS"

    organisation.max_seconds_per_day = 26 * 3600
    portal.sync("quick")

    assert portal.entry(log).seconds == 26 * 3600


@pytest.mark.req("P-38")
def test_modules_are_taken_parents_first(portal: Portal) -> None:
    run = portal.sync()

    order = [module.module for module in run.modules]
    assert order == ["customers", "projects", "users", "milestones", "tasks", "bugs", "time_entries"]


@pytest.mark.req("P-39")
def test_one_failing_module_does_not_hide_what_the_others_brought(portal: Portal, website: dict[str, str]) -> None:
    trouble = {"kind": "status", "status": 403, "title": "FORBIDDEN", "path": "/issues"}
    portal.standin.world.troubles.add(trouble)

    run = portal.sync()

    assert states(run)["bugs"] == "failed"
    assert run.state == "partial"
    assert portal.entry(website["log"]) is not None
    assert portal.integration.synced_until is None


def test_a_second_sync_changes_nothing(portal: Portal, website: dict[str, str]) -> None:
    portal.sync()
    before = {link.id: (link.decided_at, link.run_id) for link in db.session.scalars(db.select(Link))}

    run = portal.sync()

    db.session.expire_all()
    assert {link.id: (link.decided_at, link.run_id) for link in db.session.scalars(db.select(Link))} == before
    assert all(set(counts(run, module.module)) <= {"unchanged"} for module in run.modules)


@pytest.mark.req("P-33")
def test_what_is_new_in_the_remote_comes_with_a_quick_sync(portal: Portal, website: dict[str, str]) -> None:
    portal.sync()
    log = portal.log(website["project"], website["task"], minutes=90)
    later = portal.project("Shop", website["client"])

    portal.sync("quick")

    assert portal.entry(log).seconds == 5400
    assert portal.local(Project, "projects", later) is not None


def test_an_edited_unbilled_entry_follows_the_remote_and_its_old_values_are_kept(
    portal: Portal, website: dict[str, str]
) -> None:
    portal.sync()
    portal.edit("log.set", id=website["log"], minutes=150)

    run = portal.sync("quick")

    assert portal.entry(website["log"]).seconds == 9000
    image = db.session.scalar(db.select(BeforeImage).where(BeforeImage.run_id == run.id))
    assert image.before == {"seconds": 3600}


def test_an_entry_that_is_no_longer_approved_is_withdrawn_and_comes_back_when_it_is(
    portal: Portal, website: dict[str, str]
) -> None:
    portal.sync()
    portal.edit("log.set", id=website["log"], approval="Unapproved")
    portal.sync("quick")
    assert portal.entry(website["log"]) is None

    portal.edit("log.set", id=website["log"], approval="Approved")
    portal.sync("quick")

    assert portal.entry(website["log"]).billing_state == "unbilled"


def test_an_entry_on_an_invoice_is_never_changed_by_a_sync_but_says_that_the_remote_changed(
    portal: Portal, website: dict[str, str]
) -> None:
    portal.sync()
    entry = portal.entry(website["log"])
    factories.make_allocation(entry, factories.make_line(factories.make_transaction(entry.project.customer)))
    entry.billing_state = "on_draft"
    db.session.commit()
    portal.edit("log.set", id=website["log"], minutes=600)

    portal.sync("quick")

    entry = portal.entry(website["log"])
    assert (entry.seconds, entry.billing_state, entry.remote_change) == (3600, "on_draft", "changed")
    assert portal.link("time_entries", website["log"]).detail["remote"]["seconds"] == 36_000


@pytest.mark.req("R-09")
def test_nothing_is_removed_because_a_page_was_missing(portal: Portal, website: dict[str, str]) -> None:
    portal.sync()
    portal.standin.world.troubles.add({"kind": "shift_page", "path": "/timelogs"})
    portal.standin.world.troubles.add({"kind": "dead_list", "path": "/issues"})

    portal.sync()

    assert portal.entry(website["log"]) is not None


@pytest.mark.req("R-09")
def test_an_entry_that_is_truly_gone_is_removed_after_a_complete_listing(
    portal: Portal, website: dict[str, str]
) -> None:
    portal.sync()
    portal.edit("log.delete", id=website["log"])
    portal.sync("quick")
    assert portal.entry(website["log"]) is not None

    portal.sync("full")

    assert portal.entry(website["log"]) is None


def test_many_records_vanishing_at_once_wait_for_a_person(portal: Portal, website: dict[str, str]) -> None:
    logs = [portal.log(website["project"], minutes=10) for _ in range(60)]
    portal.sync()
    for log in logs:
        portal.edit("log.delete", id=log)

    run = portal.sync()

    assert all(portal.entry(log) is not None for log in logs)
    message = next(module.message for module in run.modules if module.module == "time_entries")
    assert "60 records are no longer listed" in message


@pytest.mark.req("M-01")
def test_a_preview_writes_nothing_and_says_exactly_what_the_run_then_does(
    portal: Portal, website: dict[str, str]
) -> None:
    portal.log(website["project"], website["task"], billable=False)
    portal.log(website["project"], minutes=90)
    tables = (Customer, Project, Task, TimeEntry, User, Link, BeforeImage)

    def rows() -> list[int]:
        return [db.session.scalar(db.select(db.func.count()).select_from(table)) for table in tables]

    before = rows()
    preview = portal.sync("preview")
    assert rows() == before
    foretold = {module.module: counts(preview, module.module) for module in preview.modules}

    run = portal.sync()

    assert {module.module: counts(run, module.module) for module in run.modules} == foretold
    assert preview.result["money"] == {"seconds": 9000, "amounts": {"USD": "250.00"}}
    assert preview.result["modules"]["time_entries"]["reasons"] == {"TS-NOT-BILLABLE": 1}


@pytest.mark.req("R-12")
def test_a_run_says_who_started_it(portal: Portal) -> None:
    run = portal.sync()

    assert (run.actor, run.trigger) == ("Olga Marsh", "instant")


def test_revoked_access_stops_the_run_once_and_asks_for_new_credentials(
    portal: Portal, website: dict[str, str]
) -> None:
    portal.sync()
    portal.edit("grant.revoke")

    run = portal.sync()

    db.session.expire_all()
    assert run.state == "failed"
    assert portal.integration.state == "needs_reauth"
    assert portal.entry(website["log"]) is not None


def test_a_throttled_run_waits_with_its_place_and_goes_on_by_itself(portal: Portal, website: dict[str, str]) -> None:
    portal.standin.world.troubles.add(
        {"kind": "throttle_429", "retry_after": "seconds", "seconds": 540, "path": "/timelogs", "count": 1}
    )

    run = portal.sync()
    assert run.state == "waiting"
    assert run.not_before is not None
    with time_machine.travel(run.not_before + timedelta(seconds=1)):
        done = engine.perform_next()

    assert done.id == run.id
    assert done.state == "ok"
    assert portal.entry(website["log"]) is not None


@pytest.mark.req("R-16")
def test_a_run_whose_integration_is_claimed_by_another_process_is_not_performed(portal: Portal) -> None:
    run = factories.make_run(portal.integration, state="queued", started_at=None, ended_at=None)
    portal.integration.lease_owner = "another process"
    portal.integration.lease_until = engine.utcnow() + lease.LIFE
    db.session.commit()

    assert engine.perform(run.id) is None
    assert db.session.get(SyncRun, run.id).state == "queued"


def test_the_general_word_of_a_hostile_remote_is_stored_as_text(portal: Portal, website: dict[str, str]) -> None:
    notes = "=cmd|' /C calc'!A0 <script>alert(1)</script> \u202eevil 🦜"
    log = portal.log(website["project"], notes=notes)

    portal.sync()

    assert portal.entry(log).notes == notes
