"""A record of any kind as the API would show it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from standin.current import world
from standin.zoho_crm.bodies import record
from standin.zoho_projects.bodies import tag_body
from standin.zoho_projects.bodies.people import client_body, user_body
from standin.zoho_projects.bodies.projects import comment_body, milestone_body, project_body, tasklist_body
from standin.zoho_projects.bodies.timelogs import log_body
from standin.zoho_projects.bodies.work import issue_body, task_body


def _named(made: Any) -> dict[str, str]:
    """What is no record of a module: its id, and a field's API name."""
    return {"id": str(made.id)} | ({"api_name": made.api_name} if hasattr(made, "api_name") else {})


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
    "CrmRecord": lambda row: record(world().crm, row),
    **dict.fromkeys(("CrmUser", "Profile", "View", "CrmField", "CustomLink", "Note", "Attachment"), _named),
}


def shown(made: Any) -> Any:
    """The record's JSON; None for what is no record."""
    body = BODIES.get(type(made).__name__)
    return body(made) if body else None
