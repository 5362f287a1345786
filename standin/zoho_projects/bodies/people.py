"""Portals, users and client companies as JSON."""

from __future__ import annotations

from standin.world.portal import Portal
from standin.world.records import Client, Project, User
from standin.zoho_projects.bodies import Json, finish, moment

ADMIN_PROFILE = {"id": "1817452000000052011", "name": "Administrator"}


def user_ref(user: User) -> Json:
    """The reference to a user that stands everywhere (§4.2); `zuid` is a number, `zpuid` text."""
    if user.reference is None:
        user.reference = {
            "zuid": user.zuid,
            "zpuid": str(user.id),
            "name": display_name(user),
            "email": user.email,
            "first_name": user.first_name,
            "last_name": user.last_name,
            "full_name": user.full_name,
        }
    return user.reference


def display_name(user: User) -> str:
    """The short name, made from the e-mail address."""
    return user.email.partition("@")[0] or user.full_name


def user_body(user: User) -> Json:
    """A row of the users list (§4.3); it has no `name`."""
    body = {
        "id": str(user.id),
        "zuid": user.zuid,
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "full_name": user.full_name,
        "display_name": display_name(user),
        "is_active": user.active,
        "is_confirmed": True,
        "status": "active" if user.active else "inactive",
        "user_type": "client" if user.client else "portal",
        "profile": {"id": _profile_id(user.profile), "name": user.profile, "type": "portal", "is_default": True},
        "role": {"id": _profile_id(user.role), "name": user.role, "type": "portal"},
        "business_hours": {
            "id": "1817452000000052099",
            "name": "Standard Business Hours",
            "version": 1,
            "working_hours": [],
        },
        "budget": str(user.rate),
        "associated_services": [],
        "added_time": moment(user.created),
        "updated_time": moment(user.modified),
        "last_accessed_on": moment(user.modified),
        "client_company_id": str(user.client.id) if user.client else None,
        "client_company_name": user.client.name if user.client else None,
    }
    return finish(user, body)


def client_body(client: Client) -> Json:
    """A client company; the whole shape is an assumption (§6, grade D)."""
    body = {
        "id": str(client.id),
        "name": client.name,
        "email": client.email or None,
        "phone": client.phone or None,
        "website": client.website or None,
        "address": client.address or None,
        "city": client.city or None,
        "state": client.state or None,
        "country": client.country or None,
        "zip_code": client.zip_code or None,
        "currency_code": client.currency,
        "created_time": moment(client.created),
        "updated_time": moment(client.modified),
    }
    return finish(client, body)


def project_client_body(project: Project, client: Client) -> Json:
    """A client company as seen from one project: with its `is_primary` flag (§6, grade D)."""
    return {**client_body(client), "is_primary": client is project.primary}


def portal_row(portal: Portal) -> Json:
    """A row of GET /portals (§4.1); `is_default_portal` stands on the one the account owns."""
    owner = portal.owner
    return {
        "id": str(portal.id),
        "zsoid": str(portal.id + 10_000_000),
        "portal_name": portal.name,
        "org_name": portal.org_name,
        "portal_url": f"https://projects.zoho.com/portal/{portal.name}",
        "is_default_portal": portal.owned,
        "portal_type": "owned" if portal.owned else "shared",
        "project_plan": "Enterprise",
        "bug_plan": "Enterprise",
        "timezone": portal.timezone,
        "portal_owner": str(owner.zuid),
        "owner": {"id": str(owner.id), **owner_ref(owner)},
        "profile_id": ADMIN_PROFILE["id"],
        "profile": ADMIN_PROFILE if portal.owned else {"id": "1817452000000052013", "name": "Employee"},
    }


def owner_ref(owner: User) -> Json:
    """A user reference with the two keys that owners carry."""
    return {**user_ref(owner), "is_client_user": False, "business_hours_id": "1817452000000052099"}


def portal_details(portal: Portal) -> Json:
    """The envelope of GET /portal/{p} (§4.1)."""
    details = {
        "id": str(portal.id),
        "name": portal.name,
        "org_name": portal.org_name,
        "timezone": portal.timezone,
        "storage_type": "WORKDRIVE",
        "is_customdomain_enabled": False,
        "owner": owner_ref(portal.owner),
        "plan_details": {"projects_service_plan": "Enterprise", "bugtracker_service_plan": "Enterprise"},
        "business_details": {
            "date_format": "MM-dd-yyyy",
            "time_format": "hh:mm aaa",
            "start_time": "09:00",
            "end_time": "18:00",
            "week_start_day": "Monday",
            "week_start_year": "January",
            "weekends": ["Saturday", "Sunday"],
            "working_days": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"],
        },
    }
    return {"portal_details": details}


def _profile_id(name: str) -> str:
    return str(1817452000000052000 + sum(name.encode()))
