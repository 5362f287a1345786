"""The fields of a customer that two of them may disagree about, with their words, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from extensions import db
from models import Customer, PaymentTerm, Tax

#: column → words; fields of the organisation's own are named `custom.<key>`
FIELDS: Mapping[str, Any] = {
    "name": _l("Name"), "email": _l("E-mail"), "phone": _l("Phone"), "website": _l("Website"),
    "street": _l("Street"), "zip_code": _l("Postal code"), "city": _l("City"), "state": _l("State or province"),
    "country": _l("Country"), "delivery_address": _l("Delivery address"), "tax_id": _l("Tax number"),
    "registration_id": _l("Registration number"), "electronic_address": _l("Electronic address"),
    "electronic_scheme": _l("Scheme of the electronic address"), "buyer_reference": _l("Buyer reference"),
    "language": _l("Language"), "default_tax_id": _l("Usual tax"), "gets_reminders": _l("Reminders"),
    "payment_terms_days": _l("Payment terms in days"), "payment_term_id": _l("Payment terms"), "notes": _l("Notes"),
}  # fmt: skip
CUSTOM = "custom."


def value_of(customer: Customer, field: str) -> Any:
    """Return a field's value; of an own field None when there is none."""
    if field.startswith(CUSTOM):
        return (customer.custom or {}).get(field.removeprefix(CUSTOM))
    return getattr(customer, field)


def set_value(customer: Customer, field: str, value: Any) -> None:
    """Write a field; None takes an own field away."""
    if not field.startswith(CUSTOM):
        setattr(customer, field, value)
        return
    key = field.removeprefix(CUSTOM)
    rest = {name: had for name, had in (customer.custom or {}).items() if name != key}
    customer.custom = rest if value is None else rest | {key: value}


def shown(field: str, value: Any) -> str:
    """Write a value for people; empty for none."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    named: dict[str, Any] = {"default_tax_id": Tax, "payment_term_id": PaymentTerm}
    if field in named:
        row = db.session.get(named[field], value)
        return row.name if row else str(value)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
