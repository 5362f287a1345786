"""Accounts, contacts, products and deals: from a body on the wire to a record in plain words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connectors.base import RemoteField, RemoteRecord
from connectors.zoho_crm.fields import BILLING, MAILING, NOISE, OTHER, SHIPPING
from connectors.zoho_crm.options import CONTACTS, Choices, default_map
from connectors.zoho_crm.values import Unreadable, instant, read_value, reference, text, text_id

Body = Mapping[str, Any]
Fields = dict[str, Any]


class Reader:
    """Reads the rows of one remote module as records of one of our modules."""

    def __init__(self, module: str, remote: str, known: Mapping[str, RemoteField], choices: Choices) -> None:
        self.module = module
        self.remote = remote
        self._choices = choices
        self._known = {key: field for key, field in known.items() if key not in NOISE}
        #: a value that does not fit its type spoils the record only where the record is nothing without it
        self._strict = set((default_map(module, {"record": choices.record}) or {}).values())

    def read(self, body: Any, currency: Callable[[], str | None]) -> RemoteRecord:
        """One record; raises `Unreadable`. `currency` tells the organisation's, where records have none."""
        if not isinstance(body, dict):
            raise Unreadable("It is not a record.")
        key = text_id(body.get("id"))
        values = {name: self._value(name, body[name]) for name in self._known if name in body}
        added = _ADD[self.remote](self, key, body, values)
        if self.remote != "Products":
            added["currency"] = text(body.get("Currency"), "currency") or currency()
        return RemoteRecord(key, values | added, instant(body.get("Modified_Time"), "time of modification"))

    def _value(self, name: str, value: Any) -> Any:
        field = self._known[name]
        if isinstance(value, dict) and "id" in value and name.endswith("_Name"):
            return reference(value)
        try:
            return read_value(value, field.type, field.label)
        except Unreadable:
            if name in self._strict:
                raise
            return value if isinstance(value, (str, int)) else repr(value)[:200]

    def customer_of(self, account: str | None, contact: str | None) -> str | None:
        """The id of the customer that an account or a contact stands for (requirements C-32, D-06)."""
        if self._choices.record == CONTACTS:
            return contact
        if account is not None:
            return account
        return contact if self._choices.takes_accountless else None


def _account(reader: Reader, key: str, body: Body, values: Fields) -> Fields:
    return {
        "name": text(body.get("Account_Name"), "name"),
        "kind": "account",
        "account": key,
        "customer": key,
        "email": None,
        "shipping_address": address(values, SHIPPING),
    }


def _contact(reader: Reader, key: str, body: Body, values: Fields) -> Fields:
    """A contact, as a customer or as a person at one; among accounts it wears their field names as well."""
    account = reference(body.get("Account_Name"))
    values["Account_Name"] = account
    added = {
        "name": full_name(body),
        "kind": "contact",
        "account": account,
        "contact": key,
        "customer": reader.customer_of(account, key),
    }
    if reader.module != "customers":
        return added
    added["email"] = values.get("Email")
    added["shipping_address"] = address(values, OTHER)
    if reader._choices.record != CONTACTS:
        added |= {ours: values.get(theirs) for ours, theirs in zip(BILLING, MAILING, strict=True)}
    return added


def _product(reader: Reader, key: str, body: Body, values: Fields) -> Fields:
    return {"name": text(body.get("Product_Name"), "name")}


def _deal(reader: Reader, key: str, body: Body, values: Fields) -> Fields:
    account, contact = reference(body.get("Account_Name")), reference(body.get("Contact_Name"))
    values |= {"Account_Name": account, "Contact_Name": contact}
    return {
        "name": text(body.get("Deal_Name"), "name"),
        "account": account,
        "contact": contact,
        "customer": reader.customer_of(account, contact),
    }


_ADD: dict[str, Callable[[Reader, str, Body, Fields], Fields]] = {
    "Accounts": _account,
    "Contacts": _contact,
    "Products": _product,
    "Deals": _deal,
}


def full_name(body: Body) -> str | None:
    """A contact's name for people: the full one, else first and last."""
    told = text(body.get("Full_Name"), "name")
    if told:
        return told
    parts = (text(body.get("First_Name"), "first name"), text(body.get("Last_Name"), "last name"))
    return " ".join(part for part in parts if part) or None


def address(values: Body, names: tuple[str, ...]) -> str | None:
    """An address on several lines, as it is written on an envelope."""
    street, city, state, code, country = (values.get(name) for name in names)
    place = " ".join(str(part) for part in (code, city) if part)
    lines = (street, ", ".join(part for part in (place, state) if part), country)
    return "\n".join(str(line) for line in lines if line) or None
