"""The area of reports: its blueprint and its place in the menu."""

from __future__ import annotations

from flask import Blueprint

from blueprints.menu import MenuEntry

blueprint = Blueprint("reports", __name__, url_prefix="/reports")
MENU = (MenuEntry("money", "Reports", "chart-bar", "reports.index", "reports.view"),)
