"""*Convert to invoice*: one expense or several of one customer become a draft (requirements T-24)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import joinedload

from billing import expenses
from billing.errors import MoveRefused
from blueprints.access import needs
from blueprints.expenses.frame import blueprint
from blueprints.refusals import said
from blueprints.render import after_write
from blueprints.sessions import actor
from extensions import db
from forms.expenses import TypedRates, read_rates
from models import Expense


@blueprint.post("/convert")
@needs("transactions.edit")
def convert() -> Any:
    """Make a draft of the chosen expenses; asks for an exchange rate where one is missing."""
    ids = chosen_ids(request.form.getlist("ids"))
    found = _found(ids)
    currency = expenses.draft_currency(found)
    rates = read_rates(request.form, expenses.foreign_currencies(found, currency) if currency else ())
    if rates.errors:
        return _ask(found, currency, rates)
    try:
        draft = expenses.start_from_expenses(ids, actor(), rates.values)
    except MoveRefused as reason:
        sentence = said(reason)
        return _ask(_found(ids), currency, rates, sentence)
    count = len(ids)
    db.session.commit()
    flash(
        ngettext("%(num)d expense is on the draft. Check it, then save and send.",
                 "%(num)d expenses are on the draft. Check it, then save and send.", count), "success",
    )  # fmt: skip
    return after_write(url_for("transactions.edit", type_path="invoices", transaction_id=draft.id))


def chosen_ids(texts: Sequence[str]) -> list[int]:
    """Read the ids of ticked boxes, each once; what is no id is left aside."""
    return list(dict.fromkeys(int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 10))


def _found(ids: Sequence[int]) -> list[Expense]:
    named = (joinedload(Expense.category), joinedload(Expense.customer))
    query = db.select(Expense).where(Expense.id.in_(ids[: expenses.MOST]), Expense.deleted_at.is_(None))
    return list(db.session.scalars(query.options(*named).order_by(Expense.date, Expense.id)))


def _ask(found: list[Expense], currency: str | None, rates: TypedRates, problem: str = "") -> Any:
    """Show the chosen expenses with what is in the way, and fields for the rates that are missing."""
    needs_rates = bool(rates.typed) and all(expense.billing_state == "unbilled" for expense in found)
    return render_template(
        "expenses/convert.html", expenses=found, currency=currency, rates=rates, needs_rates=needs_rates,
        problem=problem or _("A rate cannot be read. Correct what is marked."),
    ), 422  # fmt: skip
