"""The browser, the live server and the live stand-in see each other."""

from __future__ import annotations

import pytest

from extensions import db
from standin import World
from tests.syncing import connect


@pytest.fixture
def world():
    return World.empty()


class Remote:
    """What `connect` needs to know of a live stand-in."""

    def __init__(self, world, url):
        self.world, self.url = world, url


@pytest.mark.req("P-25", "P-30", "P-33")
def test_a_sync_that_a_person_starts_runs_by_itself_and_ends_on_the_page(people, world, live_standin, page_of, picture):
    portal = connect(Remote(world, live_standin))
    portal.project("Website relaunch", portal.client("Zylker Inc"))
    db.session.commit()
    page = page_of(people.olga)

    page.goto("/settings/integrations/zoho_projects")
    page.get_by_role("button", name="Instant Sync").click()

    page.get_by_text("Everything has been synced with Zoho Projects").wait_for()
    assert page.get_by_role("row", name="Projects Synced 1").is_visible()
    picture(page, "synced")
