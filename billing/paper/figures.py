"""One document's figures, days and words, written as its language and formats do. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from babel.dates import format_date
from babel.numbers import format_decimal

from billing.hours.rates import DAY_SECONDS, HOUR_SECONDS
from billing.languages import Language, language_of
from billing.money import digits, format_amount, format_money


def hours_text(seconds: int) -> str:
    """Write a duration exactly, as h:mm, with seconds only where there are any."""
    hours, rest = divmod(seconds, 3600)
    minutes, odd = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{odd:02}" if odd else f"{hours}:{minutes:02}"


@dataclass(frozen=True, slots=True)
class Figures:
    """Writes amounts of one currency in one locale."""

    currency: str
    locale: str

    @property
    def language(self) -> Language:
        """Return the language of the words around the figures."""
        return language_of(self.locale)

    def say(self, phrase: str, **values: object) -> str:
        """Return an English phrase in the document's language."""
        return self.language.say(phrase, **values)

    def amount(self, value: Decimal) -> str:
        """Write an amount without its currency."""
        return format_amount(value, self.currency, self.locale)

    def money(self, value: Decimal) -> str:
        """Write an amount with its currency."""
        return format_money(value, self.currency, self.locale)

    def rate(self, value: Decimal) -> str:
        """All digits of the rate, so that h × rate re-computes by hand."""
        places = digits(self.currency)
        pattern = "#,##0." + "0" * places + "#" * (4 - places) if places else "#,##0.####"
        return str(format_decimal(value, format=pattern, locale=self.locale))

    def number(self, value: Decimal, pattern: str = "#,##0.######") -> str:
        """Write a plain number."""
        return str(format_decimal(value, format=pattern, locale=self.locale))

    def day(self, value: date) -> str:
        """Write a day."""
        return str(format_date(value, "medium", locale=self.locale))

    def days(self, first: date, last: date) -> str:
        """Write a span of days."""
        return self.day(first) if first == last else f"{self.day(first)} – {self.day(last)}"

    def hours(self, seconds: int, *, is_days: bool = False) -> tuple[str, str]:
        """Write time so that it re-computes by hand: decimals only where two places are exact, else h:mm (R-04)."""
        unit, word = (DAY_SECONDS, self.say("d")) if is_days else (HOUR_SECONDS, self.say("h"))
        if seconds * 100 % unit == 0:
            return f"{self.number(Decimal(seconds) / unit, '#,##0.00')} {word}", hours_text(seconds)
        return f"{hours_text(seconds)} {self.say('h')}", self.say("8 h a day") if is_days else ""
