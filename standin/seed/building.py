"""How seeds make records: straight into the portal, with times of their own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from standin.world.edits.projects import next_number
from standin.world.portal import Portal
from standin.world.records import Client, Issue, Milestone, Project, Tag, Task, Tasklist

if TYPE_CHECKING:
    from standin.world import World


Made = TypeVar("Made", Tasklist, Milestone, Task, Issue)


@dataclass(frozen=True, slots=True)
class Builder:
    """Makes records in one portal."""

    world: World
    portal: Portal

    def client(self, name: str, at: datetime, **values: Any) -> Client:
        """A client company."""
        client = Client(name=name, **self._stamps(at), **values)
        self.portal.clients[client.id] = client
        return client

    def project(self, name: str, at: datetime, *, client: Client | None = None, **values: Any) -> Project:
        """A project with its general task list; `client` becomes its first and so its primary one."""
        defaults = {
            "key": f"BR-{len(self.portal.projects) + 1}",
            "status": self.portal.project_statuses[0],
            "owner": self.portal.owner,
            "start": at.date(),
            "budget": {"currency": "USD", "tracking_method": "project_hours"},
            "users": [user for user in self.portal.users.values() if user.client is None],
            "clients": [client] if client else [],
            "primary": client,
        }
        project = Project(name=name, **(self._stamps(at) | self._authors() | defaults | values))
        self.portal.projects[project.id] = project
        self.tasklist(project, "General", at, general=True)
        return project

    def tasklist(self, project: Project, name: str, at: datetime, **values: Any) -> Tasklist:
        """A task list."""
        values = {"sequence": len(project.tasklists) + 1} | values
        return self._keep("tasklist", Tasklist(**self._born(project, name, at), **values))

    def milestone(self, project: Project, name: str, at: datetime, **values: Any) -> Milestone:
        """A milestone."""
        defaults = {"owner": project.owner, "sequence": len(project.milestones) + 1}
        return self._keep("milestone", Milestone(**(self._born(project, name, at) | defaults | values)))

    def task(self, project: Project, name: str, at: datetime, **values: Any) -> Task:
        """A task, in the general list unless told otherwise."""
        defaults = {
            "prefix": next_number(project, "T"),
            "status": self.portal.task_statuses[0],
            "tasklist": project.tasklists[0],
        }
        return self._keep("task", Task(**(self._born(project, name, at) | defaults | values)))

    def issue(self, project: Project, name: str, at: datetime, **values: Any) -> Issue:
        """An issue."""
        defaults = {"prefix": next_number(project, "I"), "status": self.portal.issue_statuses[0]}
        return self._keep("issue", Issue(**(self._born(project, name, at) | defaults | values)))

    def tag(self, name: str, at: datetime) -> Tag:
        """A tag."""
        tag = Tag(name=name, **self._stamps(at))
        self.portal.tags[tag.id] = tag
        return tag

    def _keep(self, kind: str, record: Made) -> Made:
        getattr(record.project, f"{kind}s").append(record)
        self.portal.table(kind)[record.id] = record
        return record

    def _born(self, project: Project, name: str, at: datetime) -> dict[str, Any]:
        return {"project": project, "name": name} | self._stamps(at) | self._authors()

    def _stamps(self, at: datetime) -> dict[str, Any]:
        return {"id": self.world.next_id(), "created": at, "modified": at}

    def _authors(self) -> dict[str, Any]:
        return {"created_by": self.portal.owner, "updated_by": self.portal.owner}
