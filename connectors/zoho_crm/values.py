"""Single values of Zoho CRM read into plain ones by the type that the field's metadata tells."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from connectors.base import FieldType
from connectors.strict_json import TWO_IDS

MOST_ID = 64
#: text is kept up to this many characters, cut visibly (faults 72)
MOST_TEXT = 32_000

F = FieldType


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
    """The id of a lookup that comes as `{"id": …}`, as text, as a list of one, or not at all."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("id")
    return None if value is None or value == "" else text_id(value)


def instant(value: Any, name: str) -> datetime | None:
    """An instant in UTC; Zoho CRM always sends an offset, so one without cannot be placed."""
    if value is None or value == "":
        return None
    try:
        found = datetime.fromisoformat(value)
        if found.tzinfo is None:
            raise ValueError
        return found.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise Unreadable(f"Its {name} ({shown(value)}) is not a time with an offset.") from None


def day(value: Any, name: str) -> date | None:
    """A date as the organisation shows it."""
    if value is None or value == "":
        return None
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise Unreadable(f"Its {name} ({shown(value)}) is not a date of the form 2026-12-31.") from None


def decimal(value: Any, name: str) -> Decimal | None:
    """An amount or a number with decimals, from a number or its text."""
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, (int, str, Decimal)):
        raise Unreadable(f"Its {name} ({shown(value)}) is not a number.")
    try:
        found = Decimal(value) if not isinstance(value, str) else Decimal(value.strip().replace(",", ""))
    except ArithmeticError:
        raise Unreadable(f"Its {name} ({shown(value)}) is not a number.") from None
    if not found.is_finite() or abs(found.adjusted()) > 30:
        raise Unreadable(f"Its {name} ({shown(value)}) is not a number that can be used.")
    return found


def whole(value: Any, name: str) -> int | None:
    """A whole number, also from a text or a decimal without a fraction."""
    found = decimal(value, name)
    if found is None:
        return None
    if found != found.to_integral_value():
        raise Unreadable(f"Its {name} ({shown(value)}) is not a whole number.")
    return int(found)


def flag(value: Any, name: str) -> bool | None:
    """Yes or no."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        value = {"true": True, "false": False}.get(value.lower(), value)
    if isinstance(value, bool):
        return value
    raise Unreadable(f"Its {name} ({shown(value)}) is neither yes nor no.")


def text(value: Any, name: str) -> str | None:
    """Text as it is; a number becomes its text, an object that stands for a word its name."""
    if isinstance(value, dict):
        value = next((value[key] for key in ("name", "value", "display_value") if value.get(key)), None)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        raise Unreadable(f"Its {name} ({shown(value)}) is not text.")
    found = str(value)
    return found if len(found) <= MOST_TEXT else found[: MOST_TEXT - 1] + "…"


def words(value: Any, name: str) -> list[str]:
    """The chosen values of a field with several."""
    if value is None or value == "":
        return []
    rows = value if isinstance(value, list) else [value]
    return [found for row in rows if (found := text(row, name)) is not None]


def person(value: Any, name: str) -> str | None:
    """Somebody's name, out of `{"name", "id", "email"}`; several stand in one text."""
    return ", ".join(words(value, name)) or None


Read = Callable[[Any, str], Any]
_READERS: dict[FieldType, Read] = {
    F.DATE: day,
    F.DATETIME: instant,
    F.BOOLEAN: flag,
    F.NUMBER: whole,
    F.DECIMAL: decimal,
    F.MONEY: decimal,
    F.CHOICES: words,
    F.PERSON: person,
}


def read_value(value: Any, kind: FieldType, name: str) -> Any:
    """A value as its type promises; raises `Unreadable` when it is none."""
    reader: Read = _READERS.get(kind, text)
    return reader(value, name)


def shown(value: Any) -> str:
    """A value for a sentence: short, whatever it is."""
    return repr(value)[:60] if isinstance(value, (str, int, float, Decimal, bool, type(None))) else "an object"
