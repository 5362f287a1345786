"""The list of expenses, the page of one, writing one down, changing, deleting, and its receipt."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from billing import expenses
from billing.errors import MoveRefused
from billing.expenses import billed_amount
from billing.receipts import MOST_BYTES, drop_receipt, receipt_path
from blueprints.access import needs
from blueprints.choosing import chosen_customer, chosen_project, name_of, named
from blueprints.expenses.editing import expense_form, keep, values_of
from blueprints.expenses.frame import ID, blueprint, expense_or_404
from blueprints.expenses.lists import ExpenseFilter, categories, expense_page, expense_sums
from blueprints.filters import day
from blueprints.framing import framed_project
from blueprints.links import transaction_url
from blueprints.paging import removable
from blueprints.refusals import said
from blueprints.render import after_write, page_or_fragment
from blueprints.sessions import actor
from extensions import db
from forms.expenses import ExpenseForm
from models import Customer, Expense, Project
from models.expense import EXPENSE_STATES

#: filters that are chosen by typing a name
FILTERED_BY_NAME: dict[str, Any] = {"project_id": Project, "customer_id": Customer}


@blueprint.get("/")
@needs("expenses.view")
def index() -> Any:
    """List expenses; filters in the query string."""
    chosen = with_typed_names()
    names = {key: name_of(model, getattr(chosen, key), request.args, key) for key, model in FILTERED_BY_NAME.items()}
    sums, kinds = expense_sums(chosen), categories(is_all=True)
    return page_or_fragment(
        "expenses/index.html", "expenses/_expenses_list.html",
        page=expense_page(chosen, sums.count), sums=sums, chosen=chosen, categories=kinds,
        customer_name=names["customer_id"], project_name=names["project_id"],
        state_choices=[(key, _(words)) for key, words in EXPENSE_STATES.items()],
        active=_active(chosen, names | {"category_id": _category_name(chosen, kinds)}),
    )  # fmt: skip


def with_typed_names() -> ExpenseFilter:
    """Read the filter; a name typed without picking it from the list filters too, and an unknown one fits nothing."""
    chosen = ExpenseFilter.read(request.args)
    for key, model in FILTERED_BY_NAME.items():
        if getattr(chosen, key) is None and request.args.get(f"{key}_text", "").strip():
            found = named(model, request.args[f"{key}_text"])
            wanted: dict[str, Any] = {key: found.id if found else 0}
            chosen = replace(chosen, **wanted)
    return chosen


def _category_name(chosen: ExpenseFilter, kinds: list[Any]) -> str:
    return next((kind.name for kind in kinds if kind.id == chosen.category_id), "")


def _active(chosen: ExpenseFilter, names: dict[str, str]) -> list[tuple[str, str]]:
    """Return what is filtered, as (words, address without it)."""
    shown = {key: text or _("Unknown") for key, text in names.items() if getattr(chosen, key) is not None}
    shown |= {"state": _(EXPENSE_STATES[chosen.state])} if chosen.state else {}
    shown |= {"since": _("From %(day)s", day=day(chosen.since))} if chosen.since else {}
    shown |= {"until": _("To %(day)s", day=day(chosen.until))} if chosen.until else {}
    shown |= {"q": chosen.q} if chosen.q else {}
    return removable(shown)


@blueprint.get(f"/<{ID}:expense_id>")
@needs("expenses.view")
def show(expense_id: int) -> Any:
    """Show one expense: what was spent, what the customer pays for it, its receipt, its life."""
    expense = expense_or_404(expense_id)
    billed = billed_amount(expense, expense.currency) if expense.is_billable else None
    events = [(event, transaction_url(event.transaction_id)) for event in expenses.life(expense_id)]
    on, number = expenses.where_billed([expense_id]).get(expense_id, (None, None))
    return render_template(
        "expenses/show.html", expense=expense, billed=billed, events=events, locked=expenses.why_locked(expense),
        transaction_number=number, transaction_link=transaction_url(on), has_receipt=receipt_path(expense) is not None,
    )  # fmt: skip


@blueprint.route("/new", methods=["GET", "POST"])
@needs("expenses.edit")
def new() -> Any:
    """Write an expense down; `project_id` or `customer_id` in the query string presets it (T-02)."""
    project, customer = chosen_project(request.args), chosen_customer(request.args)
    form = expense_form(project=project, customer=customer)
    return _save(form, None) if form.is_submitted() else form_page(form, None, 200)


@blueprint.route(f"/<{ID}:expense_id>/edit", methods=["GET", "POST"])
@needs("expenses.edit")
def edit(expense_id: int) -> Any:
    """Change an expense that is on no line."""
    expense = expense_or_404(expense_id)
    if locked := expenses.why_locked(expense):
        flash(locked, "warning")
        return redirect(url_for("expenses.show", expense_id=expense_id), 303)
    form = expense_form(expense)
    return _save(form, expense) if form.is_submitted() else form_page(form, expense, 200)


def form_page(form: ExpenseForm, expense: Expense | None, status: int, problem: str = "") -> Any:
    """Render the form, with what is wrong beside the fields and nothing typed lost."""
    return render_template(
        "expenses/edit.html", form=form, expense=expense, problem=problem, categories=categories(),
        most_megabytes=MOST_BYTES // 1024 // 1024, fixed_project=framed_project(),
    ), status  # fmt: skip


def _save(form: ExpenseForm, expense: Expense | None) -> Any:
    values = values_of(form, framed_project())
    if values is None:
        return form_page(form, expense, 422)
    try:
        kept = keep(form, values, expense)
    except MoveRefused as reason:
        sentence = said(reason)
        return form_page(form, expense_or_404(expense.id) if expense else None, 409, sentence)
    db.session.commit()
    kept.settle()
    flash(_("Saved."), "success")
    return after_write(url_for("expenses.show", expense_id=kept.expense.id))


@blueprint.post(f"/<{ID}:expense_id>/delete")
@needs("expenses.edit")
def delete(expense_id: int) -> AnyResponse:
    """Delete an expense that is on no line."""
    expense = expense_or_404(expense_id)
    try:
        dropped = expenses.delete(expense, actor())
    except MoveRefused as reason:
        flash(said(reason), "error")
        return after_write(url_for("expenses.show", expense_id=expense_id))
    db.session.commit()
    drop_receipt(dropped)
    flash(_("The expense was deleted."), "success")
    return after_write(url_for("expenses.index"))


@blueprint.get(f"/<{ID}:expense_id>/receipt")
@needs("expenses.view")
def receipt(expense_id: int) -> Response:
    """Give the receipt as a download; a browser neither guesses its type nor runs anything in it."""
    expense = expense_or_404(expense_id)
    path = receipt_path(expense) or abort(404)
    response = make_response(path.read_bytes())
    response.mimetype = expense.receipt_type
    response.headers.set("Content-Disposition", "attachment", filename=expense.receipt_name)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
