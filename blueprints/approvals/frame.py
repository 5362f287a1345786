"""The area of approvals: its blueprint and where it stands in the menus."""

from __future__ import annotations

from flask import Blueprint

from blueprints.menu import MenuEntry

blueprint = Blueprint("approvals", __name__, url_prefix="/approvals")
MENU = (MenuEntry("work", "Approvals", "circle-check", "approvals.index", "time.view"),)
