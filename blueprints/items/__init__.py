"""Items: the catalogue's list, an item's form, and what the editor of transactions asks about them."""

from __future__ import annotations

from blueprints.items import editing, exporting, pages
from blueprints.items.frame import blueprint
from blueprints.menu import MenuEntry, NewEntry

MENU = (MenuEntry("daily", "Items", "box", "items.index", "items.view"),)
NEW = (NewEntry("Item", "box", "items.new", "items.edit"),)

__all__ = ["MENU", "NEW", "blueprint", "editing", "exporting", "pages"]
