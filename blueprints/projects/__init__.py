"""Projects: the list, a project's page with its tabs, and making and editing them."""

from __future__ import annotations

from blueprints.projects import editing, exporting, pages
from blueprints.projects.frame import MENU, NEW, blueprint

__all__ = ["MENU", "NEW", "blueprint", "editing", "exporting", "pages"]
