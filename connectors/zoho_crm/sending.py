"""From our words to Zoho CRM's: the body that writes a record, with names split and values as their type asks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from connectors.base import FieldType, RemoteField
from connectors.zoho_crm.asking import moment
from connectors.zoho_crm.fields import BILLING, MAILING

F = FieldType

NAMES = {"Accounts": "Account_Name", "Products": "Product_Name"}
#: words that belong to a surname, and those that tell a company
PARTICLES = frozenset({"von", "van", "de", "der", "den", "di", "da", "del", "della", "du", "la", "le", "ter", "zu"})
_COMPANY = re.compile(
    r"\b(gmbh|ag|kg|ug|ohg|ltd|limited|llc|llp|inc|corp|corporation|plc|co|company|s\.?a\.?|s\.?r\.?l|b\.?v|oy|ab|as|"
    r"studio|group|holding|bank|university|institute|foundation)\b\.?|&",
    re.IGNORECASE,
)
LONGEST_FIRST, LONGEST_LAST = 40, 80


def body_of(remote: str, fields: Mapping[str, Any], known: Mapping[str, RemoteField]) -> dict[str, Any]:
    """The fields of a change as the remote module takes them; what it does not take is left out."""
    body: dict[str, Any] = {}
    for key, value in fields.items():
        body |= _named(remote, key, value)
    aliases = dict(zip(BILLING, MAILING, strict=True)) if remote == "Contacts" else {}
    for key, value in fields.items():
        name = aliases.get(key, key)
        field = known.get(name)
        if field is not None and field.is_writable and name not in body:
            found = wire_value(value, field)
            if found is not _LEFT_OUT:
                body[name] = found
    return body


def _named(remote: str, key: str, value: Any) -> dict[str, Any]:
    """The connector's own words: a name, an e-mail, the account that a contact belongs to."""
    if key == "name":
        return split_name(str(value or "")) if remote == "Contacts" else {NAMES[remote]: value} if value else {}
    if key == "email" and remote == "Contacts":
        return {"Email": value or None}
    if key in ("account", "customer") and remote == "Contacts":
        return {"Account_Name": {"id": str(value)} if value else None}
    return {}


def split_name(name: str) -> dict[str, str | None]:
    """First and last name of a person; a company's name stays whole, in the last one, which must not be empty."""
    whole = " ".join(name.split())
    before, comma, after = whole.partition(",")
    if comma and after.strip() and not _COMPANY.search(whole):
        return _fitting(after.strip(), before.strip(), whole)
    parts = whole.split(" ")
    if len(parts) < 2 or _COMPANY.search(whole):
        return {"First_Name": None, "Last_Name": whole[:LONGEST_LAST]}
    at = next((place for place, word in enumerate(parts[1:-1], 1) if word.lower() in PARTICLES), len(parts) - 1)
    return _fitting(" ".join(parts[:at]), " ".join(parts[at:]), whole)


def _fitting(first: str, last: str, whole: str) -> dict[str, str | None]:
    if len(first) > LONGEST_FIRST or len(last) > LONGEST_LAST:
        return {"First_Name": None, "Last_Name": whole[:LONGEST_LAST]}
    return {"First_Name": first, "Last_Name": last}


_LEFT_OUT: Any = object()


def wire_value(value: Any, field: RemoteField) -> Any:
    """A value as JSON of the field's type; one that a choice does not offer is left out."""
    if value is None or value == "" or value == []:
        return [] if field.type is F.CHOICES else None
    if field.type is F.CHOICE and field.choices:
        return _offered(str(value), field.choices)
    if field.type is F.CHOICES:
        return [str(one) for one in value] if isinstance(value, (list, tuple)) else [str(value)]
    if field.type in (F.DECIMAL, F.MONEY, F.NUMBER):
        return _number(value)
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, bool) else str(value)


def _offered(value: str, choices: tuple[str, ...]) -> Any:
    """The choice that is meant: by letter case and plural it may differ."""
    by_word = {_word(choice): choice for choice in choices}
    return by_word.get(_word(value), _LEFT_OUT)


def _word(text: str) -> str:
    return text.strip().casefold().removesuffix("s")


def _number(value: Any) -> Any:
    """JSON's numbers carry amounts as they stand in a text, to fifteen digits."""
    try:
        found = Decimal(str(value))
    except ArithmeticError:
        return _LEFT_OUT
    return int(found) if found == found.to_integral_value() else float(found)
