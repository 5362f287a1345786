"""The area of the invoice assistant: its blueprint and where it stands in the menus."""

from __future__ import annotations

from flask import Blueprint

from blueprints.menu import MenuEntry

blueprint = Blueprint("assistant", __name__, url_prefix="/assistant")
MENU = (MenuEntry("money", "Invoice assistant", "star", "assistant.index", "transactions.edit"),)
