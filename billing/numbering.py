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


def series_of(type_key: str) -> NumberSeries:
    """Return the series of a type; one that was never used is not stored yet and looks as it would be."""
    pattern = TYPES[type_key].pattern
    found = db.session.get(NumberSeries, type_key)
    return found or NumberSeries(type=type_key, pattern=pattern, next_number=1, year=0)


def next_number(type_key: str, year: int) -> str:
    """Return the number that would be taken now; another issue may be faster."""
    series = series_of(type_key)
    if 0 < series.year < year:
        return format_number(series.pattern, year, 1)
    return format_number(series.pattern, series.year or year, series.next_number)


def set_series(type_key: str, pattern: str, number: int, year: int) -> None:
    """Give a type another pattern and next number (of `year`); refuses what would meet a used number or leave a gap.

    The series is locked first, so that nobody takes a number meanwhile.
    """
    if not is_pattern(pattern):
        raise MoveRefused(_("Write {number} once, {year} at most once, and no other braces."))
    _lay(type_key, year)
    series = db.session.get_one(NumberSeries, type_key, with_for_update=True, populate_existing=True)
    others = select(NumberSeries.type).where(NumberSeries.pattern == pattern, NumberSeries.type != type_key)
    for other in [*db.session.scalars(others), *_usual(pattern, type_key)]:
        raise MoveRefused(_("%(titles)s are numbered like this already. Choose another pattern.",
                            titles=_(TYPES[other].title_plural)))  # fmt: skip
    last, highest = _last_used(type_key, pattern, year)
    if last and number != highest + 1:
        raise MoveRefused(
            _(
                "%(last)s is the last one used, so %(next)s follows: numbers have no gaps. "
                "Choose another pattern to start elsewhere.",
                last=last, next=highest + 1,
            )
        )  # fmt: skip
    series.pattern, series.next_number = pattern, number
    series.year = year if "{year" in pattern else 0
    db.session.flush()


def _usual(pattern: str, type_key: str) -> list[str]:
    """Return other types that use this pattern without a series of their own yet."""
    stored = set(db.session.scalars(select(NumberSeries.type)))
    return [key for key, kind in TYPES.items() if kind.pattern == pattern and key != type_key and key not in stored]


def _last_used(type_key: str, pattern: str, year: int) -> tuple[str, int]:
    """Return the highest number that this pattern made in this year, as written and as it counts; empty for none."""
    before, _place, after = _PLACE.sub(
        lambda match: str(year) if match[1] == "year" else "\0", pattern
    ).partition("\0")  # fmt: skip
    alike = select(Transaction.number).where(
        Transaction.type == type_key, Transaction.number.startswith(before, autoescape=True),
        Transaction.number.endswith(after, autoescape=True),
    )  # fmt: skip
    middles = {text: text[len(before) : len(text) - len(after)] for text in db.session.scalars(alike) if text}
    used = {int(middle): text for text, middle in middles.items() if middle.isascii() and middle.isdigit()}
    highest = max(used, default=0)
    return used.get(highest, ""), highest


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
    _lay(type_key, year)
    taken = _raise(type_key, year)
    if taken is None:
        raise RuntimeError(f"the number series of {type_key} vanished")
    return taken


def _lay(type_key: str, year: int) -> None:
    pattern = TYPES[type_key].pattern
    insert = sqlite.insert if is_sqlite() else postgresql.insert
    values = {"type": type_key, "pattern": pattern, "next_number": 1, "year": year if "{year}" in pattern else 0}
    db.session.execute(insert(NumberSeries).values(values).on_conflict_do_nothing())
