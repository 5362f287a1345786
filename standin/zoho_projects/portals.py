"""Views: portals, users, roles, settings, tags and search."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import request

from standin.current import world
from standin.world.portal import MissingError, Portal
from standin.world.records import Project, User
from standin.zoho_projects.bodies.people import portal_details, portal_row, user_body
from standin.zoho_projects.gate import account_route, portal_route, project_route
from standin.zoho_projects.paging import array_of, list_of

PORTALS = ("portals", "READ")
USERS = ("users", "READ")
FIELDS = ("custom_fields", "READ")


@account_route("/portals", "GET", PORTALS)
def portals() -> Any:
    """All portals of the account, owned or not: a bare array."""
    return array_of(list(world().portals.values()), portal_row)


@portal_route("", "GET", PORTALS)
def portal(portal: Portal) -> Any:
    """One portal in its envelope."""
    return portal_details(portal)


@portal_route("/users", "GET", USERS)
def users(portal: Portal) -> Any:
    """All people of a portal, inactive ones too; `ids` and `company_ids` narrow the list."""
    rows = list(portal.users.values())
    if ids := request.args.get("ids"):
        rows = [user for user in rows if str(user.id) in ids.strip("[]").replace('"', "").split(",")]
    if companies := request.args.get("company_ids"):
        wanted = companies.strip("[]").replace('"', "").split(",")
        rows = [user for user in rows if user.client and str(user.client.id) in wanted]
    return list_of("users", rows, user_body, style="users")


@portal_route("/users/<key>", "GET", USERS)
def user(portal: Portal, key: str) -> Any:
    """One person, by zpuid or by e-mail address."""
    return user_body(find_user(portal.users.values(), key))


@portal_route("/users/<key>/activate", "POST", ("users", "UPDATE"))
def activate(portal: Portal, key: str) -> Any:
    """Let a person in again."""
    return _set_active(portal, key, active=True)


@portal_route("/users/<key>/deactivate", "POST", ("users", "UPDATE"))
def deactivate(portal: Portal, key: str) -> Any:
    """Keep a person out; logged hours stay."""
    return _set_active(portal, key, active=False)


@project_route("/users", "GET", USERS)
def project_users(portal: Portal, project: Project) -> Any:
    """The people of a project."""
    return list_of("users", project.users, user_body, style="users")


@project_route("/users/<key>", "GET", USERS)
def project_user(portal: Portal, project: Project, key: str) -> Any:
    """One person of a project."""
    return user_body(find_user(project.users, key))


@portal_route("/roles", "GET", USERS)
def roles(portal: Portal) -> Any:
    """The roles in use."""
    names = dict.fromkeys(user.role for user in portal.users.values())
    return {"roles": [{"id": str(1817452000000053000 + at), "name": name} for at, name in enumerate(names)]}


@portal_route("/profiles", "GET", USERS)
def profiles(portal: Portal) -> Any:
    """The profiles in use."""
    names = dict.fromkeys(user.profile for user in portal.users.values())
    return {"profiles": [{"id": str(1817452000000054000 + at), "name": name} for at, name in enumerate(names)]}


@portal_route("/project-groups", "GET", ("projectgroups", "READ"))
def project_groups(portal: Portal) -> Any:
    """The groups of projects."""
    names = dict.fromkeys(project.group for project in portal.live_projects())
    rows = [{"id": str(1817452000000052051 + at), "name": name, "type": "public"} for at, name in enumerate(names)]
    return {"project-groups": rows}


@portal_route("/settings/fields", "GET", FIELDS)
def fields(portal: Portal) -> Any:
    """The custom fields of one module (`module=projects`) or of all."""
    module = request.args.get("module", "").strip('"').lower()
    rows = [field for field in portal.custom_fields if not module or field.module.rstrip("s") == module.rstrip("s")]
    shown = [
        {
            "id": str(field.id),
            "api_name": field.api_name,
            "display_name": field.label,
            "field_type": field.field_type,
            "module": field.module,
            "is_custom_field": True,
            "is_hidden": False,
            **({"pick_list_values": [{"value": option} for option in field.options]} if field.options else {}),
        }
        for field in rows
    ]
    return {"fields": shown}


@portal_route("/settings/modules", "GET", FIELDS)
def modules(portal: Portal) -> Any:
    """The modules that are switched on."""
    names = ("Project", "Task", "Issue", "Milestone", "Tasklist", "Timesheet")
    rows = [{"module_id": str(1817452000000055000 + at), "module_name": name} for at, name in enumerate(names)]
    return {"modules": rows}


@portal_route("/settings/layouts", "GET", FIELDS)
def layouts(portal: Portal) -> Any:
    """The one layout there is."""
    return {"layouts": [{"id": "1817452000000074001", "name": "Standard Layout", "is_default": True}]}


@project_route("/modules", "GET", ("projects", "READ"))
def project_modules(portal: Portal, project: Project) -> Any:
    """The modules of a project."""
    return modules(portal)


@portal_route("/search", "GET", ("search", "READ"))
def search(portal: Portal) -> Any:
    """Projects, tasks and issues whose name contains `search_term`."""
    term = request.args.get("search_term", "").lower()
    found: dict[str, Any] = {}
    for kind, records in (
        ("projects", portal.live_projects()),
        ("tasks", portal.live("task")),
        ("issues", portal.live("issue")),
    ):
        hits = [record for record in records if term in record.name.lower()][:50]
        found[kind] = [{"id": str(record.id), "name": record.name} for record in hits]
    return found


def find_user(users: Iterable[User], key: str) -> User:
    """The user of that zpuid or e-mail address."""
    for user in users:
        if key in (str(user.id), user.email):
            return user
    raise MissingError(f"no user {key}")


def _set_active(portal: Portal, key: str, *, active: bool) -> Any:
    user = find_user(portal.users.values(), key)
    return user_body(world().edit("user.set", portal=portal.id, id=user.id, active=active))
