"""Cells of a file → values: numbers with either decimal mark, days in either order, yes and no. Pure.

A column is looked at as a whole first: `1.234` alone could be two numbers, but not beside `12.50`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import gettext as _

_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?")
_PARTS = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?:[T ].*)?")
YES = frozenset({"yes", "y", "true", "1", "x", "ja", "oui", "si", "sí", "active", "aktiv"})
NO = frozenset({"no", "n", "false", "0", "-", "nein", "non", "inactive", "inaktiv"})
LARGEST = Decimal(10) ** 12


@dataclass(frozen=True, slots=True)
class Manner:
    """How a column writes numbers and days. `day_first`: None where nothing tells and the mark is a slash."""

    mark: str = "."
    day_first: bool | None = None


def manner_of(cells: Iterable[str], usual_mark: str = ".") -> Manner:
    """Look at a column: which decimal mark, and whether the day stands before the month."""
    listed = [cell for cell in cells if cell]
    return Manner(_mark(listed, usual_mark), _day_first(listed))


def _mark(cells: list[str], usual: str) -> str:
    votes = {",": 0, ".": 0}
    for cell in cells:
        plain = re.sub(r"[^\d,.]", "", cell)
        found = [sign for sign in plain if sign in ",."]
        if len(set(found)) == 2:
            votes[found[-1]] += 10
        elif len(found) > 1:
            votes["." if found[0] == "," else ","] += 1
        elif found and len(plain.rpartition(found[0])[2]) != 3:
            votes[found[0]] += 10
    if votes[","] == votes["."]:
        return usual
    return max(votes, key=lambda sign: votes[sign])


def _day_first(cells: list[str]) -> bool | None:
    for cell in cells:
        if (match := _PARTS.fullmatch(cell)) is None:
            continue
        first, mark, second = int(match[1]), match[2], int(match[3])
        if first > 12 >= second:
            return True
        if second > 12 >= first:
            return False
        if mark == ".":
            return True
    return None


def number(cell: str, manner: Manner) -> Decimal:
    """Read an amount or a number; raises `ValueError` with the words that follow “Row 7, Total: ”."""
    plain = re.sub(r"[^\d,.\-−()]", "", cell)
    is_negative = plain.startswith(("-", "−", "(")) or plain.endswith("-")
    plain = plain.strip("-−()")
    other = "," if manner.mark == "." else "."
    plain = plain.replace(other, "").replace(manner.mark, ".")
    try:
        found = Decimal(plain)
    except InvalidOperation as error:
        raise ValueError(_("“%(cell)s” is not a number", cell=cell[:30])) from error
    if found >= LARGEST:
        raise ValueError(_("“%(cell)s” is too large", cell=cell[:30]))
    return -found if is_negative else found


def day(cell: str, manner: Manner) -> date:
    """Read a day; `03/04/2026` is refused where nothing tells which of the two it is."""
    try:
        if match := _ISO.fullmatch(cell):
            return date(int(match[1]), int(match[2]), int(match[3]))
        if match := _PARTS.fullmatch(cell):
            one, two = int(match[1]), int(match[3])
            if manner.day_first is None and one != two:
                raise ValueError(_("“%(cell)s” could be two days. Write it as 2026-03-31", cell=cell[:20]))
            month, number_ = (two, one) if manner.day_first else (one, two)
            return date(int(match[4]), month, number_)
    except ValueError as error:
        if "“" in str(error):
            raise
    raise ValueError(_("“%(cell)s” is not a day like 2026-03-31", cell=cell[:30]))


def yes(cell: str) -> bool:
    """Read yes or no in a few languages."""
    word = cell.strip().casefold()
    if word in YES or word in NO:
        return word in YES
    raise ValueError(_("“%(cell)s” is neither yes nor no", cell=cell[:20]))


def currency(cell: str, known: frozenset[str]) -> str:
    """Read a currency code."""
    code = cell.strip().upper()
    if code not in known:
        raise ValueError(_("“%(cell)s” is not a currency code like USD", cell=cell[:20]))
    return code


def text(cell: str, most: int) -> str:
    """Read a text; one that is too long is refused rather than cut. An apostrophe that keeps off formulas goes."""
    plain = cell.removeprefix("'") if cell[:2] in ("'=", "'+", "'-", "'@") else cell
    if len(plain) > most:
        raise ValueError(_("it has more than %(most)s characters", most=most))
    return plain.strip()


def listed(value: Any) -> str:
    """Write a value as a preview shows it."""
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else str(value)
