"""The area of projects: its blueprint and where it stands in the menus."""

from __future__ import annotations

from flask import Blueprint

from billing.hours.budgets import budgets_of
from blueprints.menu import MenuEntry, NewEntry
from forms.projects import plain_number

blueprint = Blueprint("projects", __name__, url_prefix="/projects")
MENU = (MenuEntry("work", "Projects", "folder", "projects.index", "projects.view"),)
NEW = (NewEntry("Project", "folder", "projects.new", "projects.edit"),)
blueprint.add_app_template_filter(plain_number, "rate_text")
blueprint.add_app_template_global(budgets_of, "budgets_of")
