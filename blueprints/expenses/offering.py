"""A new invoice offers the unbilled expenses of its project and customer, with tick boxes (requirements T-10, T-24)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import joinedload
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from billing import expenses
from billing.errors import MoveRefused
from billing.expenses import billed_amount
from billing.types import TYPES, TransactionType, type_of
from blueprints.access import needs
from blueprints.expenses.converting import chosen_ids
from blueprints.expenses.frame import ID, blueprint
from blueprints.filters import money
from blueprints.refusals import said
from blueprints.render import after_write
from blueprints.sessions import actor
from extensions import db
from models import Expense, Project, Transaction


@dataclass(frozen=True, slots=True)
class Offer:
    """What may go on an invoice besides hours: expenses in its currency, what each is billed at, which are ticked.

    `foreign`: how many more there are in other currencies; these need a rate and are converted one by one.
    """

    expenses: list[Expense]
    billed: Mapping[int, str]
    ticked: frozenset[int]
    foreign: int

    @property
    def chosen(self) -> list[int]:
        """Ids of the ticked ones, oldest first."""
        return [expense.id for expense in self.expenses if expense.id in self.ticked]


def offer_of(project: Project, kind: TransactionType, data: MultiDict[str, str], also: Sequence[int] = ()) -> Offer:
    """Return the unbilled expenses of exactly this project (and those in `also`) and its customer; nothing for what is
    no invoice.

    Where the boxes were shown already (`offered` was sent along) those that were ticked stay so; else all are.
    """
    projects = (project.id, *also) if kind.takes_hours and kind.is_owed else ()
    found = [one for project_id in projects for one in expenses.unbilled(project.customer_id, project_id)]
    own = [expense for expense in found if expense.currency == project.currency]
    billed = {expense.id: money(billed_amount(expense, project.currency), project.currency) for expense in own}
    ticked = set(data.getlist("expense")) if "offered" in data else {str(key) for key in billed}
    return Offer(own, billed, frozenset(key for key in billed if str(key) in ticked), len(found) - len(own))


@blueprint.get(f"/of-project/<{ID}:project_id>")
@needs("transactions.edit")
def of_project(project_id: int) -> Any:
    """Show the unbilled expenses of a project, to be put on a new invoice or on a draft (`onto`)."""
    return _page(_project(project_id), _draft(request.args.get("onto")), request.args, 200)


@blueprint.post(f"/of-project/<{ID}:project_id>")
@needs("transactions.edit")
def bill_project(project_id: int) -> Any:
    """Make a draft of the ticked expenses, or put them on the draft that was named."""
    project, draft = _project(project_id), _draft(request.form.get("onto"))
    ids = chosen_ids(request.form.getlist("expense"))
    shown = offer_of(project, _kind(draft), request.form)
    if not ids:
        return _page(project, draft, request.form, 422, _("Tick the expenses that you want to invoice."))
    if set(ids) - set(shown.billed):
        return _page(project, draft, request.form, 422, _("Some of these are not unbilled any more. Look again."))
    try:
        draft = _bill(draft, ids)
    except MoveRefused as reason:
        sentence = said(reason)
        return _page(_project(project_id), _draft(request.form.get("onto")), request.form, 422, sentence)
    db.session.commit()
    flash(ngettext("%(num)d expense is on the draft.", "%(num)d expenses are on the draft.", len(ids)), "success")
    return after_write(url_for("transactions.edit", type_path=type_of(draft).path, transaction_id=draft.id))


@blueprint.get(f"/onto/<{ID}:transaction_id>")
@needs("transactions.edit")
def onto(transaction_id: int) -> AnyResponse:
    """Go to choosing unbilled expenses for a draft, from its editor."""
    draft = _draft(str(transaction_id))
    if draft is None or draft.project_id is None:
        abort(404)
    return redirect(url_for("expenses.of_project", project_id=draft.project_id, onto=draft.id), 303)


def waiting(draft: Transaction) -> int:
    """Return how many unbilled expenses of its project and customer a draft could still take; one statement."""
    if draft.project_id is None or not (_kind(draft).takes_hours and _kind(draft).is_owed):
        return 0
    own = (Expense.project_id == draft.project_id) & (Expense.customer_id == draft.customer_id)
    query = db.select(db.func.count()).select_from(Expense).where(own, Expense.billing_state == "unbilled")
    return db.session.scalar(query.where(Expense.deleted_at.is_(None))) or 0


def _bill(draft: Transaction | None, ids: list[int]) -> Transaction:
    if draft is None:
        return expenses.start_from_expenses(ids, actor())
    expenses.take(draft, ids, actor())
    return draft


def _project(project_id: int) -> Project:
    return db.session.get(Project, project_id, options=[joinedload(Project.customer)]) or abort(404)


def _draft(text: str | None) -> Transaction | None:
    """Return the draft that the expenses are added to; None when a new one is made."""
    if not text:
        return None
    is_id = text.isascii() and text.isdigit() and len(text) < 10
    found = db.session.get(Transaction, int(text)) if is_id else None
    return found if found is not None and found.status != "deleted" else abort(404)


def _kind(draft: Transaction | None) -> TransactionType:
    return TYPES["invoice"] if draft is None else type_of(draft)


def _page(project: Project, draft: Transaction | None, data: Any, status: int, problem: str = "") -> Any:
    kind = _kind(draft)
    return render_template(
        "expenses/of_project.html", project=project, draft=draft, kind=kind, problem=problem,
        offer=offer_of(project, kind, data),
    ), status  # fmt: skip
