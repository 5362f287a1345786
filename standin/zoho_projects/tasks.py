"""Views: tasks and the comments under them (zoho-projects-wire §3.3, §4.5)."""

from __future__ import annotations

import re
from typing import Any

from flask import request

from standin.current import world
from standin.world.portal import MissingError, Portal
from standin.world.records import Project, Task
from standin.zoho_projects import getters
from standin.zoho_projects.bodies.projects import comment_body
from standin.zoho_projects.bodies.work import task_body
from standin.zoho_projects.errors import answer, bad_type, bad_value, missing_input, no_content
from standin.zoho_projects.filters import asked_filter
from standin.zoho_projects.gate import portal_route, project_route
from standin.zoho_projects.paging import list_of
from standin.zoho_projects.payload import (
    Values,
    a_date,
    choice,
    ignored,
    json_body,
    linked,
    linked_list,
    percent,
    read,
    refused,
    text,
)

READ = ("tasks", "READ")
CREATE = ("tasks", "CREATE")
UPDATE = ("tasks", "UPDATE")
DELETE = ("tasks", "DELETE")


def owners_and_work(key: str, value: Any) -> Values:
    """Who does it and how long it should take; an array here is JSON_PARSE_ERROR (§4.5)."""
    if not isinstance(value, dict):
        raise bad_type(key)
    values: Values = {}
    if "owners" in value:
        values |= linked_list("owners", "zpuid")("owners", value["owners"])
    if "total_work" in value:
        absent = [name for name in ("work_type", "unit", "owners") if name not in value]
        if absent:
            raise missing_input(absent[0])
        values["work_minutes"] = _minutes(value["total_work"])
    return values


TASK = {
    "name": text("name", 10_000),
    "description": text("description"),
    "tasklist": linked("tasklist"),
    "parental_info": linked("parent", "parent_task_id"),
    "status": linked("status"),
    "priority": choice("priority", "none", "low", "medium", "high"),
    "start_date": a_date("start"),
    "end_date": a_date("end"),
    "completion_percentage": percent("completion"),
    "billing_type": text("billing_type", 40),
    "owners_and_work": owners_and_work,
    "tags": linked_list("tags"),
    "assignees": refused,
    **dict.fromkeys(("owners", "owner", "duration", "teams", "budget_info", "reminder", "recurrence"), ignored),
}


@portal_route("/tasks", "GET", READ)
def portal_tasks(portal: Portal) -> Any:
    """The tasks of all projects outside the bin."""
    return _listed(portal, portal.live("task"))


@portal_route("/mytasks", "GET", READ)
def my_tasks(portal: Portal) -> Any:
    """The tasks of the person behind the token."""
    return _listed(portal, [task for task in portal.live("task") if portal.owner in task.owners])


@project_route("/tasks", "GET", READ)
def tasks(portal: Portal, project: Project) -> Any:
    """The tasks of a project."""
    return _listed(portal, project.tasks)


@project_route("/tasks", "POST", CREATE)
def create(portal: Portal, project: Project) -> Any:
    """A new task; without a task list it goes to the general one."""
    values = read(TASK, json_body(), portal, "tasks", required=("name",))
    task = world().edit("task.add", portal=portal.id, project=project.id, **values)
    return answer(task_body(task), 201)


@project_route("/tasks/count", "GET", READ)
def count(portal: Portal, project: Project) -> Any:
    """How many tasks a project has."""
    return {"count": len(project.tasks)}


@project_route("/tasks/customviews", "GET", READ)
def custom_views(portal: Portal, project: Project) -> Any:
    """The built-in views."""
    return {"views": [{"id": "1817452000000077001", "name": "All Open"}]}


@project_route("/tasks/<int:key>", "GET", READ)
def task(portal: Portal, project: Project, key: int) -> Any:
    """One task, bare."""
    return task_body(_task(portal, project, key))


@project_route("/tasks/<int:key>", "PATCH", UPDATE)
def update(portal: Portal, project: Project, key: int) -> Any:
    """Change a task; the answer is the task."""
    values = read(TASK, json_body(), portal, "tasks")
    found = _task(portal, project, key)
    return task_body(world().edit("task.set", portal=portal.id, id=found.id, **values))


@project_route("/tasks/<int:key>", "DELETE", DELETE)
def delete(portal: Portal, project: Project, key: int) -> Any:
    """A task goes, with its logs: 204."""
    world().edit("task.delete", portal=portal.id, id=_task(portal, project, key).id)
    return no_content()


@project_route("/tasks/<int:key>/move", "POST", UPDATE)
def move(portal: Portal, project: Project, key: int) -> Any:
    """To another task list, maybe of another project: {"target_tasklist_id": …}."""
    found, target = _task(portal, project, key), str(json_body().get("target_tasklist_id", ""))
    if not target.isdigit():
        raise missing_input("target_tasklist_id")
    return task_body(world().edit("task.move", portal=portal.id, id=found.id, tasklist=target))


@project_route("/tasks/<int:key>/comments", "GET", READ)
def comments(portal: Portal, project: Project, key: int) -> Any:
    """The comments under a task."""
    return list_of("comments", _task(portal, project, key).comments, comment_body)


@project_route("/tasks/<int:key>/comments", "POST", CREATE)
def add_comment(portal: Portal, project: Project, key: int) -> Any:
    """A new comment; the answer is a bare array of one."""
    found, words = _task(portal, project, key), json_body().get("comment")
    if not isinstance(words, str) or not words:
        raise missing_input("comment")
    line = world().edit("comment.add", portal=portal.id, kind="task", id=found.id, text=words)
    return answer([comment_body(line)], 201)


def _listed(portal: Portal, rows: list[Task]) -> Any:
    test = asked_filter(getters.with_custom_fields(getters.TASK, portal, "tasks"))
    if test is not None:
        key = ("tasks", request.path, request.args["filter"])
        rows = portal.cached(key, lambda: [task for task in rows if test(task)])
    return list_of("tasks", rows, task_body)


def _task(portal: Portal, project: Project, key: int) -> Task:
    found: Task = portal.find("task", key)
    if found.project is not project:
        raise MissingError(f"no task {key}")
    return found


def _minutes(value: Any) -> int:
    match = re.fullmatch(r"(\d+):(\d\d)", str(value))
    if not match:
        raise bad_value("total_work")
    return int(match[1]) * 60 + int(match[2])
