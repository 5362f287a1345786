"""Transactions: the list, starting them from unbilled time, the editor of drafts, sending, and one page for each."""

from __future__ import annotations

from blueprints.transactions import answering, editing, items, moves, pages, sending, starting
from blueprints.transactions.frame import MENU, NEW, blueprint

__all__ = ["MENU", "NEW", "answering", "blueprint", "editing", "items", "moves", "pages", "sending", "starting"]
