"""Rates and costs over time: of a project with its people and tasks, and of a person everywhere (requirements T-19)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import Blueprint, flash, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, or_

from billing.errors import MoveRefused
from billing.hours.dated import BEGINNING, Place, remove_amount, set_amount
from blueprints.access import may, needs
from blueprints.filters import organisation
from blueprints.render import after_write
from blueprints.sessions import actor
from extensions import db
from forms.base import options
from forms.rates import DatedRateForm, OwnRateForm
from models import DatedRate, Project, ProjectStaff, Task, User
from models.audit import record

blueprint = Blueprint("rates", __name__, url_prefix="/rates")
#: tasks offered for one project
TASKS_OFFERED = 500


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing whose amount may change: key of the form, words, kind, place, currency, whether per day."""

    key: str
    words: str
    kind: str
    place: Place
    currency: str
    is_daily: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One dated amount with the words of its place; `is_now`: it is the one that counts today."""

    rate: DatedRate
    choice: Choice
    is_now: bool

    @property
    def is_from_beginning(self) -> bool:
        """Whether it has no first day."""
        return bool(self.rate.from_date == BEGINNING)


def _base() -> str:
    here = organisation()
    return here.base_currency if here else ""


def _project_choices(project: Project) -> list[Choice]:
    """Return whatever of a project may change; costs only for who may see what people cost."""
    found = [Choice("project", _("The project's rate"), "rate", Place(project_id=project.id), project.currency,
                    project.billing_method == "daily_rate")]  # fmt: skip
    people = db.session.execute(
        db.select(User.id, User.name)
        .join(ProjectStaff, ProjectStaff.user_id == User.id)
        .where(ProjectStaff.project_id == project.id)
        .order_by(User.name, User.id)
    ).all()
    for number, name in people:
        place = Place(user_id=number, project_id=project.id)
        found.append(Choice(f"staff-{number}", _("Rate of %(name)s", name=name), "rate", place, project.currency))
        if may("users.edit"):
            words = _("Cost of %(name)s on this project", name=name)
            found.append(Choice(f"cost-{number}", words, "cost", place, _base()))
    tasks = db.select(Task.id, Task.name).where(Task.project_id == project.id).order_by(Task.name, Task.id)
    for number, name in db.session.execute(tasks.limit(TASKS_OFFERED)):
        words = _("Rate of the task %(name)s", name=name)
        found.append(Choice(f"task-{number}", words, "rate", Place(task_id=number), project.currency))
    return found


def _offered(project: Project, choices: Sequence[Choice]) -> list[Choice]:
    """Return what is worth changing under the project's billing method."""
    own = {"task_hours": ("project", "task"), "staff_hours": ("project", "staff"), "fixed": ()}
    kinds = (*own.get(project.billing_method, ("project",)), "cost")
    return [choice for choice in choices if choice.key.partition("-")[0] in kinds]


def _of_project(project_id: int) -> ColumnElement[bool]:
    tasks = db.select(Task.id).where(Task.project_id == project_id)
    found = or_(DatedRate.project_id == project_id, DatedRate.task_id.in_(tasks))
    return found if may("users.edit") else found & (DatedRate.kind == "rate")


def _of_person(user_id: int) -> ColumnElement[bool]:
    return (DatedRate.user_id == user_id) & DatedRate.project_id.is_(None)


def _rows(choices: Sequence[Choice], where: ColumnElement[bool]) -> list[Row]:
    """Return the dated amounts in the order of the choices, the latest first."""
    here = organisation()
    today = here.today() if here else BEGINNING
    stored = list(db.session.scalars(db.select(DatedRate).where(where).order_by(DatedRate.from_date.desc())))
    found: list[Row] = []
    for choice in choices:
        mine = [row for row in stored if _place_of(row) == (choice.kind, choice.place)]
        now = next((row for row in mine if row.from_date <= today), None)
        found += [Row(row, choice, row is now) for row in mine]
    return found


def _place_of(row: DatedRate) -> tuple[str, Place]:
    return row.kind, Place(row.user_id, row.project_id, row.task_id)


@blueprint.get("/projects/<int:project_id>")
@needs("projects.view")
def of_project(project_id: int) -> Any:
    """Show how a project's rates changed, and let them change from a day on."""
    return _project_page(db.get_or_404(Project, project_id), DatedRateForm(formdata=None), 200)


def _project_page(project: Project, form: DatedRateForm, status: int) -> Any:
    choices = _project_choices(project)
    offered = _offered(project, choices)
    form.place.choices = options((choice.key, choice.words) for choice in offered)
    return render_template(
        "rates/project.html", project=project, form=form, rows=_rows(choices, _of_project(project.id)),
        offered=offered, base=_base(),
    ), status  # fmt: skip


@blueprint.post("/projects/<int:project_id>/set")
@needs("projects.edit")
def set_of_project(project_id: int) -> Any:
    """Change one rate (or cost) of a project from a day on."""
    project = db.get_or_404(Project, project_id)
    form, choices = DatedRateForm(), _project_choices(project)
    form.place.choices = options((choice.key, choice.words) for choice in choices)
    if not form.validate_on_submit():
        return _project_page(project, form, 422)
    return _set(form, choices, url_for("rates.of_project", project_id=project_id))


def _set(form: DatedRateForm, choices: Sequence[Choice], url: str) -> Any:
    choice = next(choice for choice in choices if choice.key == form.place.data)
    set_amount(choice.kind, choice.place, form.since.data, form.amount.data, actor())
    db.session.commit()
    flash(_("Saved. Earlier hours keep their amount, and so do transactions that exist already."), "success")
    return after_write(url)


@blueprint.post("/projects/<int:project_id>/<int:rate_id>/remove")
@needs("projects.edit")
def remove_of_project(project_id: int, rate_id: int) -> Any:
    """Take back one amount of a project."""
    return _remove(rate_id, _of_project(project_id), url_for("rates.of_project", project_id=project_id))


def _remove(rate_id: int, where: ColumnElement[bool], url: str) -> Any:
    try:
        remove_amount(rate_id, [where], actor())
    except MoveRefused as reason:
        db.session.rollback()
        flash(str(reason), "error")
        return after_write(url)
    db.session.commit()
    flash(_("Removed. The amount before it counts again."), "success")
    return after_write(url)


def _person_choices(person: User) -> list[Choice]:
    place = Place(user_id=person.id)
    return [Choice("rate", _("Own rate, where projects bill by staff hours"), "rate", place, _base()),
            Choice("cost", _("Cost per hour"), "cost", place, _base())]  # fmt: skip


@blueprint.get("/people/<int:user_id>")
@needs("users.view")
def of_person(user_id: int) -> Any:
    """Show what an hour of a person brings and costs, over time."""
    person = db.get_or_404(User, user_id)
    return _person_page(person, DatedRateForm(formdata=None), OwnRateForm(formdata=None, obj=person), 200)


def _person_page(person: User, form: DatedRateForm, own: OwnRateForm, status: int) -> Any:
    choices = _person_choices(person)
    form.place.choices = options((choice.key, choice.words) for choice in choices)
    return render_template(
        "rates/person.html", person=person, form=form, own=own, rows=_rows(choices, _of_person(person.id)), base=_base()
    ), status


@blueprint.post("/people/<int:user_id>/set")
@needs("users.edit")
def set_of_person(user_id: int) -> Any:
    """Change a person's own rate or cost from a day on."""
    person = db.get_or_404(User, user_id)
    form, choices = DatedRateForm(), _person_choices(person)
    form.place.choices = options((choice.key, choice.words) for choice in choices)
    if not form.validate_on_submit():
        return _person_page(person, form, OwnRateForm(formdata=None, obj=person), 422)
    return _set(form, choices, url_for("rates.of_person", user_id=user_id))


@blueprint.post("/people/<int:user_id>/own")
@needs("users.edit")
def own_of_person(user_id: int) -> Any:
    """Set a person's rate where no dated one counts."""
    person, form = db.get_or_404(User, user_id), OwnRateForm()
    if not form.validate_on_submit():
        return _person_page(person, DatedRateForm(formdata=None), form, 422)
    before: Decimal | None = person.rate
    person.rate = form.rate.data
    record(actor(), "user.rate_set", ("user", user_id), change=({"rate": before}, {"rate": person.rate}))
    db.session.commit()
    flash(_("Saved. Transactions that exist already keep their rates."), "success")
    return after_write(url_for("rates.of_person", user_id=user_id))


@blueprint.post("/people/<int:user_id>/<int:rate_id>/remove")
@needs("users.edit")
def remove_of_person(user_id: int, rate_id: int) -> Any:
    """Take back one amount of a person."""
    return _remove(rate_id, _of_person(user_id), url_for("rates.of_person", user_id=user_id))
