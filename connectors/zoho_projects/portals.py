"""Portals as the account sees them, and which of them may be connected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.base import Scope
from connectors.http import Answer, Transient
from connectors.zoho_projects.records import person_name
from connectors.zoho_projects.values import Unreadable, flag, text_id, word

#: profiles that stand for ownership where the wire does not say who is asking
OWNING_PROFILES = frozenset({"administrator", "admin", "portal owner", "owner"})


def take_portals(body: Any, _: Answer) -> list[Mapping[str, Any]]:
    """The rows of GET /portals, a bare array (an envelope is taken as well)."""
    rows = body.get("portals") if isinstance(body, dict) else body
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Transient("Zoho Projects answered with something that is no list of portals. Try again later.")
    return rows


def as_scope(row: Mapping[str, Any]) -> Scope:
    """A portal; `refusal` says why one that the account does not own is not offered."""
    try:
        key = text_id(row.get("id", row.get("id_string")))
    except Unreadable as error:
        raise Transient(f"Zoho Projects sent a portal that cannot be read. {error}") from None
    owned = is_owned(row)
    owner = person_name(row["owner"]) if isinstance(row.get("owner"), dict) else None
    name = word(row.get("org_name")) or url_name(row) or key
    refusal = (
        None
        if owned
        else (
            f"This portal belongs to {owner or 'somebody else'}. Only its owner or administrator can connect it: "
            "ask them, or sign in to Zoho with their account."
        )
    )
    zone, currency = word(row.get("timezone")) or "UTC", word(row.get("currency"))
    return Scope(key, name, zone, currency, owned, refusal, url_name(row) or "")


def is_owned(row: Mapping[str, Any]) -> bool:
    """Whether the account owns the portal.

    Where the row names the asking user (`login_id`), that is compared with the owner. V3 was not seen to do
    so; then `portal_owner` as yes or no decides, else the account's profile in the portal: Administrator
    counts, for an administrator may do there what the owner may.
    """
    owner = row["owner"] if isinstance(row.get("owner"), dict) else {}
    me = word(row.get("login_id"))
    theirs = {word(owner.get(key)) for key in ("id", "zpuid", "zuid")} - {None}
    if me and theirs and me in theirs:
        return True
    told = row.get("portal_owner")
    if isinstance(told, bool) or told in ("true", "false"):
        return bool(flag(told))
    profile = word(row.get("profile"))
    return profile is not None and profile.lower() in OWNING_PROFILES


def url_name(row: Mapping[str, Any]) -> str | None:
    """The portal's name in web addresses."""
    return word(row.get("portal_name")) or word(row.get("name"))
