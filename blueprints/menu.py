"""What an area says about itself for the side bar and the *New* menu."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from flask import Flask, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from blueprints.access import may
from blueprints.filters import organisation


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """An area's place in the side bar; an area module lists its entries in `MENU`."""

    #: daily, money, work or settings
    group: str
    label: str
    icon: str
    endpoint: str
    permission: str


@dataclass(frozen=True, slots=True)
class NewEntry:
    """Something the *New* menu can start; an area module lists them in `NEW`."""

    label: str
    icon: str
    endpoint: str
    permission: str


#: groups of the side bar, in order, and the words above them
GROUPS = {"daily": "", "money": _l("Money"), "work": _l("Time Tracking"), "settings": ""}
Link = tuple[str, str, str, bool]


def init_menu(app: Flask, areas: Sequence[ModuleType]) -> None:
    """Give every page its side bar and *New* menu: what the areas say, without what this person may not use."""
    entries: list[MenuEntry] = [entry for area in areas for entry in getattr(area, "MENU", ())]
    new_entries: list[NewEntry] = [entry for area in areas for entry in getattr(area, "NEW", ())]

    def nav() -> list[tuple[Any, list[Link]]]:
        here = (request.endpoint or "").partition(".")[0]
        allowed = [entry for entry in entries if may(entry.permission)]
        return [
            (title, [_link(entry, here) for entry in allowed if entry.group == group])
            for group, title in GROUPS.items()
        ]

    @app.context_processor
    def frame() -> dict[str, Any]:
        """What the layout shows around every page."""
        new_menu = [(_(e.label), e.icon, url_for(e.endpoint)) for e in new_entries if may(e.permission)]
        return {"organisation": organisation(), "nav": nav(), "new_menu": new_menu}


def _link(entry: MenuEntry, here: str) -> Link:
    return _(entry.label), entry.icon, url_for(entry.endpoint), here == entry.endpoint.partition(".")[0]
