"""Tasks and issues as JSON."""

from __future__ import annotations

from standin.world.records import Issue, Task
from standin.zoho_projects.bodies import Json, day, finish, hhmm, link, midnight, moment, status_body, tag_body
from standin.zoho_projects.bodies.people import user_ref

NOBODY = {"zuid": 0, "zpuid": "0", "name": "Unassigned", "first_name": "", "last_name": "", "full_name": "Unassigned"}


def task_body(task: Task) -> Json:
    """A task (§4.5)."""
    body = {
        "id": str(task.id),
        "prefix": task.prefix,
        "name": task.name,
        "description": task.description or None,
        "project": link(task.project),
        "tasklist": link(task.tasklist),
        "milestone": link(task.tasklist.milestone),
        "parental_info": {"parent_task_id": str(task.parent.id)} if task.parent else None,
        "depth": _depth(task),
        "sequence": {"sequence": int(task.prefix.rpartition("T")[2] or 0)},
        "created_via": "web",
        "created_time": moment(task.created),
        "created_by": user_ref(task.created_by),
        "last_modified_time": moment(task.modified),
        "updated_by": user_ref(task.updated_by),
        "start_date": midnight(task.start),
        "end_date": midnight(task.end),
        "duration": _duration(task),
        "is_completed": task.status.is_closed,
        "completion_percentage": task.completion,
        "status": status_body(task.status),
        "priority": task.priority,
        "billing_type": task.billing_type,
        "owners_and_work": _owners_and_work(task),
        "log_hours": _log_hours(task),
        "budget_info": {},
        "association_info": _associations(task),
        "tags": [tag_body(tag) for tag in task.tags] or None,
    }
    return finish(task, body | task.fields)


def issue_body(issue: Issue) -> Json:
    """An issue (§4.6); its pick lists are {id, value}."""
    body = {
        "id": str(issue.id),
        "prefix": issue.prefix,
        "name": issue.name,
        "description": issue.description or None,
        "project": link(issue.project),
        "flag": issue.flag,
        "added_via": "web",
        "created_time": moment(issue.created),
        "created_by": user_ref(issue.created_by),
        "last_updated_time": moment(issue.modified),
        "assignee": user_ref(issue.assignee) if issue.assignee else None,
        "status": status_body(issue.status),
        "severity": pick(issue.severity),
        "classification": pick(issue.classification),
        "module": pick(issue.module),
        "is_it_reproducible": pick(issue.reproducible),
        "due_date": day(issue.due),
        "tags": [tag_body(tag) for tag in issue.tags] or None,
    }
    return finish(issue, body | issue.fields)


def pick(value: str) -> Json:
    """A pick list value with an id that follows from its text."""
    return {"id": str(1817452000000060000 + sum(value.encode())), "value": value}


def _depth(task: Task) -> int:
    depth, parent = 0, task.parent
    while parent is not None:
        depth, parent = depth + 1, parent.parent
    return depth


def _duration(task: Task) -> Json | None:
    if not (task.start and task.end):
        return None
    return {"value": str((task.end - task.start).days + 1), "type": "days"}


def _owners_and_work(task: Task) -> Json:
    work = hhmm(task.work_minutes)
    owners = [{**user_ref(owner), "work_values": work} for owner in task.owners] or [NOBODY]
    return {
        "work_type": "standard",
        "total_work": work,
        "unit": "hours",
        "copy_task_duration": True,
        "refresh_business_hours": True,
        "owners": owners,
    }


def _log_hours(task: Task) -> Json:
    billable = sum(log.minutes for log in task.logs if log.billable)
    total = sum(log.minutes for log in task.logs)
    return {
        "billable_hours": hhmm(billable),
        "non_billable_hours": hhmm(total - billable),
        "total_hours": hhmm(total),
    }


def _associations(task: Task) -> Json:
    return {
        "has_attachments": False,
        "has_comments": bool(task.comments),
        "has_forums": False,
        "has_recurrence": False,
        "has_reminder": False,
        "has_subtasks": False,
    }
