"""Living with an integration, in the browser: asking why, taking back, a brake on removals, leaving and coming back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from extensions import db, reading
from models import TimeEntry
from standin import World
from tests import factories
from tests.e2e.walking import DETAILS, HOME, Walk, walk
from tests.syncing import Portal

Picture = Callable[[Page, str], None]


@pytest.fixture
def world() -> World:
    """Portals with people and without projects."""
    return World.empty()


@pytest.fixture
def office(world: World, live_standin: str, page_of: Any, people: Any) -> Walk:
    """Olga looks at a portal that was just connected."""
    return walk(world, live_standin, page_of(people.olga))


def website(portal: Portal) -> dict[str, str]:
    """A project with a customer, a task and an hour."""
    project = portal.project("Website relaunch", portal.client("Zylker Inc"))
    task = portal.task(project, "Kickoff")
    return {"project": project, "task": task, "log": portal.log(project, task)}


def confirm_password(page: Page) -> None:
    """Type the password where it is asked for once more."""
    if page.get_by_label("Password").count():
        page.get_by_label("Password").fill(factories.PASSWORD)
        page.locator("main button[type=submit]").click()


@pytest.mark.req("M-03", "M-04")
def test_the_address_of_a_page_in_zoho_is_answered_and_the_answer_follows_its_button(
    office: Walk, picture: Picture
) -> None:
    project = office.portal.project("Orphan")
    office.portal.log(project, office.portal.task(project, "Kickoff"))
    office.sync()
    office.look_at_errors()
    pasted = office.error("projects", "PRJ-NO-PRIMARY").get_by_role("link", name="Open in Zoho").first
    address = pasted.get_attribute("href") or ""
    office.page.get_by_role("link", name="Why isn't it here?").click()

    office.page.get_by_label("Id, name or address").fill(address)
    office.page.get_by_role("button", name="Look it up").click()

    answer = office.page.locator("#why-answer article")
    expect(answer).to_contain_text("failed: Project has no primary customer · would come in with a primary customer")
    expect(answer).to_contain_text("Set a primary customer for the project in Zoho Projects, then sync again.")
    picture(office.page, "answer")
    office.portal.edit("project.attach", id=project, client=office.portal.client("Late client"))
    answer.get_by_role("button", name="Retry", exact=True).click()
    expect(answer).to_contain_text("It is here", timeout=15_000)
    picture(office.page, "here")
    answer.get_by_role("link", name="Open it here").click()
    expect(office.page.get_by_role("heading", level=1)).to_contain_text("Orphan")
    assert office.counts()["projects"] == 1


@pytest.mark.req("M-02", "P-34")
def test_a_sync_is_taken_back_after_a_look_and_everything_is_as_before(office: Walk, picture: Picture) -> None:
    ids = website(office.portal)
    office.sync()
    before = office.counts()
    office.portal.edit("project.set", id=ids["project"], name="Renamed by mistake")
    office.portal.log(ids["project"], ids["task"], minutes=90, date="2026-06-16")
    office.sync()
    assert office.counts()["time_entries"] == before["time_entries"] + 1
    office.page.goto(f"{DETAILS}/history")
    office.main.locator("a[href*='/runs/']").first.click()
    picture(office.page, "run")

    office.page.get_by_role("link", name="Undo this sync").click()

    expect(office.page.get_by_role("heading", level=1)).to_have_text("Undo this sync?")
    expect(office.main).to_contain_text("1:30 unbilled hours go")
    expect(office.main).to_contain_text("Renamed by mistake")
    picture(office.page, "preview")
    assert office.counts()["time_entries"] == before["time_entries"] + 1
    office.page.get_by_role("button", name="Undo this sync").click()
    expect(office.page.get_by_text("Taken back.")).to_be_visible()
    picture(office.page, "undone")
    office.comes("/projects/", "Website relaunch")
    expect(office.main).not_to_contain_text("Renamed by mistake")
    assert office.counts() == before


@pytest.mark.req("M-07", "M-10", "R-09")
def test_thirty_projects_that_vanish_at_once_stay_until_somebody_looked_and_are_let_go_when_they_return(
    office: Walk, picture: Picture
) -> None:
    client = office.portal.client("Zylker Inc")
    for number in range(36):
        project = office.portal.project(f"Project {number:02}", client)
        if number < 4:
            office.portal.log(project)
    office.sync()
    before = office.counts()
    gone = office.portal.standin.world.edit("project.trash_many", count=30)

    compare_everything(office)

    banner = office.page.locator("#removals-banner")
    expect(banner).to_contain_text("Nothing was removed.")
    picture(office.page, "banner")
    banner.get_by_role("link", name="Look at them").click()
    expect(office.main).to_contain_text("They vanished all at once, or unbilled hours hang on them.")
    expect(office.main).to_contain_text("Project")
    picture(office.page, "removals")
    assert office.counts() == before
    for project in gone:
        office.portal.edit("project.restore", id=project.id)
    office.page.get_by_role("button", name="Look again").click()
    expect(office.page.get_by_text("The sync has started.")).to_be_visible()
    office.sync_ends()
    expect(office.page.locator("#removals-banner")).to_have_count(0)
    office.page.goto(f"{DETAILS}/removals")
    expect(office.main).to_contain_text("Nothing is missing")
    assert office.counts() == before


def compare_everything(office: Walk) -> None:
    """*Compare everything*, from the menu of the details."""
    office.page.goto(DETAILS)
    office.page.locator("#sync-actions summary").click()
    office.page.get_by_role("button", name="Compare everything").click()
    expect(office.page.get_by_text("The sync has started.")).to_be_visible()
    office.sync_ends()


@pytest.mark.req("P-50", "P-54", "P-56", "P-58", "P-60", "M-17")
def test_who_disables_re_enables_deletes_and_connects_the_same_portal_has_nothing_twice(
    office: Walk, picture: Picture
) -> None:
    ids = website(office.portal)
    office.sync()
    before = office.counts()
    page = office.page

    page.goto(f"{DETAILS}/disable")
    picture(page, "disable")
    page.get_by_role("button", name="Disable").click()
    expect(office.main).to_contain_text("This integration is disabled")
    picture(page, "disabled")
    page.get_by_role("link", name="Re-enable").first.click()
    page.get_by_role("button", name="Re-enable").click()
    expect(page.get_by_text("The integration is active again.")).to_be_visible()
    office.sync_ends()
    assert office.counts() == before

    page.goto(f"{DETAILS}/delete")
    confirm_password(page)
    page.get_by_role("button", name="Delete the integration").click()
    expect(office.main).to_contain_text("Type the name of the portal exactly as it is shown.")
    page.get_by_label("Name of the portal").fill("Brightline Studio")
    picture(page, "delete")
    page.get_by_role("button", name="Delete the integration").click()
    expect(page.get_by_text("The integration is deleted.")).to_be_visible()
    picture(page, "deleted")
    assert office.counts() == before

    connect_again(office, picture)
    office.portal.edit("log.set", id=ids["log"], minutes=150)
    office.comes(DETAILS, "Active")
    office.sync()
    assert office.counts() == before
    office.comes("/time/", "2:30")


def connect_again(office: Walk, picture: Picture) -> None:
    """From *Connect* to *Save and Sync*, with the registration of before."""
    page, client = office.page, office.portal.standin.world.accounts.default_client
    page.goto(f"{HOME}/")
    page.get_by_role("link", name="Connect").click()
    page.locator("select[name=data_centre]").select_option("custom")
    page.locator("input[name=accounts_url]").fill(office.portal.standin.url)
    page.locator("input[name=api_url]").fill(office.portal.standin.url)
    page.locator("input[name=client_id]").fill(client.client_id)
    page.locator("input[name=client_secret]").fill(client.secret)
    page.get_by_role("button", name="Share this and go on").click()
    page.get_by_role("link", name="Authorise").last.click()
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url("**/portal")
    picture(page, "portal")
    page.get_by_role("button", name="Use this portal").click()
    page.get_by_label("Everything is unbilled").check()
    page.get_by_role("button", name="Save and map fields").click()
    page.get_by_role("button", name="Save and preview").click()
    page.get_by_text("Nothing has been written yet").first.wait_for()
    picture(page, "preview")
    page.get_by_role("button", name="Save and Sync").click()
    office.sync_ends()


@pytest.mark.req("L-01", "L-03", "L-05")
def test_hours_that_another_tool_invoiced_come_along_once_after_a_typed_word(office: Walk, picture: Picture) -> None:
    ids = website(office.portal)
    office.portal.log(ids["project"], ids["task"], minutes=30, date="2026-06-20")
    office.sync()
    page = office.page
    page.locator("#sync-actions summary").click()
    page.get_by_role("link", name="Coming from another tool").click()
    confirm_password(page)
    page.get_by_label("Former tool").fill("Zoho Books")
    content = f"Log ID,Invoice Number\n{ids['log']},ZB-77\n".encode()
    page.get_by_label("Invoiced time entries").set_input_files(
        {"name": "entries.csv", "mimeType": "text/csv", "buffer": content}
    )
    picture(page, "files")
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What would come along from Zoho Books")
    expect(office.main).to_contain_text("Nothing has been taken in yet.")
    picture(page, "look")

    page.get_by_role("button", name="Migrate").click()
    dialog = page.locator("dialog[open]")
    dialog.get_by_label("To confirm, type MIGRATE").fill("migrate")
    dialog.get_by_role("button", name="Migrate").click()
    confirm_password(page)
    expect(page.locator("dialog[open]")).to_contain_text("Type MIGRATE in capitals to confirm.")
    picture(page, "dialog")
    dialog.get_by_label("To confirm, type MIGRATE").fill("MIGRATE")
    dialog.get_by_role("button", name="Migrate").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Migrated from Zoho Books")
    picture(page, "migrated")
    page.get_by_role("button", name="Instant Sync").click()
    office.sync_ends()
    office.comes("/time/", "Invoiced elsewhere")
    with reading():
        states = db.session.execute(db.select(TimeEntry.seconds, TimeEntry.billing_state)).all()
        db.session.rollback()
    assert sorted((row[0], row[1]) for row in states) == [(1800, "unbilled"), (3600, "elsewhere")]
    assert office.counts()["time_entries"] == 2
