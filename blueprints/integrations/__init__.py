"""Integrations: connect a remote product, choose what is synced, watch it."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from blueprints.integrations import choices, connect, credentials, details
from blueprints.integrations.frame import blueprint
from blueprints.menu import MenuEntry

__all__ = ["MENU", "blueprint", "choices", "connect", "credentials", "details"]

MENU = (MenuEntry("settings", _l("Integrations"), "plug-connected", "integrations.index", "integrations.view"),)
