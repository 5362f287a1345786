"""Where each module is listed, read one by one, and what it is called for people, scopes and web pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from connectors.base import Reference


@dataclass(frozen=True, slots=True)
class Place:
    """One module on the wire; `plural` is the list's key, None for a bare array."""

    list_path: str
    plural: str | None
    one_path: str
    subject: str
    scope: str
    web: str | None


PLACES: dict[str, Place] = {
    "customers": Place("/clients", "clients", "/clients/{id}", "clients", "ZohoProjects.clients.READ", None),
    "projects": Place(
        "/projects", None, "/projects/{id}", "projects", "ZohoProjects.projects.READ", "#zp/projects/{id}"
    ),
    "users": Place("/users", "users", "/users/{id}", "users", "ZohoProjects.users.READ", None),
    "milestones": Place(
        "/phases",
        "milestones",
        "/projects/{project}/phases/{id}",
        "milestones",
        "ZohoProjects.milestones.READ",
        "#zp/projects/{project}/milestones",
    ),
    "tasks": Place(
        "/tasks",
        "tasks",
        "/projects/{project}/tasks/{id}",
        "tasks",
        "ZohoProjects.tasks.READ",
        "#zp/task-detail/{id}",
    ),
    "bugs": Place(
        "/issues",
        "issues",
        "/projects/{project}/issues/{id}",
        "issues",
        "ZohoProjects.bugs.READ",
        "#zp/projects/{project}/bug-detail/{id}",
    ),
    "time_entries": Place(
        "/timelogs",
        "time_logs",
        "/projects/{project}/logs/{id}",
        "time entries",
        "ZohoProjects.timesheets.READ",
        "#zp/projects/{project}/timesheet",
    ),
}

REQUESTED_SCOPES = (
    "ZohoProjects.portals.READ",
    "ZohoProjects.projects.READ",
    "ZohoProjects.clients.READ",
    "ZohoProjects.users.READ",
    "ZohoProjects.tasklists.READ",
    "ZohoProjects.milestones.READ",
    "ZohoProjects.tasks.READ",
    "ZohoProjects.bugs.READ",
    "ZohoProjects.timesheets.READ",
    "ZohoProjects.tags.READ",
    "ZohoProjects.custom_fields.READ",
)
#: posting to a project's feed, and reading there whether it was posted already
WRITE_SCOPES = ("ZohoProjects.status.CREATE", "ZohoProjects.status.READ")


def web_page(api_url: str, portal: str, module: str, record_id: str, hints: Mapping[str, Any]) -> str | None:
    """Where a person opens a record: at projects.zoho.<dc>, or at the server that an address by hand names."""
    host = urlsplit(api_url).hostname or ""
    project = record_id if module == "projects" else str(hints.get("project") or "")
    if not host.startswith("projectsapi.zoho"):
        return _page_by_hand(api_url, module, record_id, project)
    page = PLACES[module].web
    if page is None or ("{project}" in page and not project):
        return None
    names = {"id": quote(record_id, safe=""), "project": quote(project, safe="")}
    place = f"https://projects.{host.removeprefix('projectsapi.')}/portal/{quote(portal, safe='')}"
    return f"{place}{page.format(**names)}"


def _page_by_hand(api_url: str, module: str, record_id: str, project: str) -> str | None:
    """Pages of a server that speaks Zoho's language, such as the stand-in: projects with what they hold, and people."""
    if module in ("customers", "users"):
        return f"{api_url}/people"
    if not project:
        return None
    anchor = "" if module == "projects" else f"#{module}-{quote(record_id, safe='')}"
    return f"{api_url}/projects/{quote(project, safe='')}{anchor}"


#: the words before an id in addresses of pages, of the API and of the stand-in, and the module they mean
ADDRESS_WORDS = {
    "project": "projects", "projects": "projects", "projectid": "projects",
    "task": "tasks", "tasks": "tasks", "task-detail": "tasks", "taskdetail": "tasks", "taskid": "tasks",
    "bug": "bugs", "bugs": "bugs", "bug-detail": "bugs", "buginfo": "bugs", "issues": "bugs", "issue-detail": "bugs",
    "milestone": "milestones", "milestones": "milestones", "milestone-detail": "milestones", "phases": "milestones",
    "logs": "time_entries", "log": "time_entries", "timelogs": "time_entries", "time_entries": "time_entries",
    "timesheet": "time_entries", "clients": "customers", "customers": "customers", "users": "users",
}  # fmt: skip
_NAMED_ID = re.compile(r"([a-z_]+(?:-[a-z]+)*)[/=-](\d{1,20})(?!\d)", re.IGNORECASE)


def read_address(text: str) -> Reference | None:
    """The last record that an address names; a project before it is where it belongs."""
    found = [
        (ADDRESS_WORDS[word.lower()], number)
        for word, number in _NAMED_ID.findall(unquote(text))
        if word.lower() in ADDRESS_WORDS
    ]
    if not found:
        return None
    project = next((number for module, number in found[:-1] if module == "projects"), "")
    return Reference(*found[-1], project)
