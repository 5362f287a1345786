"""A record of any kind as the API would show it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from standin.zoho_projects.bodies import tag_body
from standin.zoho_projects.bodies.people import client_body, user_body
from standin.zoho_projects.bodies.projects import comment_body, milestone_body, project_body, tasklist_body
from standin.zoho_projects.bodies.timelogs import log_body
from standin.zoho_projects.bodies.work import issue_body, task_body

#: by the class of the record
BODIES: Mapping[str, Callable[[Any], Any]] = {
    "Project": project_body,
    "Task": task_body,
    "Issue": issue_body,
    "Tasklist": tasklist_body,
    "Milestone": milestone_body,
    "TimeLog": log_body,
    "Client": client_body,
    "User": user_body,
    "Comment": comment_body,
    "Tag": tag_body,
}


def shown(record: Any) -> Any:
    """The record's JSON; None for what is no record."""
    body = BODIES.get(type(record).__name__)
    return body(record) if body else None
