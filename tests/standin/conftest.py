"""A stranger's view of the stand-in: a client that knows an address and credentials, and nothing of its inside."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event
from typing import Any
from urllib.request import Request

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from standin import World, create_standin
from standin.clock import Clock

#: a Wednesday
NOON = datetime(2026, 11, 18, 17, 0, tzinfo=UTC)


@dataclass
class Stranger:
    """Speaks HTTP with the stand-in; `world` is for arranging only."""

    world: World
    http: FlaskClient
    token: str = ""
    scheme: str = "Zoho-oauthtoken"

    def __post_init__(self) -> None:
        self.told = self.http.get("/_standin").get_json()
        self.portal = f"/api/v3/portal/{self.told['portal_id']}"

    def ask_token(self, **parameters: str) -> TestResponse:
        secrets = {name: self.told[name] for name in ("client_id", "client_secret")}
        return self.http.post("/oauth/v2/token", data={**secrets, **parameters})

    def refresh(self) -> TestResponse:
        return self.ask_token(grant_type="refresh_token", refresh_token=self.told["refresh_token"])

    def sign_in(self, scope: str | None = None) -> Stranger:
        grant = {"grant_type": "client_credentials", "scope": scope} if scope else None
        answer = self.ask_token(**grant) if grant else self.refresh()
        self.token = answer.get_json()["access_token"]
        return self

    def call(self, method: str, path: str, **more: Any) -> TestResponse:
        headers = {"Authorization": f"{self.scheme} {self.token}"} if self.token else {}
        address = path if path.startswith("/api") else self.portal + path
        return self.http.open(address, method=method, headers=headers, **more)

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.call("GET", path, query_string=query)

    def rows(self, path: str, key: str, **query: Any) -> list[dict[str, Any]]:
        return self.get(path, **query).get_json()[key]

    def logs(self, path: str = "/timelogs", kind: str = "task", item: str | None = None, **query: Any) -> list[Any]:
        module = {"type": kind} | ({"id": item} if item else {})
        body = self.get(path, module=json.dumps(module), **query).get_json()
        return [log for group in body["time_logs"] for log in group["log_details"]]

    def trouble(self, kind: str, path: str = "^/api/", **more: Any) -> dict[str, Any]:
        return self.http.post("/_standin/troubles", json={"kind": kind, "path": path, **more}).get_json()

    def edit(self, verb: str, **values: Any) -> Any:
        return self.http.post("/_standin/world", json={"verb": verb, **values}).get_json()["results"][0]


@dataclass(frozen=True)
class Parts:
    """Ids of the records of a small world, as text."""

    client: str
    project: str
    task: str
    issue: str
    people: list[str]


def title(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["error"]["title"]


@pytest.fixture
def remote() -> Stranger:
    world = World.empty(clock=Clock(NOON, frozen=True))
    return Stranger(world, create_standin(world).test_client()).sign_in()


@pytest.fixture
def parts(remote: Stranger) -> Parts:
    people = [row["id"] for row in remote.rows("/users", "users")]
    client = remote.edit("client.add", name="Alder & Finch", currency="USD")["id"]
    project = remote.edit("project.add", name="Shop", clients=[client])["id"]
    task = remote.edit("task.add", project=project, name="Design", owners=people[:2])["id"]
    issue = remote.edit("issue.add", project=project, name="Menu stuck", assignee=people[1])["id"]
    return Parts(client, project, task, issue, people)


ALL = (
    "ZohoCRM.modules.ALL,ZohoCRM.settings.ALL,ZohoCRM.users.READ,ZohoCRM.org.READ,ZohoCRM.notifications.ALL,"
    "ZohoCRM.coql.READ,ZohoSearch.securesearch.READ"
)


class Reader:
    """A client of the CRM that knows an address and credentials."""

    def __init__(self, world: World) -> None:
        self.world, self.http = world, FlaskClient(create_standin(world))
        self.told = self.http.get("/_standin").get_json()
        self.token = self.grant(ALL)

    def grant(self, scope: str) -> str:
        secrets = {name: self.told[name] for name in ("client_id", "client_secret")}
        asked = {**secrets, "grant_type": "client_credentials", "scope": scope}
        return str(self.http.post("/oauth/v2/token", data=asked).get_json()["access_token"])

    def call(self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> TestResponse:
        own = {"Authorization": f"Zoho-oauthtoken {self.token}", **(headers or {})}
        address = path if path.startswith("/crm") else f"/crm/v8{path}"
        return self.http.open(address, method=method, headers=own, **more)

    def get(self, path: str, since: str = "", **query: Any) -> TestResponse:
        return self.call("GET", path, {"If-Modified-Since": since} if since else None, query_string=query or None)

    def write(self, method: str, path: str, *rows: Any, **more: Any) -> TestResponse:
        return self.call(method, path, data=json.dumps({"data": list(rows), **more}))  # without a content type (§9)

    def add(self, module: str, **values: Any) -> str:
        answer = self.write("POST", f"/{module}", values)
        assert answer.status_code == 201, answer.text
        return str(answer.get_json()["data"][0]["details"]["id"])

    def query(self, text: str) -> TestResponse:
        return self.call("POST", "/coql", json={"select_query": text})


@pytest.fixture
def crm() -> Reader:
    """An organisation with people and metadata but no records."""
    return Reader(World.empty(clock=Clock(NOON, frozen=True)))


@pytest.fixture
def demo() -> Reader:
    """The demo agency's organisation."""
    return Reader(World.demo(clock=Clock(NOON, frozen=True)))


def codes(answer: TestResponse) -> list[str]:
    """The code of each record of a write."""
    return [row["code"] for row in answer.get_json()["data"]]


def body_of(request: Request) -> dict[str, Any]:
    assert isinstance(request.data, bytes)
    found: dict[str, Any] = json.loads(request.data)
    return found


def wait_for(done: Any) -> None:
    """Deliveries go out from threads."""
    for _ in range(200):
        if done():
            return
        Event().wait(0.01)
