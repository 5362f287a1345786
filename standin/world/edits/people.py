"""Verbs for people, client companies and tags."""

from __future__ import annotations

from typing import Any

from standin.world.edits.setting import new_values, put
from standin.world.edits.verbs import Edit, verb
from standin.world.records import Client, Tag, User


@verb("user.add")
def add_user(edit: Edit) -> User:
    """A person joins the portal: {email, first_name, last_name, …}."""
    values = new_values(edit, "user", _fields(edit))
    stamps = edit.stamps()
    user = User(zuid=700_000_000 + stamps["id"] % 1_000_000, **(stamps | {"first_name": "", "last_name": ""} | values))
    edit.portal.users[user.id] = user
    return user


@verb("user.set")
def set_user(edit: Edit) -> Any:
    """Change a person: {id, …}."""
    return put(edit, "user", edit.record("user"), _fields(edit))


@verb("client.add")
def add_client(edit: Edit) -> Client:
    """A new client company: {name, currency, …}."""
    client = Client(**(edit.stamps() | new_values(edit, "client", _fields(edit))))
    edit.portal.clients[client.id] = client
    return client


@verb("client.set")
def set_client(edit: Edit) -> Any:
    """Change a client company: {id, …}."""
    return put(edit, "client", edit.record("client"), _fields(edit))


@verb("client.delete")
def delete_client(edit: Edit) -> None:
    """A client company goes; its projects are left without it."""
    client = edit.record("client")
    for project in edit.portal.projects.values():
        project.clients = [kept for kept in project.clients if kept is not client]
        if project.primary is client:
            project.primary = next(iter(project.clients), None)
    del edit.portal.clients[client.id]


@verb("tag.add")
def add_tag(edit: Edit) -> Tag:
    """A new tag: {name, color_class}."""
    tag = Tag(**(edit.stamps() | new_values(edit, "tag", _fields(edit))))
    edit.portal.tags[tag.id] = tag
    return tag


@verb("tag.set")
def set_tag(edit: Edit) -> Any:
    """Change a tag: {id, name, color_class}."""
    return put(edit, "tag", edit.record("tag"), _fields(edit))


@verb("tag.hang")
def hang_tag(edit: Edit) -> None:
    """Hang a tag on a record, or take it off: {tag, kind, id, off}."""
    tag, record = edit.record("tag", "tag"), edit.record(edit.args["kind"])
    record.tags = [kept for kept in record.tags if kept is not tag]
    if not edit.args.get("off"):
        record.tags.append(tag)
    record.modified = edit.at


def _fields(edit: Edit) -> dict[str, Any]:
    return {name: value for name, value in edit.args.items() if name not in ("id", "portal")}
