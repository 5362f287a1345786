"""Integrations: connect a remote product, choose what is synced, watch it."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from blueprints.integrations import (
    budget,
    choices,
    connect,
    credentials,
    details,
    errors,
    importing,
    lifecycle,
    links,
    reconcile,
    remedies,
    removals,
    runs,
    undo,
    webhook,
    why,
    writeback,
)
from blueprints.integrations.frame import blueprint
from blueprints.menu import MenuEntry

__all__ = [
    "MENU",
    "blueprint",
    "budget",
    "choices",
    "connect",
    "credentials",
    "details",
    "errors",
    "importing",
    "lifecycle",
    "links",
    "reconcile",
    "remedies",
    "removals",
    "runs",
    "undo",
    "webhook",
    "why",
    "writeback",
]

MENU = (MenuEntry("settings", _l("Integrations"), "plug-connected", "integrations.index", "integrations.view"),)
