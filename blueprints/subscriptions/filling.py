"""Between a subscription and its form: what a new one starts with, what a stored one shows, what a sent one means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from flask import request
from flask_babel import gettext as _

from billing import subscriptions
from billing.expenses import ExpenseValues
from billing.hours.pricing import LAYOUTS
from billing.subscriptions import InvoiceTemplate, SubscriptionValues, TemplateLine, may_take_hours
from blueprints.choosing import chosen_customer, chosen_project, taxes_offered
from blueprints.expenses.editing import values_of
from blueprints.filters import this_organisation
from blueprints.subscriptions.starting import Start
from blueprints.transactions.drafting import tax_words
from extensions import db
from forms.base import options
from forms.subscription_lines import item_ids_of, next_line, read_lines, stored_lines
from forms.subscriptions import ExpenseSubscriptionForm, InvoiceSubscriptionForm, rhythm_of
from forms.transactions import LineFields
from models import Customer, Item, Project, Tax, User

#: the form's fields that a template keeps under the same name
_HEAD = ("reference", "notes", "tax_mode")


@dataclass(slots=True)
class Filled:
    """A form with its lines. `start`: what it began with, which also holds what the form does not show."""

    form: Any
    start: Start
    taxes: list[Tax]
    lines: list[LineFields] = field(default_factory=list)
    project: Project | None = None

    @property
    def kind(self) -> str:
        """What it makes: invoice or expense."""
        return self.start.kind

    @property
    def may_take_hours(self) -> bool:
        """Whether the project's hours can join: not where it has a fixed price (requirements T-22)."""
        return may_take_hours(self.project)

    @property
    def currency(self) -> str:
        """The currency of what it makes."""
        if self.kind == "expense":
            return str(self.form.currency.data)
        customer = chosen_customer(request.values) if request.values.get("customer_id_text") else self.start.customer
        place = self.project or customer
        return place.currency if place is not None else this_organisation().base_currency


def filled(start: Start) -> Filled:
    """Build the form: as sent in a POST, else as the start says it."""
    return _expense(start) if start.kind == "expense" else _invoice(start)


def _invoice(start: Start) -> Filled:
    template, is_sent = start.invoice, request.method == "POST"
    form = InvoiceSubscriptionForm(data=start.rhythm | _named(start) | {name: getattr(template, name) for name in _HEAD}
                                   | {"hours_tax_id": template.hours_tax_id or 0})  # fmt: skip
    taxes = taxes_offered(template.tax_ids())
    form.hours_tax_id.choices = options([(0, _("No tax")), *((tax.id, tax_words(tax)) for tax in taxes)])
    form.layout.choices = options((key, _(words)) for key, words in LAYOUTS.items())
    lines = _sent_lines(taxes) if is_sent else stored_lines(template.lines)
    project = chosen_project(request.form) if is_sent else start.project
    if is_sent and not request.form.get("project_id_text", "").strip():
        project = None
    return Filled(form, start, taxes, lines or [next_line([])], project)


def _sent_lines(taxes: list[Tax]) -> list[LineFields]:
    """Read the lines; the buttons of lines add and remove some."""
    items = set(db.session.scalars(db.select(Item.id).where(Item.id.in_(sorted(item_ids_of(request.form))))))
    lines = read_lines(request.form, {tax.id for tax in taxes}, items)
    lines = [line for line in lines if line.key != request.form.get("remove")]
    return [*lines, next_line(lines)] if "add" in request.form else lines


def _expense(start: Start) -> Filled:
    values = start.expense
    presets = start.rhythm | _named(start) | {
        "currency": start.currency, "tax_id": values.tax_id or 0 if values else 0,
        "paid_by_id": values.paid_by_id or 0 if values else 0,
    }  # fmt: skip
    if values is not None:
        plain = ("category", "vendor", "description", "amount", "is_billable")
        presets |= {name: getattr(values, name) for name in plain}
        presets |= {"tax_mode": "included" if values.tax_is_included else "added",
                    "markup_percent": values.markup_percent or None}  # fmt: skip
    form = ExpenseSubscriptionForm(data=presets)
    taxes = taxes_offered({values.tax_id} if values and values.tax_id else set())
    form.tax_id.choices = options([(0, _("No tax")), *((tax.id, tax_words(tax)) for tax in taxes)])
    people = db.session.scalars(db.select(User).where(User.status == "active").order_by(User.name, User.id).limit(500))
    form.paid_by_id.choices = options(
        [(0, this_organisation().name), *((person.id, person.name) for person in people)]
    )  # fmt: skip
    return Filled(form, start, taxes, project=start.project)


def _named(start: Start) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, row in (("customer_id", start.customer), ("project_id", start.project)):
        found |= {name: str(row.id) if row else "", f"{name}_text": row.name if row else ""}
    return found


def meant(sent: Filled) -> SubscriptionValues | None:
    """Check what was sent; None when something cannot be taken, which then stands beside its field."""
    if sent.kind == "expense":
        values = values_of(sent.form)
        return None if values is None else _expense_meant(sent, values)
    is_fine = sent.form.validate_on_submit()
    customer = _customer(sent)
    if any(line.errors for line in sent.lines):
        sent.form.form_errors.append(_("Some lines cannot be taken as they are. What is wrong stands beside them."))
        is_fine = False
    elif not _template_lines(sent) and not sent.form.takes_hours.data:
        sent.form.form_errors.append(_("There is nothing to bill yet. Add a line, or let the project's hours join."))
        is_fine = False
    return _invoice_meant(sent, customer) if is_fine and customer is not None else None


def _customer(sent: Filled) -> Customer | None:
    """Return whom it is for: the customer chosen, else the project's; None with the reason beside the field."""
    form, project = sent.form, sent.project
    form.customer_id_text.errors, form.project_id_text.errors = [], []
    customer = chosen_customer(request.form) if form.customer_id_text.data else None
    if form.project_id_text.data and project is None:
        form.project_id_text.errors = [_("Choose a project from the list, or none.")]
        return None
    if customer is None and not form.customer_id_text.data and project is not None:
        customer = project.customer
    if customer is None:
        form.customer_id_text.errors = [_("Choose a customer from the list.")]
        return None
    if project is not None and project.customer_id != customer.id:
        words = _("%(project)s is a project of %(customer)s. Choose that customer, or no project.",
                  project=project.name, customer=project.customer.name)  # fmt: skip
        form.project_id_text.errors = [words]
        return None
    if form.takes_hours.data and not sent.may_take_hours:
        form.takes_hours.errors = [_("Hours can join only from a project that is billed by its hours.")]
        return None
    return customer


def _template_lines(sent: Filled) -> tuple[TemplateLine, ...]:
    return tuple(
        TemplateLine(
            line.name, line.description, line.quantity_value, line.unit, line.rate_value, line.discount_value,
            line.tax_id, line.item_id,
        )
        for line in sent.lines if not line.is_untouched
    )  # fmt: skip


def template_of(sent: Filled) -> InvoiceTemplate:
    """Return the template as it was sent, with what its start held and the form does not show."""
    form = sent.form
    head: dict[str, Any] = {name: getattr(form, name).data or "" for name in _HEAD}
    return replace(
        sent.start.invoice, lines=_template_lines(sent), hours_tax_id=form.hours_tax_id.data or None, **head
    )  # fmt: skip


def _invoice_meant(sent: Filled, customer: Customer) -> SubscriptionValues:
    form, project = sent.form, sent.project
    return SubscriptionValues(
        kind="invoice", currency=project.currency if project else customer.currency, customer_id=customer.id,
        project_id=project.id if project else None, mode=form.mode.data, takes_hours=form.takes_hours.data,
        layout=form.layout.data, template=subscriptions.plain(template_of(sent)), **rhythm_of(form),
    )  # fmt: skip


def _expense_meant(sent: Filled, values: ExpenseValues) -> SubscriptionValues:
    return SubscriptionValues(
        kind="expense", currency=values.currency, customer_id=values.customer_id, project_id=values.project_id,
        template=subscriptions.plain_expense(values), **rhythm_of(sent.form),
    )  # fmt: skip


def rough_amount(sent: Filled) -> Decimal:
    """Return what each would come to as typed; what cannot be read counts as nothing."""
    if sent.kind == "invoice":
        return subscriptions.sums_of(template_of(sent), sent.currency).total
    form = sent.form
    plain: Mapping[str, Any] = {
        "category": "", "vendor": "", "description": "", "amount": str(getattr(form.amount, "value", None) or 0),
        "tax_id": form.tax_id.data or None, "tax_is_included": form.tax_mode.data == "included",
    }  # fmt: skip
    return subscriptions.amount_of("expense", dict(plain), sent.currency)
