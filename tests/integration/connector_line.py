"""A world of the stand-in with a connector that reads it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx2

from connectors.base import Endpoint, Query, RemoteRecord, Tokens
from connectors.zoho_projects import ZohoProjects
from standin import World, create_standin
from standin.clock import Clock

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BASE = "http://standin.test"


class Line:
    """A world, its server and a connector that reaches it; sleeping moves the world's clock."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.transport = httpx2.WSGITransport(app=create_standin(world))
        accounts = world.accounts
        client = accounts.default_client
        self.endpoint = Endpoint(BASE, BASE, client.client_id, client.secret, allow_private=True)
        self.tokens = Tokens(accounts.default_refresh_token)
        self.slept = 0.0
        self.connector = self.connect()

    def connect(self) -> ZohoProjects:
        return ZohoProjects(
            self.endpoint, self.tokens, transport=self.transport, clock=self.world.now, sleep=self._sleep
        )

    @property
    def scope(self) -> str:
        return str(self.world.main.id)

    def fill_in(self) -> None:
        """What a sized world leaves out: milestones, custom values, two clients on a project, a project in the bin."""
        edit, portal = self.world.edit, self.world.main
        projects, clients = list(portal.projects.values()), list(portal.clients.values())
        for project in projects[:3]:
            edit("milestone.add", project=project.id, name="Launch", start="2026-11-01", end="2026-12-31")
        edit("project.set", id=projects[0].id, fields={"cf_po_number": "PO-1", "cf_delivery_date": "2026-12-24"})
        edit("task.set", id=projects[0].tasks[0].id, fields={"cf_story_points": 5}, work_minutes=2700)
        edit("log.set", id=projects[0].logs[0].id, fields={"cf_ticket": "T-9"}, start_time="09:00", end_time="11:30")
        edit("project.attach", id=projects[1].id, client=clients[-1].id)
        edit("project.trash", id=projects[-1].id)

    def read(self, module: str, **query: Any) -> list[RemoteRecord]:
        pages = list(self.connector.pages(Query(module, self.scope, **query)))
        assert not [bad for page in pages for bad in page.unreadable]
        return [record for page in pages for record in page.records]

    def calls(self, part: str = "") -> list[dict[str, Any]]:
        return [row for row in self.world.requests if part in row["path"]]

    def _sleep(self, seconds: float) -> None:
        self.slept += seconds
        self.world.clock.advance(seconds)


def sized(**sizes: int) -> Line:
    return Line(World.sized(clock=Clock(NOW, frozen=True), **sizes))


TABLES = {
    "customers": "client", "projects": "project", "users": "user", "milestones": "milestone", "tasks": "task",
    "bugs": "issue", "time_entries": "log",
}  # fmt: skip
