"""A portal: one workspace with its people, client companies and projects, and how to find things in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from standin.world.records import (
    Client,
    CustomField,
    Issue,
    Milestone,
    Project,
    Status,
    Tag,
    Task,
    Tasklist,
    User,
)
from standin.world.timelogs import LogBook


class MissingError(LookupError):
    """No such record; the message says which."""


@dataclass(eq=False, kw_only=True)
class Portal:
    """One workspace. `owned` says whether the account that connects owns it."""

    id: int
    name: str
    org_name: str
    timezone: str
    owned: bool
    owner: User
    base_currency: str = "USD"
    users: dict[int, User] = field(default_factory=dict)
    clients: dict[int, Client] = field(default_factory=dict)
    projects: dict[int, Project] = field(default_factory=dict)
    tasklists: dict[int, Tasklist] = field(default_factory=dict)
    milestones: dict[int, Milestone] = field(default_factory=dict)
    tasks: dict[int, Task] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    tags: dict[int, Tag] = field(default_factory=dict)
    custom_fields: list[CustomField] = field(default_factory=list)
    project_statuses: list[Status] = field(default_factory=list)
    task_statuses: list[Status] = field(default_factory=list)
    issue_statuses: list[Status] = field(default_factory=list)
    book: LogBook = field(default_factory=LogBook)
    _cache: dict[Any, Any] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which this portal's days begin and end."""
        return ZoneInfo(self.timezone)

    def table(self, kind: str) -> dict[int, Any]:
        """All records of a kind by id; `kind` is the word used in edits ("project", "task", "log" …)."""
        return self.book.by_id if kind == "log" else getattr(self, f"{kind}s")

    def find(self, kind: str, key: int) -> Any:
        """The record of that kind and id, or `MissingError`."""
        record = self.table(kind).get(int(key))
        if record is None:
            raise MissingError(f"no {kind} {key}")
        return record

    def status(self, kind: str, *, key: int | None = None, name: str | None = None) -> Status:
        """A status of projects, tasks or issues by id or by name."""
        statuses: list[Status] = getattr(self, f"{kind}_statuses")
        for status in statuses:
            if status.id == key or (name is not None and status.name.lower() == name.lower()):
                return status
        raise MissingError(f"no {kind} status {key or name}")

    def live_projects(self) -> list[Project]:
        """Projects outside the bin."""
        return list(self.cached("projects", lambda: [p for p in self.projects.values() if not p.trashed]))

    def live(self, kind: str) -> list[Any]:
        """All tasks, issues, tasklists or milestones of projects outside the bin."""
        found: list[Any] = self.cached(kind, lambda: list(self._live(kind)))
        return found

    def cached(self, key: Any, build: Callable[[], Any]) -> Any:
        """Remember an answer until the next change to this portal."""
        if key not in self._cache:
            if len(self._cache) > 64:
                self._cache.clear()
            self._cache[key] = build()
        return self._cache[key]

    def changed(self) -> None:
        """Forget remembered answers."""
        self._cache.clear()

    def local_day(self, moment: datetime) -> int:
        """The ordinal of the calendar day that `moment` falls on in this portal."""
        return moment.astimezone(self.zone).date().toordinal()

    def _live(self, kind: str) -> Iterator[Any]:
        return (record for record in self.table(kind).values() if record.project.trashed is None)
