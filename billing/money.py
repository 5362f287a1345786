"""Amounts in a currency's own precision: rounding and formatting. Pure."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from babel.core import get_global
from babel.numbers import format_currency, format_decimal

ZERO = Decimal(0)


def digits(currency: str) -> int:
    """Return how many decimal places a currency has (ISO 4217: JPY 0, KWD 3, most 2)."""
    fractions = get_global("currency_fractions")
    entry: tuple[int, ...] = fractions.get(currency, fractions["DEFAULT"])
    return entry[0]


def round_money(amount: Decimal, currency: str) -> Decimal:
    """Round half up to the currency's precision: the one rounding rule of this house (requirements R-14)."""
    rounded = amount.quantize(Decimal(1).scaleb(-digits(currency)), ROUND_HALF_UP)
    return rounded if rounded else abs(rounded)  # never minus zero


def format_money(amount: Decimal, currency: str, locale: str = "en_GB") -> str:
    """Write an amount with its currency for people; rounds first, since Babel would round half to even."""
    return str(format_currency(round_money(amount, currency), currency, locale=locale))


def format_amount(amount: Decimal, currency: str, locale: str = "en_GB") -> str:
    """Write an amount without its currency, for columns whose head names it."""
    places = digits(currency)
    pattern = "#,##0" + ("." + "0" * places if places else "")
    return str(format_decimal(round_money(amount, currency), format=pattern, locale=locale))
