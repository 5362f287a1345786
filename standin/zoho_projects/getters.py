"""What each module's filterable fields hold (zoho-projects-wire §2.4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from standin.world.portal import Portal
from standin.world.records import Issue, Task
from standin.world.timelogs import TimeLog
from standin.zoho_projects.bodies.timelogs import iso_day
from standin.zoho_projects.filters import Getter

TASK: dict[str, Getter] = {
    "name": lambda task: [task.name],
    "assignee": lambda task: [str(owner.id) for owner in task.owners],
    "owner": lambda task: [str(owner.id) for owner in task.owners],
    "status": lambda task: [task.status.name],
    "priority": lambda task: [task.priority],
    "project": lambda task: [str(task.project.id)],
    "tasklist": lambda task: [str(task.tasklist.id)],
    "milestone": lambda task: _id(task.tasklist.milestone),
    "start_date": lambda task: _day(task.start),
    "due_date": lambda task: _day(task.end),
    "end_date": lambda task: _day(task.end),
    "created_time": lambda task: [task.created.date().isoformat()],
    "billing_type": lambda task: [task.billing_type],
    "tags": lambda task: [tag.name for tag in task.tags],
}
ISSUE: dict[str, Getter] = {
    "name": lambda issue: [issue.name],
    "assignee": lambda issue: _id(issue.assignee),
    "status": lambda issue: [issue.status.name],
    "severity": lambda issue: [issue.severity],
    "classification": lambda issue: [issue.classification],
    "module": lambda issue: [issue.module],
    "project": lambda issue: [str(issue.project.id)],
    "due_date": lambda issue: _day(issue.due),
    "created_time": lambda issue: [issue.created.date().isoformat()],
    "flag": lambda issue: [issue.flag],
    "tags": lambda issue: [tag.name for tag in issue.tags],
}
#: the vocabularies of billtype, approvaltype and invoicestatus are not documented; these answer to the words in bodies
TIMELOG: dict[str, Getter] = {
    "project": lambda log: [str(log.project.id)],
    "assignee": lambda log: [str(log.owner.id)],
    "owner": lambda log: [str(log.owner.id)],
    "billtype": lambda log: ["Billable"] if log.billable else ["Non Billable", "Non-Billable"],
    "approvaltype": lambda log: [log.approval],
    "clientcompany": lambda log: _id(log.project.primary),
    "content": lambda log: [log.notes],
    "notes": lambda log: [log.notes],
    "invoicestatus": lambda log: [],
    "usergroups": lambda log: [],
    "tsheetperiod": lambda log: [iso_day(log.day)],
    "date": lambda log: [iso_day(log.day)],
}


def with_custom_fields(getters: dict[str, Getter], portal: Portal, module: str) -> dict[str, Getter]:
    """The module's getters and one for each custom field, by api_name."""
    names = [field.api_name for field in portal.custom_fields if field.module == module]
    return getters | {name: _custom(name) for name in names}


def _custom(name: str) -> Getter:
    def get(record: Task | Issue | TimeLog) -> Sequence[str]:
        fields = (record.extra or {}).get("fields", {}) if isinstance(record, TimeLog) else record.fields
        value = fields.get(name)
        if isinstance(value, bool):
            return ["true", "1"] if value else ["false", "0"]
        return [] if value is None else [str(value)]

    return get


def _id(record: Any) -> list[str]:
    return [str(record.id)] if record else []


def _day(value: Any) -> list[str]:
    return [value.isoformat()] if value else []
