"""Months as (year, month) pairs, and where they begin and end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

Month = tuple[int, int]


def months_before(day: date, count: int) -> Month:
    """The month that lies `count` months before the one of `day`."""
    index = day.year * 12 + day.month - 1 - count
    return index // 12, index % 12 + 1


def first_of(month: Month) -> date:
    """The first day of a month."""
    return date(*month, 1)


def last_of(month: Month) -> date:
    """The last day of a month."""
    return first_of(next_after(month)) - timedelta(days=1)


def next_after(month: Month) -> Month:
    """The month after."""
    year, number = month
    return (year + 1, 1) if number == 12 else (year, number + 1)


def from_until(first: Month, end: Month) -> Iterator[Month]:
    """The months from `first` up to, but without, `end`."""
    while first < end:
        yield first
        first = next_after(first)
