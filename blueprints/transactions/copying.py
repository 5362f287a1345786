"""Duplicating a transaction into a new draft of the same or another type."""

from __future__ import annotations

from typing import Any

from flask import flash, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from billing import transactions
from billing.errors import MoveRefused
from billing.transactions.copies import copied_lines
from billing.types import TYPES, type_of
from blueprints.access import needs
from blueprints.refusals import said
from blueprints.render import after_write
from blueprints.sessions import actor
from blueprints.transactions.frame import ID, PATHS, blueprint, transaction_or_404
from extensions import db
from models import Transaction


@blueprint.get(f"/<{ID}:transaction_id>/copy")
@needs("transactions.edit")
def copy(type_path: str, transaction_id: int) -> Any:
    """Ask what the copy shall be, and say what it takes along."""
    return _page(transaction_or_404(type_path, transaction_id))


@blueprint.post(f"/<{ID}:transaction_id>/copy")
@needs("transactions.edit")
def make_copy(type_path: str, transaction_id: int) -> Any:
    """Make the copy and open it in the editor."""
    transaction = transaction_or_404(type_path, transaction_id)
    kind = PATHS.get(request.form.get("to", type_path))
    try:
        made = transactions.copy(transaction, kind.key if kind else "", actor())
    except MoveRefused as reason:
        sentence = said(reason)
        return _page(transaction_or_404(type_path, transaction_id), sentence)
    db.session.commit()
    flash(_("This is the copy. Check it, then save and send."), "success")
    return after_write(url_for("transactions.edit", type_path=type_of(made).path, transaction_id=made.id))


def _page(transaction: Transaction, problem: str = "") -> Any:
    taken = len(copied_lines(transaction))
    left = sum(line.kind in ("time", "expense") for line in transaction.lines)
    along = ngettext("%(num)d line goes along.", "%(num)d lines go along.", taken)
    behind = ngettext("%(num)d line of hours or expenses stays behind.",
                      "%(num)d lines of hours and expenses stay behind.", left) if left else ""  # fmt: skip
    return render_template(
        "transactions/copy.html", transaction=transaction, kind=type_of(transaction), kinds=TYPES.values(),
        problem=problem, along=along, behind=behind,
    ), 422 if problem else 200  # fmt: skip
