"""The periods a report is asked for: presets, and days of one's own."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from flask_babel import lazy_gettext as _l

from blueprints.asked import day

#: word in the query string → words for people, in order
PERIODS = {
    "this-month": _l("This month"), "last-month": _l("Last month"), "this-quarter": _l("This quarter"),
    "last-quarter": _l("Last quarter"), "this-year": _l("This year"), "last-year": _l("Last year"),
    "custom": _l("Own period"),
}  # fmt: skip
USUAL = "this-year"
#: months that a period lasts, and how many periods ago it was
_PRESETS = {
    "this-month": (1, 0), "last-month": (1, 1), "this-quarter": (3, 0), "last-quarter": (3, 1), "this-year": (12, 0),
    "last-year": (12, 1),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Period:
    """First and last day, both included; `key` is one of `PERIODS`."""

    key: str
    since: date
    until: date

    @classmethod
    def read(cls, args: Mapping[str, str], today: date) -> Period:
        """Read a query string; days without a period mean one's own, what makes no sense means this year."""
        key, since, until = args.get("period", ""), day(args.get("since")), day(args.get("until"))
        if key in _PRESETS:
            return cls(key, *preset(key, today))
        if key != "custom" and not (since or until):
            return cls(USUAL, *preset(USUAL, today))
        first, last = preset(USUAL, today)
        since, until = since or min(first, until or first), until or max(last, since or last)
        return cls("custom", min(since, until), max(since, until))


def preset(key: str, today: date) -> tuple[date, date]:
    """Return first and last day of a preset."""
    months, ago = _PRESETS[key]
    first = (today.year * 12 + today.month - 1) // months * months - ago * months
    last = first + months - 1
    end = date(last // 12, last % 12 + 1, monthrange(last // 12, last % 12 + 1)[1])
    return date(first // 12, first % 12 + 1, 1), end
