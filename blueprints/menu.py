"""What an area says about itself for the side bar and the *New* menu."""

from __future__ import annotations

from dataclasses import dataclass


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
