"""Transactions: the list, starting them from unbilled time, the editor of drafts, sending, and one page for each."""

from __future__ import annotations

from blueprints.transactions import editing, moves, pages, sending, starting
from blueprints.transactions.frame import MENU, NEW, blueprint

__all__ = ["MENU", "NEW", "blueprint", "editing", "moves", "pages", "sending", "starting"]
