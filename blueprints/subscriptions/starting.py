"""What the form of a subscription starts with: nothing, an invoice, an expense, another subscription, or itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import abort

from billing.expenses import ExpenseValues
from billing.subscriptions import InvoiceTemplate
from billing.subscriptions.templates import expense_values
from blueprints.asked import whole
from blueprints.choosing import chosen_customer, chosen_project
from blueprints.filters import this_organisation
from blueprints.subscriptions.frame import KINDS, subscription_or_404
from extensions import db
from models import Customer, Expense, Project, Subscription, Transaction

#: words of the query string that say where a form starts
SOURCES = ("from_invoice", "from_expense", "from_subscription")
#: columns that a form shows under the same name
_RHYTHM = ("name", "every", "unit", "end_date", "max_count", "catch_up", "mode", "takes_hours", "layout", "version")


@dataclass(frozen=True, slots=True)
class Start:
    """What a form begins with. `stored`: the subscription that is edited."""

    kind: str
    currency: str
    rhythm: dict[str, Any]
    customer: Customer | None = None
    project: Project | None = None
    invoice: InvoiceTemplate = field(default_factory=InvoiceTemplate)
    expense: ExpenseValues | None = None
    stored: Subscription | None = None


def start_of(args: Mapping[str, str]) -> Start:
    """Read where a new one starts; what the query string names must be there."""
    if (source := whole(args.get("from_invoice"))) is not None:
        return _from_invoice(source)
    if (source := whole(args.get("from_expense"))) is not None:
        return _from_expense(source)
    if (source := whole(args.get("from_subscription"))) is not None:
        return from_subscription(subscription_or_404(source), is_edited=False)
    kind = args.get("kind", "invoice")
    return _blank(kind if kind in KINDS else "invoice", args)


def _blank(kind: str, args: Mapping[str, str]) -> Start:
    here = this_organisation()
    project, customer = chosen_project(args), chosen_customer(args)
    customer = project.customer if project else customer
    rhythm = {"date": here.today(), "name": project.name if project else "", "layout": here.default_layout}
    template = InvoiceTemplate(notes=here.invoice_notes, tax_mode=here.default_tax_mode, terms=here.default_terms)
    currency = (project or customer).currency if project or customer else here.base_currency  # type: ignore[union-attr]
    return Start(kind, currency, rhythm, customer, project, template)


def _from_invoice(transaction_id: int) -> Start:
    found = db.session.get(Transaction, transaction_id) or abort(404)
    if found.type not in KINDS or found.status == "deleted":
        abort(404)
    template = InvoiceTemplate.of(found)
    first = template.lines[0].name if template.lines else ""
    has_hours = any(line.kind == "time" and line.unit != "fixed" for line in found.lines)
    rhythm = {
        "date": this_organisation().today(), "name": first or (found.project.name if found.project else ""),
        "layout": found.layout, "takes_hours": has_hours and found.project_id is not None,
    }  # fmt: skip
    return Start("invoice", found.currency, rhythm, found.customer, found.project, template)


def _from_expense(expense_id: int) -> Start:
    found = db.session.get(Expense, expense_id) or abort(404)
    if found.deleted_at is not None:
        abort(404)
    values = ExpenseValues(
        found.date, found.category.name, found.vendor, found.description, found.currency, found.amount, found.tax_id,
        found.tax_is_included, found.paid_by_id, found.customer_id, found.project_id, found.is_billable,
        found.markup_percent,
    )  # fmt: skip
    rhythm = {"date": this_organisation().today(), "name": found.title}
    return Start("expense", found.currency, rhythm, found.customer, found.project, expense=values)


def from_subscription(found: Subscription, *, is_edited: bool) -> Start:
    """Return what a stored one shows: in its own form, or in that of a new one made from it."""
    rhythm = {name: getattr(found, name) for name in _RHYTHM} | {"date": found.start_date}
    if not is_edited:
        rhythm |= {"date": this_organisation().today(), "end_date": None, "max_count": None, "version": None}
    is_expense = found.kind == "expense"
    return Start(
        found.kind, found.currency, rhythm, found.customer, found.project,
        InvoiceTemplate() if is_expense else InvoiceTemplate.read(found.template),
        expense_values(found.template, found.start_date, found.currency) if is_expense else None,
        found if is_edited else None,
    )  # fmt: skip
