"""Keeping a customer: the form with its contact persons, and writing it down."""

from __future__ import annotations

from typing import Any

from flask import request
from wtforms.fields.choices import SelectChoice

from billing.transactions import visible
from blueprints.sessions import actor
from extensions import db
from forms.customers import BLANK_ROWS, CustomerForm
from models import ContactPerson, Customer, Transaction
from models.audit import record
from models.customer import name_key
from sync.sources import fed_fields

#: form fields that are columns of the customer
COLUMNS = (
    "name", "currency", "email", "phone", "website", "street", "zip_code", "city", "state", "country", "tax_id",
    "payment_terms_days", "notes",
)  # fmt: skip
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
        _drop_validators(form, fed_fields(customer.source, "customers"))
    _offer_currency(form, customer)
    if not form.is_submitted() or "more" in request.form:
        for _row in range(BLANK_ROWS):
            form.contact_persons.append_entry()
    return form


def _drop_validators(form: CustomerForm, fed: frozenset[str]) -> None:
    """What a sync feeds is not read from the form, so it cannot be wrong there."""
    for name in fed & set(COLUMNS):
        del form[name]


def _offer_currency(form: CustomerForm, customer: Customer | None) -> None:
    """Offer a stored currency that is no longer in use, so that it does not change by itself."""
    if customer and "currency" in form and customer.currency not in {choice.value for choice in form.currency.choices}:
        form.currency.choices = [SelectChoice(customer.currency), *form.currency.choices]


def keep(form: CustomerForm, customer: Customer, fed: frozenset[str]) -> Customer:
    """Write a valid form into a customer and the audit log; fields that a sync feeds stay as they are."""
    is_new = customer.id is None
    before = None if is_new else values_of(customer)
    for name in COLUMNS:
        if name not in fed and name in form:
            setattr(customer, name, _cleaned(form[name].data, is_number=name == "payment_terms_days"))
    customer.name_key = name_key(customer.name)
    _keep_persons(form, customer)
    db.session.add(customer)
    db.session.flush()
    verb = "customer.added" if is_new else "customer.edited"
    record(actor(), verb, ("customer", customer.id), change=(before, values_of(customer)))
    return customer


def _cleaned(value: Any, *, is_number: bool) -> Any:
    return value if is_number else " ".join((value or "").split(" ")).strip()


def values_of(customer: Customer) -> dict[str, Any]:
    """Return a customer's own values for the audit log."""
    return {name: getattr(customer, name) for name in COLUMNS}


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
