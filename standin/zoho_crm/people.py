"""Organisation, currencies and users (zoho-crm-wire §3.1 to §3.3)."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from standin.world.crm import CrmOrg
from standin.world.crm.limits import LICENSES
from standin.world.crm.records import CrmUser
from standin.zoho_crm.bodies import NAMES, SYMBOLS, moment, person
from standin.zoho_crm.errors import RefusalError, no_such_id, nothing
from standin.zoho_crm.gate import route
from standin.zoho_crm.paging import modified_since, page_of

Json = dict[str, Any]
USER_TYPES: dict[str, Any] = {
    "AllUsers": lambda user, org: True,
    "ActiveUsers": lambda user, org: user.status == "active",
    "DeactiveUsers": lambda user, org: user.status != "active",
    "ConfirmedUsers": lambda user, org: user.is_confirmed,
    "NotConfirmedUsers": lambda user, org: not user.is_confirmed,
    "DeletedUsers": lambda user, org: user.status == "deleted",
    "ActiveConfirmedUsers": lambda user, org: user.status == "active" and user.is_confirmed,
    "AdminUsers": lambda user, org: user.profile_id == org.profiles[0].id,
    "ActiveConfirmedAdmins": lambda user, org: user.status == "active" and user.profile_id == org.profiles[0].id,
    "CurrentUser": lambda user, org: user.id == org.me.id,
}


@route("/org", "GET", "org.READ")
def org(org: CrmOrg) -> Json:
    """The organisation."""
    country = {"USD": ("US", "en_US"), "EUR": ("DE", "de_DE"), "GBP": ("GB", "en_GB")}.get(
        org.currency, ("US", "en_US")
    )
    paid = org.edition != "free"
    return {"org": [{
        "id": str(org.id), "company_name": org.name, "type": "production", "primary_email": org.owner.email,
        "currency": NAMES.get(org.currency, f"{org.currency} - {org.currency}"),
        "currency_symbol": SYMBOLS.get(org.currency, org.currency),
        "currency_locale": country[1], "iso_code": org.currency, "mc_status": org.has_many_currencies,
        "time_zone": str(org.zone), "country": country[0], "country_code": country[0], "city": None, "street": None,
        "state": None, "zip": None, "phone": None, "fax": None, "mobile": None, "website": None,
        "employee_count": str(len(org.users)), "alias": None, "description": None, "zgid": "808232144",
        "primary_zuid": str(org.owner.zuid), "domain_name": "org808232144", "zia_portal_id": None,
        "created_time": moment(org, org.founded), "photo_id": None, "max_per_page": 200,
        "license_details": {
            "paid": paid, "paid_type": org.edition, "paid_expiry": None, "trial_type": None, "trial_expiry": None,
            "trial_action": None, "users_license_purchased": LICENSES, "portal_users_license_purchased": 0,
        },
        "hierarchy_preferences": {"type": "Role_Hierarchy", "strictly_reporting": False},
        "privacy_settings": False, "hipaa_compliance_enabled": False, "gapps_enabled": False,
        "translation_enabled": False, "lite_users_enabled": False, "deletable_org_account": False,
        "oauth_presence": True, "call_icon": "show",
    }]}  # fmt: skip


@route("/org/currencies", "GET", "settings.currencies.READ")
def currencies(org: CrmOrg) -> Json:
    """The currencies, where more than one is used."""
    if not org.has_many_currencies:
        raise RefusalError("CURRENCIES_NOT_ENABLED", "currencies not enabled", 403)
    return {
        "currencies": [_currency(org, code, rate, place) for place, (code, rate) in enumerate(org.currencies.items())]
    }


def _currency(org: CrmOrg, code: str, rate: float, place: int) -> Json:
    at = moment(org, org.founded)
    return {
        "id": str(org.id + 2_000 + place), "name": NAMES.get(code, f"{code} - {code}"), "iso_code": code,
        "symbol": SYMBOLS.get(code, code), "exchange_rate": f"{rate:.9f}", "is_base": code == org.currency,
        "is_active": True, "prefix_symbol": True, "created_time": at, "modified_time": at,
        "created_by": person(org, org.owner.id), "modified_by": person(org, org.owner.id),
        "format": {"decimal_separator": "Period", "thousand_separator": "Comma", "decimal_places": "2"},
    }  # fmt: skip


@route("/users", "GET", "users.READ")
def users(org: CrmOrg) -> Json | Response:
    """The users of a type."""
    kind = request.args.get("type", "AllUsers")
    if kind not in USER_TYPES:
        raise RefusalError("INVALID_DATA", "invalid data", param_name="type")
    rows = [user for user in org.users.values() if USER_TYPES[kind](user, org)]
    if wanted := request.args.get("ids"):
        rows = [user for user in rows if str(user.id) in wanted.split(",")]
    if (since := modified_since()) is not None and rows:
        rows = [user for user in rows if (user.modified or user.created) >= since]
        if not rows:
            return nothing(304)
    if not rows:
        return nothing()
    shown, info = page_of(rows)
    return {"users": [_user(org, user) for user in shown], "info": info}


@route("/users/<key>", "GET", "users.READ")
def user(org: CrmOrg, key: str) -> Json:
    """One user."""
    found = org.users.get(int(key)) if key.isdigit() else None
    if found is None:
        raise no_such_id()
    return {"users": [_user(org, found)]}


def _user(org: CrmOrg, user: CrmUser) -> Json:
    at, changed = moment(org, user.created), moment(org, user.modified or user.created)
    return {
        "id": str(user.id), "full_name": user.full_name, "first_name": user.first_name, "last_name": user.last_name,
        "email": user.email, "status": user.status, "confirm": user.is_confirmed,
        "zuid": str(user.zuid) if user.is_confirmed else None, "type__s": "Regular User",
        "profile": {"name": org.profile(user.profile_id).name, "id": str(user.profile_id)},
        "role": {"name": org.roles[user.role_id], "id": str(user.role_id)}, "locale": "en_US", "language": "en_US",
        "time_zone": str(org.zone), "country": "US", "date_format": "MM/dd/yyyy", "time_format": "hh:mm a",
        "created_time": at, "Modified_Time": changed, "Modified_By": person(org, org.owner.id),
        "created_by": person(org, org.owner.id), "Reporting_To": None,
    }  # fmt: skip
