"""Lists of 50 rows by keyset: any page of any length costs the same, the first as much as the last.

How a list uses it::

    SORTS = (Sort("date", TimeEntry.date, date.fromisoformat, descending=True), Sort("name", Project.name))

    page = paged(db.select(TimeEntry).where(…), TimeEntry.id, SORTS, options=(joinedload(TimeEntry.project),))
    return page_or_fragment("time/index.html", "time/_entries_table.html", page=page)

and its template::

    {% call table(_("Time entries"), [page.column(_("Date"), "date", "#entries-table"), {"label": _("Notes")}]) %}
      {% for entry in page.rows %}…{% endfor %}
    {% endcall %}
    {{ pager(page.prev_url, page.next_url, page.shown, "#entries-table", page.first_url, page.last_url) }}

The query string holds `sort` (`name`, or `-name` for descending) and `at` (an opaque cursor, or `end`); everything
else in it is kept as it is. A sort that is not listed means the first one, a cursor that cannot be read means the
first page. Every sort needs a column that is never NULL and an index on (column, id), with the columns that are
always filtered by equality before them.
"""

from __future__ import annotations

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from flask import request, url_for
from flask_babel import gettext as _
from sqlalchemy import Select, func, tuple_
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.orm.interfaces import ORMOption

from blueprints.filters import count as written
from extensions import db

#: rows on one page
SIZE = 50
#: rows are counted up to here and no further
CAP = 1000
#: the `at` that means the last page
END = "end"
#: characters of a text that a cursor keeps, so that addresses stay short
_KEPT = 200
_LONGEST_TOKEN = 1600
_LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Sort:
    """One way a list may be ordered: its word in the query string, its column, how to read a value back from text."""

    key: str
    column: InstrumentedAttribute[Any]
    parse: Callable[[str], Any] = str
    #: the direction taken when the column's head is followed for the first time
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """A sort in one direction; `word` is how the query string says it."""

    sort: Sort
    descending: bool

    @property
    def word(self) -> str:
        """`name` or `-name`."""
        return ("-" if self.descending else "") + self.sort.key


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place between two rows of an order: after or before the row with this sort value and id."""

    value: Any
    id: int
    is_before: bool = False


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows there are, told up to `CAP`."""

    value: int
    is_capped: bool = False

    def __str__(self) -> str:
        return written(self.value) + ("+" if self.is_capped else "")


@dataclass(frozen=True, slots=True)
class Page:
    """Up to 50 rows in order, and where to go from here. A row is the entity if the statement selects only one."""

    rows: list[Any]
    order: Order
    total: Count
    #: cursor tokens; None where there is nothing more
    prev: str | None
    next: str | None

    def __iter__(self) -> Iterator[Any]:
        return iter(self.rows)

    def __bool__(self) -> bool:
        return bool(self.rows)

    @property
    def shown(self) -> str:
        """`50 of 1,204`; past the cap `50 of 1,000+`."""
        return str(_("%(shown)s of %(total)s", shown=written(len(self.rows)), total=self.total))

    @property
    def prev_url(self) -> str | None:
        """Address of the page before; None on the first."""
        return url_with(at=self.prev) if self.prev else None

    @property
    def next_url(self) -> str | None:
        """Address of the page after; None on the last."""
        return url_with(at=self.next) if self.next else None

    @property
    def first_url(self) -> str | None:
        """Address of the first page; None when this is it."""
        return url_with(at=None) if self.prev else None

    @property
    def last_url(self) -> str | None:
        """Address of the last page; None when this is it."""
        return url_with(at=END) if self.next else None

    def column(self, label: str, key: str, target: str | None = None, *, figures: bool = False) -> dict[str, Any]:
        """Return a column of the `table` macro whose head sorts by `key`; `target` is the fragment htmx swaps."""
        is_current = key == self.order.sort.key
        href = url_with(sort=f"-{key}" if is_current and not self.order.descending else key, at=None)
        swap = {"hx-get": href, "hx-target": target, "hx-swap": "outerMorph", "hx-push-url": "true"}
        return {
            "label": label,
            "href": href,
            "figures": figures,
            "sort": ("desc" if self.order.descending else "asc") if is_current else None,
            "attrs": swap if target else {},
        }


def paged(
    statement: Select[Any],
    id_column: InstrumentedAttribute[int],
    sorts: Sequence[Sort],
    *,
    options: Sequence[ORMOption] = (),
    total: Count | None = None,
) -> Page:
    """Return the page that the request's query string asks for; costs two statements, one if all rows fit.

    A list that counted its rows already (for its sums) hands over the `total` and saves the second statement.

    `statement` selects and filters, without order and without loader options (those go into `options`, so that
    counting does not meet them).
    """
    order = order_from(request.args.get("sort", ""), sorts)
    token = request.args.get("at", "")
    cursor = read_cursor(token, order)
    rows, prev, following = _window(statement.options(*options), id_column, order, cursor, is_end=token == END)
    if not rows and cursor is not None:
        rows, prev, following = _window(statement.options(*options), id_column, order, None, is_end=False)
    is_whole = prev is None and following is None
    counted = total or (Count(len(rows)) if is_whole else capped_count(statement, id_column))
    return Page(rows, order, counted, prev, following)


def capped_count(statement: Select[Any], id_column: InstrumentedAttribute[int]) -> Count:
    """Count the rows of a statement, but never more than `CAP` of them; one statement."""
    some = statement.with_only_columns(id_column).order_by(None).limit(CAP + 1).subquery()
    found = db.session.scalar(db.select(func.count()).select_from(some)) or 0
    return Count(min(found, CAP), found > CAP)


def order_from(word: str, sorts: Sequence[Sort]) -> Order:
    """Read `name` or `-name`; what is not listed means the first sort in its own direction."""
    for sort in sorts:
        if word.removeprefix("-") == sort.key:
            return Order(sort, word.startswith("-"))
    return Order(sorts[0], sorts[0].descending)


def write_cursor(cursor: Cursor, order: Order) -> str:
    """Write a cursor as a token for the query string; it is bound to its order."""
    value = cursor.value.isoformat() if hasattr(cursor.value, "isoformat") else str(cursor.value)[:_KEPT]
    parts = [order.word, "b" if cursor.is_before else "a", value, cursor.id]
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    return urlsafe_b64encode(text.encode("utf-8", "surrogatepass")).decode().rstrip("=")


def read_cursor(token: str, order: Order) -> Cursor | None:
    """Read a token back; None for one that is empty, damaged, made up, or made for another order."""
    if not token or token == END or len(token) > _LONGEST_TOKEN:
        return None
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        parts = json.loads(raw)
        return _checked_cursor(parts, order)
    except (ValueError, ArithmeticError, RecursionError, binascii.Error):
        return None


def _checked_cursor(parts: Any, order: Order) -> Cursor | None:
    if not isinstance(parts, list) or [type(part) for part in parts] != [str, str, str, int]:
        return None
    word, side, text, row_id = parts
    if word != order.word or side not in {"a", "b"} or not 0 < row_id <= _LARGEST_ID or "\x00" in text:
        return None
    text.encode()  # a lone surrogate could not be sent to the database
    value = order.sort.parse(text)
    return Cursor(value, row_id, side == "b") if _can_be_sent(value) else None


def _can_be_sent(value: Any) -> bool:
    """Say whether a column could hold the value: databases refuse larger whole numbers, `ScaledDecimal` finer ones."""
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        return isinstance(exponent, int) and exponent >= -4 and abs(value) < 10**14
    return not isinstance(value, int) or abs(value) <= _LARGEST_ID


def _window(
    statement: Select[Any],
    id_column: InstrumentedAttribute[int],
    order: Order,
    cursor: Cursor | None,
    *,
    is_end: bool,
) -> tuple[list[Any], str | None, str | None]:
    """Read one row more than a page, and tell by it whether the list goes on in the direction of reading."""
    column = order.sort.column
    backwards = is_end or (cursor is not None and cursor.is_before)
    descending = order.descending != backwards
    if cursor is not None:
        here, there = tuple_(column, id_column), tuple_(cursor.value, cursor.id)
        statement = statement.where(here < there if descending else here > there)
    directed = [c.desc() if descending else c.asc() for c in (column, id_column)]
    width = len(statement.column_descriptions)
    found = db.session.execute(statement.add_columns(column, id_column).order_by(*directed).limit(SIZE + 1)).all()
    has_more = len(found) > SIZE
    found = list(reversed(found[:SIZE])) if backwards else list(found[:SIZE])
    has_prev, has_next = (has_more, cursor is not None) if backwards else (cursor is not None, has_more)
    rows = [row[0] if width == 1 else row for row in found]
    prev = write_cursor(Cursor(found[0][-2], found[0][-1], is_before=True), order) if found and has_prev else None
    following = write_cursor(Cursor(found[-1][-2], found[-1][-1]), order) if found and has_next else None
    return rows, prev, following


def removable(filters: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return what is filtered (word of the query string → words for people), as (words, address without it)."""
    return [(words, url_with(**{name: None, f"{name}_text": None, "at": None})) for name, words in filters.items()]


def url_with(**changes: str | None) -> str:
    """Return this request's address with some of its query string changed; None takes a word out."""
    args = {key: values for key, values in request.args.lists() if key not in changes}
    args |= {key: [value] for key, value in changes.items() if value}
    address = url_for(request.endpoint or "", **(request.view_args or {}))
    return f"{address}?{urlencode(args, doseq=True)}" if args else address
