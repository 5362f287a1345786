"""The area of projects: its blueprint and where it stands in the menus."""

from __future__ import annotations

from flask import Blueprint

from blueprints.menu import MenuEntry, NewEntry

blueprint = Blueprint("projects", __name__, url_prefix="/projects")
MENU = (MenuEntry("work", "Projects", "folder", "projects.index", "projects.view"),)
NEW = (NewEntry("Project", "folder", "projects.new", "projects.edit"),)
