"""Single values of Zoho Projects read into plain ones: ids, dates, instants, hours, text from HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Any

from connectors.strict_json import TWO_IDS

MOST_ID = 64

_CLOCK = re.compile(r"(\d{1,4}):([0-5]\d)", re.ASCII)
_WORDS = re.compile(r"(?:(\d{1,4})\s*h)?\s*(?:(\d{1,4})\s*m)?", re.ASCII | re.IGNORECASE)
_DECIMAL = re.compile(r"\d{1,4}(?:\.\d{1,4})?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_BREAK = re.compile(r"<(?:br|/?(?:div|p|li|ul|ol|tr|table|blockquote|h[1-6]))\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[!?/a-zA-Z][^<>]*>")
_GAP = re.compile(r"\n\s*\n\s*")


class Unreadable(ValueError):  # noqa: N818 - its text is a sentence for people
    """A record cannot be read; says why."""


def text_id(value: Any) -> str:
    """An id as text; whole numbers are taken, anything that may have lost digits is not."""
    if type(value) is str and value.strip() and len(value) <= MOST_ID:
        return value
    if type(value) is int:
        return str(value)
    if value is TWO_IDS:
        raise Unreadable("It carries two different ids.")
    raise Unreadable(f"Its id ({shown(value)}) is not one.")


def reference(value: Any) -> str | None:
    """The id of a linked record that comes as `{"id": …}`, as text, or not at all."""
    if isinstance(value, dict):
        value = value.get("id")
    return None if value is None or value == "" else text_id(value)


def day(value: Any, name: str) -> date | None:
    """The date as the portal shows it, of a date or of the date part of an instant; never shifted."""
    if value is None or value == "":
        return None
    found = day_of(value) if type(value) is str else None
    if found is None:
        raise Unreadable(f"Its {name} ({shown(value)}) is not a date of the form 2026-12-31.")
    return found


@lru_cache(maxsize=8192)
def day_of(text: str) -> date | None:
    """The date at the beginning of a text, None when there is none."""
    if not _DAY.fullmatch(text[:10]) or text[10:11] not in ("", "T", " "):
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def instant(value: Any, zone: Callable[[], tzinfo]) -> datetime | None:
    """An instant in UTC; one without an offset is meant in the portal's zone. None when there is none."""
    if value is None or value == "":
        return None
    try:
        found = datetime.fromisoformat(value)
        if found.tzinfo is UTC:
            return found
        return (found if found.tzinfo else found.replace(tzinfo=zone())).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise Unreadable(f"Its time of modification ({shown(value)}) cannot be read.") from None


@lru_cache(maxsize=8192)
def _seconds_of(text: str) -> int | None:
    text = text.strip()
    if found := _CLOCK.fullmatch(text):
        return int(found[1]) * 3600 + int(found[2]) * 60
    if _DECIMAL.fullmatch(text):
        seconds = Decimal(text) * 3600
        return int(seconds) if seconds == int(seconds) else None
    if text and (found := _WORDS.fullmatch(text)):
        return int(found[1] or 0) * 3600 + int(found[2] or 0) * 60
    return None


def seconds(value: Any) -> int:
    """Logged time in whole seconds: "2:30", "3" and "5.5" (hours), "5h 30m", or a number of minutes.

    Anything else is unreadable, never zero.
    """
    found = None
    if type(value) is str:
        found = _seconds_of(value)
    elif type(value) is int and value >= 0:
        found = value * 60
    if found is None:
        raise Unreadable(f'Its hours ({shown(value)}) cannot be read. Enter them like 2:30 or "2h 30m".')
    return found


def plain_text(value: Any) -> str | None:
    """The text of a rich text field: tags go, their line breaks stay, entities become letters."""
    if not isinstance(value, str):
        return None
    text = value
    if "<" in text:
        text = _TAG.sub("", _BREAK.sub("\n", text))
    if "&" in text:
        text = html.unescape(text)
    if text is not value:
        text = _GAP.sub("\n\n", text.replace("\xa0", " ")).strip()
    return text or None


def word(value: Any) -> str | None:
    """A name: plain text, or the name or value of the object that stands for it."""
    if isinstance(value, dict):
        value = next((value[key] for key in ("name", "value", "full_name") if value.get(key)), None)
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        return None
    return str(value) or None


def flag(value: Any) -> bool | None:
    """Yes or no in any of the ways that Zoho writes it; None when it says neither."""
    if isinstance(value, str):
        return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(value.lower())
    return bool(value) if value in (0, 1) else None


def shown(value: Any) -> str:
    """A value for a sentence: short, whatever it is."""
    return repr(value)[:60] if isinstance(value, (str, int, float, Decimal, bool, type(None))) else "an object"
