"""A person's own hours: what timesheet staff see and log, and nobody else's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, flash, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from blueprints.access import needs
from blueprints.menu import MenuEntry
from blueprints.render import after_write, page_or_fragment
from blueprints.time import cutoffs_for, locked_row, refuse, shown, state_choices
from blueprints.time.editing import entry_form, keep, projects_of, remove, why_locked, why_not_removable
from blueprints.time.lists import EntryFilter, entry_page, entry_sums, one_entry
from extensions import db
from models import Project, TimeEntry
from models.time_entry import BILLING_STATES

blueprint = Blueprint("own_hours", __name__, url_prefix="/my-hours")
MENU = (MenuEntry("daily", "My hours", "hourglass", "own_hours.index", "own_hours.view"),)


@blueprint.get("/")
@needs("own_hours.view")
def index() -> Any:
    """List the hours of the person who asks."""
    chosen = replace(EntryFilter.read(request.args), user_id=current_user.id)
    sums = entry_sums(chosen)
    page = entry_page(chosen, sums.count)
    return page_or_fragment(
        "time/own.html", "time/_own_list.html",
        page=page, sums=sums, chosen=chosen, is_filtered=chosen != EntryFilter(user_id=current_user.id),
        states=BILLING_STATES, cutoffs=cutoffs_for(page), state_choices=state_choices(),
        project_choices=[("", _("All projects")), *((found.id, found.name) for found in projects_of(current_user))],
    )  # fmt: skip


@blueprint.get("/<int:entry_id>")
@needs("own_hours.view")
def show(entry_id: int) -> Any:
    """Show one of the person's own entries."""
    row = one_entry(entry_id)
    if row is None or row[0].user_id != current_user.id:
        abort(404)
    return render_template("time/show.html", **shown(row), is_own=True)


@blueprint.route("/new", methods=["GET", "POST"])
@needs("own_hours.edit")
def new() -> Any:
    """Log own time on an active project on whose staff the person is."""
    projects = projects_of(current_user)
    project = _asked_for(projects)
    if project is None:
        return render_template("time/own_choose_project.html", projects=projects)
    form = entry_form(project, [current_user], user_id=current_user.id)
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return render_template("time/edit.html", form=form, project=project, entry=None, is_own=True), status
    keep(form, project)
    db.session.commit()
    flash(_("Logged."), "success")
    return after_write(url_for("own_hours.index"))


def _asked_for(projects: list[Project]) -> Project | None:
    wanted = request.values.get("project_id", "")
    return next((project for project in projects if str(project.id) == wanted), None)


@blueprint.route("/<int:entry_id>/edit", methods=["GET", "POST"])
@needs("own_hours.edit")
def edit(entry_id: int) -> Any:
    """Edit one of the person's own entries while it is on no transaction."""
    entry = _own_row(entry_id)
    if reason := why_locked(entry):
        return refuse(reason, url_for("own_hours.show", entry_id=entry_id))
    form = entry_form(entry.project, [current_user], entry)
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return render_template("time/edit.html", form=form, project=entry.project, entry=entry, is_own=True), status
    keep(form, entry.project, entry)
    db.session.commit()
    flash(_("Saved."), "success")
    return after_write(url_for("own_hours.show", entry_id=entry_id))


def _own_row(entry_id: int) -> TimeEntry:
    entry = locked_row(entry_id)
    return entry if entry.user_id == current_user.id else abort(404)


@blueprint.post("/<int:entry_id>/delete")
@needs("own_hours.edit")
def delete(entry_id: int) -> AnyResponse:
    """Delete one of the person's own entries that never was on a transaction."""
    entry = _own_row(entry_id)
    if reason := why_not_removable(entry):
        return refuse(reason, url_for("own_hours.show", entry_id=entry_id))
    remove(entry)
    db.session.commit()
    flash(_("The time entry was deleted."), "success")
    return after_write(url_for("own_hours.index"))
