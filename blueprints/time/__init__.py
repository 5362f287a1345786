"""Time entries: the list of all hours, one entry with its life, and logging time by hand on any project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, flash, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from billing.approvals import verdict_events
from billing.errors import MoveRefused
from billing.hours.approved import policy, stands
from billing.hours.time_entries import take_back, write_off
from billing.proof import life
from blueprints.access import needs
from blueprints.choosing import chosen_project, name_of, named, options_answer, people_like
from blueprints.filters import day
from blueprints.links import origin_of, transaction_state, transaction_url
from blueprints.menu import MenuEntry, NewEntry
from blueprints.paging import removable
from blueprints.render import after_write, page_or_fragment
from blueprints.sessions import actor
from blueprints.time.editing import entry_form, keep, people_on, remove, why_locked, why_not_removable
from blueprints.time.exporting import entries_file
from blueprints.time.lists import EntryFilter, entry_page, entry_sums, one_entry
from extensions import db
from forms.time import ProjectChoiceForm
from models import Customer, Project, TimeEntry, User
from models.time_entry import BILLING_STATES
from sync.importing import former_invoice
from sync.sources import cutoffs, source_name

blueprint = Blueprint("time", __name__, url_prefix="/time")
MENU = (MenuEntry("work", "Time entries", "clock", "time.index", "time.view"),)
NEW = (NewEntry("Time entry", "clock", "time.new", "time.edit"),)
#: filters that are chosen by typing a name
FILTERED_BY_NAME: dict[str, Any] = {"project_id": Project, "customer_id": Customer, "user_id": User}
blueprint.add_app_template_global(transaction_url)
blueprint.add_app_template_global(transaction_state)


@blueprint.get("/")
@needs("time.view")
def index() -> Any:
    """List time entries; filters in the query string."""
    chosen = _with_typed_names(request.args)
    names = {
        name: name_of(model, getattr(chosen, name), request.args, name) for name, model in FILTERED_BY_NAME.items()
    }
    sums = entry_sums(chosen)
    page = entry_page(chosen, sums.count)
    return page_or_fragment(
        "time/index.html", "time/_entries_list.html",
        page=page, sums=sums, chosen=chosen, states=BILLING_STATES, cutoffs=cutoffs_for(page),
        state_choices=state_choices(), active=_active(chosen, names), back=chosen.fields(),
        project_name=names["project_id"], customer_name=names["customer_id"], person_name=names["user_id"],
    )  # fmt: skip


def _with_typed_names(args: Mapping[str, str]) -> EntryFilter:
    """Read the filter; a name typed without picking it from the list filters too, and an unknown one fits nothing."""
    chosen = EntryFilter.read(args)
    for name, model in FILTERED_BY_NAME.items():
        if getattr(chosen, name) is None and args.get(f"{name}_text", "").strip():
            found = named(model, args[f"{name}_text"])
            wanted: dict[str, Any] = {name: found.id if found else 0}
            chosen = replace(chosen, **wanted)
    return chosen


def state_choices() -> list[tuple[str, str]]:
    """Return the billing states with their words, for a filter."""
    return [(state, _(words)) for state, words in BILLING_STATES.items()]


def _active(chosen: EntryFilter, names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return what is filtered, as (words, address without it)."""
    said = {name: text for name, text in names.items() if getattr(chosen, name) is not None}
    said |= {"state": _(BILLING_STATES[chosen.state])} if chosen.state else {}
    said |= {"origin": _("Logged here") if chosen.origin == "local" else _("Synced")} if chosen.origin else {}
    said |= {"billable": _("Not billable")} if chosen.billable else {}
    said |= {"since": _("From %(day)s", day=day(chosen.since))} if chosen.since else {}
    said |= {"until": _("To %(day)s", day=day(chosen.until))} if chosen.until else {}
    return removable(said)


def cutoffs_for(page: Any) -> dict[str, date]:
    """Return the cut-off dates if a row of this page needs them (requirements P-17); at most one statement."""
    return cutoffs() if any(row.billing_state == "elsewhere" for row in page) else {}


@blueprint.get("/export.<any(csv, xlsx):format>")
@needs("time.view")
def export(format: str) -> Response:
    """Give the listed time entries as a file."""
    return entries_file(format)


@blueprint.get("/people")
@needs("time.view")
def people() -> str:
    """Offer people for the filter of the list."""
    return options_answer([(user.id, user.name, user.email) for user in people_like(request.args.get("q", ""))])


@blueprint.get("/<int:entry_id>")
@needs("time.view")
def show(entry_id: int) -> Any:
    """Show one entry: what was logged, where it came from, and what billing did with it."""
    row = one_entry(entry_id) or abort(404)
    return render_template("time/show.html", **shown(row), is_own=False)


def shown(row: Any) -> dict[str, Any]:
    """Return what the page of an entry tells: its life with links, its origin, why it is locked."""
    entry, transaction = row[0], row[1]
    told = sorted([*life(entry.id), *verdict_events(entry.id)], key=lambda event: event.at)
    events = [(event, transaction_url(event.transaction_id)) for event in told]
    return {
        "entry": entry, "transaction": transaction, "events": events, "origin": origin_of("time_entries", entry),
        "source": source_name(entry.source), "locked": why_locked(entry), "not_removable": why_not_removable(entry),
        "approval": stands(entry, policy(entry.project)), "cutoffs": cutoffs(),
        "former": former_invoice(entry.id) if entry.billing_state == "elsewhere" else "",
    }  # fmt: skip


@blueprint.route("/new", methods=["GET", "POST"])
@needs("time.edit")
def new() -> Any:
    """Log time on an active project, synced ones included (requirements G-09): choose the project, then the rest."""
    project = chosen_project(request.values)
    if project is None or not project.is_active:
        return _choose_project(project)
    form = entry_form(project, people_on(project), user_id=actor().id or 0)
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return render_template("time/edit.html", form=form, project=project, entry=None, is_own=False), status
    entry = keep(form, project)
    db.session.commit()
    flash(_("Logged. The entry is unbilled and waits for the next invoice of %(name)s.", name=project.name), "success")
    return after_write(url_for("time.show", entry_id=entry.id))


def _choose_project(project: Project | None) -> Any:
    form = ProjectChoiceForm(request.values)
    if project is not None:
        problem = _("%(name)s is closed. Make it active again, or choose another project.", name=project.name)
    elif request.values.get("project_id") or request.values.get("project_id_text"):
        problem = _("No active project has this name. Choose one from the list.")
    else:
        problem = ""
    status = 422 if problem and request.method == "POST" else 200
    return render_template("time/choose_project.html", form=form, problem=problem), status


@blueprint.route("/<int:entry_id>/edit", methods=["GET", "POST"])
@needs("time.edit")
def edit(entry_id: int) -> Any:
    """Edit an entry that was logged here and is on no transaction."""
    entry = locked_row(entry_id)
    if reason := why_locked(entry):
        return refuse(reason, url_for("time.show", entry_id=entry_id))
    form = entry_form(entry.project, people_on(entry.project), entry)
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return render_template("time/edit.html", form=form, project=entry.project, entry=entry, is_own=False), status
    keep(form, entry.project, entry)
    db.session.commit()
    flash(_("Saved."), "success")
    return after_write(url_for("time.show", entry_id=entry_id))


def locked_row(entry_id: int) -> TimeEntry:
    """Return an entry that nobody else can put on a line before this request ends; 404 when there is none."""
    is_write = request.method == "POST"
    return db.session.get(TimeEntry, entry_id, with_for_update=is_write or None) or abort(404)


def refuse(reason: str, url: str) -> AnyResponse:
    """Say why something was not done, on the page of the entry."""
    db.session.rollback()
    flash(reason, "error")
    return after_write(url)


@blueprint.post("/<int:entry_id>/delete")
@needs("time.edit")
def delete(entry_id: int) -> AnyResponse:
    """Delete an entry that was logged here and never was on a transaction."""
    entry = locked_row(entry_id)
    if reason := why_not_removable(entry):
        return refuse(reason, url_for("time.show", entry_id=entry_id))
    remove(entry)
    db.session.commit()
    flash(_("The time entry was deleted."), "success")
    return after_write(url_for("time.index"))


@blueprint.post("/<int:entry_id>/write-off")
@needs("time.edit")
def write_off_one(entry_id: int) -> AnyResponse:
    """Never bill this entry; it stays in the ledger as written off."""
    url = url_for("time.show", entry_id=entry_id)
    return _move([entry_id], write_off, _("Written off. It will not be offered for invoices."), url)


@blueprint.post("/<int:entry_id>/take-back")
@needs("time.edit")
def take_back_one(entry_id: int) -> AnyResponse:
    """Make a written-off entry unbilled again."""
    url = url_for("time.show", entry_id=entry_id)
    return _move([entry_id], take_back, _("Taken back. The entry is unbilled again."), url)


@blueprint.post("/move")
@needs("time.edit")
def move_many() -> AnyResponse:
    """Write off or take back the chosen entries, all or none, for one reason; goes back to where they were chosen."""
    chosen, project_id = EntryFilter.read(request.form), request.form.get("of_project", "")
    url = url_for("time.index", **chosen.fields())
    if project_id.isascii() and project_id.isdigit():
        url = url_for("projects.show", project_id=int(project_id), tab="time")
    ids = [int(text) for text in request.form.getlist("ids") if text.isascii() and text.isdigit() and len(text) < 18]
    if not ids:
        return refuse(_("Choose the hours first."), url)
    verb, done = (take_back, _("Taken back. These hours are unbilled again."))
    if request.form.get("verb") == "write_off":
        verb, done = write_off, _("Written off. These hours will not be offered for invoices.")
    return _move(ids, verb, done, url)


def _move(entry_ids: list[int], verb: Any, done: str, url: str) -> AnyResponse:
    try:
        verb(entry_ids, request.form.get("reason", "").strip()[:200], actor())
    except MoveRefused as refusal:
        return refuse(str(refusal), url)
    db.session.commit()
    flash(done, "success")
    return after_write(url)
