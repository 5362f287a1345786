"""Time logs, of which there are many: read in one tight loop, with people and dates read once each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import tzinfo
from typing import Any

from connectors.base import RemoteRecord, UnreadableRecord
from connectors.zoho_projects.records import billable, person_name
from connectors.zoho_projects.values import (
    MOST_ID,
    Unreadable,
    day,
    instant,
    reference,
    seconds,
    shown,
    text_id,
    word,
)

#: Zoho's word for what a log hangs on, and ours
KINDS = {"task": "task", "issue": "bug", "general": "general"}
APPROVALS = {"approved": "approved", "rejected": "rejected"}

_NONE: dict[str, Any] = {}


class TimeReader:
    """Reads the logs of one type; one reader per listing, so that each owner's details exist once."""

    def __init__(self, kind: str, zone: Callable[[], tzinfo]) -> None:
        self._kind = KINDS[kind]
        self._zone = zone
        self._owners: dict[Any, dict[str, dict[str, Any]]] = {}
        self._billable: dict[Any, bool] = {}

    def __call__(self, body: Any, group: Mapping[str, Any] = _NONE) -> RemoteRecord:
        """One log; `group` is the day that it stood under. Raises `Unreadable` with a sentence."""
        try:
            key, project = body["id"], body["project"]["id"]
            item, owner = body.get("module_detail") or _NONE, body.get("owner") or _NONE
            item_id, user = item.get("id"), owner.get("zpuid")
            embedded = self._owners.get(user) or self._owner(owner)
        except (TypeError, KeyError, AttributeError):
            raise Unreadable(_what_is_missing(body)) from None
        kind = self._kind
        return RemoteRecord(
            text_id(key),
            {
                "project": text_id(project),
                "task": reference(item_id) if kind == "task" else None,
                "bug": reference(item_id) if kind == "bug" else None,
                "kind": kind,
                "user": embedded["users"]["id"] if embedded else None,
                "date": self._day(body, group),
                "seconds": seconds(body.get("log_hour")),
                "start_time": body.get("start_time") or None,
                "end_time": body.get("end_time") or None,
                "notes": word(body.get("notes")),
                "is_billable": self._is_billable(body),
                "approval": _approval(body),
                "title": item.get("name") or body.get("log_name"),
            },
            instant(body.get("last_modified_time"), self._zone),
            embedded,
        )

    def _owner(self, owner: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """The owner as a small record; none for "unassigned" (0)."""
        user = owner.get("zpuid")
        if user in (None, "", "0", 0):
            return {}
        person = {
            "id": text_id(user),
            "name": person_name(owner),
            "first_name": owner.get("first_name"),
            "last_name": owner.get("last_name"),
            "email": owner.get("email") or None,
        }
        return self._owners.setdefault(user, {"users": person})

    def _day(self, body: Mapping[str, Any], group: Mapping[str, Any]) -> Any:
        found = day(body.get("date") or group.get("date"), "date")
        if found is None:
            raise Unreadable("It has no date.")
        return found

    def _is_billable(self, body: Mapping[str, Any]) -> bool:
        told = body.get("billing_status") or body.get("bill_status")
        found = self._billable.get(told) if isinstance(told, str) else None
        if found is None:
            found = billable(told)
            if found is None:
                raise Unreadable(f"Its billing status ({shown(told)}) says neither billable nor not.")
            self._billable[told] = found
        return found


def unreadable(body: Any, problem: Unreadable, place: str) -> UnreadableRecord:
    """What is left of a record that cannot be read; `place` names it when even its id is none."""
    found = body.get("id") if isinstance(body, dict) else None
    named = str(found)[:MOST_ID] if isinstance(found, (str, int)) and found != "" else place
    return UnreadableRecord(named, str(problem))


def _approval(body: Mapping[str, Any]) -> str:
    """Approved only when it says so; what is pending or unknown is not."""
    told = body.get("approval")
    status = told.get("status") if isinstance(told, dict) else word(told)
    return APPROVALS.get(status.lower(), "unapproved") if isinstance(status, str) else "unapproved"


def _what_is_missing(body: Any) -> str:
    if not isinstance(body, dict):
        return "It is not a record."
    if "id" not in body:
        return "It has no id."
    if not isinstance(body.get("project"), dict) or "id" not in body["project"]:
        return "It names no project."
    return "It is not built as a time log should be."
