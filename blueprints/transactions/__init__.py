"""Transactions: the list, starting them from unbilled time, the editor of drafts, sending, and one page for each."""

from __future__ import annotations

from blueprints.transactions import (
    answering,
    attaching,
    bulk,
    converting,
    copying,
    crediting,
    editing,
    einvoicing,
    exporting,
    items,
    live,
    moves,
    pages,
    reminding,
    sending,
    starting,
    trying,
)
from blueprints.transactions.frame import MENU, NEW, blueprint

__all__ = [
    "MENU",
    "NEW",
    "answering",
    "attaching",
    "blueprint",
    "bulk",
    "converting",
    "copying",
    "crediting",
    "editing",
    "einvoicing",
    "exporting",
    "items",
    "live",
    "moves",
    "pages",
    "reminding",
    "sending",
    "starting",
    "trying",
]
