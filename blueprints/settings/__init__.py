"""Settings: the organisation, preferences, mail, and who may sign in."""

from __future__ import annotations

from blueprints.menu import MenuEntry
from blueprints.settings import (
    backups,
    branding,
    currencies,
    custom_fields,
    mail,
    mail_templates,
    numbers,
    organisation,
    preferences,
    reminders,
    taxes,
    terms,
    users,
)
from blueprints.settings.frame import blueprint

MENU = (MenuEntry("settings", "Settings", "settings", "settings.index", "settings.view"),)

__all__ = [
    "MENU", "backups", "blueprint", "branding", "currencies", "custom_fields", "mail", "mail_templates", "numbers",
    "organisation", "preferences", "reminders", "taxes", "terms", "users",
]  # fmt: skip
