"""Choosing on the pages: modules and rules, field maps, the preview, and saving."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func

from extensions import db, utcnow
from models import Credential, CustomField, SyncRun, SyncRunModule, TimeEntry
from sync import connection, engine
from tests.integration.connecting import (
    CHOICES,
    HOME,
    PAGE,
    set_up,
    text_of,
    text_of_row,
    the_integration,
)


@pytest.fixture(autouse=True)
def _plain_posts(app):
    """Tests post without the token; that it is asked for everywhere is tested once for all routes."""
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def browser(browser_of, olga):
    """Olga's browser."""
    return browser_of(olga)


# ── Step 4: modules and rules ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("P-06")
def test_projects_is_ticked_and_cannot_be_unticked(browser, standin):
    set_up(browser, standin, "preferences")

    page = browser.get(f"{PAGE}/preferences")

    box = re.search(r'<input[^>]*id="projects"[^>]*>', page.text)[0]
    assert "checked" in box
    assert "disabled" in box


@pytest.mark.req("P-06", "P-09")
def test_projects_stay_though_the_form_does_not_name_them_and_timesheet_may_go(browser, standin):
    set_up(browser, standin, "preferences")

    browser.post(f"{PAGE}/preferences", data={k: v for k, v in CHOICES.items() if k != "time_entries"})

    found = connection.mapped_modules(connection.settings_of(the_integration()), "zoho_projects")
    assert {"projects", "customers", "tasks", "bugs"} <= set(found)
    assert "time_entries" not in found
    assert "users" not in found


@pytest.mark.req("P-17")
def test_nothing_is_picked_for_the_owner_where_money_is_at_stake(browser, standin):
    set_up(browser, standin, "preferences")

    page = browser.get(f"{PAGE}/preferences")
    answer = browser.post(
        f"{PAGE}/preferences", data={k: v for k, v in CHOICES.items() if k not in {"extent", "cutoff"}}
    )

    radios = re.findall(r'<input[^>]*name="extent"[^>]*>', page.text)
    assert len(radios) == 2
    assert not any("checked" in radio for radio in radios)
    assert answer.status_code == 422
    assert "Pick one of the two" in text_of(answer)


@pytest.mark.req("P-17")
def test_a_cut_off_needs_its_date(browser, standin):
    set_up(browser, standin, "preferences")

    answer = browser.post(f"{PAGE}/preferences", data={**CHOICES, "cutoff": ""})

    assert answer.status_code == 422
    assert "Enter the cut-off date" in text_of(answer)


@pytest.mark.req("P-17")
def test_all_unbilled_sets_a_typed_date_aside(browser, standin):
    set_up(browser, standin, "preferences")

    browser.post(f"{PAGE}/preferences", data={**CHOICES, "extent": "unbilled"})

    assert the_integration().settings["cutoff"] is None


@pytest.mark.req("P-20")
def test_duplicates_are_overwritten_or_cloned_and_never_skipped(browser, standin):
    set_up(browser, standin, "preferences")

    page = browser.get(f"{PAGE}/preferences")
    answer = browser.post(f"{PAGE}/preferences", data={**CHOICES, "duplicates": "skip"})

    assert re.findall(r'name="duplicates"[^>]*value="(\w+)"', page.text) == ["overwrite", "clone"]
    assert "Skip" not in text_of(page).replace("Skip to the content", "")
    assert answer.status_code == 422


@pytest.mark.req("P-04")
def test_going_back_keeps_the_choices(browser, standin):
    set_up(browser, standin, "preferences")
    browser.post(f"{PAGE}/preferences", data=CHOICES)

    browser.get(f"{PAGE}/connect")
    browser.get(f"{PAGE}/portal")
    page = browser.get(f"{PAGE}/preferences")

    assert re.search(r'value="2026-10-01"', page.text)
    for name, value in (("extent", "cutoff"), ("duplicates", "clone")):
        assert re.search(rf'<input[^>]*checked[^>]*name="{name}"[^>]*value="{value}"', page.text)
    assert re.search(r'<option selected value="720"', page.text)


def test_the_account_is_tried_per_module(browser, standin):
    set_up(browser, standin, "preferences")

    page = text_of(browser.get(f"{PAGE}/permissions"))
    piece = browser.get(f"{PAGE}/permissions", headers={"HX-Request": "true"})

    assert "Time entries can be read" in page
    assert piece.text.lstrip().startswith('<div id="permissions"')


def test_later_steps_wait_for_earlier_ones(browser, standin):
    set_up(browser, standin, "authorise")

    for step in ("portal", "preferences", "fields", "preview"):
        assert browser.get(f"{PAGE}/{step}").location == f"{PAGE}/authorise"


# ── Step 5: map fields ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("P-23")
def test_the_standard_fields_that_will_be_synced_are_shown(browser, standin):
    set_up(browser, standin, "fields")

    page = text_of(browser.get(f"{PAGE}/fields"))

    assert "Standard fields" in page
    for remote in ("Project name", "Billing method", "Task name", "Hours"):
        assert remote in page


@pytest.mark.req("P-24")
def test_a_custom_field_is_offered_only_fields_of_its_type(browser, standin, db_session):
    db_session.add_all([
        CustomField(area="projects", key="order_no", label="Order number", type="text"),
        CustomField(area="projects", key="due", label="Promised for", type="date"),
    ])  # fmt: skip
    set_up(browser, standin, "fields")

    page = browser.get(f"{PAGE}/fields")

    select = re.search(r'<select[^>]*name="map:projects.cf_po_number".*?</select>', page.text, re.S)[0]
    assert "Order number" in select
    assert "Promised for" not in select
    assert "Create a field of that type" in select


@pytest.mark.req("P-24")
def test_the_server_refuses_fields_of_different_types_whatever_was_sent(browser, standin, db_session):
    db_session.add(CustomField(area="projects", key="due", label="Promised for", type="date"))
    set_up(browser, standin, "fields")

    answer = browser.post(f"{PAGE}/fields", data={"map:projects.cf_po_number": "due"})

    assert answer.status_code == 422
    assert "different types of data" in text_of(answer)
    assert "field_maps" not in the_integration().settings


@pytest.mark.req("P-24")
def test_a_field_of_the_same_type_can_be_created_on_the_spot(browser, standin, db_session):
    set_up(browser, standin, "fields")

    browser.post(f"{PAGE}/fields", data={"map:projects.cf_po_number": "+"})

    db_session.rollback()
    field = db_session.scalar(db.select(CustomField))
    assert (field.label, field.type) == ("PO number", "text")
    assert the_integration().settings["field_maps"]["projects"][f"custom.{field.key}"] == "cf_po_number"


# ── Step 6: preview, save ────────────────────────────────────────────────────────────────────────────────────────


def test_after_mapping_a_preview_starts_and_the_page_waits_for_it(browser, standin):
    answer = set_up(browser, standin)

    page = browser.get(answer.location)

    assert 'hx-trigger="every 2s"' in page.text
    assert "X-Poll" in page.text
    assert "Nothing is written" in text_of(page)
    assert the_integration().state == "authorised"


def test_a_finished_preview_shows_money_reasons_and_changes_and_stops_asking(browser, standin, db_session):
    set_up(browser, standin)
    run = db_session.scalar(db.select(SyncRun))
    run.state, run.ended_at = "ok", utcnow()
    run.result = {
        "money": {"seconds": 151200, "amounts": {"EUR": "3360.00"}},
        "modules": {
            "customers": {
                "samples": [{"outcome": "overwritten", "title": "Aurora <b>", "reason": None, "detail": {},
                             "changes": [["email", "old@aurora.example", "new@aurora.example"]]}],
                "reasons": {},
            },
            "projects": {"samples": [], "reasons": {"PRJ-NO-PRIMARY": 2}},
        },
    }  # fmt: skip
    db_session.add_all([
        _part(run, "customers", 0, added=7, updated=1), _part(run, "projects", 1, added=9, failed=2),
    ])  # fmt: skip
    db_session.commit()

    page = browser.get(f"{PAGE}/preview")

    assert "every 2s" not in page.text
    words = text_of(page)
    for told in (
        "42:00", "€3,360.00", "7 would be added", "2 would fail", "Project has no primary customer", "Save and Sync",
        "old@aurora.example", "new@aurora.example",
    ):  # fmt: skip
        assert told in words
    assert "Aurora &lt;b&gt;" in page.text


def _part(run, module, position, **counts):
    return SyncRunModule(run_id=run.id, module=module, position=position, state="ok", **counts)


@pytest.mark.req("P-25", "P-26")
def test_save_and_sync_starts_the_first_sync_at_once(browser, standin, db_session):
    set_up(browser, standin)

    answer = browser.post(f"{PAGE}/save")
    page = text_of(browser.get(answer.location))

    db_session.rollback()
    runs = [(run.kind, run.trigger, run.state) for run in db_session.scalars(db.select(SyncRun).order_by(SyncRun.id))]
    assert runs == [("preview", "setup", "stopped"), ("full", "setup", "queued")]
    assert answer.location == PAGE
    assert "Connected with the portal Brightline Studio" in page
    assert "Sync in Progress" in page


def test_saving_twice_starts_one_sync(browser, standin, db_session):
    set_up(browser, standin)

    browser.post(f"{PAGE}/save")
    browser.post(f"{PAGE}/save")

    db_session.rollback()
    assert db_session.scalar(db.select(func.count(SyncRun.id)).where(SyncRun.kind == "full")) == 1


def test_a_set_up_can_be_cancelled(browser, standin, db_session):
    set_up(browser, standin, "portal")

    answer = browser.post(f"{PAGE}/cancel")

    assert answer.location == f"{HOME}/"
    assert the_integration() is None
    assert db_session.scalar(db.select(func.count(Credential.integration_id))) == 0


@pytest.mark.both_databases
@pytest.mark.req("P-25", "P-26", "P-30", "P-31", "E-01", "M-01")
def test_the_whole_walk_from_the_card_to_active(browser, demo_standin, db_session):
    set_up(browser, demo_standin)
    engine.perform_next()
    foreseen = text_of(browser.get(f"{PAGE}/preview"))
    before = db_session.scalar(db.select(func.count(TimeEntry.id)))
    db_session.rollback()

    browser.post(f"{PAGE}/save")
    queued = text_of(browser.get(PAGE))
    engine.perform_next()
    done = browser.get(PAGE)

    added = re.search(r"Time entries ([\d,]+) would be added", foreseen)[1]
    assert before == 0
    assert "Sync in Progress" in queued
    assert "Zoho Projects Active Connected with the portal Brightline Studio" in text_of(done)
    assert f"{added} / 0" in text_of_row(done, "module-time_entries")
    assert "Project has no primary customer" in text_of(done).split("Error summary")[1]
    assert "“Brightline internal” has no primary customer" in text_of(browser.get(f"{PAGE}/errors"))
    assert "Set-up, by Olga Marsh" in text_of(browser.get(f"{PAGE}/history"))
