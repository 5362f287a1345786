"""The fields of each module: the standard ones, and custom ones by Zoho's field types or learnt from records."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from connectors.base import FieldType, RemoteField
from connectors.zoho_projects.values import day_of, flag, word

F = FieldType

STANDARD: dict[str, tuple[RemoteField, ...]] = {
    module: tuple(RemoteField(key, label, kind) for key, label, kind in rows)
    for module, rows in {
        "customers": (
            ("name", "Client name", F.TEXT),
            ("email", "E-mail", F.EMAIL),
            ("phone", "Phone", F.PHONE),
            ("website", "Website", F.URL),
            ("address", "Address", F.LONG_TEXT),
            ("city", "City", F.TEXT),
            ("state", "State", F.TEXT),
            ("country", "Country", F.TEXT),
            ("zip_code", "Postal code", F.TEXT),
            ("currency", "Currency", F.CHOICE),
        ),
        "projects": (
            ("name", "Project name", F.TEXT),
            ("key", "Project ID", F.TEXT),
            ("description", "Description", F.LONG_TEXT),
            ("status", "Status", F.CHOICE),
            ("is_closed", "Closed", F.BOOLEAN),
            ("is_archived", "Archived", F.BOOLEAN),
            ("start_date", "Start date", F.DATE),
            ("end_date", "End date", F.DATE),
            ("owner", "Owner", F.PERSON),
            ("owner_email", "Owner's e-mail", F.EMAIL),
            ("currency", "Currency", F.CHOICE),
            ("billing_method", "Billing method", F.CHOICE),
            ("tags", "Tags", F.TEXT),
            ("primary_customer", "Primary client", F.TEXT),
        ),
        "users": (
            ("name", "Full name", F.TEXT),
            ("first_name", "First name", F.TEXT),
            ("last_name", "Last name", F.TEXT),
            ("email", "E-mail", F.EMAIL),
            ("is_active", "Active", F.BOOLEAN),
            ("role", "Role", F.CHOICE),
        ),
        "milestones": (
            ("name", "Milestone name", F.TEXT),
            ("project", "Project", F.TEXT),
            ("start_date", "Start date", F.DATE),
            ("end_date", "End date", F.DATE),
            ("status", "Status", F.CHOICE),
            ("is_closed", "Closed", F.BOOLEAN),
        ),
        "tasks": (
            ("name", "Task name", F.TEXT),
            ("description", "Description", F.LONG_TEXT),
            ("key", "Task ID", F.TEXT),
            ("project", "Project", F.TEXT),
            ("tasklist", "Task list", F.TEXT),
            ("milestone", "Milestone", F.TEXT),
            ("status", "Status", F.CHOICE),
            ("is_closed", "Closed", F.BOOLEAN),
            ("is_billable", "Billable", F.BOOLEAN),
            ("priority", "Priority", F.CHOICE),
            ("start_date", "Start date", F.DATE),
            ("end_date", "Due date", F.DATE),
            ("estimate_seconds", "Planned work", F.DURATION),
        ),
        "bugs": (
            ("name", "Issue name", F.TEXT),
            ("description", "Description", F.LONG_TEXT),
            ("key", "Issue ID", F.TEXT),
            ("project", "Project", F.TEXT),
            ("status", "Status", F.CHOICE),
            ("is_closed", "Closed", F.BOOLEAN),
            ("severity", "Severity", F.CHOICE),
            ("due_date", "Due date", F.DATE),
        ),
        "time_entries": (
            ("project", "Project", F.TEXT),
            ("task", "Task", F.TEXT),
            ("bug", "Issue", F.TEXT),
            ("kind", "Kind", F.CHOICE),
            ("user", "User", F.PERSON),
            ("date", "Date", F.DATE),
            ("seconds", "Hours", F.DURATION),
            ("start_time", "Start time", F.TEXT),
            ("end_time", "End time", F.TEXT),
            ("notes", "Notes", F.LONG_TEXT),
            ("is_billable", "Billable", F.BOOLEAN),
            ("approval", "Approval", F.CHOICE),
            ("title", "Title", F.TEXT),
        ),
    }.items()
}

#: Zoho's word for a field's type, lower case (wire page §3.7, §4.9)
TYPES = {
    "singleline": F.TEXT,
    "text": F.TEXT,
    "multiline": F.LONG_TEXT,
    "textarea": F.LONG_TEXT,
    "picklist": F.CHOICE,
    "multipicklist": F.CHOICES,
    "double": F.DECIMAL,
    "decimal": F.DECIMAL,
    "percent": F.DECIMAL,
    "percentage": F.DECIMAL,
    "numeric": F.NUMBER,
    "number": F.NUMBER,
    "currency": F.MONEY,
    "date": F.DATE,
    "dateandtime": F.DATETIME,
    "datetime": F.DATETIME,
    "userpicklist": F.PERSON,
    "multiuserpicklist": F.PERSON,
    "checkbox": F.BOOLEAN,
    "email": F.EMAIL,
    "phone": F.PHONE,
    "url": F.URL,
}


def custom_field(row: Any) -> RemoteField | None:
    """A row of settings/fields as a field; None for standard ones and for what is no field."""
    if not isinstance(row, dict):
        return None
    key = next((row[name] for name in ("api_name", "column_name", "name") if row.get(name)), None)
    label = next((row[name] for name in ("display_name", "field_label", "label") if row.get(name)), key)
    kind = row.get("field_type") or row.get("data_type") or row.get("type")
    if not isinstance(key, str) or not isinstance(label, str):
        return None
    told = flag(row.get("is_custom", row.get("is_custom_field", row.get("custom_field"))))
    if told is False or (told is None and row.get("is_default") is True):
        return None
    return RemoteField(key, label, TYPES.get(str(kind).lower(), F.TEXT), is_custom=True)


def learnt_field(key: str, value: Any) -> RemoteField:
    """A custom field as its value shows it; text stays text, for a date cannot be told from text like one."""
    kind = F.TEXT
    if isinstance(value, list):
        kind = F.PERSON if value and isinstance(value[0], dict) and "zpuid" in value[0] else F.CHOICES
    elif isinstance(value, dict):
        kind = F.MONEY if "amount" in value else F.PERSON if "zpuid" in value else F.CHOICE
    else:
        kind = {bool: F.BOOLEAN, int: F.NUMBER, Decimal: F.DECIMAL}.get(type(value), F.TEXT)
    return RemoteField(key, key.removeprefix("cf_").replace("_", " ").capitalize(), kind, is_custom=True)


def custom_value(value: Any, kind: FieldType | None) -> Any:
    """The plain value of a custom field; one that does not fit its type stays as it came, for the mapper to see."""
    if isinstance(value, dict):
        return _decimal(value["amount"]) if "amount" in value else word(value)
    if isinstance(value, list):
        names = [name for item in value if (name := word(item)) is not None]
        return ", ".join(names) if kind is F.PERSON else names
    if value == "" or kind is None:
        return None if value == "" else value
    convert = _CONVERTERS.get(kind)
    found = convert(value) if convert else None
    return value if found is None else found


def standard_keys(module: str) -> Mapping[str, RemoteField]:
    """The standard fields of a module by key."""
    return {field.key: field for field in STANDARD[module]}


def _decimal(value: Any) -> Decimal | Any:
    try:
        return Decimal(str(value)) if not isinstance(value, bool) else value
    except ArithmeticError:
        return value


def _whole(value: Any) -> int | None:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() else None


def _date(value: Any) -> Any:
    return day_of(value) if isinstance(value, str) else None


def _datetime(value: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return found.astimezone(UTC) if found.tzinfo else None


_CONVERTERS: dict[FieldType, Any] = {
    F.DATE: _date,
    F.DATETIME: _datetime,
    F.BOOLEAN: flag,
    F.NUMBER: _whole,
    F.DECIMAL: _decimal,
    F.MONEY: _decimal,
}
