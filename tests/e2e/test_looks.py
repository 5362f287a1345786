"""Every page: no accessibility violation, no sideways overflow, in light and dark, wide and on a phone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from extensions import db, utcnow
from models import Customer, Expense, ExpenseCategory, ImportBatch, Integration, Project, User
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

#: pages of later features, with something on each; they are looked at in two ways only
INTEGRATION = "/settings/integrations/zoho_projects"
LATER_PAGES = (
    f"{INTEGRATION}/errors/projects/PRJ-NO-PRIMARY", f"{INTEGRATION}/records/3", f"{INTEGRATION}/runs/1/undo",
    f"{INTEGRATION}/history", f"{INTEGRATION}/budget", f"{INTEGRATION}/webhooks", f"{INTEGRATION}/write-back",
    f"{INTEGRATION}/migrate", f"{INTEGRATION}/migrate?again=1", f"{INTEGRATION}/links", f"{INTEGRATION}/disable",
    f"{INTEGRATION}/delete", f"{INTEGRATION}/credentials", f"{INTEGRATION}/preferences", f"{INTEGRATION}/duplicates",
    "/settings/integrations/why?q=Orphan", "/settings/integrations/why?q=4711", "/settings/integrations/finance-tab",
    "/projects/1/finance-links", "/settings/backups", "/settings/numbers", "/settings/audit/", "/help/errors",
    "/expenses/", "/expenses/new", "/expenses/1", "/expenses/1/edit", "/quotes/", "/quotes/new", "/quotes/2",
    "/quotes/2/edit", "/outgoing-mail/", "/settings/mail-templates",
    "/settings/mail-templates/invoice/en", "/settings/reminders", "/invoices/1/void", "/customers/new",
    "/projects/new", "/time/new", "/my-hours/new",
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
    integration = factories.make_integration(settings={"preferences_chosen": True})
    factories.make_run(integration, {"projects": {"added": 1}, "time_entries": {"added": 3, "failed": 1}})
    factories.make_link(integration, "projects", local_id=project.id)
    factories.make_link(
        integration, "time_entries", outcome="failed", reason="TS-MAX-HOURS", is_waiting=True,
        detail={"name": "Tim Okafor", "date": "2026-06-15", "hours": "26:00", "limit": "24:00"},
    )  # fmt: skip
    more_of_everything(integration, customer, project)
    db.session.commit()
    olga: User = people.olga
    return olga


def more_of_everything(integration: Integration, customer: Customer, project: Project) -> None:
    """What the later pages show: a cause and what follows it, held removals, a quote, an expense, files to migrate."""
    orphan = {"is_waiting": True, "outcome": "failed"}
    factories.make_link(
        integration, "projects", remote_id="771", reason="PRJ-NO-PRIMARY", detail={"name": "Orphan"},
        kept={"fields": {"name": "Orphan"}}, **orphan,
    )  # fmt: skip
    factories.make_link(
        integration, "tasks", reason="TSK-PARENT", detail={"name": "Kickoff", "parent": "771"},
        kept={"fields": {"name": "Kickoff", "project": "771"}}, **orphan,
    )  # fmt: skip
    missing = factories.make_project(customer, "Gone over there", source="zoho_projects")
    factories.make_link(integration, "projects", local_id=missing.id, missing_since=utcnow())
    quote = factories.make_transaction(customer, type="quote", project_id=project.id)
    factories.make_line(quote)
    category = db.session.scalars(db.select(ExpenseCategory)).first() or ExpenseCategory(
        name="Travel", name_key="travel"
    )
    amount = Decimal("49.90")
    db.session.add(
        Expense(
            date=date(2026, 7, 1), category=category, vendor="Rail", description="Train to the kick-off",
            currency=project.currency, amount=amount, net=amount, total=amount, customer_id=customer.id,
            project_id=project.id, billing_state="unbilled",
        )
    )  # fmt: skip
    entries = [{"id": "771", "number": "ZB-77"}]
    db.session.add(
        ImportBatch(
            integration_id=integration.id, origin="Zoho Books", transactions=[], entries=entries, state="planned"
        )
    )


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

    problems = looked_at(page, PAGES, picture)

    assert not problems, "\n".join(problems)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_every_later_page_is_accessible_and_fits(
    office: User, page_of: Callable[[User], Page], scheme: Any, width: int, picture: Callable[[Page, str], None]
) -> None:
    page = page_of(office)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})

    problems = looked_at(page, LATER_PAGES, picture)

    assert not problems, "\n".join(problems)


def looked_at(page: Page, paths: Sequence[str], picture: Callable[[Page, str], None]) -> list[str]:
    """What is wrong with some pages, one sentence each."""
    problems: list[str] = []
    for path in paths:
        answer = page.goto(path)
        if answer is None or answer.status != 200:
            problems.append(f"{path} answered {answer.status if answer else 'nothing'}")
            continue
        problems += [f"{path} {text}" for text in violations(page)]
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1"):
            problems.append(f"{path} overflows sideways")
        picture(page, f"{path.strip('/').replace('/', '-').replace('?', '-') or 'home'}")
    return problems
