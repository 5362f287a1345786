"""Customers: the list, a customer's page with all that hangs on them, editing, merging, statements of account."""

from __future__ import annotations

from blueprints.customers import editing, exporting, linking, merging, pages, statements
from blueprints.customers.frame import blueprint
from blueprints.menu import MenuEntry, NewEntry

MENU = (MenuEntry("daily", "Customers", "users", "customers.index", "customers.view"),)
NEW = (NewEntry("Customer", "user", "customers.new", "customers.edit"),)

__all__ = ["MENU", "NEW", "blueprint", "editing", "exporting", "linking", "merging", "pages", "statements"]
