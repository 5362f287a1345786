"""Views: client companies and the customers of a project. Paths are documented, bodies are assumed (§6)."""

from __future__ import annotations

from typing import Any

from standin.current import world
from standin.world.portal import Portal
from standin.world.records import Client, Project
from standin.zoho_projects.bodies.people import client_body, project_client_body, user_body
from standin.zoho_projects.bodies.projects import project_body
from standin.zoho_projects.errors import bad_type, bad_value, missing_input, no_content, wrong_url
from standin.zoho_projects.gate import portal_route, project_route
from standin.zoho_projects.paging import list_of
from standin.zoho_projects.payload import json_body

READ = ("clients", "READ")
CREATE = ("clients", "CREATE")
UPDATE = ("clients", "UPDATE")
DELETE = ("clients", "DELETE")


@portal_route("/clients", "GET", READ)
def clients(portal: Portal) -> Any:
    """All client companies of a portal."""
    _known()
    return list_of("clients", list(portal.clients.values()), client_body)


@portal_route("/clients/<int:key>", "GET", READ)
def client(portal: Portal, key: int) -> Any:
    """One client company."""
    _known()
    return client_body(portal.find("client", key))


@portal_route("/clients/<int:key>/projects", "GET", READ)
def client_projects(portal: Portal, key: int) -> Any:
    """The projects of a client company, as primary or further customer."""
    _known()
    company = portal.find("client", key)
    rows = [project for project in portal.live_projects() if company in project.clients]
    return list_of("projects", rows, project_body)


@portal_route("/client/<int:key>/contacts", "GET", READ)
def contacts(portal: Portal, key: int) -> Any:
    """The client users of a company."""
    _known()
    return list_of("contacts", _users_of(portal, [portal.find("client", key)]), user_body)


@project_route("/clients", "GET", READ)
def project_clients(portal: Portal, project: Project) -> Any:
    """The customers of a project; the primary one carries `is_primary` true."""
    _known()
    return _customers(project)


@project_route("/clients", "POST", CREATE)
def add_clients(portal: Portal, project: Project) -> Any:
    """Make a new client company (`{"name": …}`) or add existing ones (`{"clients": [{"id": …}]}`)."""
    return _add(portal, project)


@project_route("/associate-client", "POST", CREATE)
def associate_clients(portal: Portal, project: Project) -> Any:
    """Add existing client companies to a project."""
    return _add(portal, project)


@project_route("/clients/<int:key>", "DELETE", DELETE)
def remove_client(portal: Portal, project: Project, key: int) -> Any:
    """Take a client company off a project."""
    _known()
    world().edit("project.detach", portal=portal.id, id=project.id, client=portal.find("client", key).id)
    return no_content()


@project_route("/primary-client/<int:key>", "POST", UPDATE)
def make_primary(portal: Portal, project: Project, key: int) -> Any:
    """Make a client company the primary customer."""
    _known()
    world().edit("project.primary", portal=portal.id, id=project.id, client=portal.find("client", key).id)
    return _customers(project)


@project_route("/clients/users", "GET", READ)
def client_users(portal: Portal, project: Project) -> Any:
    """The client users of a project's customers."""
    _known()
    return list_of("users", _users_of(portal, project.clients), user_body, style="users")


@project_route("/client/<int:key>/contacts", "GET", READ)
def project_contacts(portal: Portal, project: Project, key: int) -> Any:
    """The contacts of one of a project's customers."""
    return contacts(portal, key)


@project_route("/crm/accounts", "GET", READ)
def crm_accounts(portal: Portal, project: Project) -> Any:
    """CRM accounts of a project: none, as no CRM is joined to the portal."""
    return {"accounts": []}


def _add(portal: Portal, project: Project) -> Any:
    _known()
    here, body = world(), json_body()
    if isinstance(body.get("name"), str):
        made = here.edit("client.add", portal=portal.id, name=body["name"], **_details(body))
        here.edit("project.attach", portal=portal.id, id=project.id, client=made.id)
        return _customers(project)
    for key in _keys(body):
        here.edit("project.attach", portal=portal.id, id=project.id, client=portal.find("client", key).id)
    return _customers(project)


def _keys(body: dict[str, Any]) -> list[int]:
    rows = body.get("clients", body.get("client_ids", body.get("id")))
    if rows is None:
        raise missing_input("clients")
    if not isinstance(rows, list):
        rows = [rows]
    keys = [str(row.get("id", "")) if isinstance(row, dict) else str(row) for row in rows]
    if not all(key.isdigit() for key in keys):
        raise bad_value("clients")
    return [int(key) for key in keys]


def _details(body: dict[str, Any]) -> dict[str, Any]:
    known = ("email", "phone", "website", "address", "city", "state", "country", "zip_code")
    details = {name: body[name] for name in known if name in body}
    if not all(isinstance(value, str) for value in details.values()):
        raise bad_type("client")
    return details | ({"currency": str(body["currency_code"])} if "currency_code" in body else {})


def _customers(project: Project) -> Any:
    return list_of("clients", project.clients, lambda row: project_client_body(project, row))


def _users_of(portal: Portal, companies: list[Client]) -> list[Any]:
    return [user for user in portal.users.values() if user.client in companies and user.client]


def _known() -> None:
    if not world().quirks.clients_known:
        raise wrong_url()
