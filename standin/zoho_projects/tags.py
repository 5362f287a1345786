"""Views: tags (zoho-projects-wire §3.6)."""

from __future__ import annotations

from typing import Any

from flask import request

from standin.current import world
from standin.world.portal import Portal
from standin.world.records import Project
from standin.zoho_projects.bodies import tag_body
from standin.zoho_projects.errors import answer, bad_type, bad_value, missing_input
from standin.zoho_projects.gate import portal_route, project_route
from standin.zoho_projects.paging import list_of
from standin.zoho_projects.payload import form_json, json_body, read, text

READ = ("tags", "READ")
UPDATE = ("tags", "UPDATE")
TAG = {"name": text("name", 100), "color_class": text("color_class", 40)}
#: entityType numbers; 1 is also read as project (sources differ)
KINDS = {"1": "project", "2": "project", "5": "task", "6": "issue"}


@portal_route("/tags", "GET", READ)
def tags(portal: Portal) -> Any:
    """All tags of a portal."""
    return list_of("tags", list(portal.tags.values()), tag_body)


@portal_route("/tags", "POST", ("tags", "CREATE"))
def create(portal: Portal) -> Any:
    """New tags: form field `tags` with a JSON array."""
    rows = form_json("tags")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise bad_type("tags")
    read_rows = [read(TAG, row, portal, "tags", required=("name",)) for row in rows]
    made = [world().edit("tag.add", portal=portal.id, **row) for row in read_rows]
    return answer({"tags": [tag_body(tag) for tag in made]}, 201)


@portal_route("/tags/<int:key>", "PATCH", UPDATE)
def update(portal: Portal, key: int) -> Any:
    """Change a tag; `tags` is an object here."""
    values = read(TAG, json_body(), portal, "tags")
    return {"tags": tag_body(world().edit("tag.set", portal=portal.id, id=portal.find("tag", key).id, **values))}


@project_route("/tags", "GET", READ)
def project_tags(portal: Portal, project: Project) -> Any:
    """The tags on a project and on its tasks and issues."""
    records: list[Any] = [project, *project.tasks, *project.issues]
    found = {tag.id: tag for record in records for tag in record.tags}
    return list_of("tags", list(found.values()), tag_body)


@project_route("/tags/associate", "POST", UPDATE)
def associate(portal: Portal, project: Project) -> Any:
    """Hang a tag on a record: form tag_id, entity_id, entityType."""
    return _hang(portal, off=False)


@project_route("/tags/dissociate", "POST", UPDATE)
def dissociate(portal: Portal, project: Project) -> Any:
    """Take a tag off a record."""
    return _hang(portal, off=True)


def _hang(portal: Portal, *, off: bool) -> Any:
    asked = {name: request.form.get(name, "") for name in ("tag_id", "entity_id", "entityType")}
    for name, value in asked.items():
        if not value:
            raise missing_input(name)
        if not value.isdigit():
            raise bad_value(name)
    kind = KINDS.get(asked["entityType"])
    if kind is None:
        raise bad_value("entityType")
    world().edit("tag.hang", portal=portal.id, tag=asked["tag_id"], kind=kind, id=asked["entity_id"], off=off)
    return {"tags": tag_body(portal.find("tag", int(asked["tag_id"])))}
