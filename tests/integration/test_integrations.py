"""The pages of integrations: connecting step by step, watching, errors, credentials."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import func

from connectors.errors import RemoteUnavailable
from extensions import db, utcnow
from models import Credential, CustomField, Integration, SyncRun, UserSession
from sync import credentials
from sync.credentials import Registration, Secrets
from tests.factories import make_integration, make_link, make_run

HOME = "/settings/integrations"
PAGE = f"{HOME}/zoho_projects"
SECRET = "a-very-secret-secret"


@pytest.fixture(autouse=True)
def _plain_posts(app):
    """Tests post without the token; that it is asked for everywhere is tested once for all routes."""
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def browser(browser_of, olga):
    """Olga's browser."""
    return browser_of(olga)


def text_of(answer):
    """What a person reads, blanks collapsed."""
    body = re.sub(r"<(script|style|template|svg).*?</\1>", " ", answer.text, flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def registered(standin, **values):
    client = standin.world.accounts.default_client
    return {
        "data_centre": "custom", "accounts_url": standin.url, "api_url": standin.url,
        "client_id": client.client_id, "client_secret": client.secret, **values,
    }  # fmt: skip


def consent(standin, browser, decision="allow"):
    """Press *Authorise*, decide on the remote's page, and return the address it sends the browser back to."""
    address = urlsplit(browser.get(f"{PAGE}/authorise/start").location)
    answer = standin.app.test_client().post(
        address.path, query_string=address.query, data={"decision": decision}, base_url=standin.url
    )
    return answer.location


def come_back(browser, location):
    parts = urlsplit(location)
    return browser.get(f"{parts.path}?{parts.query}")


def set_up(browser, standin, until="preview"):
    """Walk through set-up as far as the step before `until`."""
    steps = {
        "authorise": lambda: browser.post(f"{PAGE}/connect", data=registered(standin)),
        "portal": lambda: come_back(browser, consent(standin, browser)),
        "preferences": lambda: browser.post(f"{PAGE}/portal", data={"scope_id": str(standin.world.main.id)}),
        "fields": lambda: browser.post(
            f"{PAGE}/preferences",
            data={"time_entries": "1", "general_entries": "1", "extent": "unbilled", "duplicates": "overwrite",
                  "interval_minutes": "60"},
        ),
        "preview": lambda: browser.post(f"{PAGE}/fields", data={}),
    }  # fmt: skip
    for step, take in steps.items():
        answer = take()
        assert answer.status_code == 303, text_of(answer)
        if step == until:
            break
    return answer


def the_integration():
    db.session.rollback()
    return db.session.scalar(db.select(Integration).where(Integration.state != "deleted"))


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


# ── Step 1: what is shared ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("G-06")
def test_before_anything_leaves_the_page_lists_what_will(browser, standin):
    page = text_of(browser.get(f"{PAGE}/connect"))

    for told in (
        "Brightline Studio", "billing@brightline.example", "client ID", "client secret", "users of your organisation",
        "No customer, no hour and no invoice is sent",
    ):  # fmt: skip
        assert told in page
    assert standin.world.request_count == 0


def test_the_page_shows_the_redirect_address_to_register(browser):
    assert "http://127.0.0.1:8000/settings/integrations/callback" in text_of(browser.get(f"{PAGE}/connect"))


def test_a_wrong_address_is_said_beside_its_field_and_nothing_typed_is_lost(browser, standin, organisation, app):
    answer = browser.post(f"{PAGE}/connect", data=registered(standin, api_url="ftp://example.com"))

    assert answer.status_code == 422
    assert 'value="ftp://example.com"' in answer.text
    assert re.search(r'id="api_url-error".*?https only', answer.text, re.S)
    assert the_integration() is None


def test_a_missing_client_secret_is_asked_for(browser, standin):
    answer = browser.post(f"{PAGE}/connect", data=registered(standin, client_secret=""))

    assert answer.status_code == 422
    assert "Enter the client secret from the API console." in text_of(answer)


def test_stored_credentials_are_told_by_their_date_only(browser, standin):
    set_up(browser, standin, "authorise")
    client = standin.world.accounts.default_client

    page = browser.get(f"{PAGE}/connect")

    assert "Set on" in text_of(page)
    assert client.secret not in page.text
    assert client.client_id not in page.text


@pytest.mark.req("G-05")
def test_a_second_connection_is_refused_with_the_reason(browser, standin):
    make_integration()

    answer = browser.post(f"{PAGE}/connect", data=registered(standin))

    assert answer.status_code == 422
    assert "Zoho Projects is already connected" in text_of(answer)


# ── Step 2: authorise ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("P-04")
def test_authorise_is_a_plain_link_to_the_consent_page(browser, standin):
    set_up(browser, standin, "authorise")

    page = browser.get(f"{PAGE}/authorise")
    answer = browser.get(f"{PAGE}/authorise/start")

    assert f'href="{PAGE}/authorise/start"' in page.text
    assert answer.status_code == 303
    asked = parse_qs(urlsplit(answer.location).query)
    assert answer.location.startswith(f"{standin.url}/oauth/v2/auth?")
    assert asked["redirect_uri"] == ["http://127.0.0.1:8000/settings/integrations/callback"]
    assert len(asked["state"][0]) >= 40


@pytest.mark.req("P-04")
def test_after_consent_the_portal_is_next(browser, standin):
    set_up(browser, standin, "authorise")

    answer = come_back(browser, consent(standin, browser))

    assert answer.location == f"{PAGE}/portal"
    assert the_integration().state == "authorised"


def test_a_code_from_a_self_client_does_the_same(browser, standin):
    set_up(browser, standin, "authorise")
    code = standin.app.test_client().post("/_standin/self-client-code", json={}).get_json()["code"]

    answer = browser.post(f"{PAGE}/authorise", data={"code": f" {code} "})

    assert answer.location == f"{PAGE}/portal"
    assert the_integration().state == "authorised"


def test_the_permissions_for_a_self_client_are_there_to_copy(browser, standin):
    set_up(browser, standin, "authorise")

    assert "ZohoProjects.portals.READ,ZohoProjects.projects.READ" in browser.get(f"{PAGE}/authorise").text


def test_a_wrong_code_is_said_beside_the_box(browser, standin):
    set_up(browser, standin, "authorise")

    answer = browser.post(f"{PAGE}/authorise", data={"code": "1000.wrong"})

    assert answer.status_code == 422
    assert re.search(r'id="code-error".*?Zoho no longer accepts', answer.text, re.S)


def test_consent_that_was_denied_leads_back_with_a_sentence(browser, standin):
    set_up(browser, standin, "authorise")

    answer = come_back(browser, consent(standin, browser, "deny"))

    assert answer.location == f"{PAGE}/authorise"
    assert "The permission was not given" in text_of(browser.get(answer.location))
    assert the_integration().state == "none"


def test_an_answer_counts_once(browser, standin):
    set_up(browser, standin, "authorise")
    location = consent(standin, browser)
    come_back(browser, location)

    again = come_back(browser, location)

    assert again.location == f"{HOME}/"
    assert "did not start here" in text_of(browser.get(again.location))


def test_an_answer_with_a_state_of_somebody_else_is_refused(browser, browser_of, ada, standin):
    set_up(browser, standin, "authorise")
    location = consent(standin, browser)

    answer = come_back(browser_of(ada), location)

    assert answer.location == f"{HOME}/"
    assert the_integration().state == "none"


def test_an_answer_belongs_to_the_session_that_asked(browser, standin, db_session, olga):
    set_up(browser, standin, "authorise")
    location = consent(standin, browser)
    row = db_session.scalar(db.select(UserSession).where(UserSession.user_id == olga.id))
    with browser.session_transaction() as cookie:
        cookie["authorising"] = {**cookie["authorising"], "session": row.id + 1}

    answer = come_back(browser, location)

    assert answer.location == f"{HOME}/"
    assert the_integration().state == "none"


def test_an_answer_after_ten_minutes_is_too_late(browser, standin):
    set_up(browser, standin, "authorise")
    location = consent(standin, browser)
    with browser.session_transaction() as cookie:
        until = datetime.fromisoformat(cookie["authorising"]["until"])
        assert until - utcnow() <= timedelta(minutes=10)
        cookie["authorising"] = {**cookie["authorising"], "until": (utcnow() - timedelta(seconds=1)).isoformat()}

    answer = come_back(browser, location)

    assert answer.location == f"{HOME}/"
    assert the_integration().state == "none"


def test_an_unknown_accounts_server_in_the_answer_is_refused(browser, standin):
    set_up(browser, standin, "authorise")
    location = consent(standin, browser).replace("standin.test", "evil.example")
    before = standin.world.request_count

    answer = come_back(browser, location)

    assert answer.location == f"{PAGE}/authorise"
    assert "not known here" in text_of(browser.get(answer.location))
    assert standin.world.request_count == before


# ── Step 3: portal ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("P-02", "P-04")
def test_only_owned_portals_are_offered_and_the_others_say_why(browser, standin):
    set_up(browser, standin, "portal")

    page = browser.get(f"{PAGE}/portal")

    options = re.findall(r"<option[^>]*>([^<]+)</option>", page.text)
    assert options == ["Brightline Studio"]
    assert "Portal name" in text_of(page)
    assert "Harbor &amp; Pine Foundation" in page.text
    assert "Only its owner or administrator can connect it" in text_of(page)


@pytest.mark.req("P-02")
def test_a_portal_that_was_not_offered_cannot_be_sent(browser, standin):
    set_up(browser, standin, "portal")

    answer = browser.post(f"{PAGE}/portal", data={"scope_id": "60020917"})

    assert answer.status_code == 422
    assert the_integration().scope_id == ""


def test_an_outage_at_the_portal_step_offers_another_try(browser, standin, monkeypatch):
    set_up(browser, standin, "portal")
    monkeypatch.setattr(
        "connectors.zoho_projects.ZohoProjects.scopes",
        lambda self: (_ for _ in ()).throw(RemoteUnavailable("Zoho Projects does not answer. Try again later.")),
    )

    page = browser.get(f"{PAGE}/portal")

    assert page.status_code == 200
    assert "Zoho Projects does not answer. Try again later." in text_of(page)
    assert "Try again" in text_of(page)


# ── Step 4: modules and rules ────────────────────────────────────────────────────────────────────────────────────

CHOICES = {
    "time_entries": "1", "general_entries": "1", "extent": "cutoff", "cutoff": "2026-10-01", "duplicates": "clone",
    "restrict_project_creation": "1", "interval_minutes": "720",
}  # fmt: skip


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

    from sync import connection

    found = connection.mapped_modules(connection.settings_of(the_integration()))
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
    from models import SyncRunModule

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


def text_of_row(page, row_id):
    row = re.search(rf'<tr id="{row_id}">.*?</tr>', page.text, re.S)[0]
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"<svg.*?</svg>", "", row, flags=re.S)).split())


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
    from sqlalchemy import event

    with db.engine.connect():
        event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    browser.get(PAGE)

    ours = [sql for sql in statements if sql.startswith("SELECT") and "user_sessions" not in sql]
    assert len(ours) <= 12, "\n".join(ours)


# ── Errors ───────────────────────────────────────────────────────────────────────────────────────────────────────


def with_errors():
    integration = make_integration()
    make_link(
        integration, "projects", outcome="failed", reason="PRJ-NO-PRIMARY", remote_id="771",
        detail={"name": "Aurora rebrand"}, kept={"name": "Aurora rebrand"},
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
    assert "2:30 h of Tim 0 on 2026-07-01 are not billable" in words
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
    from models import Link

    db_session.execute(db.update(Link).where(Link.integration_id == integration.id).values(reason=None))
    db_session.commit()

    assert "Everything is here" in text_of(browser.get(f"{PAGE}/errors"))


def test_hostile_names_stay_text(browser):
    name = "<script>alert(1)</script>"
    make_link(
        make_integration(), "projects", outcome="failed", reason="PRJ-NO-PRIMARY", detail={"name": name},
        kept={"name": name},
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
