"""Changing options of a connection in use: the gear, the short look, examples beside fields, a preview after saving."""

from __future__ import annotations

import re
from typing import Any

import pytest

from extensions import db, utcnow
from models import Customer, SyncRun
from sync import connection
from tests.integration.connecting import CHOICES, PAGE, set_up, text_of, the_integration
from tests.syncing import Portal, connect


@pytest.fixture(autouse=True)
def _plain_posts(app):
    """Tests post without the token; that it is asked for everywhere is tested once for all routes."""
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def browser(browser_of, olga):
    """Olga's browser."""
    return browser_of(olga)


@pytest.fixture
def portal(standin: Any, organisation: Any) -> Portal:
    """A connected portal whose first run has ended."""
    found = connect(standin)
    found.integration.last_full_at = utcnow()
    db.session.commit()
    return found


@pytest.mark.req("P-37")
def test_the_gear_leads_to_the_duplication_preference_and_back(browser, portal):
    details = browser.get(PAGE)
    page = browser.get(f"{PAGE}/duplicates")

    answer = browser.post(f"{PAGE}/duplicates", data={"duplicates": "clone"}, follow_redirects=True)

    assert f'href="{PAGE}/duplicates"' in details.text
    assert 'id="duplicates-dialog"' in details.text
    assert re.search(r'<input[^>]*checked[^>]*value="overwrite"', page.text)
    assert "customers that are here stay as they are" in text_of(answer)
    assert the_integration().settings["duplicates"] == "clone"


@pytest.mark.req("P-37", "P-20")
def test_the_gear_offers_no_skip(browser, portal):
    answer = browser.post(f"{PAGE}/duplicates", data={"duplicates": "skip"})

    assert answer.status_code == 422
    assert "duplicates" not in the_integration().settings


@pytest.mark.req("P-37")
def test_a_later_duplication_preference_leaves_past_customers_as_they_are(db_session, portal):
    db.session.add(Customer(name="Zylker Inc", name_key="zylker inc", currency="USD", city="Here"))
    db.session.commit()
    portal.choose(duplicates="clone")
    portal.project("Website", portal.client("Zylker Inc", city="There"))
    portal.sync()
    cities = sorted(db.session.scalars(db.select(Customer.city)))

    portal.choose(duplicates="overwrite")
    portal.sync()

    assert cities == ["Here", "There"]
    assert sorted(db.session.scalars(db.select(Customer.city))) == cities


@pytest.mark.req("P-40")
def test_the_owner_chooses_how_often_new_hours_are_looked_for(browser, portal):
    answer = browser.post(f"{PAGE}/preferences", data={**CHOICES, "hot_minutes": "30"})
    wrong = browser.post(f"{PAGE}/preferences", data={**CHOICES, "hot_minutes": "7"})

    assert answer.status_code == 303
    assert wrong.status_code == 422
    assert the_integration().hot_minutes == 30
    assert re.search(r'<option[^>]*selected[^>]*value="30"|<option[^>]*value="30"[^>]*selected',
                     browser.get(f"{PAGE}/preferences").text)  # fmt: skip


@pytest.mark.req("M-01")
def test_after_a_change_of_preferences_the_next_sync_is_previewed(browser, portal):
    answer = browser.post(f"{PAGE}/preferences", data=CHOICES)

    assert answer.location == f"{PAGE}/preview"
    run = db.session.scalar(db.select(SyncRun).order_by(SyncRun.id.desc()))
    assert (run.kind, run.state) == ("preview", "queued")


@pytest.mark.req("M-01")
def test_a_disabled_connection_keeps_its_changes_and_previews_nothing(browser, portal):
    portal.integration.state = "disabled"
    db.session.commit()

    answer = browser.post(f"{PAGE}/preferences", data=CHOICES)

    assert answer.location == PAGE
    assert the_integration().settings["duplicates"] == "clone"
    assert db.session.scalar(db.select(db.func.count()).select_from(SyncRun)) == 0


@pytest.mark.req("P-23", "P-24")
def test_the_map_shows_what_real_records_hold_beside_each_field(browser, standin):
    standin.world.edit("client.add", name="Zylker Inc")
    set_up(browser, standin, "fields")

    page = browser.get(f"{PAGE}/fields")

    assert "For example" in text_of(page)
    assert "Zylker Inc" in text_of(page)


@pytest.mark.req("P-23")
def test_examples_are_few_short_and_different(app, standin, organisation, db_session):
    portal = connect(standin)
    for number in range(6):
        portal.client(f"Client {number}", city="Austin", website="https://example.com/" + "x" * 80)

    maps = {item.module.key: item for item in connection.module_maps(portal.integration)}

    samples = {pair.remote_label: pair.samples for pair in maps["customers"].standard}
    by_local = {pair.label: pair.samples for pair in maps["customers"].standard}
    assert samples
    assert len(by_local["Name"]) == 3
    assert by_local["City"].count("Austin") == 1
    assert all(len(text) <= 40 for texts in by_local.values() for text in texts)
