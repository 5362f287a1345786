"""The fields of each module as Zoho CRM tells them, and those that the connector adds in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.base import FieldType, RemoteField
from connectors.http import Answer, Transient
from connectors.zoho_crm.options import Choices
from connectors.zoho_crm.places import API, unreadable_module
from connectors.zoho_session import SILENCE, Question, ZohoSession

F = FieldType

#: data type on the wire → ours (wire page §3.6); a type that is not here holds nothing that can be mapped
TYPES = {
    "text": F.TEXT, "textarea": F.LONG_TEXT, "email": F.EMAIL, "phone": F.PHONE, "website": F.URL,
    "picklist": F.CHOICE, "multiselectpicklist": F.CHOICES, "integer": F.NUMBER, "bigint": F.TEXT,
    "double": F.DECIMAL, "currency": F.MONEY, "percent": F.DECIMAL, "date": F.DATE, "datetime": F.DATETIME,
    "boolean": F.BOOLEAN, "lookup": F.TEXT, "ownerlookup": F.PERSON, "userlookup": F.PERSON, "autonumber": F.TEXT,
}  # fmt: skip
#: what a formula or a summary works out, by the kind of its result
RESULTS = {
    "string": F.TEXT, "double": F.DECIMAL, "currency": F.MONEY, "date": F.DATE, "datetime": F.DATETIME,
    "boolean": F.BOOLEAN, "integer": F.NUMBER,
}  # fmt: skip
#: change without anybody's doing or say nothing about the record itself
NOISE = frozenset({
    "id", "Created_By", "Modified_By", "Created_Time", "Modified_Time", "Last_Activity_Time", "Change_Log_Time__s",
    "Record_Image", "Record_Status__s", "Locked__s", "Exchange_Rate", "Layout", "Tag", "Enrich_Status__s",
    "Last_Enriched_Time__s", "Unsubscribed_Mode", "Unsubscribed_Time", "Average_Time_Spent_Minutes", "Days_Visited",
    "First_Visited_Time", "First_Visited_URL", "Last_Visited_Time", "Number_Of_Chats", "Referrer", "Visitor_Score",
})  # fmt: skip
#: asked for with every record, whatever is mapped; the rest of a record hangs on them
NEEDED = {
    "Accounts": ("Account_Name", "Modified_Time", "Currency"),
    "Contacts": ("First_Name", "Last_Name", "Full_Name", "Account_Name", "Email", "Modified_Time", "Currency"),
    "Products": ("Product_Name", "Modified_Time"),
    "Deals": ("Deal_Name", "Stage", "Probability", "Account_Name", "Contact_Name", "Modified_Time", "Currency"),
}
#: stand-ins for one another when a contact is a customer among accounts, and the delivery address of each
BILLING = ("Billing_Street", "Billing_City", "Billing_State", "Billing_Code", "Billing_Country")
MAILING = ("Mailing_Street", "Mailing_City", "Mailing_State", "Mailing_Zip", "Mailing_Country")
SHIPPING = ("Shipping_Street", "Shipping_City", "Shipping_State", "Shipping_Code", "Shipping_Country")
OTHER = ("Other_Street", "Other_City", "Other_State", "Other_Zip", "Other_Country")
SHARED = ("Phone", "Fax", "Description", "Owner")
#: the most names that one call may ask for (`fields`)
FIELDS_A_CALL = 50

#: added by the connector: key, label, type, whether it may be written
ADDED: dict[str, tuple[tuple[str, str, FieldType, bool], ...]] = {
    "customers": (
        ("name", "Name", F.TEXT, True), ("currency", "Currency", F.CHOICE, True),
        ("email", "E-mail", F.EMAIL, False), ("shipping_address", "Delivery address", F.LONG_TEXT, False),
        ("kind", "Kind of record", F.CHOICE, False), ("account", "Account's id", F.TEXT, False),
        ("customer", "Customer's id", F.TEXT, False),
    ),
    "contact_persons": (
        ("name", "Full name", F.TEXT, False), ("customer", "Customer's id", F.TEXT, True),
        ("account", "Account's id", F.TEXT, True),
    ),
    "items": (("name", "Name", F.TEXT, True),),
    "deals": (
        ("name", "Name", F.TEXT, False), ("currency", "Currency", F.CHOICE, False),
        ("customer", "Customer's id", F.TEXT, False), ("account", "Account's id", F.TEXT, False),
        ("contact", "Contact's id", F.TEXT, False),
    ),
}  # fmt: skip


class Catalogue:
    """Remembers what an organisation tells of its fields, one call per module."""

    def __init__(self, session: ZohoSession) -> None:
        self._session = session
        self._told: dict[str, Mapping[str, RemoteField]] = {}

    def of(self, remote: str) -> Mapping[str, RemoteField]:
        """All fields of a remote module that hold a value we can read, by API name."""
        if remote not in self._told:
            question = Question(
                f"{API}/settings/fields", {"module": remote}, f"the fields of {remote}",
                "ZohoCRM.settings.fields.READ", forbidden=unreadable_module(remote), silences=frozenset({204}),
            )  # fmt: skip
            found = self._session.ask(question, _take_fields)
            self._told[remote] = {field.key: field for field in found}
        return self._told[remote]

    def asked(self, remote: str, module: str, choices: Choices) -> list[str]:
        """The API names to ask for, needed ones first: all that can be mapped, or those that are."""
        known = self.of(remote)
        needed = [name for name in NEEDED[remote] if name in known or name == "Modified_Time"]
        wanted = choices.fields.get(module)
        rest = set(known) - NOISE if wanted is None else _sources(wanted, remote) & set(known)
        return needed + sorted(rest - set(needed))

    def fields(self, module: str, choices: Choices) -> Sequence[RemoteField]:
        """The fields of one of our modules: the connector's own, then those of the remote module."""
        remotes = choices.remotes_of(module) or ("Contacts",)
        added = [RemoteField(key, label, kind, is_writable=can) for key, label, kind, can in ADDED[module]]
        taken = {field.key for field in added}
        told = [field for field in self.of(remotes[0]).values() if field.key not in NOISE | taken]
        return [*added, *told]


def _sources(wanted: frozenset[str], remote: str) -> set[str]:
    """The API names behind what is wanted: an address is made of several, a contact may stand for an account."""
    found = set(wanted)
    if "shipping_address" in wanted:
        found |= set(SHIPPING) | set(OTHER)
    if remote == "Contacts":
        found |= {theirs for ours, theirs in zip(BILLING, MAILING, strict=True) if ours in wanted}
    return found


def _take_fields(body: Any, _: Answer) -> list[RemoteField]:
    rows = body.get("fields") if isinstance(body, dict) else [] if body is SILENCE else None
    if not isinstance(rows, list):
        raise Transient("Zoho CRM answered with something that is no list of fields. Try again later.")
    return [field for row in rows if (field := read_field(row)) is not None]


def read_field(row: Any) -> RemoteField | None:
    """A row of settings/fields; None for what holds nothing that can be read, such as files and tables."""
    if not isinstance(row, dict) or not isinstance(row.get("api_name"), str) or row["api_name"].startswith("$"):
        return None
    kind = _type_of(row)
    if kind is None or row.get("type") == "unused":
        return None
    label = row.get("display_label") or row.get("field_label") or row["api_name"]
    told = row.get("pick_list_values")
    options = told if isinstance(told, list) else []
    shown = [one.get("actual_value") or one.get("display_value") for one in options if isinstance(one, dict)]
    return RemoteField(
        row["api_name"],
        str(label),
        kind,
        is_custom=row.get("custom_field") is True,
        choices=tuple(str(value) for value in shown if value),
        is_writable=_is_writable(row),
    )


def _type_of(row: Mapping[str, Any]) -> FieldType | None:
    told, json_type = row.get("data_type"), row.get("json_type")
    if told in ("formula", "rollup_summary"):
        rule = row.get("formula") if isinstance(row.get("formula"), dict) else {}
        result = rule.get("return_type") if isinstance(rule, dict) else None
        return RESULTS.get(str(result or json_type), F.TEXT)
    if told == "text" and json_type == "jsonarray":
        return None
    return TYPES.get(str(told))


def _is_writable(row: Mapping[str, Any]) -> bool:
    """Whether a field takes what is sent: not read only, and open to the interface."""
    if row.get("read_only") is True or row.get("field_read_only") is True:
        return False
    allowed = row.get("operation_type")
    may = allowed if isinstance(allowed, dict) else {}
    kind = row.get("data_type")
    return may.get("api_update", True) is not False and kind not in ("lookup", "ownerlookup", "userlookup", "formula")
