"""Looking: whom an invoice could be made for, and what a choice of hours and expenses comes to."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import abort, render_template, request
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload
from werkzeug.datastructures import MultiDict

from billing.bulk import among
from billing.errors import MoveRefused
from billing.expenses import billed_amount
from billing.hours.assistant import PERIODS, Outlook, Wish, days_of, look, offered
from billing.hours.held_up import REASONS, Held, held_up
from billing.hours.pricing import LAYOUTS, ROUNDINGS, Rounding
from billing.hours.radar import ReadyProject, ready
from billing.hours.time_entries import NOT_ROUNDED, TimeChoice
from billing.mail.letters import can_mail
from billing.types import TYPES
from blueprints.access import may, needs
from blueprints.assistant.frame import blueprint
from blueprints.filters import money, this_organisation
from blueprints.render import page_or_fragment
from blueprints.transactions.drafting import tax_words, taxes_for
from blueprints.transactions.totalling import sum_rows
from extensions import db
from forms.assistant import AssistantForm
from forms.base import options
from models import Project

#: lines and projects that one page shows
LINES_SHOWN = 60
MOST_PROJECTS = 40
#: what is made; an invoice, for it is owed and takes hours
KIND = TYPES["invoice"]


@dataclass(slots=True)
class ReadyCustomer:
    """A customer's ready projects in one currency."""

    name: str
    currency: str
    projects: list[ReadyProject]

    @property
    def amount(self) -> Decimal:
        """What they come to before tax."""
        return sum((project.amount for project in self.projects), Decimal(0))

    @property
    def seconds(self) -> int:
        """Hours as logged."""
        return sum(project.seconds for project in self.projects)


@blueprint.get("/")
@needs("transactions.edit")
def index() -> Any:
    """Show the customers with work to bill, most money first."""
    found = ready()
    ids = [project.project_id for project in found]
    owners = dict(db.session.execute(db.select(Project.id, Project.customer_id).where(among(Project.id, ids))).all())
    groups: dict[tuple[int, str], ReadyCustomer] = {}
    for project in found:
        key = (owners[project.project_id], project.currency)
        groups.setdefault(key, ReadyCustomer(project.customer_name, project.currency, [])).projects.append(project)
    customers = sorted(groups.values(), key=lambda group: (-group.amount, group.name.casefold()))
    return render_template("assistant/index.html", customers=customers)


@blueprint.get("/work")
@needs("transactions.edit")
def work() -> Any:
    """Show what a choice comes to; changes nothing."""
    form = form_of(request.args)
    is_fine = form.validate() if "layout" in request.args else True
    return work_page(form, 200 if is_fine else 422)


def form_of(data: MultiDict[str, str]) -> AssistantForm:
    """Return the form as sent, or with the usual choices when nothing was chosen yet."""
    here = this_organisation()
    usual = {"period": "until_today", "layout": here.default_layout, "rounding": here.rounding_mode, "late": True,
             "minutes": here.rounding_minutes, "tax_id": 0}  # fmt: skip
    form = AssistantForm(data if "layout" in data else None, data=None if "layout" in data else usual)
    if "layout" not in data:
        form.project.data = [int(text) for text in data.getlist("project") if _is_id(text)]
    form.period.choices = options((key, str(words)) for key, words in PERIODS.items())
    form.layout.choices = options((key, _(words)) for key, words in LAYOUTS.items())
    form.rounding.choices = options((key, _(words)) for key, words in ROUNDINGS.items())
    form.tax_id.choices = options([(0, _("No tax")), *((tax.id, tax_words(tax)) for tax in taxes_for())])
    return form


def wish_of(form: AssistantForm) -> Wish:
    """Return what billing is asked for; call it on a form that is fine or fresh."""
    here = this_organisation()
    since, until = days_of(form.period.data, here.today())
    if form.period.data == "chosen":
        since, until = form.since.data, form.until.data
    mode = form.rounding.data or "none"
    choice = TimeChoice(
        tuple(form.project.data or ())[:MOST_PROJECTS], since=None if form.late.data else since, until=until,
        layout=form.layout.data, rounding=NOT_ROUNDED if mode == "none" else Rounding(mode, form.minutes.data),
        tax_id=form.tax_id.data or None, exchange_rate=form.exchange_rate.value, tax_mode=here.default_tax_mode,
    )  # fmt: skip
    return Wish(choice, tuple(form.expense.data or ()))


def work_page(form: AssistantForm, status: int, problem: str = "") -> Any:
    """Render the page; a choice that cannot be priced says why."""
    projects = _projects(form)
    expenses = offered(projects)
    if "layout" not in request.values:
        form.expense.data = [item.id for item in expenses]
    outlook: Outlook | None = None
    if not form.errors and form.project.data:
        try:
            outlook = look(wish_of(form), _period_start(form))
        except MoveRefused as reason:
            problem = problem or str(reason)
    chosen = [project.id for project in projects if project.id in (form.project.data or ())]
    return page_or_fragment(
        "assistant/work.html", "assistant/_assistant_choice.html", status=status,
        form=form, customer=projects[0].customer, currency=projects[0].currency, projects=projects, outlook=outlook,
        problem=problem, expenses=[(item, _billed(item)) for item in expenses], lines_shown=LINES_SHOWN, kind=KIND,
        rows=sum_rows(outlook.totals, outlook.currency, taxes_for()) if outlook else [], reasons=REASONS,
        held=held_up(this_organisation().today(), chosen), press=form.press.data or secrets.token_urlsafe(18),
        is_foreign=projects[0].currency != this_organisation().base_currency, may_send=may("transactions.send"),
        can_mail=can_mail(this_organisation()), carried=_carried(form),
    )  # fmt: skip


def _billed(item: Any) -> str:
    return money(billed_amount(item, item.currency), item.currency)


def _period_start(form: AssistantForm) -> Any:
    """Return the first day of the period, also where earlier hours are taken along."""
    since = days_of(form.period.data, this_organisation().today())[0]
    return form.since.data if form.period.data == "chosen" else since


def _projects(form: AssistantForm) -> list[Project]:
    """Return the projects that may be on one invoice: those of the first one's customer in its currency."""
    asked = form.project.data or [int(text) for text in request.values.getlist("of") if _is_id(text)]
    first = db.session.get(Project, asked[0]) if asked else None
    if first is None:
        abort(404)
    found = db.select(Project).where(
        Project.customer_id == first.customer_id, Project.currency == first.currency,
        Project.is_active | among(Project.id, asked),
    )  # fmt: skip
    is_asked = among(Project.id, asked)
    rows = found.order_by(is_asked.desc(), Project.name, Project.id).limit(MOST_PROJECTS)
    return list(db.session.scalars(rows.options(joinedload(Project.customer))))


def kept_out_of(project_id: int) -> list[Held]:
    """Return what of a project's hours is not ready, for the page that starts an invoice from them."""
    return held_up(this_organisation().today(), [project_id])


blueprint.add_app_template_global(kept_out_of, "kept_out_of")
blueprint.add_app_template_global(lambda reason: REASONS[reason], "held_reason")


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _carried(form: AssistantForm) -> list[tuple[str, str]]:
    """Return the hidden fields with which the invoice is made of exactly what was shown."""
    names = ("period", "since", "until", "layout", "rounding", "minutes", "tax_id", "exchange_rate")
    pairs = [(name, "" if form[name].data is None else str(form[name].data)) for name in names]
    pairs += [("project", str(number)) for number in form.project.data or ()]
    pairs += [("expense", str(number)) for number in form.expense.data or ()]
    pairs += [("late", "y")] if form.late.data else []
    return [(name, text) for name, text in pairs if text]
