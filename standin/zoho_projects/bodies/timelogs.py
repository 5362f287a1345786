"""Time logs as JSON (zoho-projects-wire §5.2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import groupby

from standin.world.timelogs import TimeLog, by_day
from standin.zoho_projects.bodies import Json, hhmm, moment
from standin.zoho_projects.bodies.people import user_ref


def log_body(log: TimeLog) -> Json:
    """One log. `log_hour` is text HH:MM; a general log's `module_detail` has no id."""
    extra = log.extra or {}
    body = {
        "id": str(log.id),
        "date": iso_day(log.day),
        "log_hour": hhmm(log.minutes),
        "start_time": extra.get("start_time", ""),
        "end_time": extra.get("end_time", ""),
        "notes": log.notes,
        "billing_status": "Billable" if log.billable else "Non Billable",
        "project": {"id": str(log.project.id), "name": log.project.name},
        "module_detail": _module_detail(log),
        "owner": user_ref(log.owner),
        "added_by": user_ref(log.owner),
        "approval": {"status": log.approval},
        "created_time": _stamp(log.created),
        "last_modified_time": _stamp(log.modified),
        "log_name": log.name or (log.item.name if log.item else ""),
    }
    if log.extra is None:
        return body
    merged = {**body, **extra.get("fields", {}), **extra.get("raw", {})}
    return {key: value for key, value in merged.items() if value is not None}


def grouped_by_date(logs: Iterable[TimeLog]) -> list[Json]:
    """The shape of `time_logs`: one entry for each run of equal dates."""
    return [{"date": iso_day(key), "log_details": [log_body(log) for log in rows]} for key, rows in _by_day(logs)]


def hours_of(logs: Sequence[TimeLog]) -> Json:
    """The `log_hours` sums of a listing."""
    billable = sum(log.minutes for log in logs if log.billable)
    total = sum(log.minutes for log in logs)
    return {
        "total_hours": hhmm(total),
        "billable_hours": hhmm(billable),
        "non_billable_hours": hhmm(total - billable),
    }


@lru_cache(maxsize=4096)
def iso_day(ordinal: int) -> str:
    """A day's ordinal as YYYY-MM-DD."""
    return date.fromordinal(ordinal).isoformat()


def _by_day(logs: Iterable[TimeLog]) -> Iterable[tuple[int, Iterable[TimeLog]]]:
    return groupby(logs, by_day)


@lru_cache(maxsize=65536)
def _stamp(milliseconds: int) -> str:
    return moment(datetime.fromtimestamp(milliseconds / 1000, UTC))


def _module_detail(log: TimeLog) -> Json:
    if log.item is None:
        return {"type": "general"}
    return {"id": str(log.item.id), "name": log.item.name, "type": log.kind}
