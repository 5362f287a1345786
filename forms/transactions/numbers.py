"""Amounts and quantities as people write them in lines, and how they are written back."""

from __future__ import annotations

import re
from decimal import Decimal

from flask_babel import lazy_gettext as _

#: above these a number is a typing mistake
LARGEST_QUANTITY, LARGEST_RATE = Decimal(1_000_000), Decimal(10_000_000)
#: decimal places that the columns keep
QUANTITY_PLACES, RATE_PLACES = 6, 4

_PLAIN = re.compile(r"[-−]?\d{1,12}(?:[.,]\d{1,12})?")
_GROUPED = re.compile(r"[-−]?\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*(?:[.,]\d{1,12})?")
_UNCLEAR = re.compile(r"[-−]?[1-9]\d{0,2}[.,]\d{3}")


class BadNumberError(ValueError):
    """Not a number as we take it; `str()` is a sentence for the person."""


def read_number(text: str) -> Decimal:
    """Read `1234.5`, `1234,5`, `1,234.50`, `1.234,50`; what could be thousands or decimals is asked back."""
    plain = re.sub(r"[\s'’]", "", text)
    if "," in plain and _UNCLEAR.fullmatch(plain):
        raise BadNumberError(_("Write thousands without a comma, and decimals with a point."))
    if _PLAIN.fullmatch(plain):
        return Decimal(plain.replace(",", ".").replace("−", "-"))
    if _GROUPED.fullmatch(plain) and "," in plain and "." in plain:
        mark = "," if plain.rindex(",") > plain.rindex(".") else "."
        whole, _mark, rest = plain.rpartition(mark)
        return Decimal(re.sub(r"[.,]", "", whole).replace("−", "-") + "." + rest)
    raise BadNumberError(_("Enter a number, for example 95.00."))


def within(number: Decimal, largest: Decimal, places: int) -> Decimal:
    """Return the number if the column can hold it."""
    exponent = number.normalize().as_tuple().exponent
    if abs(number) > largest:
        raise BadNumberError(_("That is too large. Check for a digit too many."))
    if isinstance(exponent, int) and exponent < -places:
        raise BadNumberError(_("Use at most %(count)s decimal places.", count=places))
    return number


def plain(number: Decimal) -> str:
    """Write a number as people type it: two decimals at least, no separators, no further zeros."""
    text = f"{number:.6f}".rstrip("0")
    whole, _point, rest = text.partition(".")
    return f"{whole}.{rest.ljust(2, '0')}"
