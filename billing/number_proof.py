"""Which numbers of a type were used, and that none is missing between the first and the last (requirements R-08)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from extensions import db
from models import Transaction

#: a number as written: what stands before the counter, the counter, what stands behind it
_PARTS = re.compile(r"(.*?)(\d+)(\D*)", re.DOTALL)
#: missing numbers that are named one by one
MOST_NAMED = 20
#: void ones that are listed
MOST_VOID = 200


@dataclass(frozen=True, slots=True)
class UsedNumbers:
    """The numbers that one pattern made in one year. `missing`: those between first and last that nobody has."""

    first: str
    last: str
    count: int
    missing: tuple[str, ...]
    missing_count: int


def used_numbers(type_key: str) -> list[UsedNumbers]:
    """Return what was used of a type, one row for each pattern and year, the newest first; one statement.

    Opening invoices were numbered elsewhere: they make no series, but a number that one of them has is not missing.
    """
    columns = select(Transaction.number, Transaction.is_opening)
    rows = db.session.execute(columns.where(Transaction.type == type_key, Transaction.number.is_not(None))).all()
    ours = [number for number, is_opening in rows if number and not is_opening]
    return read_numbers(ours, [number for number, is_opening in rows if number and is_opening])


def read_numbers(numbers: Iterable[str], elsewhere: Iterable[str] = ()) -> list[UsedNumbers]:
    """Put numbers into series and look for gaps. Pure."""
    series, others = _sorted(numbers), _sorted(elsewhere)
    return [_one(place, found, others.get(place, {})) for place, found in sorted(series.items(), reverse=True)]


def _sorted(numbers: Iterable[str]) -> dict[tuple[str, str], dict[int, str]]:
    series: dict[tuple[str, str], dict[int, str]] = defaultdict(dict)
    for number in numbers:
        if (match := _PARTS.fullmatch(number)) is not None:
            series[match[1], match[3]][int(match[2])] = number
    return series


def _one(place: tuple[str, str], found: dict[int, str], others: dict[int, str]) -> UsedNumbers:
    first, last = min(found), max(found)
    taken = found.keys() | {value for value in others if first < value < last}
    count = last - first + 1 - len(taken)
    width = min(len(number) for number in found.values()) - len(place[0]) - len(place[1])
    named: list[str] = []
    for value in range(first, last + 1) if count else ():
        if value not in taken:
            named.append(f"{place[0]}{value:0{width}d}{place[1]}")
            if len(named) == MOST_NAMED:
                break
    return UsedNumbers(found[first], found[last], len(found), tuple(named), count)


def void_numbers(type_key: str) -> list[Transaction]:
    """Return the void ones, which keep their numbers, the latest first."""
    query = select(Transaction).where(
        Transaction.type == type_key, Transaction.status == "void", Transaction.number.is_not(None)
    )  # fmt: skip
    return list(db.session.scalars(query.order_by(Transaction.date.desc(), Transaction.id.desc()).limit(MOST_VOID)))
