"""The area of transactions: its blueprint, its addresses by type, and finding the transaction of a page."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort
from sqlalchemy.orm import joinedload

from billing.types import TYPES, TransactionType
from blueprints.menu import MenuEntry, NewEntry
from extensions import db
from models import Transaction

#: path → type; the shelf says which types there are
PATHS: dict[str, TransactionType] = {kind.path: kind for kind in TYPES.values()}
#: what an address means that names no type: the one that hours are put on
USUAL = next(kind.path for kind in TYPES.values() if kind.takes_hours)
#: a whole number that both databases can look up
ID = "int(max=2147483647)"

_any = ", ".join(f'"{path}"' for path in PATHS)
blueprint = Blueprint("transactions", __name__, url_prefix=f"/<any({_any}):type_path>")
MENU = tuple(
    MenuEntry("money", kind.title_plural, kind.icon, "transactions.index", "transactions.view", {"type_path": path})
    for path, kind in PATHS.items()
)
NEW = tuple(
    NewEntry(kind.title, kind.icon, "transactions.new", "transactions.edit", {"type_path": path})
    for path, kind in PATHS.items()
)


@blueprint.app_url_defaults
def mean_the_usual_type(endpoint: str, values: dict[str, Any]) -> None:
    """Let links leave out the type: other areas then mean the one that hours are put on."""
    if endpoint.startswith("transactions."):
        values.setdefault("type_path", USUAL)


def transaction_or_404(type_path: str, transaction_id: int) -> Transaction:
    """Return a transaction of this type with its customer and project; deleted drafts have no page."""
    options = [joinedload(Transaction.customer), joinedload(Transaction.project)]
    found = db.session.get(Transaction, transaction_id, options=options)
    if found is None or found.status == "deleted" or found.type != PATHS[type_path].key:
        abort(404)
    return found
