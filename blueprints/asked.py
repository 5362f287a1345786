"""What a list is asked for in its query string, and sums of what it shows; what makes no sense is left aside."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from blueprints.paging import Count

#: money and hours are added up over so many rows and no more
SUM_CAP = 2_000


def phrase(text: str | None) -> str:
    """Return what was typed to find something, on one line."""
    return " ".join((text or "").replace("\x00", "")[:100].split())


def whole(text: str | None) -> int | None:
    """Return an id, as far as ids go in a column of either database."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None


def day(text: str | None) -> date | None:
    """Return an ISO date."""
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class CurrencySum:
    """What is listed in one currency: in all, and what of it is open (still owed, or still to be billed)."""

    currency: str
    total: Decimal
    open: Decimal


@dataclass(frozen=True, slots=True)
class MoneySums:
    """How many there are, and sums by currency; None where there are more than `SUM_CAP`."""

    count: Count
    currencies: tuple[CurrencySum, ...] | None


def money_sums(rows: Iterable[tuple[str, int, Decimal | None, Decimal | None]]) -> MoneySums:
    """Make sums of a statement over at most `SUM_CAP` + 1 rows: currency, count, total, open."""
    listed = list(rows)
    found = sum(row[1] for row in listed)
    if found > SUM_CAP:
        return MoneySums(Count(SUM_CAP, is_capped=True), None)
    zero = Decimal(0)
    return MoneySums(Count(found), tuple(CurrencySum(row[0], row[2] or zero, row[3] or zero) for row in listed))
