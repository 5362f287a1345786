"""What the next full and quick run will take: the last one of its kind, and what has grown since (M-21)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, literal, select, union_all

from connectors.throttle import DEFAULT_CALLS, DEFAULT_WINDOW
from extensions import db
from models import Integration, Link, Project, SyncRun, SyncRunModule
from sync.connection.access import connector_of, levels
from sync.connection.fields import mapped_modules
from sync.connection.runs import settings_of

#: records of one module are counted up to here: 2,500 calls
CAP = 500_000
#: calls by which the arithmetic may be too high: pages that are not full
ROUNDING = 2
#: name of the count of time entries that have a row here
HERE = "time entries here"


@dataclass(frozen=True, slots=True)
class Forecast:
    """The next run of one kind: its calls, and the seconds that the remote's limit makes them take at least."""

    kind: str
    calls: int
    #: by endpoint, the dearest first
    parts: Mapping[str, int]
    limit_seconds: int
    #: how long the last run of this kind took
    last_seconds: int | None
    starts_at: datetime | None

    @property
    def seconds(self) -> int:
        """Return how long it will take: not less than the limit allows."""
        return max(self.limit_seconds, self.last_seconds or 0)

    @property
    def done_at(self) -> datetime | None:
        """Return when it will be done."""
        return self.starts_at + timedelta(seconds=self.seconds) if self.starts_at else None


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is, now or when a run ended."""

    listed: Mapping[str, int]
    entries: int
    active: int


def forecast(
    integration: Integration, kind: str, starts_at: datetime | None, counts: Counts | None = None
) -> Forecast | None:
    """Foretell the next full or quick run; None before anything was synced. `counts`: if they are known already."""
    last = _last_run(integration, kind)
    now = counts or counts_of(integration)
    if not any(now.listed.values()):
        return None
    connector = connector_of(integration.connector)
    parts = connector.cost(kind, now.listed, now.entries, now.active)
    calls = sum(parts.values())
    if last is not None:
        then = _counts_after(now, integration, last)
        grown = calls - sum(connector.cost(kind, then.listed, then.entries, then.active).values())
        # what was kept out since is not told by the runs' counts, but the lists are that long all the same
        calls = max(last.calls + grown, calls - ROUNDING)
    took = (last.ended_at - last.started_at) if last and last.ended_at and last.started_at else None
    return Forecast(
        kind, max(1, calls), dict(sorted(parts.items(), key=lambda part: -part[1])),
        _limit_seconds(integration, parts), round(took.total_seconds()) if took is not None else None, starts_at,
    )  # fmt: skip


def next_full_at(integration: Integration, now: datetime) -> datetime | None:
    """Return when the next full run is due: every 24 h from the moment of connecting (P-40)."""
    if integration.connected_at is None or integration.state != "active":
        return None
    day = timedelta(hours=24)
    return integration.connected_at + ((now - integration.connected_at) // day + 1) * day


def limit_seconds(parts: Mapping[str, int], limits: Mapping[str, tuple[int, float]]) -> int:
    """Return what the limits make these calls take at least; `limits`: endpoint → calls and seconds of its window.

    A full window passes at once, the next one when it is over. Endpoints are called one after the other.
    """
    default = (DEFAULT_CALLS, DEFAULT_WINDOW)
    found = 0.0
    for endpoint, calls in parts.items():
        limit, window = limits.get(endpoint, default)
        found += max(0, calls - 1) // limit * window
    return round(found)


def _limit_seconds(integration: Integration, parts: Mapping[str, int]) -> int:
    return limit_seconds(parts, {level.key: (level.limit, level.window) for level in levels(integration)})


def _last_run(integration: Integration, kind: str) -> SyncRun | None:
    newest = (
        select(SyncRun)
        .where(
            SyncRun.integration_id == integration.id, SyncRun.kind == kind, SyncRun.trigger != "resume",
            SyncRun.state.in_(("ok", "partial")), SyncRun.calls > 0,
        )
        .order_by(SyncRun.id.desc())
        .limit(1)
    )  # fmt: skip
    found: SyncRun | None = db.session.scalar(newest)
    return found


def counts_of(integration: Integration) -> Counts:
    """Count what is known; two statements over capped index ranges."""
    modules = mapped_modules(settings_of(integration), integration.connector)
    parts = [_count_of(integration, module, module) for module in modules]
    parts.append(_count_of(integration, HERE, "time_entries", Link.local_id.is_not(None)))
    counts: dict[str, int] = {row[0]: row[1] for row in db.session.execute(union_all(*parts))}
    active = (
        select(func.count())
        .select_from(Link)
        .join(Project, Project.id == Link.local_id)
        .where(Link.integration_id == integration.id, Link.module == "projects", Project.is_active)
    )
    entries = counts.pop(HERE)
    return Counts(counts, entries, db.session.scalar(active) or 0)


def _count_of(integration: Integration, name: str, module: str, *which: ColumnElement[bool]) -> Select[str, int]:
    here = (Link.integration_id == integration.id, Link.module == module, *which)
    return select(literal(name), func.count()).select_from(select(Link.module).where(*here).limit(CAP).subquery())


def _counts_after(now: Counts, integration: Integration, run: SyncRun) -> Counts:
    """Return what was known when a run had ended: what later ones added is taken off again; one statement."""
    query = (
        select(SyncRunModule.module, func.sum(SyncRunModule.added - SyncRunModule.removed))
        .join(SyncRun, SyncRun.id == SyncRunModule.run_id)
        .where(SyncRun.integration_id == integration.id, SyncRun.id > run.id, SyncRun.kind != "preview")
        .group_by(SyncRunModule.module)
    )
    grown = {module: int(count or 0) for module, count in db.session.execute(query)}
    listed = {module: max(0, count - grown.get(module, 0)) for module, count in now.listed.items()}
    entries = max(0, now.entries - grown.get("time_entries", 0))
    return Counts(listed, entries, max(0, now.active - grown.get("projects", 0)))
