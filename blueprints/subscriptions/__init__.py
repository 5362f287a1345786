"""Subscriptions: the list, one page for each, making and changing them, pausing, resuming and ending them."""

from __future__ import annotations

from blueprints.subscriptions import editing, exporting, moves, pages
from blueprints.subscriptions.frame import MENU, NEW, blueprint

__all__ = ["MENU", "NEW", "blueprint", "editing", "exporting", "moves", "pages"]
