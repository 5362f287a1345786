"""The area of expenses: its blueprint, its menu entries, and finding the expense of a page."""

from __future__ import annotations

from flask import Blueprint, abort
from sqlalchemy.orm import joinedload

from blueprints.menu import MenuEntry, NewEntry
from extensions import db
from models import Expense

#: a whole number that both databases can look up
ID = "int(max=2147483647)"
blueprint = Blueprint("expenses", __name__, url_prefix="/expenses")
MENU = (MenuEntry("money", "Expenses", "receipt", "expenses.index", "expenses.view"),)
NEW = (NewEntry("Expense", "receipt", "expenses.new", "expenses.edit"),)


def expense_or_404(expense_id: int) -> Expense:
    """Return an expense with all that its page names; deleted ones have no page."""
    named = (Expense.category, Expense.tax, Expense.customer, Expense.project, Expense.paid_by)
    found = db.session.get(Expense, expense_id, options=[joinedload(relation) for relation in named])
    if found is None or found.deleted_at is not None:
        abort(404)
    return found
