"""What to do about calls: pure rules over forecasts and refusals; the pages have the words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sync.budget.forecasting import Forecast

#: a quick run should not keep the limit busy for more than this part of the time between two of them
SHARE = 0.25
DAY_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Advice:
    """One piece of advice. `code`: longer_interval, shared_limit, long_full, fine."""

    code: str
    calls: int = 0
    seconds: int = 0
    #: minutes between quick runs that would be better
    minutes: int = 0
    times: int = 0


def advise(
    interval_minutes: int, choices: Sequence[int], quick: Forecast | None, full: Forecast | None, refused_today: int
) -> list[Advice]:
    """Say what would ease the remote's limit; `choices` are the intervals that can be chosen, in minutes."""
    found = []
    if quick is not None and quick.limit_seconds > interval_minutes * 60 * SHARE:
        better = next((minutes for minutes in sorted(choices) if quick.limit_seconds <= minutes * 60 * SHARE), 0)
        if better > interval_minutes:
            found.append(Advice("longer_interval", quick.calls, quick.limit_seconds, better))
    if refused_today:
        found.append(Advice("shared_limit", times=refused_today))
    if full is not None and full.limit_seconds > DAY_SECONDS / 2:
        found.append(Advice("long_full", full.calls, full.limit_seconds))
    if not found and quick is not None:
        found.append(Advice("fine", quick.calls, quick.limit_seconds))
    return found
