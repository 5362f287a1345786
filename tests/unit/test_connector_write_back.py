"""Posting to a project's feed: sent once, found again, and every refusal told apart by whether it was done."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from connectors.base import Target
from connectors.errors import (
    CredentialsRejected,
    RateLimited,
    RecordRefused,
    RemoteUnavailable,
    ReplyLost,
    ScopeMissing,
)
from connectors.http import NotSent, Transient
from connectors.zoho_projects import ZohoProjects
from connectors.zoho_projects.places import WRITE_SCOPES
from tests.unit.connector_kit import (
    ENDPOINT,
    NOT_FOUND,
    PORTAL,
    ROOT,
    THROTTLE,
    Call,
    HeldClock,
    Remote,
    Reply,
    connect,
    listed,
    refusal,
    tokens,
)

FEED = f"{ROOT}/projects/7/status"
TARGET = Target("feed", PORTAL, "projects", "7")
NOTE = {"text": "Invoice INV-1 was issued. [CB-1]", "reference": "CB-1"}


def by_method(post: Any = None, get: Any = None) -> Any:
    """A feed that answers by method; a list is answered one after another."""
    rows = {"POST": post, "GET": get}

    def answer(call: Call) -> Reply:
        found = rows[call.method]
        return found.pop(0) if isinstance(found, list) else found

    return answer


POSTED = Reply({"id": "900", "content": NOTE["text"]}, 201)


def lines(*texts: str, more: bool = False) -> Reply:
    return listed("status", [{"id": str(number), "content": text} for number, text in enumerate(texts)],
                  has_next_page=more)  # fmt: skip


@pytest.mark.req("T-04")
def test_a_post_is_one_call_with_the_text() -> None:
    bodies = []
    remote = Remote().on(FEED, by_method(post=POSTED))

    def transport(request: httpx2.Request) -> httpx2.Response:
        bodies.append((request.method, request.url.path, request.content, request.headers.get("content-type")))
        return httpx2.WSGITransport(app=remote).handle_request(request)

    made = ZohoProjects(ENDPOINT, tokens(), transport=httpx2.MockTransport(transport))

    assert made.write_back(TARGET, NOTE, None) == "900"
    method, path, content, kind = bodies[-1]
    assert (method, path, kind) == ("POST", FEED, "application/json")
    assert json.loads(content) == {"content": NOTE["text"]}
    assert len(remote.to(FEED)) == 1


@pytest.mark.parametrize(
    "body",
    [{"id": "900"}, [{"id": "900"}], {"status": [{"id": "900"}]}, {"status": {"id": "900"}}, {"id": 900}],
)
def test_the_new_line_is_known_in_any_wrapping(body: Any) -> None:
    remote = Remote().on(FEED, by_method(post=Reply(body, 200)))

    assert connect(remote).write_back(TARGET, NOTE, None) == "900"


@pytest.mark.req("R-10")
@pytest.mark.parametrize(
    "reply",
    [
        refusal("INTERNAL_SERVER_ERROR", 500), Reply(b"<html>", 502, content_type="text/html"), Reply(b"", 200),
        Reply(b"<html>login", 200, content_type="text/html"), Reply(b'{"id": "9', 201), Reply(None, 200),
        Reply({"error": {"title": "SOMETHING_ELSE"}}, 200), Reply({}, 201), Reply([], 201), Reply({"id": ""}, 201),
        Reply(None, 302, {"Location": "http://elsewhere.example/"}),
    ],
)  # fmt: skip
def test_an_answer_that_leaves_it_open_is_a_lost_one_and_nothing_is_sent_again(reply: Reply) -> None:
    remote = Remote().on(FEED, by_method(post=reply))

    with pytest.raises(ReplyLost):
        connect(remote).write_back(TARGET, NOTE, None)

    assert len(remote.to(FEED)) == 1


@pytest.mark.req("R-10")
@pytest.mark.parametrize("error", [httpx2.ReadError, httpx2.ReadTimeout, httpx2.RemoteProtocolError, httpx2.WriteError])
def test_a_line_that_breaks_after_sending_is_a_lost_reply(error: type[httpx2.HTTPError]) -> None:
    calls = []

    def transport(request: httpx2.Request) -> httpx2.Response:
        if request.url.path != FEED:
            return httpx2.WSGITransport(app=Remote()).handle_request(request)
        calls.append(request)
        raise error("gone")

    with pytest.raises(ReplyLost):
        ZohoProjects(ENDPOINT, tokens(), transport=httpx2.MockTransport(transport)).write_back(TARGET, NOTE, None)

    assert len(calls) == 1


@pytest.mark.req("R-10")
@pytest.mark.parametrize("error", [httpx2.ConnectError, httpx2.ConnectTimeout])
def test_without_a_line_nothing_was_sent(error: type[httpx2.HTTPError]) -> None:
    def transport(request: httpx2.Request) -> httpx2.Response:
        if request.url.path != FEED:
            return httpx2.WSGITransport(app=Remote()).handle_request(request)
        raise error("no line")

    with pytest.raises(NotSent):
        ZohoProjects(ENDPOINT, tokens(), transport=httpx2.MockTransport(transport)).write_back(TARGET, NOTE, None)


def test_a_sign_in_server_that_fails_is_no_lost_reply() -> None:
    remote = Remote().on("/oauth/v2/token", Reply(None, 503))

    with pytest.raises(Transient) as caught:
        connect(remote).write_back(TARGET, NOTE, None)

    assert not isinstance(caught.value, ReplyLost)
    assert remote.to(FEED) == []


@pytest.mark.req("R-10")
def test_an_access_that_ran_out_is_renewed_and_the_post_sent_once_more() -> None:
    remote = Remote().on(FEED, by_method(post=[refusal("INVALID_OAUTHTOKEN", 401), POSTED]))

    assert connect(remote).write_back(TARGET, NOTE, None) == "900"
    assert [call.token for call in remote.to(FEED)] == ["1000.access-1", "1000.access-2"]


@pytest.mark.req("R-10")
def test_a_short_throttle_is_waited_out_and_a_long_one_is_told() -> None:
    clock = HeldClock()
    remote = Remote().on(FEED, by_method(post=[
        refusal(THROTTLE, 400, "Try again after 30 seconds."), POSTED,
        refusal(THROTTLE, 400, "Try again after 22 minutes."),
    ]))  # fmt: skip
    made = connect(remote, clock)

    assert made.write_back(TARGET, NOTE, None) == "900"
    assert clock.naps == [30.0]
    with pytest.raises(RateLimited) as caught:
        made.write_back(TARGET, NOTE, None)
    assert caught.value.retry_after >= 1320


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (NOT_FOUND, "no longer there"), (refusal("RESOURCE_GONE", 410), "no longer there"),
        (refusal("FORBIDDEN", 403), "may not post to the feed"),
        (refusal("INVALID_PARAMETER_VALUE", 400, "content is too long"), "did not take the post"),
    ],
)  # fmt: skip
def test_what_one_project_refuses_is_said_of_that_project(reply: Reply, said: str) -> None:
    remote = Remote().on(FEED, by_method(post=reply))

    with pytest.raises(RecordRefused, match=said):
        connect(remote).write_back(TARGET, NOTE, None)


@pytest.mark.parametrize("reply", [refusal("INVALID_OAUTHSCOPE", 401), refusal("URL_RULE_NOT_CONFIGURED", 400)])
def test_a_missing_permission_names_itself_and_the_remedy(reply: Reply) -> None:
    remote = Remote().on(FEED, by_method(post=reply))

    with pytest.raises(ScopeMissing) as caught:
        connect(remote).write_back(TARGET, NOTE, None)

    assert "ZohoProjects.status.CREATE" in str(caught.value)
    assert "Update the credentials" in str(caught.value)


def test_dead_credentials_are_dead_for_posting_too() -> None:
    remote = Remote().on("/oauth/v2/token", Reply({"error": "invalid_code"}))

    with pytest.raises(CredentialsRejected):
        connect(remote).write_back(TARGET, NOTE, None)


@pytest.mark.req("R-10")
def test_what_is_found_is_adopted_and_nothing_is_posted() -> None:
    remote = Remote().on(FEED, by_method(get=lines("Hello", NOTE["text"])))

    assert connect(remote).write_back(TARGET, NOTE, "CB-1") == "1"
    assert [call.method for call in remote.to(FEED)] == ["GET"]


@pytest.mark.req("R-10")
def test_what_is_not_found_is_posted() -> None:
    remote = Remote().on(FEED, by_method(post=POSTED, get=lines("Hello")))

    assert connect(remote).write_back(TARGET, NOTE, "CB-1") == "900"
    assert [call.method for call in remote.to(FEED)] == ["GET", "POST"]


@pytest.mark.req("R-10")
def test_without_a_payload_it_is_only_looked_for() -> None:
    remote = Remote().on(FEED, by_method(get=lines("Hello")))

    assert connect(remote).write_back(TARGET, None, "CB-1") is None
    assert [call.method for call in remote.to(FEED)] == ["GET"]


@pytest.mark.req("R-10")
def test_the_whole_feed_is_looked_through_and_a_lost_page_is_asked_for_again() -> None:
    pages = [lines("a", more=True), Reply(None, 503), lines("b", more=True), lines(NOTE["text"])]
    remote = Remote().on(FEED, by_method(get=pages))

    assert connect(remote).write_back(TARGET, None, "CB-1") == "0"
    assert [call.query["page"] for call in remote.to(FEED)] == ["1", "2", "2", "3"]


@pytest.mark.parametrize("key", ["status", "statuses", "feeds"])
def test_the_feed_is_known_under_any_name_and_bare(key: str) -> None:
    row = {"id": "5", "anything": {"text": NOTE["text"]}}
    named = Remote().on(FEED, by_method(get=Reply({key: [row], "page_info": [{"has_next_page": "false"}]})))
    bare = Remote().on(FEED, by_method(get=[Reply([row])]))

    assert connect(named).write_back(TARGET, None, "CB-1") == "5"
    assert connect(bare).write_back(TARGET, None, "CB-1") == "5"


def test_a_bare_feed_is_read_until_it_is_empty() -> None:
    remote = Remote().on(FEED, by_method(get=[Reply([{"id": "1", "content": "x"}]), Reply([])]))

    assert connect(remote).write_back(TARGET, None, "CB-1") is None
    assert len(remote.to(FEED)) == 2


@pytest.mark.req("R-10")
def test_an_empty_feed_is_believed_only_from_a_living_connection() -> None:
    remote = Remote().on(FEED, by_method(get=lines())).on("/api/v3/portals", [Reply([{"id": PORTAL}]), Reply([])])

    assert connect(remote).write_back(TARGET, None, "CB-1") is None
    with pytest.raises(Exception, match="sees no portal"):
        connect(remote).write_back(TARGET, None, "CB-1")


@pytest.mark.req("R-10")
def test_a_feed_that_never_ends_is_no_proof_of_absence() -> None:
    remote = Remote().on(FEED, by_method(get=lines("a", more=True)))

    with pytest.raises(RemoteUnavailable, match="Search it for CB-1"):
        connect(remote).write_back(TARGET, None, "CB-1")


@pytest.mark.parametrize("body", [None, "text", {"a": 1}, {"status": ["x"]}, {"a": [], "b": []}])
def test_what_is_no_feed_is_no_proof_of_absence(body: Any) -> None:
    remote = Remote().on(FEED, by_method(get=Reply(body)))

    with pytest.raises(RemoteUnavailable):
        connect(remote).write_back(TARGET, None, "CB-1")


def test_posting_is_observed_and_throttled_by_itself() -> None:
    seen: list[tuple[str, str]] = []
    remote = Remote().on(FEED, by_method(post=POSTED))

    connect(remote, observer=lambda *call: seen.append(call[:2])).write_back(TARGET, NOTE, None)

    assert seen == [("POST", "/api/v3/portal/{id}/projects/{id}/status")]


def test_the_permissions_for_writing_are_asked_for_only_on_wish() -> None:
    plain = ZohoProjects.authorise_url(ENDPOINT, "https://us.example/back", "st4te")
    full = ZohoProjects.authorise_url(
        ENDPOINT, "https://us.example/back", "st4te", (*ZohoProjects.REQUESTED_SCOPES, *WRITE_SCOPES)
    )

    assert "status" not in plain
    assert "ZohoProjects.status.CREATE" in full
