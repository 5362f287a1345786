"""What was called and refused, and how full the remote's limits are; bounded queries over the day's counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from extensions import db
from models import Integration, RemoteCalls
from sync.connection.access import connector_of, levels

DAYS = 30
MOST_REFUSALS = 20
#: an endpoint more is a bug of ours; a page is not the place to suffer from it
MOST_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class Day:
    """The calls of one day by module; "" is the connection itself."""

    day: date
    calls: Mapping[str, int]
    throttled: int
    waited_seconds: int

    @property
    def total(self) -> int:
        """Return all calls of the day."""
        return sum(self.calls.values())


@dataclass(frozen=True, slots=True)
class Meter:
    """How full one endpoint's limit is now."""

    endpoint: str
    module: str | None
    used: int
    limit: int
    window: int
    #: seconds until there is room; 0: now
    opens_in: int
    is_refused: bool

    @property
    def tone(self) -> str | None:
        """Return how it looks: bad while nothing passes, warn when nearly full."""
        if self.opens_in:
            return "bad" if self.is_refused else "warn"
        return "warn" if self.used * 5 >= self.limit * 4 else None


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the remote said when calls were too many, for one endpoint and day."""

    endpoint: str
    module: str | None
    day: date
    times: int
    at: datetime
    status: int
    seconds: int
    said: str


def days(integration: Integration, today: date, count: int = DAYS) -> list[Day]:
    """Return the last days, oldest first, those without calls too; one statement."""
    first = today - timedelta(days=count - 1)
    query = (
        select(
            RemoteCalls.day, RemoteCalls.endpoint, RemoteCalls.calls, RemoteCalls.throttled, RemoteCalls.waited_seconds
        )
        .where(RemoteCalls.integration_id == integration.id, RemoteCalls.day >= first)
        .limit(MOST_ROWS)
    )
    connector = connector_of(integration.connector)
    calls: dict[date, dict[str, int]] = {first + timedelta(days=n): {} for n in range(count)}
    troubles: dict[date, tuple[int, int]] = {}
    for row in db.session.execute(query):
        module = connector.module_of(row.endpoint) or ""
        of_day = calls.setdefault(row.day, {})
        of_day[module] = of_day.get(module, 0) + row.calls
        before = troubles.get(row.day, (0, 0))
        troubles[row.day] = (before[0] + row.throttled, before[1] + row.waited_seconds)
    return [Day(day, calls[day], *troubles.get(day, (0, 0))) for day in sorted(calls)]


def meters(integration: Integration) -> list[Meter]:
    """Return the endpoints that were called lately, the fullest first; asks no table."""
    connector = connector_of(integration.connector)
    found = [
        Meter(
            level.key, connector.module_of(level.key), level.used, level.limit, round(level.window),
            round(level.opens_in), level.is_refused,
        )
        for level in levels(integration)
        if level.used or level.opens_in
    ]  # fmt: skip
    return sorted(found, key=lambda meter: (-meter.opens_in, -meter.used / meter.limit))


def refusals(integration: Integration, today: date) -> list[Refusal]:
    """Return the latest refusals, newest first; one statement."""
    query = (
        select(RemoteCalls)
        .where(RemoteCalls.integration_id == integration.id, RemoteCalls.day > today - timedelta(days=DAYS))
        .where(RemoteCalls.throttled > 0)
        .order_by(RemoteCalls.day.desc())
        .limit(MOST_REFUSALS)
    )
    connector = connector_of(integration.connector)
    found = []
    for row in db.session.scalars(query):
        told = row.last_refusal or {}
        if "at" in told:
            at = datetime.fromisoformat(told["at"])
            found.append(
                Refusal(
                    row.endpoint, connector.module_of(row.endpoint), row.day, row.throttled, at, told["status"],
                    told["seconds"], told["said"],
                )
            )  # fmt: skip
    return sorted(found, key=lambda refusal: refusal.at, reverse=True)
