"""The organisation behind an account: one scope, its currency, and whether its edition will do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.base import Scope
from connectors.http import Answer, Transient
from connectors.zoho_crm.places import API
from connectors.zoho_crm.values import Unreadable, text_id
from connectors.zoho_session import Question

#: editions that have no use of the interface that an integration needs (requirements C-07)
TOO_SMALL = frozenset({"free", "standard", "starter", "express"})
ORG = Question(f"{API}/org", {}, "the organisation", "ZohoCRM.org.READ")


def take_org(body: Any, _: Answer) -> Mapping[str, Any]:
    """The one row of GET /org."""
    rows = body.get("org") if isinstance(body, dict) else None
    if not isinstance(rows, list) or len(rows) != 1 or not isinstance(rows[0], dict):
        raise Transient("Zoho CRM answered with something that is no organisation. Try again later.")
    return rows[0]


def as_scope(row: Mapping[str, Any]) -> Scope:
    """The organisation; `refusal` says why it cannot be connected."""
    try:
        key = text_id(row.get("id"))
    except Unreadable as error:
        raise Transient(f"Zoho CRM sent an organisation that cannot be read. {error}") from None
    return Scope(
        key,
        _text(row.get("company_name")) or key,
        _text(row.get("time_zone")) or "UTC",
        currency_of(row),
        refusal=_refusal(row),
        url_name=url_name(row),
    )


def currency_of(row: Mapping[str, Any]) -> str | None:
    """The home currency by its ISO code."""
    return _text(row.get("iso_code")) or None


def url_name(row: Mapping[str, Any]) -> str:
    """The organisation's name in web addresses: "org" and its number."""
    told = _text(row.get("domain_name"))
    return told if told.startswith("org") else f"org{_text(row.get('zgid'))}" if row.get("zgid") else ""


def _refusal(row: Mapping[str, Any]) -> str | None:
    """Free and Standard are too small, unless a larger edition is being tried out."""
    told = row.get("license_details")
    details = told if isinstance(told, dict) else {}
    trial, paid = _text(details.get("trial_type")).lower(), _text(details.get("paid_type")).lower()
    if (trial and trial not in TOO_SMALL) or (paid and paid not in TOO_SMALL) or not (paid or trial):
        return None
    return (
        f"This organisation uses the {(paid or trial).capitalize()} edition of Zoho CRM, and syncing needs "
        "Professional or above. Upgrade it at Zoho, then connect again."
    )


def _text(value: Any) -> str:
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
