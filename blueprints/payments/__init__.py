"""Payments: the list, recording one, its page, using credit, refunds and reversals."""

from __future__ import annotations

from blueprints.payments import changing, exporting, pages, recording, using
from blueprints.payments.frame import MENU, NEW, blueprint

__all__ = ["MENU", "NEW", "blueprint", "changing", "exporting", "pages", "recording", "using"]
