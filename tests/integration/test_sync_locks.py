"""What a sync may not change: money that was written, and what another integration says with more right."""

from __future__ import annotations

import pytest

from billing.transactions import TimeChoice, start_from_time
from connectors import CONNECTORS
from connectors.zoho_projects import ZohoProjects
from extensions import db, utcnow
from models import Customer, Integration, Link, Organisation, Project
from sync import modules
from sync.invariants import broken_invariants
from tests.syncing import TEST, Portal

pytestmark = pytest.mark.both_databases


@pytest.fixture
def website(portal: Portal) -> dict[str, str]:
    """A synced project in dollars with an unbilled hour."""
    client = portal.client("Zylker Inc", currency="USD")
    project = portal.project("Website relaunch", client, budget={"currency": "USD"})
    ids = {"client": client, "project": project, "log": portal.log(project)}
    portal.sync()
    return ids


def bill(portal: Portal, project: str) -> None:
    """Put the unbilled hours of a project on a draft."""
    start_from_time(TimeChoice((portal.local(Project, "projects", project).id,)), TEST)
    db.session.commit()


def move(portal: Portal, project: str, client: str) -> None:
    """Make another client the primary customer."""
    portal.edit("project.attach", id=project, client=client)
    portal.edit("project.primary", id=project, client=client)


@pytest.mark.req("P-44")
def test_a_project_without_transactions_moves_to_its_new_primary_customer(
    portal: Portal, website: dict[str, str]
) -> None:
    move(portal, website["project"], portal.client("Acme", currency="USD"))

    portal.sync()

    assert portal.local(Project, "projects", website["project"]).customer.name == "Acme"
    assert portal.local(Customer, "customers", website["client"]).is_active


@pytest.mark.req("P-44", "PRIM-LOCKED")
def test_a_project_with_transactions_keeps_its_customer_and_says_so_until_it_is_set_back(
    portal: Portal, website: dict[str, str]
) -> None:
    bill(portal, website["project"])
    move(portal, website["project"], portal.client("Acme", currency="USD"))

    portal.sync()

    assert portal.link("projects", website["project"]).reason == "PRIM-LOCKED"
    assert portal.local(Project, "projects", website["project"]).customer.name == "Zylker Inc"

    portal.edit("project.primary", id=website["project"], client=website["client"])
    portal.sync()
    assert portal.link("projects", website["project"]).reason is None


@pytest.mark.req("P-45", "CUR-LOCKED")
def test_the_currency_of_a_project_with_transactions_cannot_change(portal: Portal, website: dict[str, str]) -> None:
    bill(portal, website["project"])
    portal.edit("project.set", id=website["project"], budget={"currency": "EUR"})

    portal.sync()

    link = portal.link("projects", website["project"])
    assert link.reason == "CUR-LOCKED"
    assert portal.local(Project, "projects", website["project"]).currency == "USD"
    assert portal.entry(website["log"]).billing_state == "on_draft"
    assert not broken_invariants()

    portal.edit("project.set", id=website["project"], budget={"currency": "USD"})
    portal.sync()
    assert portal.link("projects", website["project"]).reason is None


@pytest.mark.req("P-45", "P-44")
def test_an_unbilled_project_moves_to_a_customer_in_another_currency(portal: Portal, website: dict[str, str]) -> None:
    move(portal, website["project"], portal.client("Berlin GmbH", currency="EUR"))
    portal.edit("project.set", id=website["project"], budget={"currency": "EUR"})

    portal.sync()

    project = portal.local(Project, "projects", website["project"])
    assert (project.customer.name, project.currency) == ("Berlin GmbH", "EUR")


@pytest.mark.req("T-17", "TS-MAX-HOURS")
def test_the_maximum_counts_a_persons_whole_day(
    portal: Portal, website: dict[str, str], organisation: Organisation
) -> None:
    organisation.max_seconds_per_day = 8 * 3600
    fits = portal.log(website["project"], date="2026-06-20", minutes=5 * 60)
    portal.sync()
    too_much = portal.log(website["project"], date="2026-06-20", minutes=4 * 60)
    another_day = portal.log(website["project"], date="2026-06-21", minutes=4 * 60)

    portal.sync()

    assert portal.entry(fits) is not None
    assert portal.entry(another_day) is not None
    link = portal.link("time_entries", too_much)
    assert (link.reason, link.detail["day"], link.detail["limit"]) == ("TS-MAX-HOURS", "9:00", "8:00")

    organisation.max_seconds_per_day = 9 * 3600
    portal.sync("quick")
    assert portal.entry(too_much) is not None


@pytest.mark.req("T-17")
def test_entries_of_one_page_count_together_against_the_maximum(
    portal: Portal, website: dict[str, str], organisation: Organisation
) -> None:
    organisation.max_seconds_per_day = 8 * 3600
    logs = [portal.log(website["project"], date="2026-06-22", minutes=3 * 60) for _ in range(3)]

    portal.sync()

    assert sum(portal.entry(log) is not None for log in logs) == 2
    assert sum(portal.link("time_entries", log).reason == "TS-MAX-HOURS" for log in logs) == 1


@pytest.fixture
def crm(portal: Portal, website: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Integration:
    """A second integration of higher priority that feeds name and phone of the same customer."""

    class Crm(ZohoProjects):
        key, title, priority, modules = "zoho_crm", "Zoho CRM", 10, ("customers",)

    monkeypatch.setitem(CONNECTORS, "zoho_crm", Crm)
    crm = Integration(
        connector="zoho_crm", state="active", connected_at=utcnow(),
        settings={"field_maps": {"customers": {"name": "Account_Name", "phone": "Phone"}}},
    )  # fmt: skip
    db.session.add(crm)
    db.session.flush()
    local_id = portal.local(Customer, "customers", website["client"]).id
    db.session.add(
        Link(
            integration_id=crm.id, module="customers", remote_id="55", local_id=local_id, content_hash=b"x",
            outcome="added", run_id=0,
        )
    )  # fmt: skip
    db.session.commit()
    return crm


@pytest.mark.req("P-21")
def test_where_crm_feeds_a_field_its_value_wins_over_that_of_projects(
    portal: Portal, website: dict[str, str], crm: Integration
) -> None:
    portal.edit("client.set", id=website["client"], name="Zylker renamed in Projects", city="Austin")

    portal.sync()

    customer = portal.local(Customer, "customers", website["client"])
    assert (customer.name, customer.city) == ("Zylker Inc", "Austin")


@pytest.mark.req("P-21")
def test_once_crm_is_gone_projects_feeds_the_field_again(
    portal: Portal, website: dict[str, str], crm: Integration
) -> None:
    crm.state = "deleted"
    db.session.commit()
    portal.edit("client.set", id=website["client"], name="Zylker renamed in Projects")

    portal.sync()

    assert portal.local(Customer, "customers", website["client"]).name == "Zylker renamed in Projects"


def test_a_connector_runs_only_its_own_modules(crm: Integration) -> None:
    assert list(modules.modules_of("zoho_crm")) == ["customers"]
