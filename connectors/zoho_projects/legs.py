"""Which lists a query reads, in which order, and the cursor that says how far it got."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from connectors.base import Query
from connectors.zoho_projects.places import PLACES
from connectors.zoho_projects.time_entries import KINDS

PER_PAGE = 200
FIRST_DAY = date(2000, 1, 1)
#: entries may be dated ahead; a year is as far as anybody plans
DAYS_AHEAD = 366

WHOLE = "whole"
WINDOWS = "windows"


@dataclass(frozen=True, slots=True)
class Leg:
    """One paged list below the portal; `kind` is the type of time log, `project` that of a window."""

    name: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    kind: str | None = None
    project: str | None = None

    def page(self, number: int, size: int = PER_PAGE) -> dict[str, str]:
        """The parameters of one page; both numbers are always sent, for one without the other is refused."""
        return {**self.params, "page": str(number), "per_page": str(size)}


@dataclass(frozen=True, slots=True)
class Position:
    """Where a listing stands: how it reads, in which leg, the next page, and the seconds read of the leg."""

    mode: str = WHOLE
    leg: str = ""
    page: int = 1
    #: None: not counted
    read: int | None = 0

    def as_cursor(self) -> str:
        """The position as opaque text."""
        return json.dumps([self.mode, self.leg, self.page, self.read])


def position(cursor: str | None, query: Query) -> Position:
    """The position that a cursor holds, else the beginning in the cheaper way."""
    if cursor is None:
        return Position(cheaper(query))
    return Position(*json.loads(cursor))


def cheaper(query: Query) -> str:
    """How to read what changed: logs can be asked for it per project only, which pays for few projects.

    Everything else offers no such question and is read whole.
    """
    if query.module != "time_entries" or query.since is None:
        return WHOLE
    windows = len(KINDS) * len(query.parents)
    return WINDOWS if 0 < windows < -(-query.known // PER_PAGE) + len(KINDS) else WHOLE


def legs(query: Query, mode: str, today: date) -> list[Leg]:
    """The lists that answer a query; `today` only bounds what is dated ahead, so any time zone's will do."""
    if query.module != "time_entries":
        return [Leg(query.module, PLACES[query.module].list_path)]
    if mode == WHOLE:
        span = _span(query.first_date or FIRST_DAY, today + timedelta(days=DAYS_AHEAD))
        return [_logs(kind, "", span) for kind in KINDS]
    since = query.since.date() if query.since else FIRST_DAY
    # dates are the portal's and `since` is UTC: a day on either side covers every zone
    span = _span(since - timedelta(days=1), today + timedelta(days=1)) | {"fetch_by_modified_time": "true"}
    return [_logs(kind, project, span) for project in query.parents for kind in KINDS]


def start(found: list[Leg], at: Position) -> int:
    """The index of the leg to go on with; from the first one if that leg is no longer asked for."""
    return next((index for index, leg in enumerate(found) if leg.name == at.leg), 0)


def probe(module: str, today: date) -> Leg:
    """The list to ask for one record, to see whether the module can be read at all."""
    if module != "time_entries":
        return Leg(module, PLACES[module].list_path)
    return _logs("task", "", _span(today, today))


def _logs(kind: str, project: str, span: Mapping[str, str]) -> Leg:
    params = {"module": json.dumps({"type": kind}, separators=(",", ":")), "view_type": "customdate", **span}
    path = f"/projects/{project}/timelogs" if project else "/timelogs"
    return Leg(f"{kind}:{project}" if project else kind, path, params, kind, project or None)


def _span(first: date, last: date) -> dict[str, str]:
    return {"start_date": first.isoformat(), "end_date": last.isoformat()}
