"""Projects, their task lists and milestones as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from standin.world.records import Comment, Milestone, Project, Tasklist
from standin.zoho_projects.bodies import Json, day, finish, link, moment, status_body, tag_body
from standin.zoho_projects.bodies.people import owner_ref, user_ref

LAYOUT = {"id": "1817452000000074001", "name": "Standard Layout", "is_default": True, "type": "public"}


def project_body(project: Project) -> Json:
    """A project (§4.4): custom fields flat, currency in budget_info, and no word about its client."""
    body = {
        "id": str(project.id),
        "key": project.key,
        "name": project.name,
        "project_type": project.type,
        "description": project.description or None,
        "owner": user_ref(project.owner),
        "is_public_project": project.public,
        "start_date": day(project.start),
        "end_date": day(project.end),
        "is_strict_project": False,
        "created_time": moment(project.created),
        "created_by": user_ref(project.created_by),
        "modified_time": moment(project.modified),
        "updated_by": user_ref(project.updated_by),
        "status": status_body(project.status),
        "layout": LAYOUT,
        "business_hours_id": "1817452000000052099",
        "is_rollup_project": False,
        "budget_info": project.budget,
        "project_group": {"id": "1817452000000052051", "name": project.group, "type": "public"},
        "percent_complete": _percent(project),
        "tasks": _open_and_closed(task.status.is_closed for task in project.tasks),
        "issues": _open_and_closed(issue.status.is_closed for issue in project.issues),
        "milestones": _open_and_closed(milestone.closed for milestone in project.milestones),
        "is_completed": project.status.is_closed,
        "tags": [tag_body(tag) for tag in project.tags] or None,
    }
    return finish(project, body | project.fields)


def tasklist_body(tasklist: Tasklist) -> Json:
    """A task list (§4.7)."""
    meta = {
        "is_completed": False,
        "is_rolled": False,
        "is_general": tasklist.general,
        "has_comments": False,
        "is_none_milestone_tasklist": tasklist.milestone is None,
    }
    body = {
        "id": str(tasklist.id),
        "name": tasklist.name,
        "flag": tasklist.flag,
        "status": tasklist.status,
        "created_via": "web",
        "created_by": user_ref(tasklist.created_by),
        "created_time": moment(tasklist.created),
        "last_updated_time": moment(tasklist.modified),
        "sequence": {"milestone_sequence": 1, "project_sequence": tasklist.sequence},
        "milestone": link(tasklist.milestone),
        "project": link(tasklist.project),
        "meta_info": meta,
    }
    return finish(tasklist, body)


def milestone_body(milestone: Milestone) -> Json:
    """A milestone (§4.8), unlike the rest of V3: camelCase status, `addedby`, `isTrashed` as text."""
    body = {
        "id": str(milestone.id),
        "name": milestone.name,
        "sequence": str(milestone.sequence),
        "flag": milestone.flag,
        "status": _milestone_status(milestone.closed),
        "status_type": "closed" if milestone.closed else "open",
        "owner": owner_ref(milestone.owner),
        "addedby": owner_ref(milestone.created_by),
        "start_date": day(milestone.start),
        "end_date": day(milestone.end),
        "created_time": moment(milestone.created),
        "last_modified_time": moment(milestone.modified),
        "updated_time": moment(milestone.modified),
        "completion_percent": 100 if milestone.closed else 0,
        "budget_details": {"is_budget_enabled": False, "is_workfield_removed": False},
        "project": link(milestone.project),
        "isTrashed": "0",
        "is_editable": True,
        "percent_type": 1,
        "color_code": "#2cc8ba",
        "custom_fields": {},
        "tab_info": {"comment_count": 0, "invoice_tab_enabled": False, "statustimeline_tab_enabled": True},
    }
    return finish(milestone, body)


def comment_body(comment: Comment) -> Json:
    """A comment of a task or an issue, or a line of a feed."""
    body = {
        "id": str(comment.id),
        "comment": comment.text,
        "content": comment.text,
        "created_by": user_ref(comment.author),
        "created_time": moment(comment.created),
        "updated_time": moment(comment.modified),
        "attachments": [],
    }
    return finish(comment, body)


def _milestone_status(closed: bool) -> Json:
    return {
        "statusId": "1817452000000076003" if closed else "1817452000000076001",
        "statusName": "Completed" if closed else "Active",
        "statusColor": "green",
        "statusColorHexCode": "#74cb80",
        "sequence": 2 if closed else 1,
        "defaultValue": not closed,
        "closed": closed,
        "layoutId": "1817452000000076000",
    }


def _open_and_closed(flags: Iterable[bool]) -> dict[str, Any]:
    found = list(flags)
    return {"open_count": len(found) - sum(found), "closed_count": sum(found)}


def _percent(project: Project) -> int:
    if not project.tasks:
        return 0
    return sum(task.completion for task in project.tasks) // len(project.tasks)
