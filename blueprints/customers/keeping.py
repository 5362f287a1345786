"""Keeping a customer: the form with its contact persons and own fields, and writing it down."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from billing import custom_fields
from billing.terms import all_terms
from billing.transactions import visible
from blueprints.choosing import taxes_offered
from blueprints.sessions import actor
from extensions import db
from forms.base import options
from forms.custom_fields import TypedValue, read_values, stored_values
from forms.customers import BLANK_ROWS, CustomerForm
from models import ContactPerson, Customer, Transaction
from models.audit import record
from models.customer import name_key
from sync.sources import fed_custom, fed_fields

AREA = "customers"
#: form fields that are columns of the customer
COLUMNS = (
    "name", "currency", "email", "phone", "website", "street", "zip_code", "city", "state", "country", "tax_id",
    "payment_terms_days", "payment_term_id", "delivery_address", "registration_id", "electronic_address",
    "electronic_scheme", "buyer_reference", "language", "default_tax_id", "gets_reminders", "notes",
)  # fmt: skip
ROWS = ("payment_term_id", "default_tax_id")
PERSON_COLUMNS = ("first_name", "last_name", "email", "phone", "mobile", "is_primary")


def has_transactions(customer: Customer) -> bool:
    """Say whether money was written for a customer: then the currency stays."""
    query = db.select(Transaction.id).where(Transaction.customer_id == customer.id, visible())
    return db.session.scalar(query.limit(1)) is not None


def customer_form(customer: Customer | None) -> CustomerForm:
    """Build the form; below the contact persons stands a blank row, one more each time `more` was pressed."""
    form = CustomerForm(obj=customer)
    if customer and has_transactions(customer):
        form.locked_currency = customer.currency
    if customer:
        _drop_validators(form, fed_fields(customer.source, AREA))
    _offer_currency(form, customer)
    _offer_rows(form, customer)
    if not form.is_submitted() or "more" in request.form:
        for _row in range(BLANK_ROWS):
            form.contact_persons.append_entry()
    return form


def own_values(customer: Customer | None) -> list[TypedValue]:
    """Return the organisation's own fields as the form shows them; those that a sync feeds are left out."""
    fed = fed_custom(customer.source, AREA) if customer else frozenset()
    fields = [field for field in custom_fields.fields_of(AREA) if field.key not in fed]
    if request.method == "POST":
        return read_values(fields, request.form)
    return stored_values(fields, customer.custom if customer else None)


def _drop_validators(form: CustomerForm, fed: frozenset[str]) -> None:
    """What a sync feeds is not read from the form, so it cannot be wrong there."""
    for name in fed & set(COLUMNS):
        del form[name]


def _offer_currency(form: CustomerForm, customer: Customer | None) -> None:
    """Offer a stored currency or language that is no longer in use, so that it does not change by itself."""
    for name in ("currency", "language", "electronic_scheme"):
        if customer and name in form and getattr(customer, name) not in {choice.value for choice in form[name].choices}:
            form[name].choices = [SelectChoice(getattr(customer, name)), *form[name].choices]


def _offer_rows(form: CustomerForm, customer: Customer | None) -> None:
    """Offer named terms and taxes, those that the customer has already among them."""
    stored = customer.payment_term_id if customer else None
    terms = [(term.id, term.name) for term in all_terms(is_all=True) if term.is_active or term.id == stored]
    form.payment_term_id.choices = options([(0, _("None")), *terms])
    taxes = taxes_offered(other=customer.default_tax_id if customer else None)
    form.default_tax_id.choices = options([(0, _("None chosen")), *((tax.id, tax.name) for tax in taxes)])


def keep(form: CustomerForm, own: list[TypedValue], customer: Customer) -> Customer:
    """Write a valid form into a customer and the audit log; fields that a sync feeds stay as they are."""
    is_new = customer.id is None
    fed = frozenset() if is_new else fed_fields(customer.source, AREA)
    before = None if is_new else values_of(customer)
    for name in COLUMNS:
        if name not in fed and name in form:
            setattr(customer, name, _cleaned(name, form[name].data))
    customer.name_key = name_key(customer.name)
    _keep_own(own, customer)
    _keep_persons(form, customer)
    db.session.add(customer)
    db.session.flush()
    verb = "customer.added" if is_new else "customer.edited"
    record(actor(), verb, ("customer", customer.id), change=(before, values_of(customer)))
    return customer


def _cleaned(name: str, value: Any) -> Any:
    if name in ROWS:
        return value or None
    return " ".join(value.split(" ")).strip() if isinstance(value, str) else ("" if _is_text(name, value) else value)


def _is_text(name: str, value: Any) -> bool:
    return value is None and name != "payment_terms_days"


def values_of(customer: Customer) -> dict[str, Any]:
    """Return a customer's own values for the audit log."""
    plain = {name: getattr(customer, name) for name in COLUMNS}
    return plain | {f"custom.{key}": value for key, value in (customer.custom or {}).items()}


def _keep_own(own: list[TypedValue], customer: Customer) -> None:
    """Write the organisation's own fields; what is not offered stays in the row."""
    written = dict(customer.custom or {})
    for typed in own:
        written.pop(typed.field.key, None)
        if typed.value is not None:
            written[typed.field.key] = typed.value
    customer.custom = written


def _keep_persons(form: CustomerForm, customer: Customer) -> None:
    """Write the rows: known ids are changed, blank or removed rows go, others are new; one person is the primary."""
    known = {str(person.id): person for person in customer.contact_persons}
    kept: list[ContactPerson] = []
    for row in form.contact_persons:
        if row.form.is_removed.data or row.form.is_blank:
            continue
        person = known.get(row.form.id.data or "") or ContactPerson()
        for name in PERSON_COLUMNS:
            value = row.form[name].data
            setattr(person, name, bool(value) if name == "is_primary" else (value or "").strip())
        kept.append(person)
    primary = next((person for person in kept if person.is_primary), kept[0] if kept else None)
    for person in kept:
        person.is_primary = person is primary
    customer.contact_persons = kept
