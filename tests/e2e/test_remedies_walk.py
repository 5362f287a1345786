"""Each row of the catalogue that a person meets: made at the remote, read, mended by the button beside it (M-04)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from extensions import db
from models import Customer, Organisation, Project
from standin import World
from tests import factories
from tests.e2e.walking import DETAILS, Walk, walk
from tests.syncing import Portal

pytestmark = pytest.mark.req("M-04", "E-01")
Picture = Callable[[Page, str], None]


@pytest.fixture
def world() -> World:
    """Portals with people and without projects."""
    return World.empty()


@pytest.fixture
def office(world: World, live_standin: str, page_of: Any, people: Any) -> Walk:
    """Olga looks at a portal that was just connected."""
    return walk(world, live_standin, page_of(people.olga))


def hour(portal: Portal, **values: Any) -> str:
    """An hour on the task *Kickoff* of a project with a customer."""
    project = portal.project("Website relaunch", portal.client())
    return portal.log(project, portal.task(project, "Kickoff"), **values)


def orphan(portal: Portal) -> str:
    """A project without a primary customer, with a task and an hour."""
    project = portal.project("Orphan")
    portal.log(project, portal.task(project, "Kickoff"))
    return project


def other_currency(portal: Portal) -> str:
    """A customer with projects in two currencies."""
    client = portal.client("Aurora Ltd")
    portal.project("In dollars", client, budget={"currency": "USD"})
    project = portal.project("In euros", client, budget={"currency": "EUR"})
    portal.log(project, portal.task(project, "Kickoff"))
    return project


def general(portal: Portal) -> str:
    """An hour of no task, while general timesheets are off."""
    portal.choose(general_entries=False)
    return portal.log(portal.project("Website relaunch", portal.client()), notes="Kickoff")


def long_day(portal: Portal) -> str:
    """More hours than a day may have."""
    db.session.get_one(Organisation, 1).max_seconds_per_day = 8 * 3600
    db.session.commit()
    return hour(portal, minutes=630)


def attach(portal: Portal, project: str) -> None:
    portal.edit("project.attach", id=project, client=portal.client("Late client"))


@dataclass(frozen=True)
class Row:
    """One reason: how it comes about, what the page says and offers, and what is done at the remote before."""

    code: str
    module: str
    make: Callable[[Portal], str]
    sentence: str
    remedy: str
    button: str
    mend: Callable[[Portal, str], Any] = lambda portal, remote_id: None
    #: what the page says besides
    more: tuple[str, ...] = ()


ROWS = [
    Row("PRJ-NO-PRIMARY", "projects", orphan, "“Orphan” has no primary customer in Zoho Projects",
        "Set a primary customer for the project in Zoho Projects", "Retry", attach,
        ("Fixing this releases 1 entry, 1:00 h", "Waiting for it: Tasks 1, Time entries 1.")),
    Row("PRJ-CURRENCY", "projects", other_currency, "its customer Aurora Ltd is already here in USD",
        "Change the currency of the project or of the customer", "Clone Aurora Ltd in EUR"),
    Row("TS-NOT-APPROVED", "time_entries", lambda p: hour(p, approval="Unapproved"), "are not approved in Zoho",
        "Approve the entry in Zoho Projects", "Retry", lambda p, log: p.edit("log.set", id=log, approval="Approved")),
    Row("TS-NOT-BILLABLE", "time_entries", lambda p: hour(p, billable=False), "are not billable in Zoho Projects",
        "Mark the entry as billable in Zoho", "Retry", lambda p, log: p.edit("log.set", id=log, billable=True)),
    Row("TS-GENERAL-OFF", "time_entries", general, "belong to no task, and general timesheets are switched off",
        "Turn on general timesheets", "Turn on general entries and fetch"),
    Row("TS-MAX-HOURS", "time_entries", long_day, "are more than the maximum of 8:00 h per day",
        "Raise Settings → Preferences → Projects → maximum hours per day", "Raise the limit to 11 h and retry"),
]  # fmt: skip


@pytest.mark.req("E-02", "E-03")
@pytest.mark.parametrize("row", [pytest.param(row, id=row.code, marks=pytest.mark.req(row.code)) for row in ROWS])
def test_the_button_beside_the_sentence_lets_in_what_was_kept_out(office: Walk, row: Row, picture: Picture) -> None:
    remote_id = row.make(office.portal)
    office.sync()
    office.look_at_errors()
    error = office.error(row.module, row.code)
    for words in (row.sentence, row.remedy, *row.more):
        expect(error).to_contain_text(words)
    picture(office.page, "errors")
    row.mend(office.portal, remote_id)

    error.get_by_role("button", name=row.button, exact=True).first.click()
    picture(office.page, "pressed")

    office.comes("/time/", "Kickoff")
    office.goes(f"{DETAILS}/errors", row.sentence)
    before = office.counts()
    assert before["time_entries"] == 1
    office.sync()
    assert office.counts() == before


@pytest.mark.req("PRJ-CURRENCY")
def test_a_customer_who_is_here_in_another_currency_is_changed_by_its_button(office: Walk, picture: Picture) -> None:
    factories.make_customer("Aurora Ltd", currency="USD")
    db.session.commit()
    project = office.portal.project("In euros", office.portal.client("Aurora Ltd"), budget={"currency": "EUR"})
    office.portal.log(project, office.portal.task(project, "Kickoff"))
    office.sync()
    office.look_at_errors()
    office.error("projects", "PRJ-CURRENCY").get_by_role("link", name="In euros").click()
    picture(office.page, "record")

    office.page.get_by_role("button", name="Change Aurora Ltd to EUR").click()

    expect(office.page.get_by_text("Aurora Ltd is in EUR now.")).to_be_visible()
    office.comes("/time/", "Kickoff")
    assert office.counts()["customers"] == 1


@pytest.mark.req("TS-NOT-BILLABLE", "E-03")
def test_what_is_ignored_is_out_of_sight_until_somebody_looks(office: Walk, picture: Picture) -> None:
    log = hour(office.portal, billable=False)
    office.sync()
    office.look_at_errors()
    error = office.error("time_entries", "TS-NOT-BILLABLE")
    error.locator("li summary").first.click()

    error.get_by_role("button", name="Ignore", exact=True).click()

    expect(office.page.get_by_text("It is listed under Ignored")).to_be_visible()
    expect(office.error("time_entries", "TS-NOT-BILLABLE")).to_have_count(0)
    office.page.get_by_role("link", name="Ignored", exact=True).click()
    expect(office.error("time_entries", "TS-NOT-BILLABLE")).to_contain_text("are not billable")
    picture(office.page, "ignored")
    office.portal.edit("log.set", id=log, billable=True)
    office.sync()
    office.comes("/time/", "Kickoff")
    assert office.counts()["time_entries"] == 1


@pytest.mark.req("PRIM-LOCKED")
def test_a_customer_changed_after_billing_is_shown_beside_ours_and_goes_when_it_is_set_back(
    office: Walk, picture: Picture
) -> None:
    portal = office.portal
    first = portal.client("First client")
    project = portal.project("Billed", first, budget={"currency": "USD"})
    office.sync()
    local = portal.local(Project, "projects", project)
    factories.make_transaction(db.session.get_one(Customer, local.customer_id), project_id=local.id)
    db.session.commit()
    portal.edit("project.primary", id=project, client=portal.client("Second client"))
    office.sync()
    office.look_at_errors()
    error = office.error("projects", "PRIM-LOCKED")
    expect(error).to_contain_text("“Billed” now belongs to Second client in Zoho Projects")
    expect(error).to_contain_text("Set the former primary customer again in Zoho Projects, or void the transactions.")

    error.get_by_role("link", name="Show both").click()

    both = office.page.locator("#both tr", has_text="Customer")
    expect(both).to_contain_text("First client")
    expect(both).to_contain_text("Second client")
    picture(office.page, "both")
    portal.edit("project.primary", id=project, client=first)
    office.page.get_by_role("button", name="Retry", exact=True).click()
    office.comes(office.page.url.partition("#")[0], "Nothing keeps it out any more")
    assert office.counts()["projects"] == 1


@pytest.mark.req("AUTH-CHANGED", "P-36")
def test_a_revoked_access_is_given_again_by_the_button_and_the_sync_goes_on(office: Walk, picture: Picture) -> None:
    hour(office.portal)
    office.portal.standin.control("tokens/revoke")
    office.start_sync()
    expect(office.main).to_contain_text("Zoho Projects no longer accepts our access", timeout=30_000)
    picture(office.page, "revoked")
    office.page.goto(f"{DETAILS}/errors")
    expect(office.main).to_contain_text("Update the credentials. Everything that was fetched stays.")

    office.page.get_by_role("link", name="Re-authorise").click()
    factory_password(office.page)
    office.page.get_by_role("button", name="Go on to authorise").click()
    picture(office.page, "authorise")
    office.page.get_by_role("link", name="Authorise").last.click()
    office.page.get_by_role("button", name="Allow").click()
    office.page.wait_for_url(f"**{DETAILS}**")
    picture(office.page, "again")

    office.sync()
    office.comes("/time/", "Kickoff")
    assert office.counts()["time_entries"] == 1


def factory_password(page: Page) -> None:
    """Type the password where it is asked for once more."""
    if page.get_by_label("Password").count():
        page.get_by_label("Password").fill(factories.PASSWORD)
        page.locator("main button[type=submit]").click()


@pytest.mark.req("AUTH-PERMISSION")
def test_a_module_that_may_not_be_read_comes_after_it_was_granted_and_tested(office: Walk, picture: Picture) -> None:
    hour(office.portal)
    office.portal.standin.world.troubles.add({"kind": "status", "status": 403, "path": "/(logs|timelogs)"})
    office.sync()
    office.page.goto(f"{DETAILS}/errors")
    expect(office.main).to_contain_text("Grant it to the connected account in Zoho, then test again.")
    picture(office.page, "refused")
    office.page.get_by_role("button", name="Test again").click()
    expect(office.page.get_by_text("may not read time entries").first).to_be_visible()
    expect(office.page.get_by_text("Every module may be read")).to_have_count(0)

    office.portal.standin.repair()
    office.page.get_by_role("button", name="Test again").click()

    expect(office.page.get_by_text("Every module may be read.")).to_be_visible()
    office.comes("/time/", "Kickoff")
    assert office.counts()["time_entries"] == 1


@pytest.mark.parametrize(
    ("trouble", "sentences"),
    [
        pytest.param({"kind": "throttle_429", "retry_after": "seconds", "seconds": 900},
                     ("Zoho takes no more calls for now.", "the sync keeps its place and goes on by itself at"),
                     id="RATE-LIMIT", marks=pytest.mark.req("RATE-LIMIT")),
        pytest.param({"kind": "status", "status": 503},
                     ("Zoho gave no usable answer:", "Nothing to do: the next sync, at"),
                     id="REMOTE-DOWN", marks=pytest.mark.req("REMOTE-DOWN")),
    ],
)  # fmt: skip
def test_a_sync_that_has_to_wait_says_until_when_and_goes_on_by_itself(
    office: Walk, trouble: dict[str, Any], sentences: tuple[str, ...], picture: Picture
) -> None:
    hour(office.portal)
    office.portal.standin.world.troubles.add({"path": "/api/v3/", **trouble})
    office.start_sync()
    expect(office.page.locator("#status-card")).to_contain_text("It goes on by itself at", timeout=30_000)
    picture(office.page, "waiting")
    office.page.goto(f"{DETAILS}/errors")
    for words in sentences:
        expect(office.main).to_contain_text(words)
    picture(office.page, "errors")

    office.portal.standin.repair()
    office.go_on_now(waited=901)

    office.page.goto(DETAILS)
    office.sync_ends()
    office.comes("/time/", "Kickoff")
    assert office.counts()["time_entries"] == 1
