"""Connecting on the pages: what is shared, the authorisation, the portal."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.errors import RemoteUnavailable
from extensions import db, utcnow
from models import UserSession
from tests.factories import make_integration
from tests.integration.connecting import (
    HOME,
    PAGE,
    come_back,
    consent,
    registered,
    set_up,
    text_of,
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
