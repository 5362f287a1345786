"""Logging time by hand: which entries may be edited and why not, the form with its choices, and keeping it."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from billing.approvals import forget
from blueprints.filters import organisation
from blueprints.sessions import actor
from extensions import db
from forms.time import TimeEntryForm, choices
from models import Allocation, Project, ProjectStaff, Task, TimeEntry, User
from models.audit import record
from sync import connection
from sync.sources import feeding_integration, source_name

#: open tasks offered for one project
TASKS_OFFERED = 500


def why_locked(entry: TimeEntry) -> str:
    """Return why an entry cannot be edited here, and what to do; empty when it can (requirements G-09)."""
    if feeding_integration(entry.source):
        name = source_name(entry.source)
        return str(_("This entry comes from %(name)s. Change it there: the next sync brings it here.", name=name))
    reasons = {
        "on_draft": _("This entry is on a draft. Take it off the draft first, then edit it."),
        "invoiced": _("This entry is invoiced. Void the invoice first if it is wrong."),
        "elsewhere": _("This entry was invoiced elsewhere and stays as it is."),
        "written_off": _("This entry is written off. Take it back first, then edit it."),
    }
    return str(reasons.get(entry.billing_state, ""))


def why_not_removable(entry: TimeEntry) -> str:
    """Return why an entry cannot be deleted; empty when it can."""
    if reason := why_locked(entry):
        return reason
    was_allocated = db.select(Allocation.id).where(Allocation.time_entry_id == entry.id).limit(1)
    if db.session.scalar(was_allocated) is not None:
        return str(_("This entry was on a transaction once, so it stays in the ledger. Write it off instead."))
    return ""


def people_on(project: Project) -> list[User]:
    """Return everybody who may have worked: the project's staff first, then all others who are active."""
    is_staff = db.select(ProjectStaff.user_id).where(ProjectStaff.project_id == project.id)
    query = db.select(User).where((User.status == "active") | User.id.in_(is_staff))
    return list(db.session.scalars(query.order_by(User.name, User.id)))


def projects_of(user: User) -> list[Project]:
    """Return the active projects on whose staff a person is: where timesheet staff may log hours."""
    mine = db.select(ProjectStaff.project_id).where(ProjectStaff.user_id == user.id)
    query = db.select(Project).where(Project.is_active, Project.id.in_(mine)).order_by(Project.name, Project.id)
    return list(db.session.scalars(query))


def entry_form(project: Project, people: list[User], entry: TimeEntry | None = None, user_id: int = 0) -> TimeEntryForm:
    """Build the form for a new or existing entry; a new one starts today, by `user_id`."""
    found = organisation()
    form = TimeEntryForm(obj=entry)
    form.max_seconds = found.max_seconds_per_day if found else form.max_seconds
    open_ones = db.select(Task.id, Task.name).where(
        Task.project_id == project.id, ~Task.is_closed | (Task.id == ((entry.task_id if entry else None) or 0))
    )
    tasks = db.session.execute(open_ones.order_by(Task.name, Task.id).limit(TASKS_OFFERED)).all()
    form.task_id.choices = choices(tasks, _("General (no task)"))
    form.user_id.choices = choices(people)
    if not form.is_submitted():
        _start(form, project, entry, user_id)
    return form


def _start(form: TimeEntryForm, project: Project, entry: TimeEntry | None, user_id: int) -> None:
    found = organisation()
    form.project_id.data = project.id
    form.task_id.data = (entry.task_id if entry else None) or 0
    form.user_id.data = (entry.user_id if entry else None) or user_id
    if entry is None and found:
        form.date.data = found.today()


def keep(form: TimeEntryForm, project: Project, entry: TimeEntry | None = None) -> TimeEntry:
    """Write a valid form into a new or existing local entry, and into the audit log."""
    is_new = entry is None
    entry = entry or TimeEntry(project_id=project.id, task_id=None, bug_id=None, user_id=None, source="local")
    before = None if is_new else _values(entry)
    entry.date = form.date.data
    entry.seconds = form.seconds.data or 0
    entry.notes, entry.is_billable = (form.notes.data or "").strip(), form.is_billable.data
    entry.task_id, entry.user_id = form.task_id.data or None, form.user_id.data
    if before is not None and before != _values(entry):
        forget(entry)
    db.session.add(entry)
    db.session.flush()
    verb = "time_entry.logged" if is_new else "time_entry.edited"
    record(actor(), verb, ("time_entry", entry.id), change=(before, _values(entry)))
    return entry


def remove(entry: TimeEntry) -> None:
    """Delete a local entry that no transaction ever named."""
    record(actor(), "time_entry.deleted", ("time_entry", entry.id), change=(_values(entry), None))
    connection.forget_row("time_entries", entry.id)
    db.session.delete(entry)


def _values(entry: TimeEntry) -> dict[str, Any]:
    names = ("project_id", "task_id", "user_id", "date", "seconds", "notes", "is_billable")
    return {name: getattr(entry, name) for name in names}
