"""The choices of set-up that only Zoho CRM understands, and what follows from them: modules, views, default maps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ACCOUNTS, CONTACTS, BOTH = "accounts", "contacts", "both"


@dataclass(frozen=True, slots=True)
class Choices:
    """Which records are customers and what comes with them (requirements C-10 to C-14, C-21, C-50)."""

    #: whose records are customers: accounts, contacts, or accounts with their contacts beneath them
    record: str = ACCOUNTS
    #: with `BOTH`: contacts without an account are customers of their own (C-14)
    with_accountless: bool = False
    #: remote module → id of the view that is synced; a module that is missing comes whole
    views: Mapping[str, str] = field(default_factory=dict)
    items: bool = True
    deals: bool = True
    #: module → remote fields that are wanted; a module that is missing brings all it has
    fields: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def takes_accountless(self) -> bool:
        """Whether the list of customers goes on with contacts that have no account."""
        return self.record == BOTH and self.with_accountless

    def view(self, remote_module: str) -> str | None:
        """The view that a remote module is synced by; None: all of it."""
        return self.views.get(remote_module)

    def remotes_of(self, module: str) -> tuple[str, ...]:
        """The remote modules whose records one of our modules lists, in the order of the listing."""
        if module == "customers":
            own = "Contacts" if self.record == CONTACTS else "Accounts"
            return (own, "Contacts") if self.takes_accountless else (own,)
        if module == "contact_persons":
            return () if self.record == ACCOUNTS else ("Contacts",)
        return {"items": ("Products",), "deals": ("Deals",)}[module]

    def remote_of(self, module: str, kind: str) -> str:
        """The remote module of one record: `kind` "account" or "contact" tells where a customer lives."""
        if module in ("customers", "contact_persons"):
            if kind in ("account", "contact") and module == "customers":
                return "Accounts" if kind == "account" else "Contacts"
            return "Contacts" if module == "contact_persons" or self.record == CONTACTS else "Accounts"
        return self.remotes_of(module)[0]


def read_choices(options: Mapping[str, Any]) -> Choices:
    """The choices in `SyncSettings.options`; what is missing or no choice at all is as if never chosen."""
    record = options.get("record")
    views, fields = options.get("views"), options.get("fields")
    return Choices(
        record if record in (ACCOUNTS, CONTACTS, BOTH) else ACCOUNTS,
        options.get("with_accountless") is True,
        {str(key): str(value) for key, value in views.items() if value} if isinstance(views, Mapping) else {},
        options.get("items") is not False,
        options.get("deals") is not False,
        {str(key): frozenset(map(str, value)) for key, value in fields.items()} if isinstance(fields, Mapping) else {},
    )


def modules_for(options: Mapping[str, Any]) -> tuple[str, ...]:
    """The modules that are read, parents first; accounts alone have no people under them (C-32)."""
    choices = read_choices(options)
    people = () if choices.record == ACCOUNTS else ("contact_persons",)
    items = ("items",) if choices.items else ()
    deals = ("deals",) if choices.deals else ()
    return ("customers", *people, *items, *deals)


_ACCOUNT_MAP = {
    "name": "name",
    "currency": "currency",
    "phone": "Phone",
    "fax": "Fax",
    "website": "Website",
    "street": "Billing_Street",
    "city": "Billing_City",
    "state": "Billing_State",
    "zip_code": "Billing_Code",
    "country": "Billing_Country",
    "delivery_address": "shipping_address",
}
_CONTACT_MAP = {
    "name": "name",
    "currency": "currency",
    "email": "Email",
    "phone": "Phone",
    "fax": "Fax",
    "street": "Mailing_Street",
    "city": "Mailing_City",
    "state": "Mailing_State",
    "zip_code": "Mailing_Zip",
    "country": "Mailing_Country",
    "delivery_address": "shipping_address",
}
_MAPS: dict[str, Mapping[str, str]] = {
    "contact_persons": {
        "salutation": "Salutation",
        "first_name": "First_Name",
        "last_name": "Last_Name",
        "email": "Email",
        "phone": "Phone",
        "mobile": "Mobile",
    },
    "items": {
        "name": "Product_Name",
        "sku": "Product_Code",
        "description": "Description",
        "unit": "Usage_Unit",
        "rate": "Unit_Price",
        "is_active": "Product_Active",
    },
    "deals": {
        "name": "Deal_Name",
        "stage": "Stage",
        "probability": "Probability",
        "amount": "Amount",
        "currency": "currency",
        "closing_date": "Closing_Date",
        "description": "Description",
        "owner_name": "Owner",
    },
}


def default_map(module: str, options: Mapping[str, Any]) -> Mapping[str, str] | None:
    """Local field → remote field, by who the customers are (C-25, C-33, C-34, C-54)."""
    if module != "customers":
        return _MAPS.get(module)
    choices = read_choices(options)
    if choices.record == CONTACTS:
        return _CONTACT_MAP
    return _ACCOUNT_MAP | {"email": "email"} if choices.takes_accountless else _ACCOUNT_MAP


_WRITES: dict[str, frozenset[str]] = {
    "customers": frozenset({"name", "currency"}),
    "contact_persons": frozenset({"customer", "account"}),
    "items": frozenset({"name"}),
    "deals": frozenset(),
}


def writes(module: str) -> frozenset[str]:
    """The remote fields that `Connector.write` takes for a module, by the default maps; deals are read only here."""
    if module == "deals":
        return frozenset()
    maps = [_ACCOUNT_MAP, _CONTACT_MAP] if module == "customers" else [_MAPS[module]]
    named = {remote for fields in maps for remote in fields.values()}
    return (_WRITES[module] | named) - {"shipping_address"}
