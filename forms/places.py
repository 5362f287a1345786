"""Countries, currencies, time zones and formats to choose from, and what a browser's language lets us guess."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from zoneinfo import available_timezones

from babel.core import Locale, UnknownLocaleError, get_global
from babel.dates import format_date
from babel.numbers import format_decimal, get_territory_currencies

#: country → edition where the two are named differently or at all (requirements G-01); others are global
_EDITION_OF = {"US": "us", "GB": "uk", "CA": "ca", "AU": "au", "IN": "in", "SA": "sa", "AE": "ae", "BH": "bh",
               "KW": "kw", "OM": "om", "QA": "qa", "KE": "ke", "MX": "mx"}  # fmt: skip
#: the zone to guess where a country has several
_MAIN_ZONES = {"US": "America/New_York", "CA": "America/Toronto", "AU": "Australia/Sydney", "BR": "America/Sao_Paulo",
               "MX": "America/Mexico_City", "RU": "Europe/Moscow", "ES": "Europe/Madrid", "PT": "Europe/Lisbon",
               "DE": "Europe/Berlin", "CN": "Asia/Shanghai", "NZ": "Pacific/Auckland", "ID": "Asia/Jakarta",
               "GB": "Europe/London", "AR": "America/Argentina/Buenos_Aires", "CL": "America/Santiago"}  # fmt: skip
#: languages whose formats may be chosen; the words stay English until they are translated
_FORMATS = ("en_GB", "en_US", "en_CA", "en_AU", "en_IN", "en_ZA", "en_DE", "en_CH", "en_NL", "en_SE", "en_KE", "en_AE",
            "de_DE", "de_AT", "de_CH", "fr_FR", "es_ES", "es_MX", "it_IT", "nl_NL", "pt_BR", "pl_PL")  # fmt: skip

Choices = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Guess:
    """What an organisation in a country most likely uses."""

    country: str
    currency: str
    time_zone: str
    edition: str
    locale: str


@cache
def countries() -> Choices:
    """Return ISO 3166-1 codes with English names, by name."""
    names = Locale("en").territories
    found = [(code, names[code]) for code in get_global("territory_currencies") if len(code) == 2 and code in names]
    return sorted(found, key=lambda pair: pair[1])


@cache
def currencies() -> Choices:
    """Return the ISO 4217 codes that are legal tender somewhere today, with names, by code."""
    names = Locale("en").currencies
    today = date(2026, 1, 1)
    codes = {code for country, _name in countries() for code in get_territory_currencies(country, today, today)}
    return [(code, f"{code} · {names.get(code, code)}") for code in sorted(codes)]


@cache
def time_zones() -> Choices:
    """Return IANA names that people know, by name."""
    known = {zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "SystemV/"))}
    return [(zone, zone.replace("_", " ")) for zone in sorted(known | {"UTC"})]


@cache
def formats() -> Choices:
    """Return locales with a date and an amount written their way."""
    return [(code, sample_of(code)) for code in _FORMATS]


def sample_of(code: str) -> str:
    """`22 Nov 2026 · 1,234.50 · English (United Kingdom)`."""
    day, amount = format_date(date(2026, 11, 22), "medium", code), format_decimal(Decimal("1234.5"), "#,##0.00", code)
    return f"{day} · {amount} · {Locale.parse(code).get_display_name('en')}"


def guess(languages: Sequence[str]) -> Guess:
    """Guess from the browser's languages (`de-AT`, best first); United States when they name no country."""
    known = {code for code, _name in countries()}
    tags = [tag.replace("_", "-").split("-") for tag in languages]
    country = next((part.upper() for tag in tags for part in tag[1:] if part.upper() in known), "US")
    return Guess(country, _currency(country), _zone(country), _EDITION_OF.get(country, "global"), locale_of(country))


def locale_of(country: str) -> str:
    """Return the English formats of a country where they exist, else the British ones."""
    try:
        return str(Locale.parse(f"en_{country}"))
    except (UnknownLocaleError, ValueError):
        return "en_GB"


def _currency(country: str) -> str:
    found = get_territory_currencies(country, date(2026, 1, 1), date(2026, 1, 1))
    return found[0] if found else "USD"


def _zone(country: str) -> str:
    if country in _MAIN_ZONES:
        return _MAIN_ZONES[country]
    offered = {zone for zone, _name in time_zones()}
    theirs = (zone for zone, place in get_global("zone_territories").items() if place == country and zone in offered)
    return next(theirs, "UTC")
