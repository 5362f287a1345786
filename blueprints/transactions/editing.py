"""The editor of drafts: showing and saving; a stale tab is told and loses nothing typed. `live` is what moves in it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from billing import transactions
from billing.errors import MoveRefused
from billing.hours.time_entries import is_open as is_billable
from billing.transactions import can_change_party
from billing.transactions.changes import discount_limit
from billing.transactions.claim import refusal
from billing.types import type_of
from blueprints.access import may, needs
from blueprints.expenses.offering import waiting
from blueprints.filters import this_organisation
from blueprints.framing import framed_project_id, within_frame
from blueprints.refusals import said
from blueprints.render import after_write
from blueprints.sessions import actor
from blueprints.transactions.drafting import (
    LARGEST_SUM,
    LINES_SHOWN,
    Draft,
    changes_of,
    is_foreign,
    party_of,
    stored_draft,
    tax_words,
    typed_draft,
)
from blueprints.transactions.frame import ID, blueprint, transaction_or_404
from blueprints.transactions.lines import behind_lines
from blueprints.transactions.totalling import sums_of
from extensions import db
from models import Project, TimeEntry, Transaction

#: where to go after saving, by the button that was pressed
AFTER = {
    "send": "transactions.send",
    "hours": "transactions.add_hours",
    "expenses": "expenses.onto",
    "stay": "transactions.edit",
}


@blueprint.get(f"/<{ID}:transaction_id>/edit")
@needs("transactions.edit")
def edit(type_path: str, transaction_id: int) -> Any:
    """Show the editor; what is not a draft any more has a page but no editor."""
    transaction = transaction_or_404(type_path, transaction_id)
    if not type_of(transaction).may("edit", transaction.status):
        flash(refusal(transaction, "edit"), "warning")
        return redirect(url_for("transactions.show", type_path=type_path, transaction_id=transaction_id), 303)
    return editor(stored_draft(transaction))


def editor(draft: Draft, status: int = 200) -> Any:
    """Render the editor."""
    return render_template("transactions/edit.html", **editor_context(draft)), status


def editor_context(draft: Draft) -> dict[str, Any]:
    """Return what the editor's templates read."""
    transaction, kind = draft.transaction, type_of(draft.transaction)
    is_framed = framed_project_id() is not None
    return {
        "draft": draft, "transaction": transaction, "kind": kind, "form": draft.form, "sums": sums_of(draft),
        "is_foreign": is_foreign(transaction, this_organisation()), "lines_shown": LINES_SHOWN, "tax_words": tax_words,
        "can_move": not is_framed and can_change_party(transaction),
        "line_count": len(draft.before) + len(draft.lines) + len(draft.after),
        "can_pick": not is_framed and may("items.view"), "asks_retainer": kind.knows("accept"),
        "behind": behind_lines(transaction), "unbilled": unbilled_left(transaction),
        "unbilled_expenses": waiting(transaction), "may_send": may("transactions.send"),
    }  # fmt: skip


def unbilled_left(transaction: Transaction) -> int:
    """Return the seconds that this customer's projects could still put on a draft of this currency."""
    if not type_of(transaction).takes_hours:
        return 0
    of_customer = db.select(Project.id).where(
        Project.customer_id == transaction.customer_id, Project.currency == transaction.currency, Project.is_active,
        *within_frame(Project.id),
    )  # fmt: skip
    query = db.select(db.func.sum(TimeEntry.seconds)).where(is_billable(), TimeEntry.project_id.in_(of_customer))
    return int(db.session.scalar(query) or 0)


@blueprint.post(f"/<{ID}:transaction_id>/edit")
@needs("transactions.edit")
def save(type_path: str, transaction_id: int) -> Any:
    """Store the draft as typed; `then` says where to go on."""
    transaction = transaction_or_404(type_path, transaction_id)
    draft = typed_draft(transaction)
    if not is_fine(draft):
        return editor(draft, 422)
    party = party_of(draft)
    if draft.form.errors:
        return editor(draft, 422)
    version = draft.form.version.data
    is_over = request.form.get("over") == str(transaction.version)
    try:
        transactions.update(transaction, changes_of(draft, transaction.version if is_over else version, party), actor())
    except MoveRefused as reason:
        return _refused(type_path, transaction_id, said(reason))
    db.session.commit()
    flash(_("Saved."), "success")
    then = AFTER.get(request.form.get("then", ""), "transactions.show")
    return after_write(url_for(then, type_path=type_path, transaction_id=transaction_id))


def is_fine(draft: Draft) -> bool:
    """Check head and lines, all of them, so that every mistake is marked at once."""
    is_fine = draft.form.validate_on_submit()
    if any(line.is_gone for line in draft.lines):
        return is_fine and not any(line.errors for line in draft.lines)
    sums = sums_of(draft)
    discount, limit = draft.form.discount_value, discount_limit(draft.form.discount_kind.data, sums.subtotal)
    if not discount.errors and (discount.value or 0) > limit:
        discount.errors = [_("The discount is more than the lines come to. Enter a smaller one.")]
        is_fine = False
    if abs(sums.total) >= LARGEST_SUM:
        draft.problem = _("The total is larger than any bill. Check quantities and rates for a digit too many.")
        return False
    return is_fine and not draft.has_errors


def _refused(type_path: str, transaction_id: int, sentence: str) -> Any:
    """Show what was typed once more with what is in the way; the row may have changed, so it is read again."""
    transaction = transaction_or_404(type_path, transaction_id)
    draft = typed_draft(transaction)
    draft.is_stale = draft.form.version.data != transaction.version
    is_open = type_of(transaction).may("edit", transaction.status)
    draft.problem = _("Somebody changed this draft meanwhile.") if draft.is_stale and is_open else sentence
    return editor(draft, 409 if draft.is_stale else 422)


@blueprint.get(f"/<{ID}:transaction_id>/hours")
@needs("transactions.edit")
def add_hours(type_path: str, transaction_id: int) -> AnyResponse:
    """Go to choosing unbilled time for this draft: its own project, else the customer's first one that has some."""
    transaction = transaction_or_404(type_path, transaction_id)
    project_id = _project_with_hours(transaction)
    if project_id is None:
        flash(_("There are no unbilled hours left for %(name)s.", name=transaction.customer.name), "info")
        return redirect(url_for("transactions.edit", type_path=type_path, transaction_id=transaction_id), 303)
    url = url_for("transactions.new_from_project", type_path=type_path, project_id=project_id, onto=transaction_id)
    return redirect(url, 303)


def _project_with_hours(transaction: Transaction) -> int | None:
    has_some = db.select(TimeEntry.id).where(TimeEntry.project_id == Project.id, is_billable()).exists()
    query = db.select(Project.id).where(
        Project.customer_id == transaction.customer_id, Project.currency == transaction.currency, Project.is_active,
        has_some, *within_frame(Project.id),
    )  # fmt: skip
    is_own = (Project.id == (transaction.project_id or 0)).desc()
    found: int | None = db.session.scalar(query.order_by(is_own, Project.name, Project.id).limit(1))
    return found
