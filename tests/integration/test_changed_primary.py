"""The primary customer is in no list of projects: a project that was changed is asked for it, the others are not."""

from __future__ import annotations

from typing import Any

import pytest

from models import Customer, Project
from tests.syncing import Portal, connect, counts


@pytest.fixture
def portal(standin: Any, organisation: Any) -> Portal:
    """Two synced projects of one customer."""
    portal = connect(standin)
    client = portal.client("First client")
    portal.ids = {name: portal.project(name, client) for name in ("moves", "stays")}
    portal.sync()
    return portal


@pytest.mark.req("P-08", "PRIM-LOCKED")
def test_a_quick_sync_notices_that_a_project_got_another_primary_customer(portal: Portal, db_session: Any) -> None:
    portal.edit("project.primary", id=portal.ids["moves"], client=portal.client("Second client"))

    run = portal.sync("quick")

    moved = portal.local(Project, "projects", portal.ids["moves"])
    assert db_session.get(Customer, moved.customer_id).name == "Second client"
    assert counts(run, "projects") == {"updated": 1, "unchanged": 1}


@pytest.mark.req("M-21")
def test_a_quick_sync_asks_nothing_more_of_projects_that_did_not_change(portal: Portal) -> None:
    first = portal.sync("quick")

    portal.edit("project.set", id=portal.ids["moves"], description="Now with words")
    second = portal.sync("quick")

    assert second.calls == first.calls + 1
