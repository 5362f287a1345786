"""Starting a transaction: from the unbilled time of a project, or blank."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from billing import expenses, transactions
from billing.errors import MoveRefused
from billing.hours import radar
from billing.hours.radar import ReadyProject
from billing.hours.rates import Unit
from billing.hours.time_entries import unbilled_entries
from billing.transactions import Changes, kept
from billing.types import type_of
from blueprints.access import needs
from blueprints.choosing import chosen_customer, chosen_project
from blueprints.expenses.converting import chosen_ids
from blueprints.expenses.offering import offer_of
from blueprints.filters import this_organisation
from blueprints.refusals import said
from blueprints.render import after_write, page_or_fragment
from blueprints.sessions import actor
from blueprints.transactions.choosing import (
    LINES_SHOWN,
    also_of,
    carried,
    choice_form,
    choice_of,
    layout_examples,
    others_of,
    picked,
    preview_of,
    seen_of,
)
from blueprints.transactions.frame import ID, PATHS, blueprint, transaction_or_404
from extensions import db
from forms.transactions import BlankForm, TimeChoiceForm
from models import Customer, Project, Transaction, TransactionLine

#: projects with unbilled work that are offered at once
MOST_READY = 30


@blueprint.get("/new")
@needs("transactions.edit")
def new(type_path: str) -> Any:
    """Offer the projects with unbilled work, and a blank draft for a customer or project (requirements T-01, T-09)."""
    return _choose(type_path, BlankForm(), 200)


def _choose(type_path: str, form: BlankForm, status: int) -> Any:
    kind, project = PATHS[type_path], chosen_project(request.values)
    customer = chosen_customer(request.values) or (project.customer if project else None)
    ready = radar.ready() if kind.takes_hours else []
    if customer is not None:
        theirs = set(db.session.scalars(db.select(Project.id).where(Project.customer_id == customer.id)))
        ready = [item for item in ready if item.project_id in theirs]
    return render_template(
        "transactions/new.html", kind=kind, form=form, ready=ready[:MOST_READY], more=max(0, len(ready) - MOST_READY),
        customer=customer, project=project, together=_together(ready) if customer else [],
    ), status  # fmt: skip


def _together(ready: Sequence[ReadyProject]) -> list[ReadyProject]:
    """Return the projects of one customer that fit on one transaction: those of the commonest currency (T-15)."""
    currency = Counter(item.currency for item in ready).most_common(1)
    found = [item for item in ready if item.currency == currency[0][0]] if currency else []
    return found if len(found) > 1 else []


@blueprint.post("/new")
@needs("transactions.edit")
def start_blank(type_path: str) -> Any:
    """Start an empty draft for a customer or a project, or go on to a project's hours."""
    project = chosen_project(request.form)
    is_for_hours = not any(name in request.form for name in ("customer_id", "customer_id_text"))
    if project and is_for_hours and PATHS[type_path].takes_hours:
        return after_write(url_for("transactions.new_from_project", type_path=type_path, project_id=project.id))
    form = BlankForm()
    customer = _settled(form, project)
    if customer is None or not form.validate_on_submit():
        return _choose(type_path, form, 422)
    draft = transactions.start_blank(customer.id, actor(), project.id if project else None, PATHS[type_path].key)
    db.session.commit()
    return after_write(url_for("transactions.edit", type_path=type_path, transaction_id=draft.id))


def _settled(form: BlankForm, project: Project | None) -> Customer | None:
    """Return whom a blank draft is for: the customer chosen, else the project's; None with the reason on the form."""
    typed = request.form.get("customer_id_text", "").strip() or request.form.get("customer_id", "").strip()
    customer = chosen_customer(request.form) if typed else None
    if customer is None and not typed and project is not None:
        return project.customer
    if customer is None:
        form.customer_id_text.errors = [_("Choose a customer from the list.")]
    elif request.form.get("project_id_text", "").strip() and project is None:
        form.project_id_text.errors = [_("Choose a project from the list, or none.")]
        return None
    elif project is not None and project.customer_id != customer.id:
        names = {"project": project.name, "customer": project.customer.name}
        sentence = _("%(project)s is a project of %(customer)s. Choose that customer, or no project.", **names)
        form.project_id_text.errors = [sentence]
        return None
    return customer


def project_or_404(project_id: int) -> Project:
    """Return a project with its customer."""
    return db.session.get(Project, project_id, options=[joinedload(Project.customer)]) or abort(404)


@blueprint.get(f"/new/from-project/<{ID}:project_id>")
@needs("transactions.edit")
def new_from_project(type_path: str, project_id: int) -> Any:
    """Show a project's unbilled time, how it would be put on lines, and what that comes to; changes nothing."""
    project = project_or_404(project_id)
    if not project.is_active:
        flash(_("%(name)s is closed. Make it active again to bill its hours.", name=project.name), "warning")
        return redirect(url_for("projects.show", project_id=project_id), 303)
    form = choice_form(request.args, project)
    is_fine = form.validate() if "layout" in request.args else True
    return _choice_page(type_path, project, form, 200 if is_fine else 422)


def _choice_page(type_path: str, project: Project, form: TimeChoiceForm, status: int, problem: str = "") -> Any:
    preview = None
    if not any(name != "amount" for name in form.errors):
        try:
            preview = preview_of(form, project)
        except MoveRefused as reason:
            problem = problem or said(reason)
            project = project_or_404(project.id)
    return page_or_fragment(
        "transactions/new_from_project.html", "transactions/_time_choice.html", status=status,
        project=project, kind=PATHS[type_path], form=form, preview=preview, problem=problem, carried=carried(form),
        examples=layout_examples(project), lines_shown=LINES_SHOWN, draft=_draft(type_path, form),
        is_foreign=project.currency != this_organisation().base_currency, others=others_of(project),
        offer=offer_of(project, PATHS[type_path], request.values, also_of(form, project)),
    )  # fmt: skip


def _draft(type_path: str, form: TimeChoiceForm) -> Transaction | None:
    """Return the draft that the hours are added to; None when a new one is made."""
    return transaction_or_404(type_path, form.onto.data) if form.onto.data else None


@blueprint.post(f"/new/from-project/<{ID}:project_id>")
@needs("transactions.edit")
def start_from_project(type_path: str, project_id: int) -> Any:
    """Make the draft of exactly what was shown, or say what changed meanwhile (requirements R-03, T-28)."""
    project = project_or_404(project_id)
    form = choice_form(request.form, project)
    if not form.validate() or "layout" not in request.form:
        return _choice_page(type_path, project, form, 422)
    try:
        draft = _make(type_path, project, form)
    except MoveRefused as reason:
        sentence = said(reason)
        return _choice_page(type_path, project_or_404(project_id), form, 422, sentence)
    db.session.commit()
    url = url_for("transactions.edit", type_path=type_path, transaction_id=draft.id)
    flash(_("The hours are on the draft. Check it, then save and send."), "success")
    return after_write(url)


def _make(type_path: str, project: Project, form: TimeChoiceForm) -> Transaction:
    choice, also = choice_of(form, project), also_of(form, project)
    if form.pick.data:
        choice = picked(form, choice, unbilled_entries(choice))
    draft = _draft(type_path, form)
    known = {line.id for line in draft.lines} if draft else set()
    if draft is None:
        draft = transactions.start_from_time(choice, actor(), PATHS[type_path].key)
    else:
        transactions.add_time(draft, choice, actor())
    added = [line for line in draft.lines if line.id not in known and line.kind == "time"]
    if form.seen.data and form.seen.data != seen_of((line.logged_seconds, line.seconds) for line in added):
        raise MoveRefused(_("The unbilled hours changed after you looked. This is how they are now; look again."))
    if not also:
        _set_amount(draft, added, form.amount_value)
    _take_expenses(draft, project, also)
    return draft


def _take_expenses(draft: Transaction, project: Project, also: tuple[int, ...]) -> None:
    """Put the ticked expenses of exactly these projects and this customer on the draft (requirements T-10, T-24)."""
    ticked = chosen_ids(request.form.getlist("expense"))
    if set(ticked) - set(offer_of(project, type_of(draft), request.form, also).billed):
        raise MoveRefused(_("Some of the expenses are not unbilled any more. This is how they are now; look again."))
    if ticked:
        expenses.take(draft, ticked, actor())


def _set_amount(draft: Transaction, added: list[TransactionLine], amount: Decimal | None) -> None:
    """Put the amount of a stage on the line of a fixed-cost project."""
    fixed = next((line for line in added if line.unit == Unit.FIXED), None)
    if fixed is None or amount is None or amount == fixed.rate:
        return
    lines = tuple(
        replace(kept(line), rate=amount) if line.id == fixed.id else kept(line)
        for line in draft.lines if line.kind != "rounding"
    )  # fmt: skip
    changes = Changes(draft.version, draft.date, draft.due_date, draft.reference, draft.notes, lines)
    transactions.update(draft, changes, actor())
