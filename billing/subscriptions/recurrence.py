"""When a subscription's periods begin, and what is made of those that are due. Pure (requirements R-07, fault 104).

Period n begins at `start` + n × `every` `unit`s, counted from the start each time, so that the 31st comes back after a
short month. A person sees two words: a period is *due* once its day has come, and *missed* once its day has passed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from dateutil.relativedelta import relativedelta

#: unit → the distance of n of them
_DISTANCES: dict[str, Callable[[int], relativedelta]] = {
    "day": lambda n: relativedelta(days=n),
    "week": lambda n: relativedelta(weeks=n),
    "month": lambda n: relativedelta(months=n),
    "year": lambda n: relativedelta(years=n),
}
#: days that a unit has at most: with it, a first guess never lies behind the period that is looked for
_MOST_DAYS = {"day": 1, "week": 7, "month": 31, "year": 366}


@dataclass(frozen=True, slots=True)
class Schedule:
    """How often, from when, and until which day; `end` None: for ever."""

    start: date
    every: int
    unit: str
    end: date | None = None

    def begins(self, index: int) -> date | None:
        """Return the first day of period `index` (from 0); None when it lies behind the end, or behind the calendar."""
        try:
            day = self.start + _DISTANCES[self.unit](index * self.every)
        except (OverflowError, ValueError):
            return None
        return None if self.end is not None and day > self.end else day

    def first_from(self, day: date) -> int:
        """Return the first period that begins on this day or later, whether or not it lies behind the end."""
        if day <= self.start:
            return 0
        endless = Schedule(self.start, self.every, self.unit)
        index = (day - self.start).days // (_MOST_DAYS[self.unit] * self.every)
        while (begins := endless.begins(index)) is not None and begins < day:
            index += 1
        return index

    def latest_until(self, day: date) -> int | None:
        """Return the last period that begins on this day or earlier and not behind the end; None before the first."""
        last = day if self.end is None else min(day, self.end)
        index = self.first_from(last)
        begins = Schedule(self.start, self.every, self.unit).begins(index)
        if begins != last:
            index -= 1
        return index if index >= 0 else None

    def coming(self, index: int, count: int) -> Iterator[date]:
        """Give the first days of up to `count` periods from `index` on."""
        for n in range(index, index + count):
            if (day := self.begins(n)) is None:
                return
            yield day


@dataclass(frozen=True, slots=True)
class Step:
    """The period to make now, None: nothing; and the first period that is left for later."""

    make: int | None
    next_index: int


def next_step(schedule: Schedule, next_index: int, today: date, catch_up: str) -> Step | None:
    """Return what to do for the earliest period that is due; None when none is.

    `catch_up` says what becomes of missed periods: `each` makes one after the other, `last` only the latest that is
    due, `none` only one whose very day is today.
    """
    begins = schedule.begins(next_index)
    if begins is None or begins > today:
        return None
    if catch_up == "each":
        return Step(next_index, next_index + 1)
    latest = schedule.latest_until(today)
    if latest is None or latest < next_index:
        raise ValueError(f"period {next_index} is due but the latest is {latest}")
    is_wanted = catch_up == "last" or schedule.begins(latest) == today
    return Step(latest if is_wanted else None, latest + 1)
