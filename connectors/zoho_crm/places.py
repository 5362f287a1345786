"""What each remote module is called for people, in scopes and in addresses of pages, and which scopes are needed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from connectors.base import Reference
from connectors.zoho_crm.options import Choices

API = "/crm/v8"


@dataclass(frozen=True, slots=True)
class Place:
    """One remote module: its word in sentences, its tab in web addresses, the field that names a record."""

    subject: str
    tab: str
    name_field: str

    @property
    def area(self) -> str:
        """The word of the module in scopes."""
        return self.subject


PLACES: dict[str, Place] = {
    "Accounts": Place("accounts", "Accounts", "Account_Name"),
    "Contacts": Place("contacts", "Contacts", "Full_Name"),
    "Products": Place("products", "Products", "Product_Name"),
    "Deals": Place("deals", "Potentials", "Deal_Name"),
}
#: what the interface and older organisations call the same modules
MODULES = {
    "accounts": "customers", "contacts": "contact_persons", "products": "items", "deals": "deals",
    "potentials": "deals",
}  # fmt: skip

REQUESTED_SCOPES = (
    "ZohoCRM.org.READ",
    "ZohoCRM.users.READ",
    "ZohoCRM.settings.modules.READ",
    "ZohoCRM.settings.fields.READ",
    "ZohoCRM.settings.custom_views.READ",
    "ZohoCRM.settings.profiles.READ",
    "ZohoCRM.settings.custom_links.ALL",
    "ZohoCRM.modules.accounts.ALL",
    "ZohoCRM.modules.contacts.ALL",
    "ZohoCRM.modules.products.ALL",
    "ZohoCRM.modules.deals.ALL",
    "ZohoCRM.notifications.ALL",
    "ZohoSearch.securesearch.READ",
)
#: notes and attachments under records, which carry word of transactions back
WRITE_SCOPES = ("ZohoCRM.modules.notes.ALL", "ZohoCRM.modules.attachments.ALL")


def read_scope(remote: str) -> str:
    """The permission that reading a module needs."""
    return f"ZohoCRM.modules.{PLACES[remote].area}.READ"


def unreadable_module(remote: str) -> str:
    """Why a module may be closed to the account, with the three known causes (requirements C-03)."""
    subject = PLACES[remote].subject
    return (
        f"Zoho CRM does not let this connection use {subject}. One of three things is the case: the module "
        f"{remote} is hidden or disabled there, the connected person's profile has no permission for it, or the "
        f"edition does not have it. Show the module, give the permission or upgrade, then test again."
    )


def web_page(api_url: str, portal: str, module: str, record_id: str, hints: Mapping[str, Any]) -> str | None:
    """Where a person opens a record; `portal` is the organisation's name in web addresses ("org808…").

    A server that speaks Zoho's language at another address has its pages at the same paths.
    """
    if module not in ("customers", "contact_persons", "items", "deals"):
        return None
    tab = PLACES[Choices().remote_of(module, str(hints.get("kind") or ""))].tab if module != "contact_persons" else ""
    root = next(iter(page_origins(api_url)), api_url.rstrip("/"))
    return f"{root}/crm/{quote(portal, safe='')}/tab/{tab or 'Contacts'}/{quote(record_id, safe='')}"


def page_origins(api_url: str) -> tuple[str, ...]:
    """crm.zoho.<dc>, and crm.zohocloud.ca for Canada; the pages of other hosts are not known."""
    host = urlsplit(api_url).hostname or ""
    if not re.fullmatch(r"www\.zohoapis\.[a-z.]{2,6}", host):
        return ()
    end = host.removeprefix("www.zohoapis.")
    return ("https://crm.zohocloud.ca",) if end == "ca" else (f"https://crm.zoho.{end}",)


_NAMED_ID = re.compile(r"/(?:custom/)?(accounts|contacts|products|deals|potentials)/(\d{6,20})(?!\d)", re.IGNORECASE)


def read_address(text: str) -> Reference | None:
    """The record that an address of a tab or of the API names."""
    found = _NAMED_ID.findall(unquote(text))
    if not found:
        return None
    word, number = found[-1]
    return Reference(MODULES[word.lower()], number)
