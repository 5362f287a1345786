"""The stand-in's own clock: it ticks like the machine's, can be moved, and can be held still for a test."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """Time as this server believes it; always aware UTC."""

    def __init__(self, start: datetime | None = None, *, frozen: bool = False) -> None:
        """Start at `start` (default: the machine's time); a frozen clock moves only when told."""
        self._base = start or datetime.now(UTC)
        self._since = time.monotonic()
        self.frozen = frozen

    def now(self) -> datetime:
        """The present moment in UTC."""
        if self.frozen:
            return self._base
        return self._base + timedelta(seconds=time.monotonic() - self._since)

    def set(self, now: datetime, *, frozen: bool | None = None) -> None:
        """Jump to `now`; `frozen` changes whether the clock ticks from there."""
        self._base = now.astimezone(UTC)
        self._since = time.monotonic()
        if frozen is not None:
            self.frozen = frozen

    def advance(self, seconds: float) -> None:
        """Move on (or back, when negative) by so many seconds."""
        self.set(self.now() + timedelta(seconds=seconds))
