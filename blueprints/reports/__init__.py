"""The area of reports: the index, one page per report, and its downloads."""

from __future__ import annotations

from blueprints.reports import pages
from blueprints.reports.frame import MENU, blueprint

__all__ = ["MENU", "blueprint", "pages"]
