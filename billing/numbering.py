"""Numbers of issued transactions: unique, gap-free, taken in the database transaction that issues (requirements R-08).

The year of a number is the year in which it is issued where the organisation is, never the document's own date: so a
series only ever moves forward. A series whose pattern has {year} starts again at 1 each year.
"""

from __future__ import annotations

import re

from flask_babel import gettext as _
from sqlalchemy import case, exists, select, update
from sqlalchemy.dialects import postgresql, sqlite

from billing.bulk import is_sqlite
from billing.errors import MoveRefused
from billing.types import TYPES
from extensions import db
from models import NumberSeries, Transaction

_PLACE = re.compile(r"\{(year|number)(?::0(\d))?\}")


def is_pattern(pattern: str) -> bool:
    """Say whether a person's pattern can make numbers: {number} once, {year} or not, nothing else in braces."""
    names = [match[1] for match in _PLACE.finditer(pattern)]
    rest = _PLACE.sub("", pattern)
    return names.count("number") == 1 and names.count("year") <= 1 and not set("{}") & set(rest)


def format_number(pattern: str, year: int, number: int) -> str:
    """Write a number, e.g. `INV-{year}-{number:05}` → INV-2026-00012. Text of a person, so never `str.format`."""
    values = {"year": year, "number": number}
    return _PLACE.sub(lambda match: f"{values[match[1]]:0{match[2] or 1}d}", pattern)


def take_number(type_key: str, year: int) -> str:
    """Take the next number of a type; the row stays locked until the caller's transaction ends."""
    taken = _raise(type_key, year) or _first(type_key, year)
    number = format_number(*taken)
    is_used = select(exists().where(Transaction.type == type_key, Transaction.number == number))
    if db.session.scalar(is_used):
        raise MoveRefused(_("%(number)s is already used. Set the next number under Settings.", number=number))
    return number


def _raise(type_key: str, year: int) -> tuple[str, int, int] | None:
    """Raise the counter; returns pattern, year and the number taken, or None when there is no series yet."""
    starts_again = (NumberSeries.year > 0) & (NumberSeries.year < year)
    statement = (
        update(NumberSeries)
        .where(NumberSeries.type == type_key)
        .values(
            next_number=case((starts_again, 2), else_=NumberSeries.next_number + 1),
            year=case((starts_again, year), else_=NumberSeries.year),
        )
        .returning(NumberSeries.pattern, NumberSeries.year, NumberSeries.next_number)
        .execution_options(synchronize_session=False)
    )
    row = db.session.execute(statement).one_or_none()
    return None if row is None else (row.pattern, row.year or year, row.next_number - 1)


def _first(type_key: str, year: int) -> tuple[str, int, int]:
    """Lay the series with the type's own pattern; another transaction may have laid it meanwhile."""
    pattern = TYPES[type_key].pattern
    insert = sqlite.insert if is_sqlite() else postgresql.insert
    values = {"type": type_key, "pattern": pattern, "next_number": 1, "year": year if "{year}" in pattern else 0}
    db.session.execute(insert(NumberSeries).values(values).on_conflict_do_nothing())
    taken = _raise(type_key, year)
    if taken is None:
        raise RuntimeError(f"the number series of {type_key} vanished")
    return taken
