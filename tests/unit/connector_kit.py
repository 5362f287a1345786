"""A remote that answers what a test tells it to, a clock that stands still, and a connector between them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import httpx2

from connectors.base import Endpoint, Tokens
from connectors.zoho_projects import ZohoProjects

ENDPOINT = Endpoint("https://accounts.zoho.com", "https://projectsapi.zoho.com", "1000.CLIENT", "s3cret-client")
PORTAL = "60014242"
ROOT = f"/api/v3/portal/{PORTAL}"


@dataclass
class HeldClock:
    """Moves only when somebody sleeps."""

    at: datetime = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    naps: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.at += timedelta(seconds=seconds)


@dataclass(frozen=True)
class Reply:
    """One answer; a body that is not bytes is sent as JSON."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str | None = "application/json;charset=utf-8"

    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass(frozen=True)
class Call:
    """One request as the remote saw it."""

    method: str
    path: str
    query: dict[str, str]
    form: dict[str, str]
    token: str


Behaviour = Callable[[Call], Reply]


class Remote:
    """Answers by path: a reply for ever, a list of replies one after another, or a function of the call."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._answers: dict[str, Any] = {}
        self.access_tokens = 0
        self.on("/oauth/v2/token", self._grant)

    def on(self, path: str, answer: Reply | list[Reply] | Behaviour) -> Remote:
        self._answers[path] = list(answer) if isinstance(answer, list) else answer
        return self

    def to(self, path: str) -> list[Call]:
        return [call for call in self.calls if call.path == path]

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        call = Call(
            environ["REQUEST_METHOD"],
            environ["PATH_INFO"],
            dict(parse_qsl(environ["QUERY_STRING"])),
            dict(parse_qsl(environ["wsgi.input"].read().decode())),
            environ.get("HTTP_AUTHORIZATION", "").removeprefix("Zoho-oauthtoken "),
        )
        self.calls.append(call)
        reply = self._reply(call)
        kind = {"Content-Type": reply.content_type} if reply.content_type else {}
        start_response(f"{reply.status} .", list((kind | reply.headers).items()))
        return [reply.content()]

    def _reply(self, call: Call) -> Reply:
        answer = self._answers.get(call.path, NOT_FOUND)
        if isinstance(answer, list):
            return answer.pop(0) if len(answer) > 1 else answer[0]
        return answer if isinstance(answer, Reply) else answer(call)

    def _grant(self, call: Call) -> Reply:
        self.access_tokens += 1
        return Reply({"access_token": f"1000.access-{self.access_tokens}", "expires_in": 3600})


def refusal(title: str, status: int, message: str = "") -> Reply:
    """An error in Zoho Projects' form."""
    return Reply({"error": {"status_code": str(status), "title": title, "details": [{"message": message}]}}, status)


NOT_FOUND = refusal("RESOURCE_NOT_FOUND", 404)
THROTTLE = "URL_ROLLING_THROTTLES_LIMIT_EXCEEDED"


def tokens() -> Tokens:
    """Lasting permission, and no access token yet."""
    return Tokens("1000.refresh-secret")


def connect(remote: Remote, clock: HeldClock | None = None, **wishes: Any) -> ZohoProjects:
    """A connector whose calls end at `remote`."""
    clock = clock or HeldClock()
    given = {"tokens": tokens(), "clock": clock.now, "sleep": clock.sleep} | wishes
    return ZohoProjects(ENDPOINT, transport=httpx2.WSGITransport(app=remote), **given)


def listed(plural: str, rows: list[Any], **info: Any) -> Reply:
    """One page of an ordinary list."""
    return Reply({plural: rows, "page_info": {"has_next_page": False} | info})


def task(key: Any, **changes: Any) -> dict[str, Any]:
    """A task as Zoho sends it."""
    body = {
        "id": str(key),
        "name": f"Task {key}",
        "project": {"id": "7"},
        "last_modified_time": "2026-11-01T10:00:00.000Z",
    }
    return body | changes


OWNER = {
    "zuid": 854660304, "zpuid": "1817452000001766029", "name": "asha.rao", "email": "asha@example.com",
    "first_name": "Asha", "last_name": "Rao", "full_name": "Asha Rao",
}  # fmt: skip


def log(key: Any, **changes: Any) -> dict[str, Any]:
    """A time log as Zoho sends it."""
    body = {
        "id": str(key), "date": "2026-11-03", "log_hour": "02:30", "start_time": "", "end_time": "",
        "notes": "wireframes",
        "billing_status": "Billable", "project": {"id": "7", "name": "P"},
        "module_detail": {"id": "70", "name": "Design", "type": "task"}, "owner": OWNER, "added_by": OWNER,
        "approval": {"status": "Approved"}, "created_time": "2026-11-03T10:00:00.000Z",
        "last_modified_time": "2026-11-03T10:00:00.000Z", "log_name": "Design",
    }  # fmt: skip
    return body | changes


def logged(rows: list[Any], **info: Any) -> Reply:
    """One page of time logs, under the day of the first; the flag always promises more."""
    groups = [{"date": "2026-11-03", "log_details": rows}] if rows else []
    return Reply({"time_logs": groups, "page_info": {"has_next_page": True, "page_count": 100} | info})


def by_kind(**pages: list[Reply]) -> Behaviour:
    """Time logs by type: the replies for task, issue and general, page by page."""

    def answer(call: Call) -> Reply:
        found = pages.get(json.loads(call.query["module"])["type"], [logged([])])
        return found[min(int(call.query["page"]), len(found)) - 1]

    return answer
