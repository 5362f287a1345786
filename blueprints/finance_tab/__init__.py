"""The Finance tab: pages that stand inside Zoho Projects in a frame, links that open them, and their installation."""

from __future__ import annotations

from blueprints.finance_tab import context, installing, links, pages
from blueprints.finance_tab.frame import blueprint

__all__ = ["blueprint", "context", "installing", "links", "pages"]
