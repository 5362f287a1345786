"""The invoice assistant: from unbilled hours and expenses of a customer to a draft or a sent invoice (M-14)."""

from __future__ import annotations

from blueprints.assistant import making, pages
from blueprints.assistant.frame import MENU, blueprint

__all__ = ["MENU", "blueprint", "making", "pages"]
