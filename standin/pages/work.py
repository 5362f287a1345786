"""Pages about the work: projects, what is inside one, and the people."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from standin.current import world
from standin.pages.routes import do, pages, typed
from standin.zoho_projects.bodies import hhmm
from standin.zoho_projects.bodies.timelogs import iso_day

LOGS_SHOWN = 200


@pages.get("/projects")
def projects() -> str:
    """All projects of the main portal, the binned ones last."""
    portal = world().main
    rows = sorted(portal.projects.values(), key=lambda project: (project.trashed is not None, project.name))
    return render_template("standin/projects.html", portal=portal, projects=rows)


@pages.post("/projects")
def add_project() -> Response:
    """A new project, maybe with its primary client company."""
    fields = typed("name")
    if client := request.form.get("client"):
        fields["clients"] = [client]  # type: ignore[assignment]
    return do(url_for(".projects"), f"{fields.get('name', 'A project')} was added.", "project.add", **fields)


@pages.get("/projects/<int:key>")
def project(key: int) -> str | tuple[str, int]:
    """One project: settings, tasks, and its latest hours."""
    portal = world().main
    found = portal.projects.get(key)
    if found is None:
        return render_template("standin/gone.html"), 404
    logs = sorted(found.logs, key=lambda log: (log.day, log.id), reverse=True)[:LOGS_SHOWN]
    return render_template(
        "standin/project.html", portal=portal, project=found, logs=logs, hhmm=hhmm, iso_day=iso_day,
        frame_url=world().frame_url,
    )  # fmt: skip


@pages.get("/projects/<int:key>/finance")
def finance(key: int) -> str | tuple[str, int]:
    """The tab that an extension adds to a project: another site's page in a frame."""
    portal, template = world().main, world().frame_url
    found = portal.projects.get(key)
    if found is None or not template:
        return render_template("standin/gone.html"), 404
    url = template.replace("{portal}", str(portal.id)).replace("{project}", str(key))
    return render_template("standin/finance.html", project=found, url=url, frame_url=template)


@pages.post("/projects/<int:key>")
def change_project(key: int) -> Response:
    """Another name, status or currency."""
    fields: dict[str, object] = dict(typed("name", "status"))
    if currency := typed("currency").get("currency"):
        fields["budget"] = {**world().main.find("project", key).budget, "currency": currency.upper()}
    return do(_of(key), "Saved.", "project.set", id=key, **fields)


@pages.post("/projects/<int:key>/primary")
def change_primary(key: int) -> Response:
    """Another primary client company, or none."""
    return do(_of(key), "Saved.", "project.primary", id=key, client=request.form.get("client"))


@pages.post("/projects/<int:key>/<any(trash, restore):word>")
def bin_project(key: int, word: str) -> Response:
    """Into the bin or out of it."""
    told = "Moved to the bin." if word == "trash" else "Restored."
    return do(_of(key), told, f"project.{word}", id=key)


@pages.post("/projects/<int:key>/tasks")
def add_task(key: int) -> Response:
    """A new task in the general list."""
    return do(_of(key), "The task was added.", "task.add", project=key, **typed("name"))


@pages.post("/projects/<int:key>/logs")
def add_log(key: int) -> Response:
    """New hours, of a task or general."""
    fields: dict[str, object] = dict(typed("date", "owner", "notes", "item"))
    fields["type"] = "task" if "item" in fields else "general"
    hours = typed("hours").get("hours", "1").replace(",", ".")
    try:
        fields["minutes"] = round(float(hours) * 60)
    except ValueError:
        fields["minutes"] = "?"
    fields["billable"] = "billable" in request.form
    return do(_of(key), "The hours were added.", "log.add", project=key, **fields)


@pages.post("/projects/<int:key>/logs/change")
def change_logs(key: int) -> Response:
    """Approve, reject or bill the ticked hours."""
    changes: dict[str, dict[str, Any]] = {
        "approve": {"approval": "Approved"},
        "unapprove": {"approval": "Unapproved"},
        "reject": {"approval": "Rejected"},
        "billable": {"billable": True},
        "non_billable": {"billable": False},
    }
    chosen = request.form.getlist("log")
    change: dict[str, Any] = changes.get(request.form.get("change", ""), {})
    return do(_of(key), f"{len(chosen)} changed.", "logs.set", ids=chosen, **change)


@pages.get("/people")
def people() -> str:
    """The people and the client companies."""
    return render_template("standin/people.html", portal=world().main)


@pages.post("/people/<int:key>")
def change_person(key: int) -> Response:
    """Let a person in or keep one out."""
    return do(url_for(".people"), "Saved.", "user.set", id=key, active=request.form.get("active") == "yes")


@pages.post("/clients")
def add_client() -> Response:
    """A new client company."""
    fields = typed("name", "email", "currency", "country")
    return do(url_for(".people"), "The client company was added.", "client.add", **fields)


def _of(key: int) -> str:
    return url_for(".project", key=key)
