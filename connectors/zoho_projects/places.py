"""Where each module is listed, read one by one, and what it is called for people, scopes and web pages."""

from __future__ import annotations

from dataclasses import dataclass


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
