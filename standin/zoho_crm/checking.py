"""Values on their way in, checked as Zoho checks them; the first fault of a record is its answer (§5.3, §5.4)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from standin.current import world
from standin.world.crm import CrmOrg, CrmRecord
from standin.world.crm.fields import CrmField, CrmModule
from standin.zoho_crm.errors import RefusalError, invalid

Json = dict[str, Any]
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
#: the field by which a module knows a duplicate (§5.3)
SYSTEM_DUPLICATES = {
    "Accounts": "Account_Name", "Contacts": "Email", "Deals": "Deal_Name", "Products": "Product_Name"
}  # fmt: skip


class Checker:
    """Checks one record of a write; `place` is where it stands in `data`."""

    def __init__(self, org: CrmOrg, module: CrmModule, place: int) -> None:
        self.org, self.module, self.place = org, module, place

    def checked(self, row: Any, *, is_new: bool) -> Json:
        """The values to keep, or the refusal of this record."""
        if not isinstance(row, dict):
            raise invalid(expected_data_type="jsonobject", json_path=f"$.data[{self.place}]")
        values = {
            name: self._value(field, row[name])
            for name, field in self.org.fields(self.module.api_name).items()
            if name in row and not field.is_read_only and name != "Tag"
        }  # fmt: skip
        self._mandatory(row, values, is_new=is_new)
        return values

    def _mandatory(self, row: Json, values: Json, *, is_new: bool) -> None:
        for name, field in self.org.fields(self.module.api_name).items():
            is_named = name in row
            if field.is_mandatory and (is_named or is_new) and values.get(name) in (None, ""):
                raise RefusalError("MANDATORY_NOT_FOUND", "required field not found", **self._about(field))

    def _about(self, field: CrmField) -> Json:
        return {"api_name": field.api_name, "json_path": f"$.data[{self.place}].{field.api_name}"}

    def _value(self, field: CrmField, value: Any) -> Any:
        if value is None or value == "":
            return None
        check = CHECKS.get(field.data_type)
        made = check(self, field, value) if check else value
        if made is _BAD:
            raise invalid(expected_data_type=field.data_type, **self._about(field))
        return made

    def text(self, field: CrmField, value: Any) -> Any:
        """Text of a bounded length."""
        if not isinstance(value, str):
            return _BAD
        if len(value) > field.longest:
            raise invalid(maximum_length=field.longest, **self._about(field))
        return value

    def option(self, field: CrmField, value: Any) -> Any:
        """One of the picklist's values."""
        if not isinstance(value, str):
            return _BAD
        known = [option.value for option in field.options]
        if field.api_name == "Currency":
            known = list(self.org.currencies)
        if value == "-None-":
            return None
        if value not in known:
            raise invalid(supported_values=known, **self._about(field))
        return value

    def options(self, field: CrmField, value: Any) -> Any:
        """Some of the picklist's values."""
        return [self.option(field, one) for one in value] if isinstance(value, list) else _BAD

    def email(self, field: CrmField, value: Any) -> Any:
        """An address with one @."""
        self.text(field, value)
        return value if EMAIL.fullmatch(value) else _BAD

    def lookup(self, field: CrmField, value: Any) -> Any:
        """The id of a record that is there, as {"id"} or bare."""
        key = _id_of(value)
        if not key.isdigit():
            return _BAD
        if self.org.find(field.target, int(key)) is None:
            raise invalid("the id given seems to be invalid", **self._about(field))
        return int(key)

    def owner(self, field: CrmField, value: Any) -> Any:
        """The id of a user."""
        key = _id_of(value)
        if not key.isdigit() or int(key) not in self.org.users:
            raise invalid("the id given seems to be invalid", **self._about(field))
        return int(key)


_BAD = object()


def _id_of(value: Any) -> str:
    """An id as {"id"} or bare, number or text."""
    found = value.get("id") if isinstance(value, dict) else value
    return "" if found is None or isinstance(found, bool) else str(found)


def _whole(_checker: Checker, field: CrmField, value: Any) -> Any:
    if isinstance(value, bool):
        return _BAD
    if isinstance(value, str) and value.lstrip("-").isdigit():
        value = int(value)  # account numbers come as text too
    if not isinstance(value, int):
        return _BAD
    if field.api_name == "Probability" and not 0 <= value <= 100:
        raise invalid("Given Probability is not valid", api_name=field.api_name)
    return value if len(str(abs(value))) <= field.longest else _BAD


def _number(_checker: Checker, _field: CrmField, value: Any) -> Any:
    return _BAD if isinstance(value, bool) or not isinstance(value, int | float) else value


def _boolean(_checker: Checker, _field: CrmField, value: Any) -> Any:
    return value if isinstance(value, bool) else _BAD


def _date(_checker: Checker, _field: CrmField, value: Any) -> Any:
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        return _BAD


def _moment(_checker: Checker, _field: CrmField, value: Any) -> Any:
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return _BAD
    return found.isoformat() if found.tzinfo else _BAD


CHECKS: dict[str, Callable[[Checker, CrmField, Any], Any]] = {
    "text": Checker.text, "textarea": Checker.text, "phone": Checker.text, "website": Checker.text,
    "email": Checker.email, "picklist": Checker.option, "multiselectpicklist": Checker.options, "integer": _whole,
    "bigint": _whole, "double": _number, "currency": _number, "percent": _number, "boolean": _boolean, "date": _date,
    "datetime": _moment, "lookup": Checker.lookup, "ownerlookup": Checker.owner, "userlookup": Checker.owner,
}  # fmt: skip


def duplicate_of(
    org: CrmOrg, module: CrmModule, values: Json, names: list[str], but: int = 0
) -> tuple[CrmRecord, str] | None:
    """The record that has one of these values already, with the field's name; text is compared folded."""
    for name in names:
        mine = values.get(name)
        if mine in (None, ""):
            continue
        for row in org.records[module.api_name].values():
            if row.id != but and str(row.values.get(name) or "").casefold() == str(mine).casefold():
                return row, name
    return None


def unique_names(module: CrmModule) -> list[str]:
    """The fields whose values may stand only once; a contact's e-mail is one of them unless a quirk says otherwise."""
    own = ["Email"] if module.api_name == "Contacts" and world().quirks.crm_email_is_unique else []
    return own + [field.api_name for field in module.fields.values() if field.is_unique]
