"""Verbs for time logs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from standin.world.edits.projects import own_values
from standin.world.edits.verbs import Edit, EditError, verb
from standin.world.timelogs import KINDS, TimeLog

#: other types of values are for `raw`
_PLAIN: dict[str, type] = {"minutes": int, "billable": bool, "approval": str, "notes": str, "name": str}
_EXTRA = ("start_time", "end_time", "fields", "raw", "added_by")


@verb("log.add")
def add_log(edit: Edit) -> TimeLog:
    """One time log: {project, type, item, date, minutes, billable, owner, notes, name, approval, …}."""
    log = _new_log(edit, edit.args)
    edit.portal.book.add(log)
    return log


@verb("logs.add")
def add_logs(edit: Edit) -> list[TimeLog]:
    """So many equal time logs at once: {count, …as log.add}."""
    logs = [_new_log(edit, edit.args) for _ in range(int(edit.args["count"]))]
    edit.portal.book.load(logs)
    return logs


@verb("log.set")
def set_log(edit: Edit) -> Any:
    """Change a time log: {id, date, minutes, billable, approval, notes, modified, …}."""
    log, values = edit.record("log"), _checked(own_values(edit.args))
    edit.portal.book.change(log, lambda row: _put(edit, row, values))
    return log


@verb("logs.set")
def set_logs(edit: Edit) -> list[TimeLog]:
    """Change several logs alike: {ids, approval, billable, …}."""
    values = _checked(own_values(edit.args, "ids"))
    logs = [edit.portal.find("log", key) for key in edit.args["ids"]]
    for log in logs:
        edit.portal.book.change(log, lambda row: _put(edit, row, values))
    return logs


@verb("log.delete")
def delete_log(edit: Edit) -> None:
    """A time log goes; nothing tells of it but its absence."""
    edit.portal.book.remove(edit.record("log"))


def _new_log(edit: Edit, args: dict[str, Any]) -> TimeLog:
    kind = _checked(args).get("type", "task")
    if kind not in KINDS:
        raise EditError(f"a time log is of a task, an issue or general, not {kind}")
    portal = edit.portal
    item = portal.find(kind, args["item"]) if kind != "general" else None
    project = item.project if item else portal.find("project", args["project"])
    owner = portal.find("user", args["owner"]) if args.get("owner") else portal.owner
    stamp = int(edit.at.timestamp() * 1000)
    log = TimeLog(
        id=edit.world.next_id(), kind=kind, project=project, item=item, owner=owner,
        day=portal.local_day(edit.at), minutes=60, billable=True, approval="Unapproved",
        created=stamp, modified=stamp,
    )  # fmt: skip
    _put(edit, log, {k: v for k, v in args.items() if k in (*_PLAIN, *_EXTRA, "date", "modified")})
    return log


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    """Refuse what would break later, before anything is changed."""
    for name, value in values.items():
        if name in _PLAIN and not isinstance(value, _PLAIN[name]):
            raise EditError(f"a log cannot have {value!r} as its {name}")
        if name == "date":
            _read(date, value)
        if name == "modified":
            _read(datetime, value)
    return values


def _read(kind: type[date], value: Any) -> date:
    try:
        return kind.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise EditError(f"{value!r} is no date: {error}") from error


def _put(edit: Edit, log: TimeLog, values: dict[str, Any]) -> None:
    log.modified = int(edit.at.timestamp() * 1000)
    for name, value in values.items():
        if name in _PLAIN:
            setattr(log, name, value)
        elif name in _EXTRA:
            log.extra = {**(log.extra or {}), name: value}
        elif name == "date":
            log.day = date.fromisoformat(value).toordinal()
        elif name == "modified":
            log.modified = int(datetime.fromisoformat(value).timestamp() * 1000)
        elif name == "owner":
            log.owner = edit.portal.find("user", value)
        else:
            raise EditError(f"a log has no {name}")
