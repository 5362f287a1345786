"""Reading exchange rates from text: the European Central Bank's table, or lines of currency, date, rate. Pure.

The bank's files (`eurofxref.csv`, `eurofxref-hist.csv`) have a head `Date, USD, JPY, …` and say how many units one euro
is worth. So with another base currency both it and the euro are needed: one dollar in pounds is GBP ÷ USD.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from billing.exchange import DayRate

EURO = "EUR"
#: rates keep eight decimal places
_UNIT = Decimal("0.00000001")
#: rows that are read of one file: more than sixty years of days
MOST_ROWS = 25_000
#: what tells one field from the next
_SEPARATORS = (";", "\t", ",")
_WAYS = ("%Y-%m-%d", "%d %B %Y", "%d %b %Y", "%d.%m.%Y")
Reader = Callable[[Mapping[str, str]], list[DayRate]]


@dataclass(frozen=True, slots=True)
class ReadRates:
    """What a text came to: rates in base currency, and the lines (numbered from 1) that make no sense."""

    rates: tuple[DayRate, ...]
    unread: tuple[int, ...]
    is_bank: bool


class UnknownFormatError(ValueError):
    """Neither of the formats; the caller says so."""


def read_rates(text: str, base: str, wanted: Collection[str]) -> ReadRates:
    """Read a text; of the bank's thirty currencies only the `wanted` ones are taken."""
    lines = text.lstrip("\ufeff").strip().splitlines()[: MOST_ROWS + 1]
    if not lines:
        raise UnknownFormatError
    separator = next((mark for mark in _SEPARATORS if mark in lines[0]), ",")
    rows = [[part.strip() for part in row] for row in csv.reader(io.StringIO("\n".join(lines)), delimiter=separator)]
    head = [name.upper() for name in rows[0]]
    if head[0] == "DATE" and len(head) > 1 and "CURRENCY" not in head:
        return _read(rows, head, lambda row: _of_bank(row, base, wanted), is_bank=True)
    if head[:3] == ["CURRENCY", "DATE", "RATE"]:
        return _read(rows, head, lambda row: [_one(row, base)], is_bank=False)
    if len(rows[0]) == 3:
        return _read([[], *rows], ["CURRENCY", "DATE", "RATE"], lambda row: [_one(row, base)], is_bank=False)
    raise UnknownFormatError


def _read(rows: list[list[str]], head: list[str], reader: Reader, *, is_bank: bool) -> ReadRates:
    rates: list[DayRate] = []
    unread: list[int] = []
    first = 2 if rows[0] else 1
    for number, row in enumerate(rows[1:], start=first):
        if not any(row):
            continue
        try:
            rates += reader(dict(zip(head, row, strict=False)))
        except (ValueError, KeyError, InvalidOperation):
            unread.append(number)
    return ReadRates(tuple(rates), tuple(unread), is_bank)


def _of_bank(row: Mapping[str, str], base: str, wanted: Collection[str]) -> list[DayRate]:
    """Turn one day of "units per euro" into "base currency per unit"."""
    day = _day(row["DATE"])
    per_euro = {EURO: Decimal(1)} | {code: _number(text) for code, text in row.items() if _is_rate(code, text)}
    in_base = per_euro[base]
    return [
        DayRate(code, day, _kept(in_base / per_euro[code]))
        for code in sorted(wanted)
        if code in per_euro and code != base
    ]


def _is_rate(code: str, text: str) -> bool:
    return len(code) == 3 and code.isalpha() and text not in {"", "N/A", "-"}


def _one(row: Mapping[str, str], base: str) -> DayRate:
    currency = row["CURRENCY"].upper()
    if len(currency) != 3 or not currency.isalpha() or currency == base:
        raise ValueError(currency)
    return DayRate(currency, _day(row["DATE"]), _kept(_number(row["RATE"])))


def _number(text: str) -> Decimal:
    value = Decimal(text.replace(",", "."))
    if not value.is_finite() or not 0 < value < 10_000_000:
        raise ValueError(text)
    return value


def _kept(rate: Decimal) -> Decimal:
    value = rate.quantize(_UNIT, ROUND_HALF_UP)
    if value <= 0:
        raise ValueError(rate)
    return value


def _day(text: str) -> date:
    for way in _WAYS:
        try:
            return datetime.strptime(text, way).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise ValueError(text)
