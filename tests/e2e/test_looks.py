"""Every page: no accessibility violation, no sideways overflow, in light and dark, wide and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from extensions import db
from models import User
from standin import World
from tests import factories

AXE = (Path(__file__).parent / "vendor" / "axe-core-4.14.1" / "axe.min.js").read_text()
PAGES = (
    "/", "/customers/", "/customers/1", "/projects/", "/projects/1", "/projects/1/edit", "/time/", "/time/1",
    "/ledger/", "/my-hours/", "/invoices/", "/invoices/1", "/invoices/1/edit", "/invoices/new", "/settings/",
    "/settings/organisation", "/settings/preferences/projects", "/settings/mail", "/settings/users", "/settings/taxes",
    "/settings/integrations/", "/settings/integrations/zoho_projects", "/settings/integrations/zoho_projects/errors",
    "/settings/integrations/zoho_projects/runs/1", "/settings/integrations/zoho_projects/removals",
    "/account", "/search?q=web",
)  # fmt: skip


@pytest.fixture
def world() -> World:
    return World.empty()


@pytest.fixture
def office(people: Any) -> User:
    """A little of everything on the pages."""
    customer = factories.make_customer("Zylker Inc")
    factories.make_contact_person(customer)
    project = factories.make_project(customer, "Website relaunch")
    task = factories.make_task(project, "Design")
    entries = [factories.make_time_entry(project, task_id=task.id, user_id=people.tim.id) for _ in range(3)]
    draft = factories.make_transaction(customer, project_id=project.id)
    line = factories.make_line(draft, kind="time", name="Design", seconds=3600, logged_seconds=3600, unit="h")
    factories.make_allocation(entries[0], line)
    entries[0].billing_state = "on_draft"
    integration = factories.make_integration()
    factories.make_run(integration, {"projects": {"added": 1}, "time_entries": {"added": 3, "failed": 1}})
    factories.make_link(integration, "projects", local_id=project.id)
    factories.make_link(
        integration, "time_entries", outcome="failed", reason="TS-MAX-HOURS", is_waiting=True,
        detail={"name": "Tim Okafor", "date": "2026-06-15", "hours": "26:00", "limit": "24:00"},
    )  # fmt: skip
    db.session.commit()
    olga: User = people.olga
    return olga


def violations(page: Page) -> list[str]:
    """What axe finds, one sentence each."""
    page.evaluate(AXE)
    found = page.evaluate("async () => (await axe.run(document, {resultTypes: ['violations']})).violations")
    return [f"{item['id']}: {item['nodes'][0]['target']}" for item in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_every_page_is_accessible_and_fits(
    office: User, page_of: Callable[[User], Page], scheme: Any, width: int, picture: Callable[[Page, str], None]
) -> None:
    page = page_of(office)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    problems: list[str] = []

    for path in PAGES:
        answer = page.goto(path)
        if answer is None or answer.status != 200:
            problems.append(f"{path} answered {answer.status if answer else 'nothing'}")
            continue
        problems += [f"{path} {text}" for text in violations(page)]
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1"):
            problems.append(f"{path} overflows sideways")
        picture(page, f"{path.strip('/').replace('/', '-').partition('?')[0] or 'home'}")

    assert not problems, "\n".join(problems)
