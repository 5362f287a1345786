"""The editor of drafts: head, lines, live totals, saving; a stale tab is told and loses nothing typed."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from billing import transactions
from billing.errors import MoveRefused
from billing.time_entries import is_open as is_billable
from billing.transactions.claim import refusal
from billing.types import type_of
from blueprints.access import may, needs
from blueprints.expenses.offering import waiting
from blueprints.framing import within_frame
from blueprints.render import after_write, page_or_fragment, wants_fragment
from blueprints.sessions import actor
from blueprints.transactions.drafting import (
    LARGEST_SUM,
    Draft,
    changes_of,
    editor_context,
    party_of,
    stored_draft,
    sums_of,
    typed_draft,
)
from blueprints.transactions.frame import ID, blueprint, said, this_organisation, transaction_or_404
from blueprints.transactions.lines import behind_lines
from extensions import db
from forms.transactions import blank_line
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
    return render_template("transactions/edit.html", **_context(draft)), status


def _context(draft: Draft) -> dict[str, Any]:
    transaction = draft.transaction
    return {
        **editor_context(draft, this_organisation()), "behind": behind_lines(transaction), "kind": type_of(transaction),
        "unbilled": unbilled_left(transaction),
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
    if not _is_fine(draft):
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


def _is_fine(draft: Draft) -> bool:
    """Check head and lines, all of them, so that every mistake is marked at once."""
    is_fine = draft.form.validate_on_submit()
    if any(line.is_gone for line in draft.lines):
        return is_fine and not any(line.errors for line in draft.lines)
    if abs(sums_of(draft).total) >= LARGEST_SUM:
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


@blueprint.post(f"/<{ID}:transaction_id>/lines")
@needs("transactions.edit")
def change_lines(type_path: str, transaction_id: int) -> Any:
    """Show the editor with one line more or one less; stores nothing."""
    draft = typed_draft(transaction_or_404(type_path, transaction_id))
    gone = request.form.get("remove", "")
    draft.lines = [line for line in draft.lines if line.key != gone]
    if "add" in request.form:
        last_tax = draft.lines[-1].tax_id if draft.lines else None
        draft.lines.append(blank_line([line.key for line in draft.lines], last_tax))
    return _unsaved("transactions/_editor_body.html", draft)


@blueprint.post(f"/<{ID}:transaction_id>/totals")
@needs("transactions.edit")
def live_totals(type_path: str, transaction_id: int) -> Any:
    """Show what the lines come to as typed; stores nothing."""
    draft = typed_draft(transaction_or_404(type_path, transaction_id))
    return _unsaved("transactions/_editor_totals.html", draft, amounts_of(draft))


def amounts_of(draft: Draft) -> str:
    """Render the amount of each line as an out-of-band swap: no input is touched while somebody types."""
    if not wants_fragment():
        return ""
    facts = {"sums": sums_of(draft), "transaction": draft.transaction, "oob": True}
    return "".join(render_template("transactions/_line_amount.html", line=line, **facts) for line in draft.lines)


@blueprint.post(f"/<{ID}:transaction_id>/dates")
@needs("transactions.edit")
def live_dates(type_path: str, transaction_id: int) -> Any:
    """Show date, terms and due date after one of them was changed; stores nothing."""
    return _unsaved("transactions/_editor_dates.html", typed_draft(transaction_or_404(type_path, transaction_id)))


def _unsaved(fragment: str, draft: Draft, more: str = "") -> Any:
    answer = page_or_fragment("transactions/edit.html", fragment, **_context(draft), is_unsaved=True)
    if more:
        answer.set_data(answer.get_data(as_text=True) + more)
    db.session.rollback()
    return answer


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
