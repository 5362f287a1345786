"""Records as JSON (zoho-crm-wire §4, §5)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from standin.world.crm import CrmOrg, CrmRecord
from standin.world.crm.fields import CrmField
from standin.world.crm.org import full_name

Json = dict[str, Any]
SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}
NAMES = {"USD": "US Dollar - USD", "EUR": "Euro - EUR", "GBP": "British Pound - GBP"}


def moment(org: CrmOrg, at: datetime) -> str:
    """An instant in the organisation's zone, whole seconds."""
    return at.astimezone(org.zone).replace(microsecond=0).isoformat()


def person(org: CrmOrg, key: int | None, *, with_email: bool = False) -> Json | None:
    """A user as a lookup shows one."""
    user = org.users.get(key or 0)
    if user is None:
        return None
    return {"name": user.full_name, "id": str(user.id)} | ({"email": user.email} if with_email else {})


def record(org: CrmOrg, row: CrmRecord, names: Iterable[str] | None = None) -> Json:
    """One record: these fields and its id, or (without names) everything and what Zoho adds to it."""
    fields = org.fields(row.module)
    chosen = fields if names is None else {name: fields[name] for name in names if name in fields}
    body = {name: value_of(org, row, field) for name, field in chosen.items()}
    body["id"] = str(row.id)
    if names is None:
        body |= _extras(org, row)
    for key, value in (row.raw or {}).items():
        if value is None:
            body.pop(key, None)
        else:
            body[key] = value
    return body


def value_of(org: CrmOrg, row: CrmRecord, field: CrmField) -> Any:
    """One value in its wire shape; what is empty is null."""
    made = _system_value(org, row, field.api_name)
    if made is not _OWN:
        return made
    value = row.values.get(field.api_name)
    if value is None:
        return None
    if field.data_type == "lookup":
        target = org.find(field.target, int(value))
        return None if target is None else {"name": org.name_of(target), "id": str(target.id)}
    if field.data_type in ("ownerlookup", "userlookup"):
        return person(org, int(value), with_email=True)
    if field.data_type == "datetime":
        return moment(org, datetime.fromisoformat(value))
    return str(value) if field.data_type == "bigint" else value


_OWN = object()


def _system_value(org: CrmOrg, row: CrmRecord, name: str) -> Any:
    if name == "Owner":
        return person(org, row.owner, with_email=True)
    if name in ("Created_By", "Modified_By"):
        return person(org, row.created_by if name == "Created_By" else row.modified_by, with_email=True)
    if name in ("Created_Time", "Modified_Time"):
        return moment(org, row.created if name == "Created_Time" else row.modified)
    if name == "Tag":
        return [
            {"name": tag, "id": str(org.id + 1_000 + place), "color_code": None} for place, tag in enumerate(row.tags)
        ]
    if name == "Full_Name":
        return full_name(row.values)
    if name == "Currency":
        return row.values.get("Currency") or org.currency
    if name == "Exchange_Rate":
        rate = row.values.get("Exchange_Rate")
        return rate or org.currencies.get(row.values.get("Currency") or org.currency, 1.0)
    return _OWN


def _extras(org: CrmOrg, row: CrmRecord) -> Json:
    layout = org.modules[row.module].layout_id
    return {
        "$currency_symbol": SYMBOLS.get(row.values.get("Currency") or org.currency, org.currency),
        "$editable": not row.is_locked,
        "$approval_state": "approved", "$in_merge": False, "$field_states": None, "$review_process": None,
        "$process_flow": False, "$locked_for_me": row.is_locked, "$sharing_permission": "full_access",
        "$approval": {"delegate": False, "approve": False, "reject": False, "resubmit": False},
        "Record_Status__s": "Available", "Locked__s": row.is_locked,
        "Layout": {"name": "Standard", "id": str(layout)},
    }  # fmt: skip


def stamps(org: CrmOrg, row: CrmRecord) -> Json:
    """What a write answers of the record it made or changed."""
    return {
        "Modified_Time": moment(org, row.modified), "Modified_By": person(org, row.modified_by),
        "Created_Time": moment(org, row.created), "id": str(row.id), "Created_By": person(org, row.created_by),
        "$approval_state": "approved",
    }  # fmt: skip
