"""A stranger's view of the stand-in: a client that knows an address and credentials, and nothing of its inside."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

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
