"""Troubles with lists and records: pages that shift, flags that lie, fields that change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from standin.troubles.reply import Call, Reply, Strike

Row = dict[str, Any]


def dup_rows(strike: Strike, call: Call) -> Reply:
    """The last row of the page before comes again first on this page (on page 1: its own last row)."""
    body = call().json()
    before = list(rows_in(call(page=strike.page - 1).json())) if strike.page > 1 else list(rows_in(body))
    lists = lists_in(body)
    if before and lists:
        lists[0].insert(0, before[-1])
    return call().with_json(body)


def shift_page(strike: Strike, call: Call) -> Reply:
    """From page 2 on, the first row of each page is never served, as if one before it had been deleted."""
    reply = call()
    body = reply.json()
    lists = lists_in(body)
    if strike.page > 1 and lists and lists[0]:
        del lists[0][0]
    return reply.with_json(body)


def shuffle(strike: Strike, call: Call) -> Reply:
    """The rows of the page come in another order."""
    reply = call()
    body = reply.json()
    for rows in lists_in(body):
        Random(strike.page).shuffle(rows)  # noqa: S311  (repeatable on purpose)
    return reply.with_json(body)


def endless_page(strike: Strike, call: Call) -> Reply:
    """From page `at` (1) on, the same page comes again and again, and promises more."""
    reply = call(page=min(strike.page, int(strike.number("at", 1))))
    body = reply.json()
    _set_more(body, lambda _more: True)
    return reply.with_json(body)


def more_flag_lies(_strike: Strike, call: Call) -> Reply:
    """`has_next_page` says the opposite."""
    reply = call()
    body = reply.json()
    _set_more(body, lambda more: not more)
    return reply.with_json(body)


def empty_page(strike: Strike, call: Call) -> Reply:
    """Page `at` (1) has no rows though more follow."""
    reply = call()
    if strike.page != int(strike.number("at", 1)):
        return reply
    body = reply.json()
    for rows in lists_in(body):
        rows.clear()
    _set_more(body, lambda _more: True)
    return reply.with_json(body)


def extra_field(strike: Strike, call: Call) -> Reply:
    """Each record has a new key: `field`, `value`."""
    name = strike.options.get("field", "zz_new_feature")
    return _each(call, lambda row: row.update({name: strike.options.get("value", {"enabled": True})}))


def drop_field(strike: Strike, call: Call) -> Reply:
    """Each record lacks `field`."""
    return _each(call, lambda row: row.pop(strike.options.get("field", "name"), None))


def set_field(strike: Strike, call: Call) -> Reply:
    """Each record has `value` (null) in `field`."""
    return _each(call, lambda row: row.update({strike.options.get("field", "name"): strike.options.get("value")}))


def type_flip(strike: Strike, call: Call) -> Reply:
    """`field` of each record changes its type: texts become objects, all else becomes text."""
    name = strike.options.get("field", "name")

    def flip(row: Row) -> None:
        if name in row:
            row[name] = {"value": row[name]} if isinstance(row[name], str) else str(row[name])

    return _each(call, flip)


def id_as_number(_strike: Strike, call: Call) -> Reply:
    """Every id of digits is a JSON number, too big for a double."""
    reply = call()
    return reply.with_json(_numbered(reply.json()))


def lists_in(body: Any) -> list[list[Any]]:
    """The lists of records in an answer; those of time logs are one for each date."""
    if isinstance(body, list):
        return [body]
    if not isinstance(body, dict):
        return []
    if "time_logs" in body:
        return [group["log_details"] for group in body["time_logs"]]
    return [value for key, value in body.items() if isinstance(value, list) and key in LISTED]


def rows_in(body: Any) -> Iterator[Row]:
    """All records of an answer; a lone object is its own only record."""
    lists = lists_in(body)
    if not lists and isinstance(body, dict) and "page_info" not in body:
        yield body
    for rows in lists:
        yield from (row for row in rows if isinstance(row, dict))


#: under which keys lists of records stand
LISTED = (
    "users", "clients", "contacts", "projects", "tasklists", "milestones", "tasks", "issues", "comments", "tags",
    "fields", "status", "trash", "data", "modules", "custom_views", "profiles", "layouts", "related_lists", "watch",
    "custom_links", "currencies", "org",
)  # fmt: skip


def _each(call: Call, change: Callable[[Row], Any]) -> Reply:
    reply = call()
    body = reply.json()
    for row in rows_in(body):
        change(row)
    return reply.with_json(body)


def _set_more(body: Any, decide: Callable[[bool], bool]) -> None:
    info = body.get("page_info", body.get("info")) if isinstance(body, dict) else None
    for row in info if isinstance(info, list) else [info]:
        for flag in ("has_next_page", "more_records"):
            if isinstance(row, dict) and flag in row:
                more = decide(str(row[flag]).lower() == "true")
                row[flag] = str(more).lower() if isinstance(row[flag], str) else more


def _numbered(value: Any) -> Any:
    if isinstance(value, list):
        return [_numbered(row) for row in value]
    if not isinstance(value, dict):
        return value
    return {
        key: int(held) if key in ("id", "zpuid") and isinstance(held, str) and held.isdigit() else _numbered(held)
        for key, held in value.items()
    }


KINDS: dict[str, Callable[[Strike, Call], Reply]] = {
    effect.__name__: effect
    for effect in (
        dup_rows, shift_page, shuffle, endless_page, more_flag_lies, empty_page, extra_field, drop_field, set_field,
        type_flip, id_as_number,
    )
}  # fmt: skip
