"""Views: projects from making to bin, their feed, and the bin itself (zoho-projects-wire §3.2)."""

from __future__ import annotations

from typing import Any

from standin.current import world
from standin.world.portal import Portal
from standin.world.records import Project
from standin.zoho_projects.bodies import moment
from standin.zoho_projects.bodies.projects import comment_body, project_body
from standin.zoho_projects.errors import answer, bad_value, missing_input, no_content, not_found
from standin.zoho_projects.gate import portal_route, project_route
from standin.zoho_projects.paging import array_of, list_of
from standin.zoho_projects.payload import (
    a_date,
    choice,
    flag,
    ignored,
    json_body,
    linked,
    linked_list,
    plain_object,
    read,
    text,
)

READ = ("projects", "READ")
UPDATE = ("projects", "UPDATE")
DELETE = ("projects", "DELETE")
PROJECT = {
    "name": text("name", 200),
    "description": text("description"),
    "project_type": choice("type", "active", "template", "archived"),
    "owner": linked("owner", "zpuid"),
    "is_public_project": flag("public"),
    "start_date": a_date("start"),
    "end_date": a_date("end"),
    "status": linked("status"),
    "tags": linked_list("tags"),
    "budget_info": plain_object("budget"),
    **dict.fromkeys(
        ("layout", "project_group", "copy_from", "is_rollup_project", "added_via", "completed_time"), ignored
    ),
}


@portal_route("/projects", "GET", READ)
def projects(portal: Portal) -> Any:
    """A bare array; page until an empty one comes."""
    return array_of(portal.live_projects(), project_body)


@portal_route("/projects", "POST", ("projects", "CREATE"))
def create(portal: Portal) -> Any:
    """A new project."""
    values = read(PROJECT, json_body(), portal, "projects", required=("name",))
    return answer(project_body(world().edit("project.add", portal=portal.id, **values)), 201)


@project_route("", "GET", READ)
def project(portal: Portal, project: Project) -> Any:
    """One project, bare."""
    return project_body(project)


@project_route("", "PATCH", UPDATE)
def update(portal: Portal, project: Project) -> Any:
    """Change a project; the answer is the project."""
    values = read(PROJECT, json_body(), portal, "projects")
    if "budget" in values:
        values["budget"] = {**project.budget, **values["budget"]}
    return project_body(world().edit("project.set", portal=portal.id, id=project.id, **values))


@project_route("", "DELETE", DELETE, binned=True)
def purge(portal: Portal, project: Project) -> Any:
    """Purge a trashed project; before the bin it was measured as 404."""
    if not project.trashed:
        raise not_found("project")
    world().edit("project.purge", portal=portal.id, id=project.id)
    return no_content()


@project_route("/trash", "POST", DELETE)
def trash(portal: Portal, project: Project) -> Any:
    """Into the bin: 204, and 410 from then on."""
    world().edit("project.trash", portal=portal.id, id=project.id)
    return no_content()


@project_route("/restore", "POST", UPDATE, binned=True)
def restore(portal: Portal, project: Project) -> Any:
    """Out of the bin."""
    if not project.trashed:
        raise not_found("project")
    return project_body(world().edit("project.restore", portal=portal.id, id=project.id))


@project_route("/status", "GET", ("status", "READ"))
def feed(portal: Portal, project: Project) -> Any:
    """The lines of a project's feed, newest first."""
    return list_of("status", project.feed[::-1], comment_body)


@project_route("/status", "POST", ("status", "CREATE"))
def post_feed(portal: Portal, project: Project) -> Any:
    """Post a line to a project's feed; the key of the text is not documented, so three are taken."""
    body = json_body()
    for key in ("content", "status", "comment"):
        if isinstance(body.get(key), str) and body[key]:
            line = world().edit("feed.add", portal=portal.id, id=project.id, text=body[key])
            return answer(comment_body(line), 201)
    raise missing_input("content")


@portal_route("/bin", "GET", READ)
def recycle_bin(portal: Portal) -> Any:
    """Trashed projects, under `trash`; the body is an assumption (the path is measured)."""
    rows = [project for project in portal.projects.values() if project.trashed]
    return list_of("trash", rows, _bin_row)


@portal_route("/bin", "DELETE", DELETE)
def purge_some(portal: Portal) -> Any:
    """Purge the trashed projects named by `ids`."""
    for project in _binned(portal, json_body()):
        world().edit("project.purge", portal=portal.id, id=project.id)
    return no_content()


@portal_route("/bin/restore", "POST", UPDATE)
def restore_some(portal: Portal) -> Any:
    """Restore the trashed projects named by `ids`."""
    for project in _binned(portal, json_body()):
        world().edit("project.restore", portal=portal.id, id=project.id)
    return recycle_bin(portal)


@portal_route("/empty-bin", "DELETE", DELETE)
def empty_bin(portal: Portal) -> Any:
    """Purge all trashed projects."""
    for project in [project for project in portal.projects.values() if project.trashed]:
        world().edit("project.purge", portal=portal.id, id=project.id)
    return no_content()


def _binned(portal: Portal, body: dict[str, Any]) -> list[Project]:
    if not isinstance(body.get("ids"), list):
        raise missing_input("ids")
    if not all(str(key).isdigit() for key in body["ids"]):
        raise bad_value("ids")
    found = [portal.find("project", int(key)) for key in body["ids"]]
    return [project for project in found if project.trashed]


def _bin_row(project: Project) -> dict[str, Any]:
    when = moment(project.trashed) if project.trashed else None
    return {"id": str(project.id), "name": project.name, "module": "project", "deleted_time": when}
