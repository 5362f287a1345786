"""How many calls an endpoint takes before it is blocked (zoho-projects-wire §2.6)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Limit:
    """So many calls in two minutes, then so long a block."""

    calls: int
    block: timedelta


LIMITS = {
    "documented": Limit(200, timedelta(minutes=10)),
    "measured": Limit(100, timedelta(minutes=30)),
}


@dataclass(slots=True)
class Bucket:
    """The recent calls of one endpoint; `blocked_until` is set while it answers nothing."""

    calls: deque[datetime] = field(default_factory=deque)
    blocked_until: datetime | None = None


class Throttle:
    """One bucket for each method and URL pattern, ids collapsed."""

    def __init__(self) -> None:
        """Begin with every bucket empty."""
        self._buckets: dict[str, Bucket] = {}

    def enter(self, endpoint: str, now: datetime, limit: Limit) -> float | None:
        """Count a call; None when it may pass, else the seconds until it may."""
        bucket = self._buckets.setdefault(endpoint, Bucket())
        if bucket.blocked_until and now < bucket.blocked_until:
            return (bucket.blocked_until - now).total_seconds()
        bucket.blocked_until = None
        while bucket.calls and now - bucket.calls[0] >= WINDOW:
            bucket.calls.popleft()
        if len(bucket.calls) < limit.calls:
            bucket.calls.append(now)
            return None
        bucket.blocked_until = now + limit.block
        bucket.calls.clear()
        return limit.block.total_seconds()

    def remaining(self, endpoint: str, limit: Limit) -> int:
        """Calls left in this window, for the RateLimit-Remaining header."""
        bucket = self._buckets.get(endpoint)
        if bucket is None:
            return limit.calls
        return 0 if bucket.blocked_until else max(0, limit.calls - len(bucket.calls))

    def clear(self) -> None:
        """Lift all blocks."""
        self._buckets.clear()
