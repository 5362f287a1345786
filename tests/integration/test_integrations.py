"""The pages of integrations: who sees them, watching, errors, credentials."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, func

from extensions import db, utcnow
from models import CustomField, Integration, Link, SyncRun, UserSession
from sync import credentials
from sync.credentials import Registration, Secrets
from tests.factories import make_integration, make_link, make_run
from tests.integration.connecting import (
    CHOICES,
    HOME,
    PAGE,
    come_back,
    consent,
    set_up,
    text_of,
    text_of_row,
    the_integration,
)

SECRET = "a-very-secret-secret"


@pytest.fixture(autouse=True)
def _plain_posts(app):
    """Tests post without the token; that it is asked for everywhere is tested once for all routes."""
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def browser(browser_of, olga):
    """Olga's browser."""
    return browser_of(olga)


# ── Who sees it ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("P-01")
@pytest.mark.parametrize("path", ["", "/zoho_projects/connect", "/zoho_projects", "/zoho_projects/errors"])
@pytest.mark.parametrize("person", ["bruno", "petra", "tim"])
def test_who_is_no_admin_sees_no_integrations(browser_of, people, person, path):
    answer = browser_of(getattr(people, person)).get(HOME + (path or "/"))

    assert answer.status_code == 403
    assert "Connect" not in text_of(answer)


@pytest.mark.req("P-01")
@pytest.mark.parametrize("verb", ["connect", "authorise", "portal", "preferences", "fields", "preview", "save", "sync"])
def test_who_is_no_admin_cannot_use_a_single_verb(browser_of, people, verb, db_session):
    integration = make_integration()

    answer = browser_of(people.bruno).post(f"{PAGE}/{verb}", data={})

    assert answer.status_code == 403
    assert db_session.scalar(db.select(func.count(SyncRun.id))) == 0
    assert db_session.get(Integration, integration.id).state == "active"


@pytest.mark.req("P-01", "G-03")
def test_an_admin_connects_from_the_card(browser_of, people):
    page = browser_of(people.ada).get(f"{HOME}/")

    assert "Zoho Apps" in text_of(page)
    assert f'href="{PAGE}/connect"' in page.text
    assert "Show details" not in text_of(page)


@pytest.mark.req("G-03", "P-26")
def test_a_connected_app_shows_its_portal_and_details(browser):
    make_integration()

    page = browser.get(f"{HOME}/")

    assert "Brightline Studio Active" in text_of(page)
    assert f'href="{PAGE}"' in page.text
    assert f'href="{PAGE}/connect"' not in page.text


@pytest.mark.req("G-03")
def test_integrations_are_one_click_from_every_page_of_an_admin(browser):
    page = browser.get(f"{HOME}/")

    assert re.search(rf'class="nav-link"\s+href="{HOME}/"', page.text)


def test_there_is_no_page_for_an_app_that_does_not_exist(browser):
    assert browser.get(f"{HOME}/redmine/connect").status_code == 404


# ── Watching ─────────────────────────────────────────────────────────────────────────────────────────────────────


def running(integration, **values):
    modules = {
        "customers": {"state": "ok", "seen": 4}, "projects": {"state": "ok"}, "users": {"state": "ok"},
        "milestones": {"state": "ok"}, "tasks": {"state": "ok"},
        "bugs": {"state": "running", "seen": 30, "expected": 60},
        "time_entries": {"state": "queued"},
    }  # fmt: skip
    return make_run(integration, modules, state="running", ended_at=None, **values)


def piece_of(browser):
    return browser.get(PAGE, headers={"HX-Request": "true", "X-Poll": "1"})


@pytest.mark.req("P-30", "P-31", "P-32")
def test_while_a_module_is_syncing_the_page_says_so_and_asks_again(browser):
    running(make_integration())

    page = browser.get(PAGE)

    words = text_of(page)
    assert "Zoho Projects Sync in Progress" in words
    assert "Syncing Bugs" in words
    assert "5 of 7 modules done." in words
    assert "30 of 60" in words
    assert 'hx-trigger="every 2s"' in page.text
    assert 'aria-live="polite"' in page.text


@pytest.mark.req("P-30", "P-32")
def test_once_all_is_synced_the_page_is_active_and_asks_no_more(browser):
    make_run(make_integration(), {"projects": {"state": "ok", "added": 3}})

    page = browser.get(PAGE)

    assert "Zoho Projects Active" in text_of(page)
    assert "every 2s" not in page.text


@pytest.mark.req("P-31", "P-39")
def test_each_module_has_a_state_of_its_own(browser):
    modules = {
        "projects": {"state": "ok"}, "bugs": {"state": "failed", "message": "The account may not read bugs."},
        "tasks": {"state": "partial"}, "time_entries": {"state": "skipped"},
    }  # fmt: skip
    make_run(make_integration(), modules, state="partial")

    page = browser.get(PAGE)

    def state(key):
        return text_of_row(page, f"module-{key}")

    assert "Modules synced with Zoho Projects" in text_of(page)
    assert "Projects Synced" in state("projects")
    assert "Bugs Failed The account may not read bugs." in state("bugs")
    assert "Tasks With errors" in state("tasks")
    assert "Time entries Skipped" in state("time_entries")


@pytest.mark.req("P-32")
def test_a_poll_brings_what_refresh_brings(browser):
    running(make_integration())

    page, piece = browser.get(PAGE), piece_of(browser)

    assert piece.text.lstrip().startswith('<div id="sync-details"')
    assert "HX-Request" in piece.headers["Vary"]
    assert text_of(piece).split("Syncing Bugs")[1][:60] == text_of(page).split("Syncing Bugs")[1][:60]
    assert re.search(r'id="sync-state"\s+hx-swap-oob', piece.text)
    assert re.search(r'id="sync-actions"[^>]*hx-swap-oob', piece.text)


def test_the_poll_ends_by_its_answer(browser, db_session):
    run = running(make_integration())
    assert "every 2s" in piece_of(browser).text
    run.state, run.ended_at = "ok", utcnow()
    db_session.commit()

    assert "every 2s" not in piece_of(browser).text


@pytest.mark.req("P-33")
def test_instant_sync_starts_a_sync_and_gives_way_to_refresh(browser, db_session, olga):
    make_integration()
    before = browser.get(PAGE)

    answer = browser.post(f"{PAGE}/sync")
    after = browser.get(answer.location)

    run = db_session.scalar(db.select(SyncRun))
    assert (run.trigger, run.actor, run.actor_id, run.state) == ("instant", "Olga Marsh", olga.id, "queued")
    assert "Instant Sync" in text_of(before)
    assert f'action="{PAGE}/sync"' not in after.text
    assert "Refresh" in text_of(after)


@pytest.mark.req("P-33")
def test_a_second_press_starts_nothing_and_follows_the_first(browser, db_session):
    running(make_integration())

    answer = browser.post(f"{PAGE}/sync")

    assert "no second one was started" in text_of(browser.get(answer.location))
    assert db_session.scalar(db.select(func.count(SyncRun.id))) == 1


def test_instant_sync_asks_for_what_changed_once_everything_is_here(browser, db_session):
    make_integration(last_full_at=utcnow(), synced_until=utcnow())

    browser.post(f"{PAGE}/sync")

    assert db_session.scalar(db.select(SyncRun)).kind == "quick"


def test_what_a_run_waits_for_is_said(browser):
    running(make_integration(), message="Zoho Projects asks us to make a pause before reading more.")

    assert "asks us to make a pause" in text_of(browser.get(PAGE))


@pytest.mark.req("P-34")
def test_the_history_says_who_started_what_when_and_what_came_of_it(browser):
    integration = make_integration()
    then = datetime(2026, 7, 1, 13, 30, tzinfo=UTC)
    make_run(
        integration, {"projects": {"added": 38, "updated": 112, "removed": 1, "excluded": 7, "failed": 6}},
        trigger="instant", actor="Mara Lind", calls=57, started_at=then, ended_at=then + timedelta(seconds=112),
        state="partial",
    )  # fmt: skip
    make_run(integration, {"projects": {}}, trigger="schedule", actor="Schedule")

    page = text_of(browser.get(f"{PAGE}/history"))

    for told in ("1 Jul 2026, 09:30", "Instant Sync, by Mara Lind", "With errors", "38 / 112 / 1", "57", "1 min 52 s",
                 "Automatic", "Completed"):  # fmt: skip
        assert told in page


@pytest.mark.req("P-34")
def test_a_long_history_is_paged(browser, db_session):
    integration = make_integration()
    for _number in range(53):
        make_run(integration, {"projects": {}})

    page = browser.get(f"{PAGE}/history")
    rest = browser.get(
        re.search(r'rel="next"[^>]*hx-get="([^"]+)"|href="([^"]+)"[^>]*rel="next"', page.text)[2].replace("&amp;", "&")
    )

    assert len(re.findall(r'<tr id="run-', page.text)) == 50
    assert len(re.findall(r'<tr id="run-', rest.text)) == 3


def test_a_preview_is_no_part_of_the_history(browser):
    make_run(make_integration(), {"projects": {}}, kind="preview")

    assert "No sync yet" in text_of(browser.get(f"{PAGE}/history"))


@pytest.mark.req("P-35")
def test_mapped_fields_open_by_a_button_and_without_javascript_by_a_link(browser):
    make_run(make_integration(), {"projects": {}})

    page = browser.get(PAGE)
    linked = browser.get(f"{PAGE}/mapped-fields")

    assert re.search(r'<button[^>]*command="show-modal"[^>]*commandfor="map-projects"', page.text)
    assert re.search(rf'<a class="no-script" href="{PAGE}/mapped-fields#projects"', page.text)
    assert re.search(r'<dialog[^>]*id="map-projects".*?Name', page.text, re.S)
    assert 'id="projects"' in linked.text


@pytest.mark.req("P-35", "C-57")
def test_mapped_fields_are_those_that_the_last_run_used(browser, db_session):
    used = {"field_maps": {"projects": {"name": "name", "custom.po": "cf_po_number"}}}
    now = {"field_maps": {"projects": {"name": "name"}}, "remote_labels": {"projects": {"cf_po_number": "PO number"}}}
    db_session.add(CustomField(area="projects", key="po", label="Order number", type="text"))
    make_run(make_integration(settings=now), {"projects": {}}, settings=used)

    page = text_of(browser.get(f"{PAGE}/mapped-fields"))

    assert "Order number PO number" in page


def test_the_map_of_another_integrations_run_is_not_shown(browser, db_session):
    other = make_run(make_integration(connector="zoho_crm"), {"projects": {}})
    make_integration()

    assert browser.get(f"{PAGE}/mapped-fields?run={other.id}").status_code == 404


@pytest.mark.req("P-26")
def test_the_details_name_the_portal_and_the_preferences(browser):
    make_integration(settings={"cutoff": "2026-10-01", "duplicates": "clone", "restrict_project_creation": True})

    page = text_of(browser.get(PAGE))

    for told in (
        "Connected with the portal Brightline Studio", "Unbilled from 1 Oct 2026", "Customer duplication Clone",
        "Project creation Restricted",
    ):  # fmt: skip
        assert told in page


@pytest.mark.req("C-57")
def test_edited_preferences_leave_a_run_that_is_going_on_alone(browser, db_session):
    integration = make_integration(settings={"preferences_chosen": True})
    run = running(integration, settings={"duplicates": "overwrite"})

    browser.post(f"{PAGE}/preferences", data={**CHOICES, "duplicates": "clone"})

    db_session.rollback()
    assert db_session.get(SyncRun, run.id).settings == {"duplicates": "overwrite"}
    assert db_session.get(SyncRun, run.id).state == "running"
    assert the_integration().settings["duplicates"] == "clone"


def test_a_page_of_details_costs_few_statements_however_much_there_is(browser, db_session):
    integration = make_integration()
    for number in range(30):
        make_link(integration, "time_entries", reason="TS-NOT-BILLABLE", outcome="excluded", remote_id=f"n{number}")
    make_run(integration, {"projects": {}, "time_entries": {}})
    statements = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    browser.get(PAGE)

    ours = [sql for sql in statements if sql.startswith("SELECT") and "user_sessions" not in sql]
    assert len(ours) <= 12, "\n".join(ours)


# ── Errors ───────────────────────────────────────────────────────────────────────────────────────────────────────


def with_errors():
    integration = make_integration()
    make_link(
        integration, "projects", outcome="failed", reason="PRJ-NO-PRIMARY", remote_id="771",
        detail={"name": "Aurora rebrand"}, kept={"fields": {"name": "Aurora rebrand"}},
    )  # fmt: skip
    for number in range(7):
        make_link(
            integration, "time_entries", outcome="excluded", reason="TS-NOT-BILLABLE",
            detail={"hours": "2:30", "name": f"Tim {number}", "date": "2026-07-01"},
        )  # fmt: skip
    make_run(integration, {"projects": {"state": "partial"}}, state="partial")
    return integration


@pytest.mark.req("E-01", "E-04", "R-13")
def test_the_error_summary_names_module_reason_and_remedy_and_counts_excluded_apart(browser):
    with_errors()

    page = text_of(browser.get(PAGE))

    summary = page.split("Error summary")[1]
    assert "View Error Summary" in summary
    assert "Projects 1 Project has no primary customer Set a primary customer" in summary
    assert "Time entries: Not billable 7" in summary
    assert "Failed 1 Excluded 7" in page


@pytest.mark.req("E-01", "E-04")
def test_error_details_are_grouped_by_module_with_a_sentence_each(browser):
    with_errors()

    page = browser.get(f"{PAGE}/errors")

    words = text_of(page)
    assert "“Aurora rebrand” has no primary customer in Zoho Projects" in words
    assert "2:30 h of Tim 0 on 1 Jul 2026 are not billable" in words
    assert words.index("Project has no primary customer") < words.index("Not billable")
    assert 'id="failed"' in page.text
    assert 'id="excluded"' in page.text
    assert "Show all 7" in words


@pytest.mark.req("E-01")
def test_all_records_of_one_reason_are_listed(browser):
    with_errors()

    page = browser.get(f"{PAGE}/errors/time_entries/TS-NOT-BILLABLE")

    assert len(re.findall(r'<tr id="link-', page.text)) == 7
    assert "Mark the entry as billable" in text_of(page)


@pytest.mark.req("E-03")
def test_an_error_that_no_longer_holds_is_gone_from_the_page(browser, db_session):
    integration = with_errors()
    db_session.execute(db.update(Link).where(Link.integration_id == integration.id).values(reason=None))
    db_session.commit()

    assert "Everything is here" in text_of(browser.get(f"{PAGE}/errors"))


def test_hostile_names_stay_text(browser):
    name = "<script>alert(1)</script>"
    make_link(
        make_integration(), "projects", outcome="failed", reason="PRJ-NO-PRIMARY", detail={"name": name},
        kept={"fields": {"name": name}},
    )  # fmt: skip

    page = browser.get(f"{PAGE}/errors")

    assert name not in page.text
    assert "&lt;script&gt;" in page.text


# ── Update credentials ───────────────────────────────────────────────────────────────────────────────────────────


def with_credentials():
    integration = make_integration(state="needs_reauth", problem="Zoho no longer accepts this authorisation.")
    credentials.write(integration, Secrets(Registration("1000.SHOWN", SECRET), refresh_token="refresh"))
    db.session.commit()
    return integration


@pytest.mark.req("P-36")
def test_a_dead_access_is_said_on_top_with_the_way_out(browser):
    with_credentials()

    page = browser.get(PAGE)

    assert "Zoho no longer accepts this authorisation." in text_of(page)
    assert f'href="{PAGE}/credentials"' in page.text
    assert "Reconnect needed" in text_of(page)


@pytest.mark.req("P-36", "P-05")
def test_stored_credentials_are_never_shown_again(browser):
    with_credentials()

    page = browser.get(f"{PAGE}/credentials")

    assert "Set on" in text_of(page)
    for secret in (SECRET, "1000.SHOWN", "refresh_token"):
        assert secret not in page.text


@pytest.mark.req("P-36")
def test_updating_credentials_ends_with_the_new_access_in_use(browser, standin, db_session):
    set_up(browser, standin)
    browser.post(f"{PAGE}/save")
    integration = the_integration()
    old = credentials.read(integration).refresh_token
    db_session.rollback()

    answer = browser.post(f"{PAGE}/credentials", data={})
    assert answer.location == f"{PAGE}/authorise"
    answer = come_back(browser, consent(standin, browser))

    new = credentials.read(the_integration()).refresh_token
    assert answer.location == PAGE
    assert "The new access works" in text_of(browser.get(PAGE))
    assert new != old
    assert old not in standin.world.accounts.refresh_tokens
    assert the_integration().state == "active"


def test_credentials_ask_for_the_password_again_when_it_was_long_ago(browser, db_session):
    with_credentials()
    db_session.execute(db.update(UserSession).values(confirmed_at=utcnow() - timedelta(hours=2)))
    db_session.commit()

    answer = browser.post(f"{PAGE}/credentials", data={"client_id": "x", "client_secret": "y"})

    assert answer.status_code == 422
    assert credentials.read(the_integration()).pending is None
