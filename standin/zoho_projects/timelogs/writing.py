"""Views that write time logs: three ways in, and the bulk approval (zoho-projects-wire §5.3)."""

from __future__ import annotations

import re
from typing import Any

from standin.current import world
from standin.world.portal import MissingError, Portal
from standin.world.records import Project, Task
from standin.world.timelogs import KINDS, TimeLog
from standin.zoho_projects.bodies.timelogs import grouped_by_date, log_body
from standin.zoho_projects.errors import (
    OPERATIONAL,
    RefusalError,
    answer,
    bad_type,
    bad_value,
    missing_input,
    no_content,
)
from standin.zoho_projects.gate import portal_route, project_route
from standin.zoho_projects.payload import (
    Values,
    choice,
    form_json,
    ignored,
    json_body,
    read,
    read_date,
    text,
)
from standin.zoho_projects.timelogs.reading import WORDS

CREATE = ("timesheets", "CREATE")
UPDATE = ("timesheets", "UPDATE")
DELETE = ("timesheets", "DELETE")


def hours(key: str, value: Any) -> Values:
    """Hours as "2.5", 2.5, "02:30" or "2:30"."""
    words = str(value)
    if match := re.fullmatch(r"(\d+):([0-5]\d)", words):
        return {"minutes": int(match[1]) * 60 + int(match[2])}
    if isinstance(value, bool) or not re.fullmatch(r"\d+(\.\d+)?", words):
        raise bad_value(key)
    return {"minutes": round(float(words) * 60)}


def bill_status(key: str, value: Any) -> Values:
    """`Billable` or `Non Billable` (also written with a hyphen)."""
    words = str(value).replace("-", " ").lower()
    if words not in ("billable", "non billable"):
        raise bad_value(key)
    return {"billable": words == "billable"}


def owner(key: str, value: Any) -> Values:
    """The zpuid of the person who worked."""
    if not str(value).isdigit():
        raise bad_value(key)
    return {"owner": str(value)}


LOG = {
    "date": lambda key, value: {"date": read_date(key, value)},
    "hours": hours,
    "bill_status": bill_status,
    "notes": text("notes"),
    "log_name": text("name", 500),
    "owner_zpuid": owner,
    "start_time": text("start_time", 20),
    "end_time": text("end_time", 20),
    "approval_status": choice("approval", "Approved", "Unapproved", "Rejected"),
    **dict.fromkeys(
        ("module", "type", "approver", "cost_rate_per_hour", "for_timer", "extra_data", "is_draft"), ignored
    ),
}


@portal_route("/addbulktimelogs", "POST", CREATE)
def add_bulk(portal: Portal) -> Any:
    """Several logs: form field `log_object`; a JSON body is "Input Parameter Missing"."""
    rows = form_json("log_object")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise bad_type("log_object")
    arguments = [_bulk_row(portal, row) for row in rows]
    logs = [world().edit("log.add", portal=portal.id, **row) for row in arguments]
    return answer({"time_logs": grouped_by_date(logs)}, 201)


@project_route("/log", "POST", CREATE)
def add(portal: Portal, project: Project) -> Any:
    """One log; live servers were seen to answer 500 here (quirk `single_log_post_fails`)."""
    if world().quirks.single_log_post_fails:
        raise RefusalError("INTERNAL_SERVER_ERROR", "zp.general.error", status=500, kind=OPERATIONAL)
    body = json_body()
    module = body.get("module")
    if not isinstance(module, dict):
        raise missing_input("module") if module is None else bad_type("module")
    values = read(LOG, body, portal, "timelogs", required=("date", "hours"))
    target = _target(portal, project, module.get("type"), module.get("id"))
    _check_owner(portal, target.get("item"), values)
    return answer(log_body(world().edit("log.add", portal=portal.id, **target, **values)), 201)


@project_route("/logs/<int:key>", "PATCH", UPDATE)
def update(portal: Portal, project: Project, key: int) -> Any:
    """Change a log; `module` is required."""
    body = json_body()
    found = _log(portal, project, key, _kind(body))
    values = read(LOG, body, portal, "timelogs")
    return log_body(world().edit("log.set", portal=portal.id, id=found.id, **values))


@project_route("/logs/<int:key>", "DELETE", DELETE)
def delete(portal: Portal, project: Project, key: int) -> Any:
    """A log goes; the kind must be told in a JSON body."""
    found = _log(portal, project, key, _kind(json_body()))
    world().edit("log.delete", portal=portal.id, id=found.id)
    return no_content()


@portal_route("/logs", "PATCH", UPDATE)
def approve(portal: Portal) -> Any:
    """Approve or reject several logs; `module` is a text here."""
    rows = json_body(list)
    pairs = [_approval(portal, row) for row in rows]
    logs = [world().edit("log.set", portal=portal.id, id=log.id, approval=word) for log, word in pairs]
    return {"time_logs": grouped_by_date(logs)}


def delete_bulk(portal: Portal) -> Any:
    """Several logs go: [{id, module}]."""
    for log in [_named(portal, row) for row in json_body(list)]:
        world().edit("log.delete", portal=portal.id, id=log.id)
    return no_content()


for _word in WORDS:
    portal_route(f"/{_word}/bulkdelete", "DELETE", DELETE)(delete_bulk)


def _bulk_row(portal: Portal, row: Values) -> Values:
    for name in ("project_id", "type", "date", "hours"):
        if row.get(name) in (None, ""):
            raise missing_input(name)
    if not str(row["project_id"]).isdigit():
        raise bad_value("project_id")
    project = portal.find("project", int(row["project_id"]))
    values = read(LOG, {k: v for k, v in row.items() if k not in ("project_id", "item_id")}, portal, "timelogs")
    target = _target(portal, project, row["type"], row.get("item_id"))
    _check_owner(portal, target.get("item"), values)
    return target | values


def _target(portal: Portal, project: Project, kind: Any, key: Any) -> Values:
    if kind not in KINDS:
        raise RefusalError("PATTERN_NOT_MATCHED", "Pattern not matched", field="type")
    if kind == "general":
        return {"project": str(project.id), "type": kind}
    if not str(key or "").isdigit():
        raise missing_input("item_id")
    if portal.find(kind, int(key)).project is not project:
        raise bad_value("item_id")
    return {"project": str(project.id), "type": kind, "item": str(key)}


def _check_owner(portal: Portal, item: str | None, values: Values) -> None:
    """A task's log belongs to one of the task's owners (§5.3); a task without owners takes anyone's."""
    task = portal.tasks.get(int(item)) if item else None
    if not world().quirks.log_owner_must_own_task or not isinstance(task, Task) or not task.owners:
        return
    person = portal.find("user", int(values.get("owner", portal.owner.id)))
    if person not in task.owners:
        raise bad_value("owner_zpuid", "Timelog can be created only for task owner(s)")


def _kind(body: Values) -> str:
    module = body.get("module")
    kind = module.get("type") if isinstance(module, dict) else module
    if kind is None:
        raise missing_input("module")
    if kind not in KINDS:
        raise RefusalError("PATTERN_NOT_MATCHED", "Pattern not matched", field="module")
    return str(kind)


def _log(portal: Portal, project: Project, key: int, kind: str) -> TimeLog:
    found: TimeLog = portal.find("log", key)
    if found.project is not project or found.kind != kind:
        raise MissingError(f"no log {key}")
    return found


def _approval(portal: Portal, row: Any) -> tuple[TimeLog, str]:
    log = _named(portal, row)
    if row.get("approval_status") is None:
        raise missing_input("approval_status")
    return log, str(LOG["approval_status"]("approval_status", row["approval_status"])["approval"])


def _named(portal: Portal, row: Any) -> TimeLog:
    if not isinstance(row, dict) or not str(row.get("id", "")).isdigit():
        raise missing_input("id")
    found: TimeLog = portal.find("log", int(row["id"]))
    if found.kind != _kind(row):
        raise MissingError(f"no log {found.id}")
    return found
