"""The list of expenses as a file, with the filters of the list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Response
from flask_babel import gettext as _

from billing.tables import Column, Table
from blueprints.access import needs
from blueprints.downloads import send_table
from blueprints.expenses.frame import blueprint
from blueprints.expenses.lists import ExpenseFilter, every_expense
from blueprints.expenses.pages import with_typed_names
from blueprints.filters import organisation
from models.expense import EXPENSE_STATES


@blueprint.get("/export.<any(csv, xlsx):format>")
@needs("expenses.view")
def export(format: str) -> Response:
    """Give the listed expenses as a file."""
    found = organisation()
    name = f"expenses-{found.today().isoformat()}" if found else "expenses"
    return send_table(Table(_("Expenses"), _columns(), _rows(with_typed_names(), _words())), format, name)


def _words() -> dict[str, str]:
    said = {"draft": _("Draft"), "yes": _("Yes"), "no": _("No")}
    return {key: str(word) for key, word in said.items()} | {key: str(_(word)) for key, word in EXPENSE_STATES.items()}


def _columns() -> list[Column]:
    return [
        Column("date", _("Date"), "date"), Column("category", _("Category")), Column("vendor", _("Vendor")),
        Column("description", _("Description")), Column("currency", _("Currency")),
        Column("net", _("Net"), "money", currency_in="currency"),
        Column("tax", _("Tax"), "money", currency_in="currency"),
        Column("total", _("Total"), "money", currency_in="currency"), Column("paid_by", _("Paid by")),
        Column("customer", _("Customer")), Column("project", _("Project")), Column("markup", _("Markup"), "amount"),
        Column("state", _("State")), Column("invoice", _("Invoice")), Column("receipt", _("Receipt")),
    ]  # fmt: skip


def _rows(chosen: ExpenseFilter, words: dict[str, str]) -> Iterator[list[Any]]:
    for row in every_expense(chosen):
        yield [
            row.date, row.category, row.vendor, row.description, row.currency, row.net, row.tax_amount, row.total,
            row.person, row.customer, row.project, row.markup_percent, words[row.billing_state],
            (row.transaction_number or words["draft"]) if row.transaction_id else None,
            words["yes" if row.receipt_file else "no"],
        ]  # fmt: skip
