"""One page as it came: its rows found, its shape checked, and whether another page follows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.errors import RemoteUnavailable
from connectors.http import Answer, Transient
from connectors.zoho_projects.legs import PER_PAGE
from connectors.zoho_projects.values import flag

#: page sizes that a server may fall back to without a word (wire page §2.1)
SILENT_SIZES = frozenset({10, 100})
MOST_PAGES = 50_000

Row = tuple[Any, Mapping[str, Any]]
_NONE: dict[str, Any] = {}
_TOTAL = re.compile(r"(\d{1,9}):(\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Leaf:
    """The rows of one page, each with the group it stood in, and what `page_info` says."""

    rows: list[Row]
    info: Mapping[str, Any]
    #: the hours of the whole list as it tells them itself; 0 when it does not
    total_seconds: int = 0


def take_list(plural: str | None, number: int, body: Any, subject: str) -> Leaf:
    """The page of an ordinary list; anything that is not a list is no answer, never an empty one."""
    rows = body if plural is None else body.get(plural) if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise _misshapen(subject)
    return Leaf([(row, _NONE) for row in rows], _info(body, number, subject))


def take_logs(number: int, body: Any, answer: Answer, subject: str) -> Leaf:
    """The page of a list of time logs, which come grouped by day."""
    rows = _logs(body, subject)
    if answer.body.count(b'"id"') != _ids(rows):
        body = answer.json(is_watchful=True)
        rows = _logs(body, subject)
    return Leaf(rows, _info(body, number, subject), _told_seconds(body))


class Turning:
    """Decides after each page of one list whether to turn to the next.

    `has_next_page` lies in both directions, so content decides: a full page asks for another, a short one
    ends the list unless the flag (where it is honest at all) promises more, or the hours read so far (`read`,
    None: do not count) fall short of those told. A page without anything new is forgiven once, for caches and
    for holes in the middle. Only the first and the last page's ids are kept.
    """

    def __init__(self, is_flag_honest: bool, read: int | None) -> None:
        self.read = read
        self.lacks_hours = False
        self._is_flag_honest = is_flag_honest
        self._first: frozenset[str] = frozenset()
        self._last: frozenset[str] = frozenset()
        self._stale = 0
        self._pages = 0
        self._size = PER_PAGE
        self._is_owed = False

    def is_doubtful(self, leaf: Leaf) -> bool:
        """Whether a page is empty though there should be rows on it: worth asking for once more."""
        return not leaf.rows and (self._is_owed or (self._pages == 0 and self._lacks(leaf)))

    def is_last(self, leaf: Leaf, ids: frozenset[str], seconds: int | None, subject: str) -> bool:
        """Whether the list ends with this page, of which `seconds` were read; raises when it never would."""
        is_doubtful = self.is_doubtful(leaf)
        self._pages += 1
        if self._pages > MOST_PAGES:
            raise RemoteUnavailable(f"The list of {subject} does not end. Try again later.")
        if self._pages == 1:
            self._size = _page_size(leaf)
        is_new = bool(ids - self._first - self._last)
        self._stale = 0 if is_new else self._stale + 1
        self._first = self._first or ids
        self._last = ids or self._last
        self._count(seconds if is_new else 0)
        self.lacks_hours = self._lacks(leaf)
        is_full = len(leaf.rows) >= self._size
        is_promised = self._is_flag_honest and flag(leaf.info.get("has_next_page")) is True
        self._is_owed = is_promised or self.lacks_hours or (is_full and not self._is_flag_honest)
        if not is_new:
            return self._stale > 1 or not (ids or is_promised or is_doubtful)
        return not (is_promised or is_full or self.lacks_hours)

    def _count(self, seconds: int | None) -> None:
        self.read = None if self.read is None or seconds is None else self.read + seconds

    def _lacks(self, leaf: Leaf) -> bool:
        return self.read is not None and leaf.total_seconds > self.read


def _page_size(first: Leaf) -> int:
    """How many rows a full page of this list has: as told, else what its first page looks like."""
    told = first.info.get("per_page")
    if isinstance(told, (int, str)) and str(told).isdecimal() and int(told) > 0:
        return min(PER_PAGE, int(told))
    return len(first.rows) if len(first.rows) in SILENT_SIZES else PER_PAGE


def _logs(body: Any, subject: str) -> list[Row]:
    groups = body.get("time_logs") if isinstance(body, dict) else None
    if not isinstance(groups, list):
        raise _misshapen(subject)
    rows: list[Row] = []
    for group in groups:
        found = group.get("log_details", group.get("log_list")) if isinstance(group, dict) else None
        if not isinstance(found, list):
            raise _misshapen(subject)
        rows.extend((row, group) for row in found)
    return rows


def _told_seconds(body: Mapping[str, Any]) -> int:
    hours = body.get("log_hours")
    total = hours.get("total_hours") if isinstance(hours, dict) else None
    found = _TOTAL.fullmatch(total) if isinstance(total, str) else None
    return int(found[1]) * 3600 + int(found[2]) * 60 if found else 0


def _ids(rows: list[Row]) -> int:
    """How many `id` keys the rows hold; a different number in the text means that some came twice."""
    return sum(
        ("id" in row) + sum("id" in value for value in row.values() if type(value) is dict)
        for row, _ in rows
        if type(row) is dict
    )


def _info(body: Any, number: int, subject: str) -> Mapping[str, Any]:
    """`page_info`, an object or a list of one; a page other than the one asked for is a cache's mistake."""
    info = body.get("page_info") if isinstance(body, dict) else None
    if isinstance(info, list):
        info = info[0] if info else None
    if not isinstance(info, dict):
        return _NONE
    told = info.get("page")
    if isinstance(told, (int, str)) and str(told).isdecimal() and int(told) != number:
        raise Transient(f"Zoho Projects answered with another page of {subject} than asked. Try again later.")
    return info


def _misshapen(subject: str) -> Transient:
    return Transient(f"Zoho Projects answered with something that is no list of {subject}. Try again later.")
