"""Zoho's OAuth, its refusals, and its throttle in every wording."""

from __future__ import annotations

import json
import logging
import threading
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from connectors.base import Tokens
from connectors.errors import (
    ConnectorError,
    CredentialsRejected,
    PortalUnreachable,
    RateLimited,
    RemoteUnavailable,
    ScopeMissing,
)
from connectors.zoho_projects import ZohoProjects
from tests.unit.connector_kit import (
    ENDPOINT,
    NOT_FOUND,
    ROOT,
    THROTTLE,
    Call,
    HeldClock,
    Remote,
    Reply,
    connect,
    refusal,
    tokens,
)

PORTALS = "/api/v3/portals"
TOKEN = "/oauth/v2/token"
ONE_PORTAL = Reply([{"id": "60014242", "org_name": "Acme"}])
EXPIRED = refusal("INVALID_OAUTHTOKEN", 401)


def remote(*portals: Reply) -> Remote:
    return Remote().on(PORTALS, list(portals) or [ONE_PORTAL])


def test_the_consent_page_is_asked_for_a_lasting_permission() -> None:
    asked = parse_qs(urlsplit(ZohoProjects.authorise_url(ENDPOINT, "https://us.example/back", "st4te")).query)

    assert asked["access_type"] == ["offline"]
    assert asked["prompt"] == ["consent"]
    assert asked["state"] == ["st4te"]
    assert "ZohoProjects.timesheets.READ" in asked["scope"][0].split(",")
    assert "s3cret" not in str(asked)


@pytest.mark.parametrize("address", ["https://us.example/back", None])
def test_a_code_is_traded_for_tokens_with_or_without_a_return_address(address: str | None) -> None:
    granted = {"access_token": "a", "refresh_token": "r", "expires_in": 3600, "scope": "ZohoProjects.tasks.READ x"}
    there = Remote().on(TOKEN, Reply(granted))

    found = ZohoProjects.exchange_code(ENDPOINT, "c0de", address, transport=httpx2.WSGITransport(app=there))

    assert (found.refresh_token, found.access_token, found.scopes) == ("r", "a", ("ZohoProjects.tasks.READ", "x"))
    assert there.calls[0].query == {}
    assert there.calls[0].form.get("redirect_uri") == address
    assert there.calls[0].form["client_secret"] == ENDPOINT.client_secret


@pytest.mark.parametrize("word", ["invalid_code", "invalid_client", "invalid_client_secret", "invalid_redirect_uri"])
@pytest.mark.parametrize("status", [200, 400])
def test_a_refused_code_is_told_by_the_body_whatever_the_status(word: str, status: int) -> None:
    there = Remote().on(TOKEN, Reply({"error": word}, status))

    with pytest.raises(CredentialsRejected):
        ZohoProjects.exchange_code(ENDPOINT, "c0de", None, transport=httpx2.WSGITransport(app=there))
    assert len(there.calls) == 1


def test_revoking_sends_the_token_in_the_body_never_in_the_address() -> None:
    there = Remote().on("/oauth/v2/token/revoke", Reply({"status": "success"}))

    ZohoProjects.revoke(ENDPOINT, tokens(), transport=httpx2.WSGITransport(app=there))

    assert there.calls[0].form == {"token": "1000.refresh-secret"}
    assert there.calls[0].query == {}


def test_an_access_token_is_kept_and_renewed_five_minutes_before_its_end() -> None:
    there, clock, saved = remote(), HeldClock(), []
    connector = connect(there, clock, save_tokens=lambda held: saved.append(held.access_token))

    for minutes in (0, 54, 2):
        clock.at += timedelta(minutes=minutes)
        connector.verify()

    assert saved == ["1000.access-1", "1000.access-2"]
    assert [call.token for call in there.to(PORTALS)] == ["1000.access-1", "1000.access-1", "1000.access-2"]


@pytest.mark.parametrize(
    "answer", [EXPIRED, refusal("INVALID_OAUTHTOKEN", 400), refusal("INVALID_TICKET", 400), Reply(b"", 401)]
)
def test_an_expired_token_is_renewed_once_and_the_same_question_asked_again(answer: Reply) -> None:
    there = remote(answer, ONE_PORTAL)
    connector = connect(there)

    connector.verify()

    assert len(there.to(TOKEN)) == 2
    assert len(there.to(PORTALS)) == 2


@pytest.mark.parametrize(("answer", "error"), [(EXPIRED, CredentialsRejected), (Reply(b"", 401), ScopeMissing)])
def test_a_second_refusal_after_a_good_renewal_ends_it(answer: Reply, error: type[Exception]) -> None:
    there = remote(answer)

    with pytest.raises(error):
        connect(there).verify()
    assert len(there.to(PORTALS)) == 2
    assert len(there.to(TOKEN)) == 2


def test_a_missing_scope_is_never_answered_by_renewing() -> None:
    there = remote(refusal("INVALID_OAUTHSCOPE", 401))

    with pytest.raises(ScopeMissing, match=r"ZohoProjects\.portals\.READ"):
        connect(there).verify()
    assert len(there.to(TOKEN)) == 1


def test_a_revoked_permission_is_asked_about_once_and_never_again() -> None:
    there = remote().on(TOKEN, Reply({"error": "invalid_code"}))
    connector = connect(there)

    for _ in range(3):
        with pytest.raises(CredentialsRejected, match="Authorise the connection again"):
            connector.verify()
    assert len(there.calls) == 1


@pytest.mark.parametrize(
    "answer",
    [
        Reply({"error": "Access Denied", "error_description": "You have made too many requests continuously."}, 400),
        Reply({"error": "Access Denied", "status": "failure"}, 200),
        Reply({"error": "x"}, 429),
    ],
)
def test_too_many_renewals_mean_ten_minutes_of_silence(answer: Reply) -> None:
    clock = HeldClock()
    there = remote().on(TOKEN, [answer, Reply({"access_token": "a", "expires_in": 3600})])
    connector = connect(there, clock)

    with pytest.raises(RateLimited) as caught:
        connector.verify()
    assert caught.value.retry_after == 600
    with pytest.raises(RateLimited):
        connector.verify()
    assert len(there.calls) == 1

    clock.at += timedelta(seconds=601)
    connector.verify()


def test_many_threads_renew_an_expired_token_once() -> None:
    def portals(call: Call) -> Reply:
        return EXPIRED if call.token == "stale" else ONE_PORTAL

    there = Remote().on(PORTALS, portals)
    connector = connect(there, tokens=Tokens("1000.refresh-secret", "stale"))
    threads = [threading.Thread(target=connector.verify) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(there.to(TOKEN)) == 1


@pytest.mark.parametrize(
    ("headers", "low", "high"),
    [
        ({"Retry-After": "7"}, 7, 7),
        ({"Retry-After": "Sun, 22 Nov 2026 12:00:30 GMT"}, 30, 30),
        ({"Retry-After": "Sun, 22 Nov 2026 13:00:30 GMT", "Date": "Sun, 22 Nov 2026 13:00:00 GMT"}, 30, 30),
        ({"Retry-After": "soon"}, 1, 3),
        ({}, 1, 3),
    ],
)
def test_a_throttle_is_waited_for_as_told(headers: dict[str, str], low: float, high: float) -> None:
    clock = HeldClock()
    there = remote(Reply(b"", 429, headers), ONE_PORTAL)

    connect(there, clock).verify()

    assert sum(clock.naps) == pytest.approx((low + high) / 2, abs=(high - low) / 2 + 0.001)
    assert len(there.to(PORTALS)) == 2


@pytest.mark.parametrize("status", [200, 400])
def test_a_throttle_in_a_sentence_is_waited_for_too(status: int) -> None:
    clock = HeldClock()
    body = {"error": {"status_code": 400, "title": THROTTLE, "details": {"message": "Try again after 90 seconds."}}}

    connect(remote(Reply(body, status), ONE_PORTAL), clock).verify()

    assert clock.naps == [90]


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (Reply(b"", 429, {"Retry-After": "86400"}), 86_400),
        (refusal(THROTTLE, 400, "Cannot execute more than 100 requests. Try again after 22 minutes."), 1320),
        (refusal(THROTTLE, 400), 600),
        (Reply(b"", 429), 600),
    ],
)
def test_a_wait_beyond_patience_pauses_the_run_and_is_not_tried_again_early(reply: Reply, told: int) -> None:
    clock = HeldClock()
    there = remote(reply)
    connector = connect(there, clock)

    with pytest.raises(RateLimited) as caught:
        connector.verify()
    assert caught.value.retry_after == pytest.approx(told, abs=1)
    assert sum(clock.naps) <= 120
    calls = len(there.to(PORTALS))
    with pytest.raises(RateLimited):
        connector.verify()
    assert len(there.to(PORTALS)) == calls


@pytest.mark.parametrize(
    "bad", [Reply(b"", 500), Reply(b"", 503), Reply(b"<html>", content_type="text/html"), Reply("OK")]
)
def test_an_outage_is_tried_again_a_few_times(bad: Reply) -> None:
    connect(remote(bad, bad, ONE_PORTAL)).verify()

    there = remote(bad)
    with pytest.raises(RemoteUnavailable):
        connect(there).verify()
    assert len(there.to(PORTALS)) == 4


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (refusal("URL_RULE_NOT_CONFIGURED", 400, "Given URL is wrong"), ScopeMissing),
        (refusal("FORBIDDEN", 403, "Enable the module"), ScopeMissing),
        (Reply(b"", 403), ScopeMissing),
        (NOT_FOUND, PortalUnreachable),
        (Reply(b"", 410), RemoteUnavailable),
        (refusal("INVALID_PARAMETER_VALUE", 400), RemoteUnavailable),
        (Reply([]), PortalUnreachable),
        (Reply({"error": {"code": 6890, "message": "x"}}), RemoteUnavailable),
    ],
)
def test_each_refusal_says_who_must_act(reply: Reply, error: type[ConnectorError]) -> None:
    with pytest.raises(error) as caught:
        connect(remote(reply)).verify()
    assert str(caught.value).count(".") >= 1


def test_every_call_is_told_to_the_observer_with_ids_collapsed() -> None:
    seen: list[tuple[Any, ...]] = []
    there = remote().on(f"{ROOT}/projects/7/clients", Reply({"clients": []}))
    connector = connect(there, observer=lambda *call: seen.append(call))

    connector.get("projects", "60014242", "7", {})

    assert seen == [("GET", "/api/v3/portal/{id}/projects/{id}", 404, 0.0)]


def test_no_secret_shows_in_errors_representations_or_logs(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = ("1000.refresh-secret", "1000.access-1", ENDPOINT.client_secret)
    said = [repr(ENDPOINT), repr(tokens()), repr(Tokens("1000.refresh-secret", "1000.access-1"))]

    for answer in (EXPIRED, Reply(b"", 500), Reply(b"", 429), Reply({"error": "1000.access-1"}), NOT_FOUND):
        with pytest.raises(ConnectorError) as caught:
            connect(remote(answer)).verify()
        said += [str(caught.value), repr(caught.value), repr(caught.value.__cause__)]
    there = remote().on(TOKEN, Reply({"error": "invalid_code", "refresh_token": "1000.refresh-secret"}))
    with pytest.raises(CredentialsRejected) as dead:
        connect(there).verify()
    said += [str(dead.value), json.dumps(dead.value.args), repr(connect(there))]

    for secret in secrets:
        assert not [text for text in said if secret in text]
        assert secret not in caplog.text
