"""Writing an expense down: the form with its choices and presets, what it means, and keeping it with its receipt."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import request
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from billing import expenses
from billing.expenses import ExpenseValues
from billing.receipts import MOST_BYTES, Receipt, drop_receipt, keep_receipt, media_type_of
from blueprints.choosing import chosen_customer, chosen_project, taxes_offered
from blueprints.filters import organisation
from blueprints.framing import is_by_link
from blueprints.sessions import actor
from extensions import db
from forms.base import options
from forms.expenses import ExpenseForm
from models import Customer, Expense, Project, Tax, User

#: fields that show a column as it is
STORED = ("version", "date", "vendor", "description", "currency", "amount", "is_billable")


def expense_form(
    expense: Expense | None = None, project: Project | None = None, customer: Customer | None = None
) -> ExpenseForm:
    """Build the form for a stored expense or a new one; a project presets customer and currency."""
    presets = _new_values(project, customer) if expense is None else _stored_values(expense)
    form = ExpenseForm(data=presets)
    form.stored = expense
    found = organisation()
    form.tax_id.choices = options([(0, _("No tax")), *((tax.id, _tax_words(tax)) for tax in _taxes(expense))])
    people = [(user.id, user.name) for user in _people(expense)]
    form.paid_by_id.choices = options([(0, found.name if found else _("The organisation")), *people])
    _offer_currency(form, expense)
    return form


def _new_values(project: Project | None, customer: Customer | None) -> dict[str, Any]:
    found = organisation()
    customer = project.customer if project else customer
    base = found.base_currency if found else None
    return {
        "date": found.today() if found else None, "currency": customer.currency if customer else base,
        "is_billable": customer is not None, "tax_id": 0, "paid_by_id": 0, **_places(project, customer),
    }  # fmt: skip


def _stored_values(expense: Expense) -> dict[str, Any]:
    plain = {name: getattr(expense, name) for name in STORED}
    return plain | {
        "category": expense.category.name, "tax_mode": "included" if expense.tax_is_included else "added",
        "tax_id": expense.tax_id or 0, "paid_by_id": expense.paid_by_id or 0,
        "markup_percent": expense.markup_percent or None, **_places(expense.project, expense.customer),
    }  # fmt: skip


def _places(project: Project | None, customer: Customer | None) -> dict[str, str]:
    (customer_id, customer_name), (project_id, project_name) = _named(customer), _named(project)
    return {
        "customer_id": customer_id, "customer_id_text": customer_name,
        "project_id": project_id, "project_id_text": project_name,
    }  # fmt: skip


def _named(row: Customer | Project | None) -> tuple[str, str]:
    return (str(row.id), row.name) if row is not None else ("", "")


def _taxes(expense: Expense | None) -> list[Tax]:
    """Return the active taxes, and the one that the expense carries already."""
    return taxes_offered(other=expense.tax_id if expense else None)


def _tax_words(tax: Tax) -> str:
    percent = f"{tax.percent.normalize():f}"
    return tax.name if percent in tax.name else f"{tax.name} {percent} %"


def _people(expense: Expense | None) -> list[User]:
    """Return everybody who is active, and who paid this one; by a link only the latter."""
    paid = expense.paid_by_id if expense else None
    if is_by_link():
        return [expense.paid_by] if expense and expense.paid_by else []
    query = db.select(User).where((User.status == "active") | (User.id == (paid or 0)))
    return list(db.session.scalars(query.order_by(User.name, User.id).limit(500)))


def _offer_currency(form: ExpenseForm, expense: Expense | None) -> None:
    """Offer a stored currency that is no longer in use, so that it does not change by itself."""
    if expense and expense.currency not in {choice.value for choice in form.currency.choices}:
        form.currency.choices = [SelectChoice(expense.currency), *form.currency.choices]


def values_of(form: ExpenseForm, project: Project | None = None) -> ExpenseValues | None:
    """Check a form that was sent; None when something in it cannot be taken, which then stands beside its field.

    `project`: the one it must belong to, with that project's customer, whatever the form says.
    """
    is_fine = form.validate_on_submit()
    customer = project.customer if project else chosen_customer(request.form)
    project = project or chosen_project(request.form)
    is_fine = _places_fit(form, customer, project) and is_fine
    is_fine = _receipt_fits(form) and is_fine
    customer = customer or (project.customer if project else None)
    if form.is_billable.data and customer is None and not form.customer_id_text.errors:
        form.customer_id_text.errors, is_fine = [_("Choose whom it is billed to, or leave Billable out.")], False
    if not is_fine:
        return None
    return ExpenseValues(
        date=form.date.data, category=" ".join(form.category.data.split()), vendor=form.vendor.data,
        description=form.description.data.replace("\r\n", "\n"), currency=form.currency.data,
        amount=form.amount.value or Decimal(0), tax_id=form.tax_id.data or None,
        tax_is_included=form.tax_mode.data == "included", paid_by_id=form.paid_by_id.data or None,
        customer_id=customer.id if customer else None, project_id=project.id if project else None,
        is_billable=form.is_billable.data, markup_percent=form.markup_percent.value or Decimal(0),
    )  # fmt: skip


def _places_fit(form: ExpenseForm, customer: Customer | None, project: Project | None) -> bool:
    """Refuse names that fit nobody, and a project of another customer."""
    form.customer_id_text.errors, form.project_id_text.errors = [], []
    if customer is None and request.form.get("customer_id_text", "").strip():
        form.customer_id_text.errors = [_("No customer has this name. Choose one from the list.")]
    if project is None and request.form.get("project_id_text", "").strip():
        form.project_id_text.errors = [_("No project has this name. Choose one from the list.")]
    if customer and project and project.customer_id != customer.id and not _is_as_stored(form, customer, project):
        words = _("This is a project of %(customer)s. Choose that customer, or leave the project out.")
        form.project_id_text.errors = [words % {"customer": project.customer.name}]
    return not form.customer_id_text.errors and not form.project_id_text.errors


def _is_as_stored(form: ExpenseForm, customer: Customer, project: Project) -> bool:
    """Say whether the pair stands on the expense already: its project moved to another customer since."""
    stored = form.stored
    return stored is not None and (stored.customer_id, stored.project_id) == (customer.id, project.id)


def _receipt_fits(form: ExpenseForm) -> bool:
    """Check a file by its content, not by its name (ASVS 5.2)."""
    content = form.uploaded(MOST_BYTES)
    if content is None:
        return True
    problem = ""
    if len(content) > MOST_BYTES:
        problem = _("The file is larger than %(most)s MB. Make it smaller first.", most=MOST_BYTES // 1024 // 1024)
    elif media_type_of(content) is None:
        problem = _("This is neither a PDF nor a PNG, JPEG or WebP picture. Choose another file.")
    form.receipt.errors = [problem] if problem else []
    return not problem


@dataclass(frozen=True, slots=True)
class Kept:
    """An expense that was written down, and the receipt's file that nothing names any more."""

    expense: Expense
    dropped: str = ""

    def settle(self) -> None:
        """Remove the old receipt; call it after the commit."""
        drop_receipt(self.dropped)


def keep(form: ExpenseForm, values: ExpenseValues, expense: Expense | None = None) -> Kept:
    """Write a checked form into a new or stored expense, with its receipt; raises `MoveRefused`."""
    if expense is None:
        expense = expenses.add(values, actor())
    else:
        expenses.change(expense, values, actor(), form.version.data)
    receipt = _new_receipt(form)
    if receipt is None and not (form.drop_receipt.data and expense.receipt_file):
        return Kept(expense)
    return Kept(expense, expenses.set_receipt(expense, receipt, actor()))


def _new_receipt(form: ExpenseForm) -> Receipt | None:
    content = form.uploaded(MOST_BYTES)
    return keep_receipt(content, form.receipt.data.filename) if content else None
