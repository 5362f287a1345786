"""Merge fields in the addresses of custom links, filled for one record and one person (zoho-crm-wire §8).

Two spellings are understood, as neither is certain: `${Accounts.Account Id}` (module, label) and `{Account.ID}`
(singular, API name). Words that name nothing stay as they are.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from standin.world.crm import CrmOrg, CrmRecord
from standin.world.crm.records import CrmUser
from standin.zoho_crm.bodies import record

FIELD = re.compile(r"\$?\{!?(?P<of>\w+)\.(?P<name>[^{}]+)\}")


def filled(org: CrmOrg, url: str, row: CrmRecord, looking: CrmUser) -> str:
    """The address with its merge fields filled, each URL-encoded."""
    return FIELD.sub(lambda found: _value(org, row, looking, found), url)


def _value(org: CrmOrg, row: CrmRecord, looking: CrmUser, found: re.Match[str]) -> str:
    module, of, name = org.modules[row.module], found["of"], found["name"].strip().casefold()
    if of in ("Users", "User"):
        known = _user(org, looking)
    elif of in ("Org", "Organization"):
        known = {"id": org.id, "organization id": org.id, "zgid": "808232144", "company name": org.name}
    elif of in (module.api_name, module.singular, module.internal_name):
        known = _record(org, row)
    else:
        return found[0]
    return quote(_text(known[name]), safe="") if name in known else found[0]


def _user(org: CrmOrg, user: CrmUser) -> dict[str, Any]:
    return {
        "id": user.id, "user id": user.id, "recordid": user.id, "zuid": user.zuid, "email": user.email,
        "full name": user.full_name, "profile": org.profile(user.profile_id).name,
    }  # fmt: skip


def _record(org: CrmOrg, row: CrmRecord) -> dict[str, Any]:
    module, body = org.modules[row.module], record(org, row)
    labels = {field.label.casefold(): body.get(name) for name, field in module.fields.items()}
    names = {name.casefold(): value for name, value in body.items()}
    return {**labels, **names, "id": row.id, f"{module.singular} id".casefold(): row.id}


def _text(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("name")
    return "" if value is None else str(value)
