"""How values are written for people in templates: money, dates, durations, relative times."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import support
from babel.dates import format_date, format_time, format_timedelta
from babel.numbers import format_decimal
from flask import Flask, abort, g
from flask_babel import get_translations

from billing.money import format_amount, format_money
from extensions import db, utcnow
from models import Organisation


def organisation() -> Organisation | None:
    """Return the organisation, read once a request; None before set-up is finished."""
    if "organisation" not in g:
        g.organisation = db.session.get(Organisation, 1)
    found: Organisation | None = g.organisation
    return found


def this_organisation() -> Organisation:
    """Return the organisation; before set-up is finished there are no such pages."""
    return organisation() or abort(404)


def locale_name() -> str:
    """Return the organisation's locale for dates and amounts, e.g. en_GB."""
    found = organisation()
    return found.locale if found else "en_GB"


def _zone() -> ZoneInfo:
    found = organisation()
    return found.zone if found else ZoneInfo("UTC")


def money(amount: Decimal, currency: str) -> str:
    """`€1,234.50`."""
    return format_money(amount, currency, locale_name())


def amount(value: Decimal, currency: str) -> str:
    """`1,234.50`, for columns whose head names the currency."""
    return format_amount(value, currency, locale_name())


def day(value: date | None) -> str:
    """`22 Nov 2026` in the organisation's format; empty for none."""
    return format_date(value, format="medium", locale=locale_name()) if value else ""


def moment(value: datetime | None) -> str:
    """`22 Nov 2026, 09:30` in the organisation's zone; empty for none."""
    if value is None:
        return ""
    local = value.astimezone(_zone())
    return f"{day(local.date())}, {format_time(local.time(), 'short', locale=locale_name())}"


def ago(value: datetime | None) -> str:
    """`2 minutes ago`; pages show the exact moment on hover."""
    if value is None:
        return ""
    return str(format_timedelta(value - utcnow(), add_direction=True, locale=locale_name()))


def duration(seconds: int | None) -> str:
    """`37:20` hours and minutes; seconds are told only when there are any."""
    if seconds is None:
        return ""
    hours, rest = divmod(abs(seconds), 3600)
    minutes, odd = divmod(rest, 60)
    text = f"{hours}:{minutes:02}" + (f":{odd:02}" if odd else "")
    return f"−{text}" if seconds < 0 else text


def count(value: int) -> str:
    """`1,306`."""
    return str(format_decimal(value, locale=locale_name()))


def init_filters(app: Flask) -> None:
    """Make the filters known to templates under their own names."""
    for function in (money, amount, day, moment, ago, duration, count):
        app.jinja_env.filters[function.__name__] = function


def _words() -> support.NullTranslations:
    """Return the translations of this request; a page of fifty rows asks for hundreds of words."""
    if "words" not in g:
        g.words = get_translations()
    found: support.NullTranslations = g.words
    return found


def init_words(app: Flask) -> None:
    """Look words up once a request instead of once a word."""
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: _words().gettext(text),
        lambda one, many, number: _words().ngettext(one, many, number),
        newstyle=True,
    )
