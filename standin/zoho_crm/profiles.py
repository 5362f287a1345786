"""Profiles with their permissions, and roles (zoho-crm-wire §3.4)."""

from __future__ import annotations

from typing import Any

from flask import request

from standin.current import world
from standin.world.crm import CrmOrg
from standin.world.crm.org import VERBS
from standin.world.crm.records import Profile
from standin.zoho_crm.bodies import moment, person
from standin.zoho_crm.errors import RefusalError, no_such_id
from standin.zoho_crm.gate import route

Json = dict[str, Any]
#: permissions that belong to no module, and what a person reads of them
GENERAL = {"Crm_Implied_Send_Email": "Send Email", "Crm_Implied_Manage_Profiles": "Manage Profiles"}


@route("/settings/profiles", "GET", "settings.profiles.READ")
def profiles(org: CrmOrg) -> Json:
    """The profiles, without their permissions."""
    rows = [_profile(org, profile) for profile in org.profiles]
    info = {"license_limit": None, "page": 1, "per_page": 200, "count": len(rows), "more_records": False}
    return {"profiles": rows, "info": info}


@route("/settings/profiles/<key>", "GET", "settings.profiles.READ")
def profile(org: CrmOrg, key: str) -> Json:
    """One profile, with its permissions."""
    found = _find(org, key)
    details = [
        {
            "id": str(number), "name": name, "display_label": GENERAL.get(name) or name.split("_")[2],
            "module": None if name in GENERAL else name.split("_", 3)[3], "enabled": name not in found.denied,
            "customizable": found.is_custom,
        }
        for number, name in permissions(org).items()
    ]  # fmt: skip
    return {"profiles": [_profile(org, found) | {"permissions_details": details, "sections": []}]}


@route("/settings/profiles/<key>", "PUT", "settings.profiles.UPDATE")
def change_profile(org: CrmOrg, key: str) -> Json:
    """Switch permissions on or off; profiles that Zoho made stay as they are."""
    found, known = _find(org, key), permissions(org)
    if "Crm_Implied_Manage_Profiles" in org.profile(org.me.profile_id).denied or not found.is_custom:
        raise RefusalError("NO_PERMISSION", "permission denied", 403, permissions=["Crm_Implied_Manage_Profiles"])
    rows = ((request.get_json(force=True, silent=True) or {}).get("profiles") or [{}])[0]
    denied = set(found.denied)
    for row in rows.get("permissions_details") or []:
        name = known.get(int(row.get("id") or 0))
        if name is None:
            raise no_such_id(api_name="id", json_path="$.profiles[0].permissions_details")
        denied = denied - {name} if row.get("enabled") else denied | {name}
    world().edit("crm.profile", name=found.name, denied=sorted(denied))
    done = {"code": "SUCCESS", "details": {"id": key}, "message": "profile updated", "status": "success"}
    return {"profiles": [done]}


def permissions(org: CrmOrg) -> dict[int, str]:
    """All permissions there are, by id."""
    names = [f"Crm_Implied_{verb}_{module}" for module in org.modules for verb in VERBS] + list(GENERAL)
    return {org.id + 3_000 + place: name for place, name in enumerate(names)}


def _find(org: CrmOrg, key: str) -> Profile:
    found = next((one for one in org.profiles if str(one.id) == key), None)
    if found is None:
        raise no_such_id()
    return found


def _profile(org: CrmOrg, profile: Profile) -> Json:
    changed = moment(org, profile.modified) if profile.modified else None
    return {
        "id": str(profile.id), "name": profile.name, "display_label": profile.name,
        "api_name": f"{profile.name.replace(' ', '_')}__s", "type": "normal_profile", "custom": profile.is_custom,
        "description": None, "created_time": changed, "modified_time": changed, "created_by": None,
        "modified_by": person(org, org.owner.id) if changed else None,
    }  # fmt: skip


@route("/settings/roles", "GET", "settings.roles.READ")
def roles(org: CrmOrg) -> Json:
    """The roles."""
    return {"roles": [
        {"id": str(key), "name": name, "display_label": name, "reporting_to": None, "admin_user": key == min(org.roles),
         "share_with_peers": True, "description": None}
        for key, name in org.roles.items()
    ]}  # fmt: skip
