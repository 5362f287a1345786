"""Customers, users, projects, milestones, tasks and bugs: one function per module from Zoho's body to fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import tzinfo
from typing import Any

from connectors.base import RemoteRecord
from connectors.zoho_projects.values import (
    Unreadable,
    day,
    flag,
    instant,
    plain_text,
    reference,
    seconds,
    text_id,
    word,
)

Body = Mapping[str, Any]

#: budgets are tracked in words; only known ones become a billing method
BILLING_METHODS = {
    "project_hours": "project_hours",
    "based_on_project_hours": "project_hours",
    "task_hours": "task_hours",
    "based_on_task_hours": "task_hours",
    "staff_hours": "staff_hours",
    "user_hours": "staff_hours",
    "based_on_staff_hours": "staff_hours",
    "fixed": "fixed",
    "fixed_cost": "fixed",
    "fixed_cost_for_project": "fixed",
}

#: where each module says when a record changed (wire page §2.3), first found wins
CHANGED = {
    "customers": ("updated_time", "last_updated_time", "modified_time"),
    "users": ("updated_time",),
    "projects": ("modified_time",),
    "milestones": ("last_modified_time", "updated_time"),
    "tasks": ("last_modified_time",),
    "bugs": ("last_updated_time",),
}


def customer(body: Body) -> dict[str, Any]:
    """A client company; its keys are an assumption, hence the aliases (wire page §6)."""
    return {
        "name": _first(body, "name", "client_name", "company_name"),
        "email": _first(body, "email", "email_id"),
        "phone": _first(body, "phone", "phone_number"),
        "website": _first(body, "website", "url"),
        "address": _first(body, "address", "street"),
        "city": _first(body, "city"),
        "state": _first(body, "state"),
        "country": _first(body, "country"),
        "zip_code": _first(body, "zip_code", "zip", "zipcode", "postal_code"),
        "currency": _first(body, "currency_code", "currency"),
    }


def user(body: Body) -> dict[str, Any]:
    """A person of the portal; client users and contacts come in the same list."""
    active = flag(body.get("is_active", body.get("active")))
    return {
        "name": person_name(body),
        "first_name": word(body.get("first_name")),
        "last_name": word(body.get("last_name")),
        "email": body.get("email") or None,
        "is_active": body.get("status") != "inactive" if active is None else active,
        "role": word(body.get("role")),
    }


def project(body: Body) -> dict[str, Any]:
    """A project; `primary_customer` is not in its body and comes with `complete()`."""
    status, budget = _object(body, "status"), _object(body, "budget_info")
    owner, tags = _object(body, "owner"), body.get("tags")
    return {
        "name": word(body.get("name")),
        "key": word(body.get("key")),
        "description": plain_text(body.get("description")),
        "status": status.get("name"),
        "is_closed": bool(flag(status.get("is_closed_type")) or flag(body.get("is_completed"))),
        "is_archived": body.get("project_type") == "archived",
        "start_date": day(body.get("start_date"), "start date"),
        "end_date": day(body.get("end_date"), "end date"),
        "owner": person_name(owner),
        "owner_email": owner.get("email") or None,
        "currency": budget.get("currency") or None,
        "billing_method": BILLING_METHODS.get(str(budget.get("tracking_method")).lower()),
        "tags": ", ".join(filter(None, map(word, tags))) if isinstance(tags, list) else None,
        "primary_customer": None,
    }


def milestone(body: Body) -> dict[str, Any]:
    """A milestone (phase), whose status is worded unlike all others."""
    status = _object(body, "status")
    closed = flag(status.get("closed", status.get("is_closed_type")))
    return {
        "name": word(body.get("name")),
        "project": _project(body),
        "start_date": day(body.get("start_date"), "start date"),
        "end_date": day(body.get("end_date"), "end date"),
        "status": status.get("statusName") or word(body.get("status")),
        "is_closed": body.get("status_type") == "closed" if closed is None else closed,
    }


def task(body: Body) -> dict[str, Any]:
    """A task."""
    status = _object(body, "status")
    return {
        "name": word(body.get("name")),
        "description": plain_text(body.get("description")),
        "key": word(body.get("prefix")),
        "project": _project(body),
        "tasklist": word(body.get("tasklist")),
        "milestone": reference(body.get("milestone")),
        "status": word(body.get("status")),
        "is_closed": bool(flag(status.get("is_closed_type")) or flag(body.get("is_completed"))),
        "is_billable": billable(body.get("billing_type")),
        "priority": word(body.get("priority")),
        "start_date": day(body.get("start_date"), "start date"),
        "end_date": day(body.get("end_date"), "due date"),
        "estimate_seconds": _estimate(body),
    }


def bug(body: Body) -> dict[str, Any]:
    """An issue."""
    status = _object(body, "status")
    return {
        "name": word(body.get("name")),
        "description": plain_text(body.get("description")),
        "key": word(body.get("prefix")),
        "project": _project(body),
        "status": word(body.get("status")),
        "is_closed": bool(flag(status.get("is_closed_type"))),
        "severity": word(body.get("severity")),
        "due_date": day(body.get("due_date"), "due date"),
    }


READERS: dict[str, Callable[[Body], dict[str, Any]]] = {
    "customers": customer,
    "users": user,
    "projects": project,
    "milestones": milestone,
    "tasks": task,
    "bugs": bug,
}


def read(module: str, body: Any, zone: Callable[[], tzinfo]) -> RemoteRecord:
    """One record; raises `Unreadable` with a sentence."""
    if not isinstance(body, dict):
        raise Unreadable("It is not a record.")
    key = text_id(body.get("id"))
    changed = next((body[name] for name in CHANGED[module] if body.get(name)), None)
    return RemoteRecord(key, READERS[module](body), instant(changed, zone))


def is_trashed(body: Body) -> bool:
    """Whether a body says of itself that it lies in the recycle bin (milestones do)."""
    return bool(flag(body.get("isTrashed")))


def person_name(body: Body) -> str | None:
    """A person's name for people: the full one, else first and last, else the short one."""
    full = body.get("full_name")
    if not full:
        parts = (body.get("first_name"), body.get("last_name"))
        full = " ".join(part for part in parts if isinstance(part, str) and part)
    return full or word(body.get("name")) or word(body.get("display_name"))


def billable(value: Any) -> bool | None:
    """Whether a bill status says billable; None when it says neither ("Non Billable", "Non-Billable", …)."""
    letters = "".join(filter(str.isalpha, value)).lower() if isinstance(value, str) else ""
    return {"billable": True, "nonbillable": False}.get(letters)


def _project(body: Body) -> str:
    found = reference(body.get("project"))
    if found is None:
        raise Unreadable("It names no project.")
    return found


def _estimate(body: Body) -> int | None:
    """Planned work where it is told in hours; days are not hours, and a plan is no reason to lose a task."""
    work = _object(body, "owners_and_work")
    if work.get("unit", "hours") != "hours" or not work.get("total_work"):
        return None
    try:
        return seconds(work["total_work"]) or None
    except Unreadable:
        return None


def _object(body: Body, key: str) -> Mapping[str, Any]:
    value = body.get(key)
    return value if isinstance(value, dict) else {}


def _first(body: Body, *names: str) -> str | None:
    return next((found for name in names if (found := word(body.get(name)))), None)
