"""Records as JSON, key by key as the wire shows them (zoho-projects-wire §4 to §6)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from standin.world.records import Record, Status, Tag

Json = dict[str, Any]


def moment(value: datetime) -> str:
    """A date-time such as `2024-05-26T11:25:58.000Z` (§2.2)."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"


def midnight(value: date | None) -> str | None:
    """A day as the date-time that tasks show."""
    return f"{value.isoformat()}T00:00:00.000Z" if value else None


def day(value: date | None) -> str | None:
    """A plain date."""
    return value.isoformat() if value else None


def status_body(status: Status) -> Json:
    """A status with its colours."""
    return {
        "id": str(status.id),
        "name": status.name,
        "color": status.color,
        "color_hexcode": status.color,
        "is_closed_type": status.is_closed,
    }


def tag_body(tag: Tag) -> Json:
    """A tag."""
    return {"id": str(tag.id), "name": tag.name, "color_class": tag.color_class}


def link(record: Any) -> Json | None:
    """A nested reference {id, name} to another record."""
    return {"id": str(record.id), "name": record.name} if record else None


def finish(record: Record, body: Json) -> Json:
    """Leave out keys without a value, then lay the record's `raw` over the rest (a None there drops the key)."""
    shown = {key: value for key, value in body.items() if value is not None}
    if not record.raw:
        return shown
    return {key: value for key, value in {**shown, **record.raw}.items() if value is not None}


def hhmm(minutes: int) -> str:
    """Minutes as `HH:MM`; more than a day is simply more hours."""
    sign = "-" if minutes < 0 else ""
    return f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
