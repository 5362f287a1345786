"""Which time logs a listing asks for: the module's kind and the span of days (zoho-projects-wire §5.1)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta

from flask import request

from standin.current import world
from standin.world.portal import Portal
from standin.world.timelogs import KINDS
from standin.zoho_projects.errors import RefusalError, bad_value, missing_input
from standin.zoho_projects.payload import read_date

VIEWS = ("day", "week", "month", "customdate", "projectspan")


@dataclass(frozen=True, slots=True)
class Asked:
    """A kind of log, maybe of one item, from `first` to `last` (ordinals; None is open)."""

    kind: str
    item: int | None
    first: int | None
    last: int | None


def asked_logs(portal: Portal) -> Asked:
    """Read `module`, `view_type`, `start_date` and `end_date`."""
    kind, item = _module()
    first, last = _days(portal)
    return Asked(kind, item, first, last)


def _module() -> tuple[str, int | None]:
    text = request.args.get("module")
    if not text:
        raise missing_input("module")
    try:
        found = json.loads(text)
    except ValueError as error:
        raise RefusalError("JSON_PARSE_ERROR", "Invalid module", field="module") from error
    if not isinstance(found, dict):
        raise RefusalError("JSON_PARSE_ERROR", "Invalid module", field="module")
    if found.get("type") not in KINDS:
        raise RefusalError("PATTERN_NOT_MATCHED", "Pattern not matched", field="type")
    key = str(found.get("id", ""))
    if key and not key.isdigit():
        raise bad_value("id")
    return found["type"], int(key) if key else None


def _days(portal: Portal) -> tuple[int | None, int | None]:
    """Without view_type: the ISO week of start_date, and end_date is ignored."""
    view = request.args.get("view_type")
    if view is not None and view not in VIEWS:
        raise RefusalError("PATTERN_NOT_MATCHED", "Pattern not matched", field="view_type")
    if view == "projectspan":
        return None, None
    if view == "customdate":
        return _date("start_date").toordinal(), _date("end_date").toordinal()
    start = _date("start_date") if "start_date" in request.args else world().now().astimezone(portal.zone).date()
    if view == "day":
        return start.toordinal(), start.toordinal()
    if view == "month":
        after = (start.replace(day=1) + timedelta(days=32)).replace(day=1)
        return start.replace(day=1).toordinal(), after.toordinal() - 1
    monday = start.toordinal() - start.weekday()
    return monday, monday + 6


def _date(name: str) -> date:
    text = request.args.get(name)
    if not text:
        raise missing_input(name)
    return date.fromisoformat(read_date(name, text))
