"""Customers from a file, each with one contact person and the organisation's own fields."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Table, select

from billing import custom_fields
from billing.importing.base import ImportKind, Plan, PlannedRow, Problem, remembered, sort_out
from billing.importing.heads import Field
from extensions import db
from models import ContactPerson, Customer, Organisation
from models.audit import Actor, record
from models.customer import name_key
from models.references import counted, naming

TABLE: Table = Customer.__table__  # type: ignore[assignment]
_PERSON = {"first_name": "first_name", "last_name": "last_name", "contact_email": "email", "contact_phone": "phone"}
#: fields that are columns of the customer
_PLAIN = (
    "name", "currency", "email", "phone", "website", "street", "zip_code", "city", "state", "country",
    "delivery_address", "tax_id", "registration_id", "electronic_scheme", "electronic_address", "buyer_reference",
    "language", "notes", "gets_reminders", "is_active",
)  # fmt: skip
_FIELDS = (
    Field("name", _l("Name"), ("customer", "customer name", "company name", "company", "display name", "contact name",
                               "client", "firma", "kunde", "kundenname"), is_needed=True),
    Field("external", _l("Customer number"), ("customer id", "contact id", "external key", "id", "kundennummer",
                                              "customer no", "client id")),
    Field("currency", _l("Currency"), ("currency code", "waehrung", "währung"), "currency"),
    Field("email", _l("E-mail"), ("email", "emailid", "email id", "e mail", "email address", "mail")),
    Field("phone", _l("Phone"), ("telephone", "phone number", "telefon", "tel")),
    Field("website", _l("Website"), ("web", "url", "homepage")),
    Field("street", _l("Street"), ("address", "billing address", "billing street", "strasse", "straße", "adresse",
                                   "address line 1"), most=400),
    Field("zip_code", _l("Postal code"), ("zip", "zip code", "postcode", "billing code", "billing zip", "plz")),
    Field("city", _l("City"), ("town", "billing city", "ort", "stadt")),
    Field("state", _l("State or province"), ("state", "province", "region", "billing state", "bundesland")),
    Field("country", _l("Country"), ("billing country", "country code", "land")),
    Field("delivery_address", _l("Delivery address"), ("shipping address", "lieferadresse"), most=600),
    Field("tax_id", _l("Tax number"), ("vat", "vat id", "vat number", "tax id", "tax registration number", "gst no",
                                       "ust idnr", "ust id", "uid")),
    Field("registration_id", _l("Registration number"), ("company number", "company registration number",
                                                         "handelsregister")),
    Field("electronic_scheme", _l("Scheme"), ("electronic scheme", "eas"), most=10),
    Field("electronic_address", _l("Electronic address"), ("peppol id", "endpoint id", "leitweg id")),
    Field("buyer_reference", _l("Buyer reference"), ("route id", "buyer ref")),
    Field("language", _l("Language"), ("language code", "sprache"), most=10),
    Field("payment_terms_days", _l("Payment terms in days"), ("payment terms", "terms", "net days", "zahlungsziel"),
          "number"),
    Field("first_name", _l("First name"), ("vorname", "contact first name")),
    Field("last_name", _l("Last name"), ("surname", "nachname", "contact last name")),
    Field("contact_email", _l("Contact e-mail"), ("contact email", "primary contact email")),
    Field("contact_phone", _l("Contact phone"), ("mobile", "mobilephone", "contact telephone")),
    Field("gets_reminders", _l("Reminders"), ("gets reminders", "mahnungen"), "yes"),
    Field("is_active", _l("Active"), ("is active",), "yes"),
    Field("notes", _l("Notes"), ("note", "remarks", "notizen", "bemerkung"), most=5000),
)  # fmt: skip


class Customers(ImportKind):
    """Known again by their own number, else by their name."""

    key = "customers"
    title = _l("Customers")
    icon = "users"
    example = (
        ("Name", "Customer number", "Currency", "E-mail", "Phone", "Street", "Postal code", "City", "Country",
         "Tax number", "First name", "Last name", "Contact e-mail", "Payment terms in days"),
        ("Aurora Outdoor GmbH", "10001", "EUR", "office@aurora.example", "+49 731 1234", "Donaustr. 5", "89073", "Ulm",
         "DE", "DE123456789", "Mara", "Lind", "mara@aurora.example", "14"),
    )  # fmt: skip

    def fields(self) -> list[Field]:
        """Return the fixed fields, then the organisation's own."""
        own = [Field(f"custom.{field.key}", field.label, (), most=500) for field in custom_fields.fields_of(self.key)]
        return [*_FIELDS, *own]

    def look(self, rows: list[PlannedRow], plan: Plan) -> None:
        """Check what the form would check; find those that are here."""
        names = {
            key: row_id
            for key, row_id in db.session.execute(select(Customer.name_key, Customer.id).where(Customer.is_active))
        }
        own = {f"custom.{field.key}": field for field in custom_fields.fields_of(self.key)}
        for row in rows:
            row.title = row.values["name"]
            by_name = f"name:{name_key(row.title)}"
            row.key = f"ext:{row.values['external']}" if row.values.get("external") else by_name
        here = remembered(self.key, TABLE)
        for row in sort_out(rows, here, plan):
            problem = _problem(row, own)
            if problem:
                plan.problems.append(Problem(row.line, problem))
            elif name_key(row.title) in names:
                plan.known.append(row)
            else:
                plan.new.append(row)
                names[name_key(row.title)] = 0

    def write(self, row: PlannedRow, actor: Actor) -> int:
        """Make the customer with its contact person."""
        base = db.session.get_one(Organisation, 1).base_currency
        values = {name: row.values[name] for name in _PLAIN if name in row.values}
        days = row.values.get("payment_terms_days")
        customer = Customer(
            **({"currency": base} | values), name_key=name_key(row.title), custom=row.found.get("custom", {}),
            payment_terms_days=None if days is None else int(days), source="local",
        )  # fmt: skip
        person = {column: row.values[field] for field, column in _PERSON.items() if row.values.get(field)}
        if person:
            customer.contact_persons = [ContactPerson(**person, is_primary=True)]
        db.session.add(customer)
        db.session.flush()
        record(actor, "customer.imported", ("customer", customer.id), row.title)
        return customer.id

    def uses(self, local_id: int) -> str:
        """Say what hangs on a customer, beside its contact persons."""
        return counted(naming(TABLE, local_id, {"contact_persons"}))

    def remove(self, local_id: int) -> None:
        """Delete a customer with its contact persons."""
        if (customer := db.session.get(Customer, local_id)) is not None:
            db.session.delete(customer)

    def name_of(self, local_id: int) -> str:
        """Return the customer's name."""
        customer = db.session.get(Customer, local_id)
        return customer.name if customer else ""


def _problem(row: PlannedRow, own: dict[str, Any]) -> str:
    """Say why a row cannot become a customer; puts its own fields where `write` finds them."""
    for name in ("email", "contact_email"):
        if row.values.get(name) and not custom_fields.EMAIL.fullmatch(row.values[name]):
            return str(_("“%(text)s” is not an e-mail address.", text=row.values[name][:60]))
    days = row.values.get("payment_terms_days")
    if days is not None and (days != int(days) or not 0 <= days <= 3650):
        return str(_("Payment terms are whole days from 0 to 3650."))
    if bool(row.values.get("electronic_scheme")) != bool(row.values.get("electronic_address")):
        return str(_("An electronic address and its scheme go together."))
    custom: dict[str, Any] = {}
    for name, field in own.items():
        if name in row.values:
            try:
                custom[field.key] = custom_fields.read(field, row.values[name])
            except ValueError as problem:
                return f"{field.label}: {problem}"
    row.found["custom"] = custom
    return ""
