"""The form of a CRM record: its inputs, and what was typed as the values that the API would take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from standin.world.crm import CrmOrg, CrmRecord
from standin.world.crm.fields import CrmField
from standin.zoho_crm.checking import Checker

#: columns of the lists
SHOWN = {
    "Accounts": ("Phone", "Account_Type", "Billing_City", "Owner"),
    "Contacts": ("Account_Name", "Email", "Phone", "Owner"),
    "Deals": ("Account_Name", "Stage", "Probability", "Amount", "Closing_Date"),
    "Products": ("Product_Code", "Unit_Price", "Usage_Unit", "Product_Active"),
}
#: what people rarely type is left out of the forms
LEFT_OUT = {"Tag", "Exchange_Rate", "Twitter", "Skype_ID", "Assistant", "Asst_Phone", "Home_Phone", "Reporting_To"}
INPUTS = {"email": "email", "date": "date", "website": "url", "phone": "tel"}
NUMBERS = ("double", "currency", "percent", "integer", "bigint")


@dataclass(frozen=True, slots=True)
class Input:
    """One input: `options` are (value, text) pairs of a choice."""

    field: CrmField
    kind: str
    value: str
    options: tuple[tuple[str, str], ...] = ()


def form_fields(org: CrmOrg, module: str, row: CrmRecord | None, typed: Mapping[str, str] | None) -> list[Input]:
    """The inputs of a record's form, filled with what was typed, else with what is kept."""
    return [_input(org, field, row, typed) for field in _written(org, module)]


def changed_values(org: CrmOrg, module: str, row: CrmRecord | None, typed: Mapping[str, str]) -> dict[str, Any]:
    """The checked values that differ from the record's; raises the API's own refusal."""
    fields = {field.api_name: field for field in _written(org, module)}
    wire = {
        name: _wire(field, typed.get(name, "")) for name, field in fields.items()
        if (name in typed or field.data_type == "boolean") and (row is None or _text(row, field) != typed.get(name, ""))
    }  # fmt: skip
    values = Checker(org, org.modules[module], 0).checked(wire, is_new=row is None)
    return {name: value for name, value in values.items() if row is not None or value is not None}


def _written(org: CrmOrg, module: str) -> list[CrmField]:
    fields = org.fields(module).values()
    return [field for field in fields if not field.is_read_only and field.api_name not in LEFT_OUT]


def _input(org: CrmOrg, field: CrmField, row: CrmRecord | None, typed: Mapping[str, str] | None) -> Input:
    value = _text(row, field) if typed is None else typed.get(field.api_name, "")
    if field.data_type == "boolean":
        return Input(field, "tick", value)
    if field.data_type == "textarea":
        return Input(field, "textarea", value)
    if options := _options(org, field):
        return Input(field, "select", value, options)
    return Input(field, INPUTS.get(field.data_type, "text"), value)


def _options(org: CrmOrg, field: CrmField) -> tuple[tuple[str, str], ...]:
    if field.api_name == "Currency":
        return tuple((code, code) for code in org.currencies)
    if field.data_type in ("ownerlookup", "userlookup"):
        return tuple((str(user.id), user.full_name) for user in org.users.values() if user.is_active)
    if field.data_type == "lookup":
        rows = org.records[field.target].values()
        return tuple(sorted(((str(row.id), org.name_of(row)) for row in rows), key=lambda pair: pair[1]))
    return tuple((one.value, one.value) for one in field.options) if field.data_type == "picklist" else ()


def _text(row: CrmRecord | None, field: CrmField) -> str:
    if row is None:
        return ""
    value = row.owner if field.api_name == "Owner" else row.values.get(field.api_name)
    if isinstance(value, bool):
        return "yes" if value else ""
    return "" if value is None else str(value)


def _wire(field: CrmField, text: str) -> Any:
    """What was typed in the shape in which the API takes it; what is no number stays text and is refused."""
    text = text.strip()
    if field.data_type == "boolean":
        return text == "yes"
    if field.data_type == "multiselectpicklist":
        return [part.strip() for part in text.split(",") if part.strip()]
    if field.data_type in NUMBERS and text:
        try:
            number = float(text.replace(",", "."))
        except ValueError:
            return text
        return int(number) if number == int(number) and field.data_type in ("integer", "bigint") else number
    return text or None
