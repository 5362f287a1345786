"""Expenses: the list with its file, one page for each, writing them down, receipts, and *Convert to invoice*."""

from __future__ import annotations

from blueprints.expenses import converting, exporting, offering, pages
from blueprints.expenses.frame import MENU, NEW, blueprint

__all__ = ["MENU", "NEW", "blueprint", "converting", "exporting", "offering", "pages"]
