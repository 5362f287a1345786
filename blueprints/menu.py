"""What an area says about itself for the side bar and the *New* menu."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
    #: parts of the address, where one endpoint serves several entries
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewEntry:
    """Something the *New* menu can start; an area module lists them in `NEW`."""

    label: str
    icon: str
    endpoint: str
    permission: str
    #: parts of the address, where one endpoint serves several entries
    values: Mapping[str, Any] = field(default_factory=dict)


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
        new_menu = [(_(e.label), e.icon, url_for(e.endpoint, **e.values)) for e in new_entries if may(e.permission)]
        return {"organisation": organisation(), "nav": nav(), "new_menu": new_menu}


def _link(entry: MenuEntry, here: str) -> Link:
    is_here = here == entry.endpoint.partition(".")[0] and _is_meant(entry.values)
    return _(entry.label), entry.icon, url_for(entry.endpoint, **entry.values), is_here


def _is_meant(values: Mapping[str, Any]) -> bool:
    """Say whether the page's own address has these parts."""
    own = request.view_args or {}
    return all(own.get(name) == value for name, value in values.items())
