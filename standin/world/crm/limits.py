"""How much an organisation may call: credits of a rolling day, and calls at once (zoho-crm-wire §6)."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

WINDOW = timedelta(hours=24)
LICENSES = 10
#: edition → credits of everybody, credits of each user, the most, calls at once
EDITIONS = {
    "free": (5_000, 0, 5_000, 5), "standard": (50_000, 250, 100_000, 10),
    "professional": (50_000, 500, 3_000_000, 15), "enterprise": (50_000, 1_000, 5_000_000, 20),
    "ultimate": (50_000, 2_000, 10_000_000, 25),
}  # fmt: skip
#: modules that an edition does not have at all
LACKING = {"free": ("Products",)}


def allowance(edition: str) -> int:
    """Credits of a day."""
    base, each, most, _ = EDITIONS[edition]
    return min(base + each * LICENSES, most)


class Spent:
    """Credits spent in the last day."""

    def __init__(self) -> None:
        self._rows: deque[tuple[datetime, int]] = deque()

    def add(self, credits: int, now: datetime) -> None:
        """Note a call."""
        self._rows.append((now, credits))

    def until(self, now: datetime) -> int:
        """What counts at this moment."""
        while self._rows and now - self._rows[0][0] >= WINDOW:
            self._rows.popleft()
        return sum(credits for _, credits in self._rows)

    def set(self, credits: int, now: datetime) -> None:
        """Make it so many, all spent now."""
        self._rows.clear()
        self.add(credits, now)
