"""What the pages do when billing refuses: drop what was begun, and tell the person why."""

from __future__ import annotations

from billing.errors import MoveRefused
from extensions import db


def said(refusal: MoveRefused) -> str:
    """Drop what was begun and return the sentence for the person."""
    db.session.rollback()
    return str(refusal)
