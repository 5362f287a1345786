"""Pages of lists and the several shapes of `page_info` (zoho-projects-wire §2.1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request

from standin.current import world
from standin.zoho_projects.errors import bad_value, missing_input

DEFAULT_PER_PAGE = 100
MOST_PER_PAGE = 200


@dataclass(frozen=True, slots=True)
class Page:
    """The page asked for; 1-based."""

    number: int
    size: int

    @property
    def slice(self) -> slice:
        """The part of the whole list that this page shows."""
        return slice((self.number - 1) * self.size, self.number * self.size)


def asked_page() -> Page:
    """`page` and `per_page`: both or none, else "Input Parameter Missing"."""
    page, size = request.args.get("page"), request.args.get("per_page")
    if page is None and size is None:
        return Page(1, DEFAULT_PER_PAGE)
    if page is None or size is None:
        raise missing_input("page" if page is None else "per_page")
    return Page(_number("page", page, None), _number("per_page", size, MOST_PER_PAGE))


def array_of(rows: Sequence[Any], body: Callable[[Any], Any]) -> list[Any]:
    """A bare array without page_info (portals, projects)."""
    return [body(row) for row in rows[asked_page().slice]]


def list_of(key: str, rows: Sequence[Any], body: Callable[[Any], Any], *, style: str = "usual") -> dict[str, Any]:
    """One page under its plural key; `style` is usual, users, issues or milestones."""
    page = asked_page()
    shown = [body(row) for row in rows[page.slice]]
    return {key: shown, "page_info": page_info(page, len(shown), len(rows), style=style)}


def page_info(page: Page, shown: int, total: int, *, style: str = "usual") -> Any:
    """`page_count` is the number of records on this page; users say `count`, issues say neither."""
    more: Any = page.number * page.size < total
    if style == "milestones" or world().quirks.more_flag_as_text:
        more = "true" if more else "false"
    info: dict[str, Any] = {"page": page.number, "per_page": page.size}
    if style != "issues":
        info["count" if style == "users" else "page_count"] = shown
    info["has_next_page"] = more
    return [info] if style == "milestones" else info


def _number(name: str, text: str, most: int | None) -> int:
    if not text.isdigit() or int(text) < 1 or (most is not None and int(text) > most):
        raise bad_value(name)
    return int(text)
