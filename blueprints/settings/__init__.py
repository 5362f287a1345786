"""Settings: the organisation, preferences, mail, and who may sign in."""

from __future__ import annotations

from blueprints.menu import MenuEntry
from blueprints.settings import backups, mail, numbers, organisation, preferences, taxes, users
from blueprints.settings.frame import blueprint

MENU = (MenuEntry("settings", "Settings", "settings", "settings.index", "settings.view"),)

__all__ = ["MENU", "backups", "blueprint", "mail", "numbers", "organisation", "preferences", "taxes", "users"]
