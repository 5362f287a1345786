"""Verbs for projects: their life, their client companies, their feed."""

from __future__ import annotations

from typing import Any

from standin.world.edits.setting import new_values, put
from standin.world.edits.verbs import Edit, verb
from standin.world.records import Client, Comment, Project, Tasklist

_DROP = ("id", "portal")


@verb("project.add")
def add_project(edit: Edit) -> Project:
    """A new project with its general task list: {name, …}."""
    values = new_values(edit, "project", {k: v for k, v in edit.args.items() if k not in _DROP})
    portal = edit.portal
    defaults = {
        "key": f"{portal.name[:2].upper()}-{len(portal.projects) + 1}",
        "status": portal.project_statuses[0],
        "owner": portal.owner,
        "budget": {"currency": portal.base_currency, "tracking_method": "project_hours"},
        "users": [user for user in portal.users.values() if user.client is None],
    }
    project = Project(**(edit.stamps() | edit.authors() | defaults | values))
    project.primary = project.primary or next(iter(project.clients), None)
    portal.projects[project.id] = project
    general = Tasklist(project=project, name="General", general=True, **edit.stamps(), **edit.authors())
    project.tasklists.append(general)
    portal.tasklists[general.id] = general
    return project


@verb("project.set")
def set_project(edit: Edit) -> Any:
    """Change a project: {id, …}."""
    values = {k: v for k, v in edit.args.items() if k not in _DROP}
    return put(edit, "project", edit.record("project"), values)


@verb("project.trash")
def trash_project(edit: Edit) -> Project:
    """Into the bin."""
    return _bin(edit, edit.record("project"), trashed=True)


@verb("project.restore")
def restore_project(edit: Edit) -> Project:
    """Out of the bin."""
    return _bin(edit, edit.record("project"), trashed=False)


@verb("project.trash_many")
def trash_many(edit: Edit) -> list[Project]:
    """The first so many live projects go into the bin: {count}."""
    chosen = edit.portal.live_projects()[: int(edit.args["count"])]
    return [_bin(edit, project, trashed=True) for project in chosen]


@verb("project.purge")
def purge_project(edit: Edit) -> None:
    """Gone for good, with everything inside."""
    portal, project = edit.portal, edit.record("project")
    for log in project.logs:
        del portal.book.by_id[log.id]
    for kind in ("tasks", "issues", "tasklists", "milestones"):
        for record in getattr(project, kind):
            del portal.table(kind[:-1])[record.id]
    del portal.projects[project.id]
    portal.book.forget_shelves()


@verb("project.attach")
def attach_client(edit: Edit) -> Project:
    """Add a client company; the first becomes the primary one by itself (requirements P-46): {id, client}."""
    project, client = edit.record("project"), edit.record("client", "client")
    if client not in project.clients:
        project.clients.append(client)
    return _with_primary(edit, project, project.primary or client)


@verb("project.detach")
def detach_client(edit: Edit) -> Project:
    """Take a client company off; if it was the primary one, the next takes its place: {id, client}."""
    project, client = edit.record("project"), edit.record("client", "client")
    project.clients = [kept for kept in project.clients if kept is not client]
    primary = project.primary if project.primary is not client else next(iter(project.clients), None)
    return _with_primary(edit, project, primary)


@verb("project.primary")
def set_primary(edit: Edit) -> Project:
    """Make a client company the primary one, adding it if need be; no client means none: {id, client}."""
    project = edit.record("project")
    client = edit.record("client", "client") if edit.args.get("client") else None
    if client and client not in project.clients:
        project.clients.append(client)
    return _with_primary(edit, project, client)


@verb("feed.add")
def post_feed(edit: Edit) -> Comment:
    """A line in a project's feed: {id, text}."""
    line = Comment(text=str(edit.args["text"]), author=edit.portal.owner, **edit.stamps())
    edit.record("project").feed.append(line)
    return line


def _bin(edit: Edit, project: Project, *, trashed: bool) -> Project:
    project.trashed = edit.at if trashed else None
    project.modified = edit.at
    edit.portal.book.forget_shelves()
    edit.portal.changed()
    return project


def _with_primary(edit: Edit, project: Project, client: Client | None) -> Project:
    project.primary = client
    project.modified = edit.at
    return project


def next_number(project: Project, letter: str) -> str:
    """The next prefix such as `CB-T12` of a project's tasks (T) or issues (I)."""
    project.numbers[letter] = project.numbers.get(letter, 0) + 1
    return f"{project.key}-{letter}{project.numbers[letter]}"


def own_values(args: dict[str, Any], *drop: str) -> dict[str, Any]:
    """The arguments that are values of the record itself."""
    return {name: value for name, value in args.items() if name not in (*_DROP, *drop)}
