"""The list of expenses as a file that spreadsheets open, streamed row by row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from flask import Flask, Response, current_app
from flask_babel import gettext as _

from billing.money import digits, round_money
from blueprints.access import needs
from blueprints.expenses.frame import blueprint
from blueprints.expenses.lists import ExpenseFilter, every_expense
from blueprints.expenses.pages import with_typed_names
from blueprints.filters import organisation
from extensions import reading
from models.expense import EXPENSE_STATES

#: a cell that begins so would be a formula
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@blueprint.get("/export")
@needs("expenses.view")
def export() -> Response:
    """Give the listed expenses as CSV, with the filters of the list."""
    chosen, found = with_typed_names(), organisation()
    name = f"expenses-{found.today().isoformat()}.csv" if found else "expenses.csv"
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    response = Response(_lines(app, chosen, _heads(), _words()), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _lines(app: Flask, chosen: ExpenseFilter, heads: list[str], words: dict[str, str]) -> Iterator[str]:
    """Give line after line, from a database session of their own: the request is over by then."""
    yield "\ufeff" + _line(heads)
    with app.app_context(), reading():
        for row in every_expense(chosen):
            yield _line(_cells(row, words))


def _words() -> dict[str, str]:
    said = {"draft": _("Draft"), "yes": _("Yes"), "no": _("No")}
    return {key: str(word) for key, word in said.items()} | {key: str(_(word)) for key, word in EXPENSE_STATES.items()}


def _heads() -> list[str]:
    return [
        str(word)
        for word in (
            _("Date"), _("Category"), _("Vendor"), _("Description"), _("Currency"), _("Net"), _("Tax"), _("Total"),
            _("Paid by"), _("Customer"), _("Project"), _("Markup"), _("State"), _("Invoice"), _("Receipt"),
        )
    ]  # fmt: skip


def _cells(row: Any, words: dict[str, str]) -> list[str]:
    amounts = [_amount(value, row.currency) for value in (row.net, row.tax_amount, row.total)]
    markup = f"{row.markup_percent.normalize():f}"
    invoice = (row.transaction_number or words["draft"]) if row.transaction_id else ""
    return [
        row.date.isoformat(), neutral(row.category), neutral(row.vendor), neutral(row.description), row.currency,
        *amounts, neutral(row.person or ""), neutral(row.customer or ""), neutral(row.project or ""), markup,
        words[row.billing_state], invoice, words["yes" if row.receipt_file else "no"],
    ]  # fmt: skip


def _amount(value: Decimal, currency: str) -> str:
    return f"{round_money(value, currency):.{digits(currency)}f}"


def neutral(text: str) -> str:
    """Return text that no spreadsheet takes for a formula (spec stack.md)."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _line(cells: list[str]) -> str:
    written = io.StringIO()
    csv.writer(written).writerow(cells)
    return written.getvalue()
