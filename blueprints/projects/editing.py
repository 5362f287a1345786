"""Making and editing projects, and the rates of their people and tasks."""

from __future__ import annotations

from typing import Any

from flask import flash, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from billing.approvals import policy_changed
from billing.hours.approved import policy
from billing.transactions import visible
from blueprints.access import needs
from blueprints.choosing import chosen_customer
from blueprints.projects.frame import blueprint
from blueprints.projects.lists import others
from blueprints.projects.pages import project_or_404, tab_answer
from blueprints.render import after_write
from blueprints.sessions import actor
from extensions import db
from forms.projects import ProjectForm, StaffForm, read_budgets, read_rates
from forms.time import choices
from models import Allocation, Customer, Project, ProjectStaff, Task, TimeEntry, Transaction
from models.audit import record
from sync.sources import creation_restricted_by, fed_fields, source_name

#: form fields that are columns of the project
COLUMNS = (
    "name", "key", "description", "owner_name", "start_date", "end_date", "is_active", "billing_method", "rate",
    "fixed_amount", "budget_kind", "budget_seconds", "budget_amount", "approval_policy",
)  # fmt: skip
TEXTS = ("name", "key", "description", "owner_name")


@blueprint.route("/new", methods=["GET", "POST"])
@needs("projects.edit")
def new() -> Any:
    """Make a project here, unless an integration's preferences forbid it (requirements P-22)."""
    if name := creation_restricted_by():
        return render_template("projects/restricted.html", name=name), 403
    form = ProjectForm()
    customer = chosen_customer(request.values)
    is_fine = form.validate_on_submit()
    if form.is_submitted() and customer is None:
        form.customer_id_text.errors = [_("Choose a customer from the list.")]
    if not is_fine or customer is None:
        return _form_page(form, None, customer)
    project = keep(form, Project(source="local", currency=customer.currency), customer)
    db.session.commit()
    flash(_("%(name)s was added.", name=project.name), "success")
    return after_write(url_for("projects.show", project_id=project.id))


@blueprint.route("/<int:project_id>/edit", methods=["GET", "POST"])
@needs("projects.edit")
def edit(project_id: int) -> Any:
    """Edit a project; what a sync feeds can be read but not edited."""
    project = project_or_404(project_id)
    form = ProjectForm(obj=project, fed=fed_fields(project.source, "projects"))
    customer = project.customer
    is_fine = form.validate_on_submit()
    if form.is_submitted() and "customer_id" not in form.fed:
        customer = chosen_customer(request.form) or project.customer
        if problem := why_customer_stays(project, customer):
            form.customer_id_text.errors, is_fine = [problem], False
    if not is_fine:
        return _form_page(form, project, customer)
    keep(form, project, customer)
    db.session.commit()
    flash(_("Saved."), "success")
    return after_write(url_for("projects.show", project_id=project_id))


def _form_page(form: ProjectForm, project: Project | None, customer: Customer | None) -> Any:
    return render_template(
        "projects/edit.html", form=form, project=project, customer=customer, fed=form.fed,
        source=source_name(project.source) if project else "",
    ), 422 if form.is_submitted() else 200  # fmt: skip


def why_customer_stays(project: Project, customer: Customer) -> str:
    """Return why a project cannot move to another customer (requirements P-44, P-45); empty when it can."""
    if customer.id == project.customer_id:
        return ""
    started = db.select(Transaction.id).where(Transaction.project_id == project.id, visible())
    of_project = db.select(TimeEntry.id).where(TimeEntry.project_id == project.id)
    billed = db.select(Allocation.id).where(Allocation.time_entry_id.in_(of_project), Allocation.released_at.is_(None))
    if any(db.session.scalar(query.limit(1)) is not None for query in (started, billed)):
        return str(
            _("The customer stays %(name)s: transactions were made for this project.", name=project.customer.name)
        )
    return ""


def keep(form: ProjectForm, project: Project, customer: Customer) -> Project:
    """Write a valid form into a project and the audit log; fields that a sync feeds stay as they are."""
    is_new = project.id is None
    before = None if is_new else _values(project)
    asked_for = "none" if is_new else policy(project)
    for name in COLUMNS:
        if name not in form.fed:
            value = form[name].data
            setattr(project, name, (value or "").strip() if name in TEXTS else value)
    if is_new or customer.id != project.customer_id:
        project.customer_id, project.currency = customer.id, customer.currency
    if not form.fed:
        project.status = "Active" if project.is_active else "Closed"
    db.session.add(project)
    db.session.flush()
    if not is_new:
        policy_changed(asked_for, policy(project), TimeEntry.project_id == project.id, actor())
    verb = "project.added" if is_new else "project.edited"
    record(actor(), verb, ("project", project.id), change=(before, _values(project)))
    return project


def _values(project: Project) -> dict[str, Any]:
    return {name: getattr(project, name) for name in ("customer_id", "currency", *COLUMNS)}


@blueprint.post("/<int:project_id>/task-rates")
@needs("projects.edit")
def task_rates(project_id: int) -> Any:
    """Set what an hour of each task on this page costs (billing method: task hours)."""
    ids = [int(text) for text in request.form.getlist("ids") if text.isascii() and text.isdigit()][:200]
    rows = db.session.scalars(db.select(Task).where(Task.project_id == project_id, Task.id.in_(ids)))
    return _set_rates(project_or_404(project_id), {task.id: task for task in rows}, "tasks")


@blueprint.post("/<int:project_id>/staff-rates")
@needs("projects.edit")
def staff_rates(project_id: int) -> Any:
    """Set what an hour of each person costs on this project (billing method: staff hours)."""
    rows = db.session.scalars(db.select(ProjectStaff).where(ProjectStaff.project_id == project_id))
    return _set_rates(project_or_404(project_id), {row.user_id: row for row in rows}, "people")


def _set_rates(project: Project, rows: dict[int, Any], tab: str) -> Any:
    rates, budgets = read_rates(request.form, rows), read_budgets(request.form, rows)
    if rates.errors or budgets.errors:
        return tab_answer(project, tab, 422, rates=rates, typed_budgets=budgets)
    change: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
    for column, typed in (("rate", rates), ("budget_seconds", budgets)):
        for key, value in typed.values.items():
            stored = getattr(rows[key], column)
            if stored != value:
                change[0][f"{column} {key}"], change[1][f"{column} {key}"] = stored, value
                setattr(rows[key], column, value)
    if change[1]:
        record(actor(), f"project.{tab}_rates_set", ("project", project.id), change=change)
    db.session.commit()
    flash(_("Saved. Transactions that exist already keep their rates."), "success")
    return after_write(url_with_tab(project, tab))


def url_with_tab(project: Project, tab: str) -> str:
    """Return the address of a project's page standing on one tab."""
    return url_for("projects.show", project_id=project.id, tab=tab)


@blueprint.post("/<int:project_id>/people")
@needs("projects.edit")
def add_person(project_id: int) -> AnyResponse:
    """Put a person on a project, so that they may log hours on it; doing it twice changes nothing."""
    project = project_or_404(project_id)
    form = StaffForm()
    form.user_id.choices = choices(others(project))
    if not form.validate_on_submit():
        flash(_("Choose a person who is not on the project yet."), "error")
        return after_write(url_with_tab(project, "people"))
    db.session.add(ProjectStaff(project_id=project.id, user_id=form.user_id.data))
    record(actor(), "project.person_added", ("project", project.id), change=(None, {"user_id": form.user_id.data}))
    db.session.commit()
    flash(_("Added. They can log time on this project now."), "success")
    return after_write(url_with_tab(project, "people"))
