"""Approvals: hours that wait for a manager, and customers asked by link (requirements T-18, M-18)."""

from __future__ import annotations

from blueprints.approvals import asking, pages
from blueprints.approvals.frame import MENU, blueprint

__all__ = ["MENU", "asking", "blueprint", "pages"]
