"""Each row of the catalogue that keeps a record out: made at the remote, seen, mended by its button, arrived (§12)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event

from extensions import db, utcnow
from models import (
    AuditEntry,
    Bug,
    Customer,
    Link,
    MailMessage,
    Milestone,
    Organisation,
    Project,
    SyncRun,
    Task,
    TimeEntry,
    User,
)
from sync import engine, undo
from sync.kept_out import watching
from sync.reasons import REASONS
from tests.factories import make_integration, make_run, make_transaction
from tests.integration.connecting import PAGE, text_of
from tests.syncing import TEST, Portal

pytestmark = pytest.mark.usefixtures("people")

MODELS = {
    "customers": Customer, "projects": Project, "users": User, "milestones": Milestone, "tasks": Task, "bugs": Bug,
    "time_entries": TimeEntry,
}  # fmt: skip


@pytest.fixture(autouse=True)
def _plain_posts(app):
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def browser(browser_of, olga):
    return browser_of(olga)


@dataclass(frozen=True)
class Row:
    """One row: how the remote gets there, how it is mended there, and which button does the rest."""

    code: str
    make: Callable[[Portal], tuple[str, str]]
    #: what somebody does at the remote; nothing where the button is enough
    mend: Callable[[Portal, str], Any] = lambda portal, remote_id: None
    remedy: str = "retry"


def no_primary(portal: Portal) -> tuple[str, str]:
    return "projects", portal.project("Orphan")


def attach(portal: Portal, project: str) -> None:
    portal.edit("project.attach", id=project, client=portal.client("Late client"))


def other_currency(portal: Portal) -> tuple[str, str]:
    client = portal.client("Aurora Ltd")
    portal.project("In dollars", client, budget={"currency": "USD"})
    return "projects", portal.project("In euros", client, budget={"currency": "EUR"})


def billed(portal: Portal) -> str:
    """A project with an invoice."""
    project = portal.project("Billed", portal.client("First client"), budget={"currency": "USD"})
    portal.sync()
    local = portal.local(Project, "projects", project)
    make_transaction(db.session.get(Customer, local.customer_id), project_id=local.id)
    db.session.commit()
    return project


def moved_after_billing(portal: Portal) -> tuple[str, str]:
    project = billed(portal)
    portal.edit("project.primary", id=project, client=portal.client("Second client"))
    return "projects", project


def first_client_again(portal: Portal, project: str) -> None:
    client = next(key for key, row in portal.standin.world.main.clients.items() if row.name == "First client")
    portal.edit("project.primary", id=project, client=str(client))


def currency_after_billing(portal: Portal) -> tuple[str, str]:
    project = billed(portal)
    portal.edit("project.set", id=project, budget={"currency": "EUR"})
    return "projects", project


def not_primary(portal: Portal) -> tuple[str, str]:
    return "customers", portal.client("Nobody's client")


def lone_user(portal: Portal) -> tuple[str, str]:
    portal.project("Quiet", portal.client())
    return "users", str(next(iter(portal.standin.world.main.users)))


def log_by(portal: Portal, user: str) -> None:
    project = next(iter(portal.standin.world.main.projects))
    portal.log(str(project), owner=user)


def child_of_orphan(kind: str, module: str) -> Callable[[Portal], tuple[str, str]]:
    def make(portal: Portal) -> tuple[str, str]:
        project = portal.project("Orphan")
        return module, portal.edit(f"{kind}.add", project=project, name=f"A {kind}")

    return make


def attach_orphan(portal: Portal, _remote_id: str) -> None:
    attach(portal, str(next(iter(portal.standin.world.main.projects))))


def logged(**values: Any) -> Callable[[Portal], tuple[str, str]]:
    def make(portal: Portal) -> tuple[str, str]:
        project = portal.project("Website", portal.client())
        return "time_entries", portal.log(project, portal.task(project), **values)

    return make


def general_off(portal: Portal) -> tuple[str, str]:
    portal.choose(general_entries=False)
    return "time_entries", portal.log(portal.project("Website", portal.client()))


def hours_of_orphan(portal: Portal) -> tuple[str, str]:
    return "time_entries", portal.log(portal.project("Orphan"))


def hours_of_clashing(portal: Portal) -> tuple[str, str]:
    return "time_entries", portal.log(other_currency(portal)[1])


def one_currency(portal: Portal, _remote_id: str) -> None:
    project = next(key for key, row in portal.standin.world.main.projects.items() if row.name == "In euros")
    portal.edit("project.set", id=str(project), budget={"currency": "USD"})


def long_day(portal: Portal) -> tuple[str, str]:
    db.session.get_one(Organisation, 1).max_seconds_per_day = 8 * 3600
    db.session.commit()
    return logged(minutes=630)(portal)


def poison(portal: Portal) -> tuple[str, str]:
    project = portal.project("Website", portal.client())
    return "time_entries", portal.log(project, raw={"log_hour": "soon"})


def readable(portal: Portal, remote_id: str) -> None:
    portal.edit("log.set", id=remote_id, raw={})


def taken_back(portal: Portal) -> tuple[str, str]:
    module, remote_id = logged()(portal)
    undo.undo(portal.integration, portal.sync(), TEST, only=(module, remote_id), hold=True)
    db.session.commit()
    return module, remote_id


ROWS = [
    Row("PRJ-NO-PRIMARY", no_primary, attach),
    Row("PRJ-CURRENCY", other_currency, remedy="clone"),
    Row("PRIM-LOCKED", moved_after_billing, first_client_again),
    Row("CUR-LOCKED", currency_after_billing, lambda p, i: p.edit("project.set", id=i, budget={"currency": "USD"})),
    Row("CUS-NOT-PRIMARY", not_primary, lambda portal, client: portal.project("Now theirs", client)),
    Row("USR-NO-ENTRIES", lone_user, log_by),
    Row("MIL-PARENT", child_of_orphan("milestone", "milestones"), attach_orphan, "cause"),
    Row("TSK-PARENT", child_of_orphan("task", "tasks"), attach_orphan, "cause"),
    Row("BUG-PARENT", child_of_orphan("issue", "bugs"), attach_orphan, "cause"),
    Row("TS-NOT-BILLABLE", logged(billable=False), lambda p, i: p.edit("log.set", id=i, billable=True)),
    Row("TS-NOT-APPROVED", logged(approval="Unapproved"), lambda p, i: p.edit("log.set", id=i, approval="Approved")),
    Row("TS-GENERAL-OFF", general_off, remedy="general"),
    Row("TS-NO-PRIMARY", hours_of_orphan, attach_orphan, "cause"),
    Row("TS-PARENT", hours_of_clashing, one_currency, "cause"),
    Row("TS-MAX-HOURS", long_day, remedy="limit"),
    Row("REC-UNREADABLE", poison, readable),
    Row("UNDONE", taken_back),
]


def press(browser: Any, remedy: str, link: Link | None = None, **fields: Any) -> str:
    """Press a button and perform what it queued; returns what the next page says."""
    named = {"link": link.id} if link else {}
    answer = browser.post(f"{PAGE}/remedies/{remedy}", data={**named, **fields, "back": f"{PAGE}/errors"})
    assert answer.status_code == 303
    said = text_of(browser.get(answer.location))
    db.session.rollback()
    queued = db.session.scalar(db.select(SyncRun.id).where(SyncRun.state == "queued"))
    if queued:
        engine.perform(queued)
    return said


def test_every_reason_a_record_can_have_is_a_row_here():
    assert {row.code for row in ROWS} == {code for code, reason in REASONS.items() if reason.is_of_records}


@pytest.mark.req("M-04", "E-01", "E-02", "E-03")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.code)
def test_a_record_is_seen_mended_and_arrives(portal, browser, row):
    module, remote_id = row.make(portal)
    portal.sync()
    link = portal.link(module, remote_id)
    assert link.reason == row.code
    seen = text_of(browser.get(f"{PAGE}/records/{link.id}"))
    assert str(REASONS[row.code].title) in seen
    assert text_of(browser.get(f"{PAGE}/errors/{module}/{row.code}")).count("Retry") >= 1
    row.mend(portal, remote_id)

    target = link
    if row.remedy == "cause":
        jump = browser.get(f"{PAGE}/records/{link.id}")
        cause = re.search(rf'href="({PAGE}/cause/[^"]+)"', jump.text)[1]
        page = browser.get(cause).location
        target = db.session.get(Link, int(page.rsplit("/", 1)[1]))
        assert "Waiting for it" in text_of(browser.get(page))
    press(browser, "retry" if row.remedy == "cause" else row.remedy, target)

    link = portal.link(module, remote_id)
    assert link.reason is None
    assert portal.local(MODELS[module], module, remote_id) is not None
    assert f'records/{link.id}"' not in browser.get(f"{PAGE}/errors/{module}/{row.code}").text


@pytest.mark.req("M-04")
def test_a_retry_reads_that_record_alone(portal, browser):
    project = portal.project("Website", portal.client())
    first, second = (portal.log(project, approval="Unapproved", notes=word) for word in ("first", "second"))
    portal.sync()
    for log in (first, second):
        portal.edit("log.set", id=log, approval="Approved")

    press(browser, "retry", portal.link("time_entries", first))

    assert portal.entry(first) is not None
    assert portal.entry(second) is None


@pytest.mark.req("M-04", "PRJ-CURRENCY")
def test_a_currency_clash_is_mended_by_a_clone_that_later_projects_go_to_as_well(portal, browser):
    _module, project = other_currency(portal)
    portal.sync()

    said = press(browser, "clone", portal.link("projects", project))

    local = portal.local(Project, "projects", project)
    clone = db.session.get(Customer, local.customer_id)
    assert "go to Aurora Ltd (EUR)" in said
    assert (clone.name, clone.currency, local.currency) == ("Aurora Ltd (EUR)", "EUR", "EUR")
    client = next(key for key, row in portal.standin.world.main.clients.items() if row.name == "Aurora Ltd")
    later = portal.project("Also in euros", str(client), budget={"currency": "EUR"})
    portal.sync()
    assert portal.local(Project, "projects", later).customer_id == clone.id
    assert db.session.scalar(db.select(db.func.count(Customer.id)).where(Customer.currency == "EUR")) == 1


@pytest.mark.req("M-04", "PRJ-CURRENCY")
def test_the_currency_of_a_customer_changes_only_while_nothing_is_priced_in_it(portal, browser):
    _module, project = other_currency(portal)
    portal.sync()
    link = portal.link("projects", project)
    page = text_of(browser.get(f"{PAGE}/records/{link.id}"))
    assert "Change Aurora Ltd to EUR" not in page
    assert "Clone Aurora Ltd in EUR" in page

    said = press(browser, "currency", link)

    assert "The project In dollars is priced in USD." in said
    assert portal.link("projects", project).reason == "PRJ-CURRENCY"


@pytest.mark.req("M-04", "PRJ-CURRENCY")
def test_the_currency_of_an_unused_customer_is_changed_and_the_project_comes(portal, browser):
    client = portal.client("Aurora Ltd")
    first = portal.project("In dollars", client, budget={"currency": "USD"})
    portal.sync()
    portal.edit("project.trash", id=first)
    project = portal.project("In euros", client, budget={"currency": "EUR"})
    portal.sync()
    link = portal.link("projects", project)
    assert "Change Aurora Ltd to EUR" in text_of(browser.get(f"{PAGE}/records/{link.id}"))

    press(browser, "currency", link)

    local = portal.local(Project, "projects", project)
    assert (local.currency, db.session.get(Customer, local.customer_id).currency) == ("EUR", "EUR")


@pytest.mark.req("T-17", "M-04")
def test_the_limit_is_raised_as_far_as_the_largest_kept_out_day_needs(portal, browser):
    db.session.get_one(Organisation, 1).max_seconds_per_day = 8 * 3600
    db.session.commit()
    project = portal.project("Website", portal.client())
    logs = [portal.log(project, minutes=300, notes=str(number)) for number in range(3)]
    portal.sync()
    page = browser.get(f"{PAGE}/errors")
    assert "Raise the limit to 15 h and retry" in text_of(page)

    said = press(browser, "limit", module="time_entries", code="TS-MAX-HOURS", hours="15")

    assert "The maximum is 15 h a day now." in said
    assert all(portal.entry(log) is not None for log in logs)
    changed = db.session.scalar(db.select(AuditEntry).where(AuditEntry.verb == "organisation.changed"))
    assert changed.after == {"max_seconds_per_day": 15 * 3600}


@pytest.mark.req("T-17")
@pytest.mark.parametrize("hours", ["7", "0", "100", "-9", "many", "٩٩"])
def test_a_limit_that_lets_nothing_in_or_is_no_number_is_refused(portal, browser, hours):
    module, remote_id = long_day(portal)
    portal.sync()

    said = press(browser, "limit", portal.link(module, remote_id), hours=hours)

    assert "Enter whole hours above the present maximum" in said
    assert db.session.get_one(Organisation, 1).max_seconds_per_day == 8 * 3600


@pytest.mark.req("P-14", "M-04")
def test_turning_on_general_entries_fetches_all_of_them_with_one_run(portal, browser):
    portal.choose(general_entries=False)
    project = portal.project("Website", portal.client())
    logs = [portal.log(project, notes=str(number)) for number in range(3)]
    portal.sync()

    said = press(browser, "general", module="time_entries", code="TS-GENERAL-OFF")

    assert "General timesheets are on." in said
    assert all(portal.entry(log) is not None for log in logs)
    assert portal.integration.settings["general_entries"] is True
    assert [run.kind for run in db.session.scalars(db.select(SyncRun).order_by(SyncRun.id))] == ["full", "quick"]


@pytest.mark.req("M-04")
def test_a_button_says_what_it_releases(portal, browser):
    project = portal.project("Orphan")
    task = portal.task(project)
    for number in range(4):
        portal.log(project, task, minutes=90, notes=str(number))
    portal.log(project, task, billable=False)
    portal.sync()

    page = text_of(browser.get(f"{PAGE}/errors"))

    assert "Fixing this releases 4 entries, 6:00 h, about US$600.00." in page
    assert "Waiting for it: Tasks 1, Time entries 4." in page
    assert page.index("Project has no primary customer") < page.index("Follow by themselves")


@pytest.mark.req("M-04")
def test_hours_of_a_project_that_is_here_are_worth_its_own_rate(portal, browser):
    project = portal.project("Website", portal.client())
    portal.sync()
    portal.local(Project, "projects", project).rate = Decimal(160)
    db.session.commit()
    portal.log(project, approval="Unapproved", minutes=120)
    portal.sync()

    assert "2:00 h, about US$320.00." in text_of(browser.get(f"{PAGE}/errors"))


@pytest.mark.req("M-04", "E-03")
def test_what_is_ignored_leaves_the_summary_and_can_be_taken_back(portal, browser):
    project = portal.project("Website", portal.client())
    log = portal.log(project, billable=False, notes="Coffee")
    portal.sync()
    link = portal.link("time_entries", log)

    press(browser, "ignore", link)

    assert "Coffee" not in text_of(browser.get(f"{PAGE}/errors"))
    assert "Coffee" in text_of(browser.get(f"{PAGE}/errors?ignored=1"))
    portal.sync()
    assert portal.link("time_entries", log).is_muted
    press(browser, "ignore", portal.link("time_entries", log))
    assert "Coffee" in text_of(browser.get(f"{PAGE}/errors"))


@pytest.mark.req("M-04")
def test_who_waits_for_a_record_gets_one_mail_when_it_comes_in(portal, browser, olga):
    db.session.get_one(Organisation, 1).mail_host = "mail.example"
    db.session.commit()
    project = portal.project("Website", portal.client())
    logs = [portal.log(project, approval="Unapproved", notes=str(number)) for number in range(2)]
    portal.sync()
    press(browser, "tell", module="time_entries", code="TS-NOT-APPROVED")
    run = portal.sync()
    tell(run.id)
    assert letters() == []
    for log in logs:
        portal.edit("log.set", id=log, approval="Approved")

    run = portal.sync()
    tell(run.id)
    tell(run.id)

    [letter] = letters()
    assert letter.to == olga.email
    assert letter.subject == "2 records that you waited for are here"
    assert "1:00 h, Olga Marsh" in letter.text or "1:00 h" in letter.text
    assert "/settings/integrations/why?q=" in letter.text
    assert portal.link("time_entries", logs[0]).watcher_id is None


@pytest.mark.req("M-04")
def test_who_waits_for_what_is_deleted_is_told_that(portal, browser):
    db.session.get_one(Organisation, 1).mail_host = "mail.example"
    db.session.commit()
    project = portal.project("Website", portal.client())
    portal.log(project, notes="stays")
    log = portal.log(project, approval="Unapproved")
    portal.sync()
    press(browser, "tell", portal.link("time_entries", log))
    portal.edit("log.delete", id=log)

    tell(portal.sync().id)

    assert [letter.subject for letter in letters()] == ["What you waited for was deleted in Zoho"]


def tell(run_id: int) -> None:
    watching.tell(run_id)
    db.session.commit()


def letters() -> list[MailMessage]:
    return list(db.session.scalars(db.select(MailMessage)))


@pytest.mark.req("M-04")
def test_a_second_press_while_a_sync_runs_says_so_and_queues_nothing(portal, browser):
    log = portal.log(portal.project("Website", portal.client()), approval="Unapproved")
    portal.sync()
    link = portal.link("time_entries", log)
    path = f"{PAGE}/remedies/retry"
    browser.post(path, data={"link": link.id})

    answer = browser.post(path, data={"link": link.id, "back": f"{PAGE}/errors"})

    assert "A sync is going on already." in text_of(browser.get(answer.location))
    db.session.rollback()
    assert db.session.scalar(db.select(db.func.count(SyncRun.id)).where(SyncRun.state == "queued")) == 1


@pytest.mark.req("M-04")
def test_all_records_of_a_reason_that_do_not_wait_are_read_one_by_one(portal, browser):
    project = portal.project("Website", portal.client())
    logs = [portal.log(project, approval="Unapproved", notes=str(number)) for number in range(3)]
    portal.sync()
    for log in logs:
        portal.edit("log.set", id=log, approval="Approved")

    said = press(browser, "retry", module="time_entries", code="TS-NOT-APPROVED")

    assert "3 records are being read again." in said
    assert all(portal.entry(log) is not None for log in logs)


@pytest.mark.req("M-04")
def test_a_remedy_of_another_reason_changes_nothing(portal, browser):
    log = portal.log(portal.project("Website", portal.client()), approval="Unapproved")
    portal.sync()

    said = press(browser, "general", portal.link("time_entries", log))

    assert "That no longer fits" in said


@pytest.mark.req("M-04", "P-01")
@pytest.mark.parametrize("person", ["bruno", "petra", "tim"])
def test_who_is_no_admin_presses_nothing(portal, browser_of, people, person):
    log = portal.log(portal.project("Website", portal.client()), approval="Unapproved")
    portal.sync()
    link = portal.link("time_entries", log)

    answer = browser_of(getattr(people, person)).post(f"{PAGE}/remedies/ignore", data={"link": link.id})

    assert answer.status_code == 403
    assert not portal.link("time_entries", log).is_muted


@pytest.mark.req("M-04", "PRIM-LOCKED")
def test_both_sides_of_a_locked_project_stand_beside_each_other(portal, browser):
    module, project = moved_after_billing(portal)
    portal.sync()

    page = browser.get(f"{PAGE}/records/{portal.link(module, project).id}")

    both = text_of(page).split("Both sides", 2)[-1]
    assert "Customer First client Second client" in both
    assert 'id="both"' in page.text


@pytest.mark.req("M-04")
def test_open_in_zoho_leads_to_the_records_page_without_asking_anybody(portal, browser):
    project = portal.project("Orphan")
    portal.sync()
    before = len(portal.standin.world.requests)

    page = browser.get(f"{PAGE}/errors")

    assert f'href="http://standin.test/projects/{project}"' in page.text
    assert 'rel="noopener noreferrer"' in page.text
    assert len(portal.standin.world.requests) == before
    assert portal.standin.app.test_client().get(f"/projects/{project}").status_code == 200


# ── The connection and its run ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("P-05", "M-04")
def test_revoked_credentials_lead_to_new_ones_and_the_sync_goes_on(portal, browser):
    portal.edit("grant.revoke")
    portal.sync()

    page = browser.get(f"{PAGE}/errors")

    assert "The credentials were changed or revoked" in text_of(page)
    assert f'href="{PAGE}/credentials"' in page.text
    assert 'href="/help/errors#AUTH-CHANGED"' in page.text


@pytest.mark.req("M-04")
def test_a_module_that_may_not_be_read_is_tested_again_and_then_fetched(portal, browser):
    portal.project("Website", portal.client())
    portal.standin.world.troubles.add({"kind": "status", "status": 403, "path": "/issues", "title": "FORBIDDEN"})
    portal.sync()
    page = text_of(browser.get(PAGE))
    assert "A module may not be read" in page
    assert "Test again" in page
    said = press(browser, "test", code="AUTH-PERMISSION")
    assert "may not read" in said
    portal.standin.world.troubles.clear()

    said = press(browser, "test", code="AUTH-PERMISSION")

    assert "Every module may be read. A full sync has started." in said
    assert "A module may not be read" not in text_of(browser.get(PAGE))


@pytest.mark.req("M-04", "P-57")
def test_a_lost_portal_offers_delete_and_connect_new(browser):
    make_integration(problem="The portal answers no longer to this account.")
    db.session.commit()

    page = browser.get(f"{PAGE}/errors")

    assert "Delete and connect new" in text_of(page)
    assert f'href="{PAGE}/delete"' in page.text


@pytest.mark.req("P-41", "M-04", "SYNC-LONG")
def test_a_sync_of_more_than_two_hours_is_called_abnormal_with_a_way_to_look(browser):
    started = utcnow() - timedelta(hours=2, minutes=1)
    make_run(make_integration(), {"projects": {"state": "running"}}, state="running", ended_at=None, started_at=started)
    db.session.commit()

    page = text_of(browser.get(PAGE))

    assert "A sync takes more than two hours" in page
    assert "Show what it is waiting for" in page


@pytest.mark.req("P-41")
def test_a_sync_of_less_is_not(browser):
    started = utcnow() - timedelta(hours=1, minutes=59)
    make_run(make_integration(), {"projects": {"state": "running"}}, state="running", ended_at=None, started_at=started)
    db.session.commit()

    assert "A sync takes more than two hours" not in text_of(browser.get(PAGE))


@pytest.mark.req("M-04")
@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"state": "waiting", "ended_at": None, "not_before": utcnow() + timedelta(hours=1)}, "Zoho asks us to wait"),
        ({"state": "failed", "message": "Zoho Projects did not answer."}, "Zoho could not be reached"),
    ],
    ids=["RATE-LIMIT", "REMOTE-DOWN"],
)
def test_a_quota_and_an_outage_say_that_nothing_is_to_be_done(browser, values, told):
    make_run(make_integration(), {}, **values)
    db.session.commit()

    page = text_of(browser.get(f"{PAGE}/errors"))

    assert told in page
    assert "Nothing to do" in page


@pytest.mark.req("M-04")
def test_a_page_of_errors_costs_few_statements_however_much_is_kept_out(portal, browser):
    project = portal.project("Orphan")
    tasks = [portal.task(project, f"Task {number}") for number in range(30)]
    for task in tasks:
        portal.log(project, task)
    portal.sync()
    path = f"{PAGE}/errors/projects/PRJ-NO-PRIMARY"
    browser.get(path)
    seen: list[str] = []

    def listen(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", listen)
    browser.get(path)
    event.remove(db.engine, "before_cursor_execute", listen)

    about_links = [statement for statement in seen if " links" in statement]
    assert len(about_links) <= 5
