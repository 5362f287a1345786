"""The blueprint of items, and finding one."""

from __future__ import annotations

from flask import Blueprint, abort
from sqlalchemy.orm import joinedload, selectinload

from extensions import db
from models import Item

blueprint = Blueprint("items", __name__, url_prefix="/items")


def item_or_404(item_id: int) -> Item:
    """Return an item with its prices and tax."""
    options = (selectinload(Item.prices), joinedload(Item.tax))
    return db.session.get(Item, item_id, options=options) or abort(404)
