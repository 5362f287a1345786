"""Settings: the organisation, preferences, mail, and who may sign in."""

from __future__ import annotations

from blueprints.menu import MenuEntry
from blueprints.settings import mail, organisation, preferences, taxes, users
from blueprints.settings.frame import blueprint

MENU = (MenuEntry("settings", "Settings", "settings", "settings.index", "settings.view"),)

__all__ = ["MENU", "blueprint", "mail", "organisation", "preferences", "taxes", "users"]
