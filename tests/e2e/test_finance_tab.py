"""The Finance tab in a real browser, in the frame of the stand-in's project page, and the same rows in Crossbill."""

from __future__ import annotations

import re
from datetime import date

import httpx2
import pytest
from playwright.sync_api import FrameLocator, Page, expect

from models import FrameOrigin
from standin import World
from tests import factories
from tests.e2e.conftest import PHONE


@pytest.fixture
def world() -> World:
    """Portals with people; the test adds the one project it needs."""
    return World.empty()


@pytest.fixture
def rebrand(db_session, people, world, live, live_standin):
    """A project on both sides with three unbilled hours; the stand-in frames Crossbill."""
    remote = world.edit("project.add", name="Rebrand")
    customer = factories.make_customer("Aurora Outdoor")
    factories.make_contact_person(customer)
    project = factories.make_project(customer, "Rebrand", source="zoho_projects")
    for number in range(1, 4):
        task = factories.make_task(project, f"Step {number}")
        factories.make_time_entry(project, task_id=task.id, date=date(2026, 6, number))
    integration = factories.make_integration(scope_id=str(world.main.id), api_url=live_standin)
    factories.make_link(integration, "projects", remote_id=str(remote.id), local_id=project.id)
    db_session.add(FrameOrigin(origin=live_standin))
    db_session.commit()
    url = f"{live}/finance/zoho_projects/{{portal}}/{{project}}"
    httpx2.post(f"{live_standin}/_standin/frame", json={"url": url}).raise_for_status()
    return {"here": f"{live}/projects/{project.id}?tab=transactions", "there": f"{live_standin}/projects/{remote.id}"}


def open_tab(page: Page, rebrand) -> FrameLocator:
    """Open the project in the project tool and choose *Finance*."""
    page.goto(rebrand["there"])
    page.get_by_role("link", name="Finance").click()
    return page.frame_locator("iframe[name=finance]")


def heading(frame: FrameLocator, words: str) -> None:
    expect(frame.get_by_role("heading", level=1)).to_contain_text(words)


def start_invoice(frame: FrameLocator) -> None:
    frame.get_by_text("New Transaction", exact=True).click()
    frame.get_by_role("link", name="Invoice", exact=True).click()
    frame.get_by_role("button", name="Create draft").click()
    expect(frame.get_by_text("The hours are on the draft.")).to_be_visible()


@pytest.mark.req("T-04", "T-05", "T-11")
def test_an_invoice_made_in_the_frame_is_here_at_once_and_the_other_way_round(page_of, people, rebrand, picture):
    inside, here = page_of(people.petra), page_of(people.petra)
    frame = open_tab(inside, rebrand)
    heading(frame, "Rebrand")
    expect(frame.get_by_text("US$300.00").first).to_be_visible()
    picture(inside, "tab")

    # made in the frame: it is here at once
    start_invoice(frame)
    here.goto(rebrand["here"])
    row = here.locator("#project-transactions tbody tr")
    expect(row).to_contain_text("Draft")
    expect(row).to_contain_text("US$300.00")

    # changed in the frame
    frame.get_by_label("Reference").fill("PO 4711")
    frame.get_by_role("button", name="Save draft").click()
    expect(frame.get_by_text("Saved.", exact=True)).to_be_visible()
    row.get_by_role("link").click()
    expect(here.get_by_text("PO 4711")).to_be_visible()

    # deleted here: it is gone in the frame, and its hours are unbilled there
    here.locator("summary[title=More]").click()
    here.get_by_role("button", name="Delete draft").click()
    here.locator("#confirm-yes").click()
    expect(here.get_by_text("The draft was deleted.")).to_be_visible()
    frame = open_tab(inside, rebrand)
    expect(frame.get_by_text("Nothing here yet")).to_be_visible()
    expect(frame.get_by_text("US$300.00").first).to_be_visible()


@pytest.mark.req("T-05", "T-08")
def test_a_draft_of_the_frame_is_sent_there_and_its_hours_are_billed_on_both_sides(page_of, people, rebrand, live):
    inside, here = page_of(people.petra), page_of(people.petra)
    frame = open_tab(inside, rebrand)
    start_invoice(frame)

    frame.locator("summary[title=More]").click()
    frame.get_by_role("link", name="Open the page").click()
    frame.locator("summary[title=More]").click()
    frame.get_by_role("button", name="Mark as sent").click()
    frame.locator("#confirm-yes").click()

    expect(frame.get_by_text("is marked as sent.")).to_be_visible()
    here.goto(rebrand["here"])
    expect(here.locator("#project-transactions tbody tr")).to_contain_text(re.compile(r"INV-\d{4}-00001"))
    here.goto(rebrand["here"].partition("?")[0].replace("/projects/", "/invoices/new/from-project/"))
    expect(here.get_by_role("button", name="Create draft")).to_have_count(0)


def test_a_stranger_signs_in_inside_the_frame_and_stays_a_stranger_outside(page, people, rebrand, live, db_session):
    email = people.petra.email
    db_session.rollback()
    frame = open_tab(page, rebrand)
    frame.get_by_label("E-mail address").fill(email)
    frame.get_by_label("Password").fill(factories.PASSWORD)
    frame.get_by_role("button", name="Sign in").click()

    heading(frame, "Rebrand")
    page.goto(live)
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1100, 390])
def test_the_tab_fits_its_frame(page_of, people, rebrand, picture, scheme, width):
    page = page_of(people.petra)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": PHONE["height"]})
    around = page.request.get(rebrand["there"] + "/finance").text()
    page.goto(re.search(r'<iframe[^>]* src="([^"]+)"', around)[1])
    picture(page, f"tab-{scheme}-{width}")

    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    page.get_by_text("New Transaction", exact=True).click()
    page.get_by_role("link", name="Invoice", exact=True).click()
    picture(page, f"choice-{scheme}-{width}")
    page.get_by_role("button", name="Create draft").click()
    picture(page, f"editor-{scheme}-{width}")
