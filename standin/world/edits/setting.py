"""How JSON values become attributes of records: one table for each kind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from standin.world.edits.verbs import Edit, EditError

Reader = Callable[[Edit, Any], Any]


def same(_edit: Edit, value: Any) -> Any:
    """Take the value as it is."""
    return value


def a_date(_edit: Edit, value: Any) -> date | None:
    """A date from `YYYY-MM-DD…`; empty means none."""
    return date.fromisoformat(value[:10]) if value else None


def a_moment(_edit: Edit, value: Any) -> datetime:
    """A time with its zone."""
    return datetime.fromisoformat(value)


def one(kind: str) -> Reader:
    """A reader for the id of one record of a kind; empty means none."""
    return lambda edit, value: edit.portal.find(kind, int(value)) if value else None


def many(kind: str) -> Reader:
    """A reader for a list of ids."""
    return lambda edit, values: [edit.portal.find(kind, int(value)) for value in values]


def a_status(kind: str) -> Reader:
    """A reader for a status by id or by name."""

    def read(edit: Edit, value: Any) -> Any:
        text = str(value)
        return edit.portal.status(kind, key=int(text) if text.isdigit() else None, name=text)

    return read


def merged(_edit: Edit, value: Any) -> Any:
    """Custom fields: marked here, merged by `put`."""
    return dict(value)


COMMON: dict[str, Reader] = {
    **dict.fromkeys(("name", "description", "flag", "raw"), same),
    "modified": a_moment,
    "created": a_moment,
    "created_by": one("user"),
    "updated_by": one("user"),
    "fields": merged,
    "tags": many("tag"),
    "start": a_date,
    "end": a_date,
}
SETTABLE: dict[str, dict[str, Reader]] = {
    "project": COMMON
    | dict.fromkeys(("type", "public", "group", "key"), same)
    | {
        "budget": same,
        "status": a_status("project"),
        "owner": one("user"),
        "users": many("user"),
        "clients": many("client"),
        "primary": one("client"),
    },
    "tasklist": COMMON | {"status": same, "milestone": one("milestone"), "general": same},
    "milestone": COMMON | {"owner": one("user"), "closed": same},
    "task": COMMON
    | dict.fromkeys(("priority", "billing_type", "completion", "work_minutes"), same)
    | {
        "status": a_status("task"),
        "tasklist": one("tasklist"),
        "parent": one("task"),
        "owners": many("user"),
    },
    "issue": COMMON
    | dict.fromkeys(("severity", "classification", "module", "reproducible"), same)
    | {"status": a_status("issue"), "assignee": one("user"), "due": a_date},
    "client": COMMON
    | dict.fromkeys(("email", "phone", "website", "address", "city", "state", "country", "zip_code", "currency"), same),
    "user": COMMON
    | dict.fromkeys(("email", "first_name", "last_name", "active", "role", "profile"), same)
    | {"client": one("client")},
    "tag": COMMON | {"color_class": same},
}


REQUIRED = {"user": "email"}


def new_values(edit: Edit, kind: str, values: dict[str, Any]) -> dict[str, Any]:
    """The same for a record being born, which must have a name (people: an e-mail address)."""
    needed = REQUIRED.get(kind, "name")
    if not values.get(needed):
        raise EditError(f"a new {kind} needs a {needed}")
    return read_values(edit, kind, values)


def read_values(edit: Edit, kind: str, values: dict[str, Any]) -> dict[str, Any]:
    """JSON values as attribute values; an unknown name or an unreadable value is a `EditError`."""
    readers = SETTABLE[kind]
    unknown = [name for name in values if name not in readers]
    if unknown:
        raise EditError(f"a {kind} has no {', '.join(unknown)}")
    try:
        return {name: readers[name](edit, value) for name, value in values.items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise EditError(f"a {kind} cannot take that: {error}") from error


def put(edit: Edit, kind: str, record: Any, values: dict[str, Any]) -> Any:
    """Set some attributes of a record and stamp it as modified, unless the edit says when itself."""
    found = read_values(edit, kind, values)
    if "fields" in found:
        kept = getattr(record, "fields", {}) | found["fields"]
        found["fields"] = {name: value for name, value in kept.items() if value is not None}
    for name, value in {"modified": edit.at, **found}.items():
        setattr(record, name, value)
    if kind == "user":
        record.reference = None
    return record
