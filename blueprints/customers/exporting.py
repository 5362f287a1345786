"""The list of customers as a file, with the filters of the list and the organisation's own fields."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import request
from flask_babel import gettext as _
from sqlalchemy.orm import selectinload

from billing import custom_fields
from billing.tables import Column, Table
from blueprints.access import needs
from blueprints.choosing import like
from blueprints.customers.frame import blueprint
from blueprints.customers.lists import STATES
from blueprints.downloads import send_table
from extensions import db
from models import ContactPerson, Customer, CustomField, PaymentTerm, Tax
from models.customer import name_key
from sync.sources import source_name

#: columns that stand in the file as they are
PLAIN = (
    "name", "currency", "email", "phone", "website", "street", "zip_code", "city", "state", "country",
    "delivery_address", "tax_id", "registration_id", "electronic_scheme", "electronic_address", "buyer_reference",
    "language", "notes",
)  # fmt: skip


@blueprint.get("/export.<any(csv, xlsx):format>")
@needs("customers.view")
def export(format: str) -> Any:
    """Give the listed customers as a file; it can be brought in again by the import."""
    q, state = request.args.get("q", "").strip()[:200], request.args.get("state", "active")
    query = db.select(Customer).where(*STATES.get(state, STATES["active"]))
    if q:
        query = query.where(Customer.name_key.like(like(name_key(q)), escape="/"))
    fields = custom_fields.fields_of("customers")
    table = Table(_("Customers"), _columns(fields), _rows(query, fields))
    return send_table(table, format, "customers")


def _columns(fields: list[CustomField]) -> list[Column]:
    words = {
        "name": _("Name"), "currency": _("Currency"), "email": _("E-mail"), "phone": _("Phone"),
        "website": _("Website"), "street": _("Street"), "zip_code": _("Postal code"), "city": _("City"),
        "state": _("State or province"), "country": _("Country"), "delivery_address": _("Delivery address"),
        "tax_id": _("Tax number"), "registration_id": _("Registration number"),
        "electronic_scheme": _("Scheme"), "electronic_address": _("Electronic address"),
        "buyer_reference": _("Buyer reference"), "language": _("Language"), "notes": _("Notes"),
    }  # fmt: skip
    plain = [Column(name, words[name]) for name in PLAIN]
    more = [
        Column("terms_days", _("Payment terms in days"), "count"), Column("terms", _("Named terms")),
        Column("tax", _("Usual tax")), Column("first_name", _("First name")), Column("last_name", _("Last name")),
        Column("contact_email", _("Contact e-mail")), Column("reminders", _("Reminders")), Column("state", _("Active")),
        Column("source", _("Origin")),
    ]  # fmt: skip
    return [*plain, *more, *(Column(f"custom.{field.key}", field.label) for field in fields)]


def _rows(query: Any, fields: list[CustomField]) -> Iterator[list[Any]]:
    terms = {row.id: row.name for row in db.session.execute(db.select(PaymentTerm.id, PaymentTerm.name))}
    taxes = {row.id: row.name for row in db.session.execute(db.select(Tax.id, Tax.name))}
    yes, no = str(_("yes")), str(_("no"))
    ordered = query.options(selectinload(Customer.contact_persons)).order_by(Customer.name_key, Customer.id)
    for customer in db.session.scalars(ordered.execution_options(yield_per=500)):
        person = _primary(customer)
        yield [
            *(getattr(customer, name) for name in PLAIN), customer.payment_terms_days,
            terms.get(customer.payment_term_id, ""), taxes.get(customer.default_tax_id, ""), person.first_name or "",
            person.last_name or "", person.email or "", yes if customer.gets_reminders else no,
            yes if customer.is_active else no, source_name(customer.source),
            *(custom_fields.typed(field, (customer.custom or {}).get(field.key)) for field in fields),
        ]  # fmt: skip


def _primary(customer: Customer) -> ContactPerson:
    persons = customer.contact_persons
    return next((person for person in persons if person.is_primary), persons[0] if persons else ContactPerson())
