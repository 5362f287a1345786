"""Views that list and show time logs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from flask import request

from standin.current import world
from standin.world.portal import MissingError, Portal
from standin.world.records import Project
from standin.world.timelogs import KINDS, TimeLog, by_day
from standin.zoho_projects import getters
from standin.zoho_projects.bodies.timelogs import grouped_by_date, hours_of, log_body
from standin.zoho_projects.errors import RefusalError, missing_input
from standin.zoho_projects.filters import asked_filter
from standin.zoho_projects.gate import portal_route, project_route
from standin.zoho_projects.paging import DEFAULT_PER_PAGE, asked_page, page_info
from standin.zoho_projects.timelogs.span import Asked, asked_logs

READ = ("timesheets", "READ")
#: the words are interchangeable in these paths
WORDS = ("timelogs", "timesheet")


def portal_timelogs(portal: Portal) -> Any:
    """The logs of a whole portal; page_info always claims more, as measured."""
    body = _listed(portal, None, modified=_by_modified() and world().quirks.portal_modified_time)
    if world().quirks.portal_timelogs_always_more:
        body["page_info"] |= {"page_count": DEFAULT_PER_PAGE, "has_next_page": True}
    return body


def project_timelogs(portal: Portal, project: Project) -> Any:
    """The logs of one project; here fetch_by_modified_time works."""
    return _listed(portal, project, modified=_by_modified())


def report(portal: Portal, project: Project) -> Any:
    """Sums of a project's hours."""
    return {"log_hours": hours_of(project.logs)}


def approver(portal: Portal, project: Project) -> Any:
    """Who approves a project's hours."""
    return {"approver": {"zpuid": str(project.owner.id), "name": project.owner.full_name}}


@project_route("/logs/<int:key>", "GET", READ)
def log(portal: Portal, project: Project, key: int) -> Any:
    """One log, bare; `type` says of which kind."""
    kind = request.args.get("type")
    if not kind:
        raise missing_input("type")
    if kind not in KINDS:
        raise RefusalError("PATTERN_NOT_MATCHED", "Pattern not matched", field="type")
    found: TimeLog = portal.find("log", key)
    if found.project is not project or found.kind != kind:
        raise MissingError(f"no log {key}")
    return log_body(found)


def _listed(portal: Portal, project: Project | None, *, modified: bool) -> dict[str, Any]:
    asked, page = asked_logs(portal), asked_page()
    rows, low, high = _rows(portal, project, asked, modified)
    first = min(high, low + (page.number - 1) * page.size)
    shown = rows[first : min(high, first + page.size)]
    if modified:
        shown = sorted(shown, key=by_day)
    key = ("hours", project and project.id, modified, asked, request.args.get("filter"))
    hours = portal.cached(key, lambda: hours_of(rows[low:high]))
    info = page_info(page, len(shown), high - low)
    return {"log_hours": hours, "time_logs": grouped_by_date(shown), "page_info": info}


def _rows(portal: Portal, project: Project | None, asked: Asked, modified: bool) -> tuple[Sequence[TimeLog], int, int]:
    """A sorted list and the part of it that was asked for; no copy unless something filters."""
    shelf = portal.book.shelf(asked.kind, project, modified=modified)
    low, high = shelf.span(*(_moments(portal, asked) if modified else (asked.first, asked.last)))
    test = asked_filter(getters.with_custom_fields(getters.TIMELOG, portal, "timelogs"))
    if test is None and asked.item is None:
        return shelf.logs, low, high
    key = ("logs", project and project.id, modified, asked, request.args.get("filter"))
    found = portal.cached(
        key,
        lambda: [
            row
            for row in shelf.logs[low:high]
            if (asked.item is None or (row.item is not None and row.item.id == asked.item))
            and (test is None or test(row))
        ],
    )
    return found, 0, len(found)


def _moments(portal: Portal, asked: Asked) -> tuple[int | None, int | None]:
    """The days asked for, as the milliseconds at which they begin and end in the portal's zone."""
    return (
        None if asked.first is None else _begin(portal, asked.first),
        None if asked.last is None else _begin(portal, asked.last + 1) - 1,
    )


def _begin(portal: Portal, ordinal: int) -> int:
    local = datetime.combine(date.fromordinal(ordinal), time.min, portal.zone)
    return int(local.astimezone(UTC).timestamp() * 1000)


def _by_modified() -> bool:
    return request.args.get("fetch_by_modified_time", "").lower() == "true"


for _word in WORDS:
    portal_route(f"/{_word}", "GET", READ)(portal_timelogs)
    project_route(f"/{_word}", "GET", READ)(project_timelogs)
    project_route(f"/{_word}/report", "GET", READ)(report)
    project_route(f"/{_word}/approver", "GET", READ)(approver)
