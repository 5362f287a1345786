"""Unbilled entries → lines of a transaction, under a layout and a rounding. Pure (requirements T-12, T-14, T-16).

Time is rounded to N minutes **per entry** and never in the table: seconds are whole numbers, so their sum is the same
under every layout. Money is rounded once per line; `billing.sums.totals` says how the totals stay the same.
Entries of different projects, units or rates never share a line (staff rates may differ inside one task).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache

from babel.dates import format_date

from billing.hours.rates import UNIT_SECONDS, Rate, Unit
from billing.money import ZERO

#: layout → words for people (requirements T-14)
LAYOUTS = {
    "project": "One line per project",
    "entry": "Every entry",
    "task": "By task",
    "user": "By person",
    "task_user": "By task and person",
}
#: rounding → words for people (requirements T-16)
ROUNDINGS = {"none": "Not rounded", "up": "Up", "down": "Down", "nearest": "To the nearest"}
#: quantities keep six decimal places
QUANTITY_UNIT = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Rounding:
    """How an entry's time is rounded for billing; `minutes` 0 or mode none leaves it as logged."""

    mode: str = "none"
    minutes: int = 0

    def apply(self, seconds: int) -> int:
        """Return the seconds that are billed for what one entry logged."""
        step = self.minutes * 60
        if self.mode == "none" or step <= 0:
            return seconds
        extra = {"up": step - 1, "nearest": step // 2, "down": 0}[self.mode]
        return (seconds + extra) // step * step


@dataclass(frozen=True, slots=True)
class EntryForBilling:
    """One unbilled entry with its rate in the transaction's currency. `seconds` is what was logged."""

    project_id: int
    project_name: str
    rate: Rate
    id: int
    task_id: int | None
    task_name: str | None
    bug_id: int | None
    bug_title: str | None
    user_id: int | None
    user_name: str | None
    date: date
    seconds: int
    notes: str

    @property
    def subject(self) -> str:
        """What was worked on: the task, the bug, or just the project."""
        return self.task_name or self.bug_title or self.project_name

    @property
    def subject_key(self) -> str:
        """Tell tasks, bugs and general work apart."""
        if self.task_id is not None:
            return f"T:{self.task_id}"
        return f"B:{self.bug_id}" if self.bug_id is not None else "G"


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line that stands for entries. `quantity` is hours, days or 1 to six places, for people only: amounts come
    from `seconds`, or from the rate alone where the unit is fixed.
    """

    project_id: int
    group_key: str
    name: str
    description: str
    unit: Unit
    rate: Decimal
    quantity: Decimal
    logged_seconds: int
    seconds: int
    entry_ids: tuple[int, ...]
    rate_source: str


def price(
    entries: Iterable[EntryForBilling], layout: str, rounding: Rounding, locale: str = "en_GB"
) -> list[PricedLine]:
    """Group entries into lines. Fixed-cost projects get one line with rate zero: `fixed_line` says their price."""
    groups: dict[Hashable, list[EntryForBilling]] = {}
    ordered = sorted(entries, key=lambda e: (e.project_name.casefold(), e.project_id, e.date, e.id))
    for entry in ordered:
        groups.setdefault(_shared(entry, layout), []).append(entry)
    return [_line(group, layout, rounding, locale) for group in groups.values()]


def _shared(entry: EntryForBilling, layout: str) -> Hashable:
    """Return what `group_key` writes, without the writing."""
    if entry.rate.unit is Unit.FIXED:
        return entry.project_id
    return (entry.project_id, entry.rate.unit, entry.rate.amount, *_PARTS[layout](entry))


#: layout → what the entries of one line have in common besides project, unit and rate
_PARTS: dict[str, Callable[[EntryForBilling], tuple[Hashable, ...]]] = {
    "project": lambda _entry: (),
    "entry": lambda entry: (entry.id,),
    "task": lambda entry: (entry.task_id, entry.bug_id),
    "user": lambda entry: (entry.user_id,),
    "task_user": lambda entry: (entry.task_id, entry.bug_id, entry.user_id),
}


def group_key(entry: EntryForBilling, layout: str) -> str:
    """Return what the entries of one line have in common, e.g. `12|T:88|R:95.0000`."""
    if entry.rate.unit is Unit.FIXED:
        return f"{entry.project_id}|fixed"
    parts = {
        "project": (),
        "entry": (f"E:{entry.id}",),
        "task": (entry.subject_key,),
        "user": (f"U:{entry.user_id}",),
        "task_user": (entry.subject_key, f"U:{entry.user_id}"),
    }[layout]
    return "|".join((str(entry.project_id), *parts, f"{entry.rate.unit[0].upper()}:{entry.rate.amount:.4f}"))


def _line(group: Sequence[EntryForBilling], layout: str, rounding: Rounding, locale: str) -> PricedLine:
    first = group[0]
    is_fixed = first.rate.unit is Unit.FIXED
    seconds = sum(rounding.apply(entry.seconds) for entry in group)
    name, description = _words(group, "project" if is_fixed else layout, locale)
    return PricedLine(
        project_id=first.project_id,
        group_key=group_key(first, layout),
        name=name,
        description=description,
        unit=first.rate.unit,
        rate=first.rate.amount,
        quantity=quantity(seconds, first.rate.unit),
        logged_seconds=sum(entry.seconds for entry in group),
        seconds=seconds,
        entry_ids=tuple(entry.id for entry in group),
        rate_source=first.rate.source,
    )


def quantity(seconds: int, unit: str) -> Decimal:
    """Return hours or days for people; 1 for a fixed price."""
    per = UNIT_SECONDS.get(unit)
    return Decimal(1) if per is None else (Decimal(seconds) / per).quantize(QUANTITY_UNIT)


def _words(group: Sequence[EntryForBilling], layout: str, locale: str) -> tuple[str, str]:
    """Return name and description of a line: what, then who and when."""
    first = group[0]
    person = first.user_name or ""
    if layout == "entry":
        return first.subject, " · ".join(part for part in (_day(first.date, locale), person, first.notes) if part)
    days = [entry.date for entry in group]
    span = _span(min(days), max(days), locale)
    name = {"project": first.project_name, "user": person or first.project_name}.get(layout, first.subject)
    return name, f"{person} · {span}" if layout == "task_user" and person else span


@lru_cache(maxsize=2048)
def _day(day: date, locale: str) -> str:
    return str(format_date(day, "medium", locale=locale))


def _span(first: date, last: date, locale: str) -> str:
    return _day(first, locale) if first == last else f"{_day(first, locale)} – {_day(last, locale)}"


def fixed_line(project_id: int, name: str, remaining: Decimal) -> PricedLine:
    """Return the line of a fixed-cost project without hours: what is left of its price, editable for a stage."""
    return PricedLine(
        project_id, f"{project_id}|fixed", name, "", Unit.FIXED, remaining, Decimal(1), 0, 0, (), "project"
    )


def with_fixed_prices(lines: Sequence[PricedLine], remaining: Mapping[int, tuple[str, Decimal]]) -> list[PricedLine]:
    """Put the price that is left on the line of each fixed-cost project; add the line where it has no hours.

    `remaining`: project id → (name, price minus what earlier transactions took, never below zero).
    """
    priced: list[PricedLine] = []
    seen: set[int] = set()
    for line in lines:
        if line.unit is not Unit.FIXED:
            priced.append(line)
            continue
        seen.add(line.project_id)
        priced.append(replace(line, rate=max(remaining[line.project_id][1], ZERO), quantity=Decimal(1)))
    missing = [item for item in remaining.items() if item[0] not in seen and item[1][1] > 0]
    return priced + [fixed_line(project_id, name, left) for project_id, (name, left) in missing]
