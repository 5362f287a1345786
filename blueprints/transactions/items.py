"""Starting a transaction from milestones, task lists and tasks of a project (requirements T-06 to T-08)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from billing import transactions
from billing.errors import MoveRefused
from billing.hours.item_work import price_items
from billing.hours.items import KINDS, Item, items_of
from billing.hours.pricing import LAYOUTS, ROUNDINGS, Rounding
from billing.hours.time_entries import NOT_ROUNDED, PricedWork
from billing.transactions import ItemChoice, ItemPick
from blueprints.access import needs
from blueprints.filters import this_organisation
from blueprints.refusals import said
from blueprints.render import after_write, page_or_fragment
from blueprints.sessions import actor
from blueprints.transactions.choosing import LINES_SHOWN, others_of, seen_of, tax_mode_of
from blueprints.transactions.drafting import tax_words, taxes_for
from blueprints.transactions.frame import ID, PATHS, blueprint, transaction_or_404
from blueprints.transactions.starting import project_or_404
from blueprints.transactions.totalling import sum_rows
from extensions import db
from forms.base import options
from forms.transactions import ItemChoiceForm
from models import Project, Transaction

#: tasks that are listed at once; others are found by their name
TASKS_SHOWN = 40
#: fields that the form of the draft repeats
CARRIED = ("layout", "rounding", "minutes", "tax_id", "exchange_rate", "onto", "looked", "takes_hours")


@dataclass(frozen=True, slots=True)
class Preview:
    """What a choice comes to; nothing of it is stored. `seen` tells this preview from another."""

    work: PricedWork
    rows: list[tuple[str, str]]
    entries: int
    seconds: int
    seen: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """The form with the amounts typed beside the items: what they are, as typed, and what is wrong with them."""

    form: ItemChoiceForm
    amounts: dict[str, Decimal]
    typed: dict[str, str]
    wrong: dict[str, Any]

    @property
    def is_fine(self) -> bool:
        """Whether nothing typed has to be corrected."""
        return not self.form.errors and not self.wrong


def _chosen(data: MultiDict[str, str]) -> Chosen:
    """Return the choice as sent, or with the organisation's usual ways of putting hours on lines."""
    found = this_organisation()
    usual = {
        "layout": found.default_layout, "rounding": found.rounding_mode, "minutes": found.rounding_minutes, "tax_id": 0,
        "takes_hours": True, "onto": data.get("onto", type=int),
    }  # fmt: skip
    is_sent = "layout" in data
    form = ItemChoiceForm(data if is_sent else None, data=None if is_sent else usual)
    form.layout.choices = options((key, _(words)) for key, words in LAYOUTS.items())
    form.rounding.choices = options((key, _(words)) for key, words in ROUNDINGS.items())
    form.tax_id.choices = options([(0, _("No tax")), *((tax.id, tax_words(tax)) for tax in taxes_for())])
    if is_sent and not form.looked.data:
        form.takes_hours.data = True
    if is_sent:
        form.validate()
    amounts, wrong = form.read_amounts(data) if found.has_free_amounts else ({}, {})
    typed = {key: data.get(f"amount-{key}", "") for key in form.item.data or []}
    return Chosen(form, amounts, typed, wrong)


def _choice_of(chosen: Chosen, project: Project) -> ItemChoice:
    form, mode = chosen.form, chosen.form.rounding.data or "none"
    return ItemChoice(
        project.id, tuple(ItemPick(key, chosen.amounts.get(key)) for key in dict.fromkeys(form.item.data or [])),
        takes_hours=bool(form.takes_hours.data), layout=form.layout.data,
        rounding=NOT_ROUNDED if mode == "none" else Rounding(mode, form.minutes.data),
        tax_id=form.tax_id.data or None, exchange_rate=form.exchange_rate.value, tax_mode=tax_mode_of(form.onto.data),
    )  # fmt: skip


def _preview(chosen: Chosen, project: Project) -> Preview | None:
    if not chosen.form.item.data or not chosen.is_fine:
        return None
    work = price_items(_choice_of(chosen, project)).work
    return Preview(
        work, sum_rows(work.totals, project.currency, taxes_for()), sum(len(line.entry_ids) for line in work.lines),
        sum(line.logged_seconds for line in work.lines), _seen(work),
    )  # fmt: skip


def _seen(work: PricedWork) -> str:
    return f"{seen_of((line.logged_seconds, line.seconds) for line in work.lines)}:{work.totals.total}"


@blueprint.get(f"/new/from-project/<{ID}:project_id>/items")
@needs("transactions.edit")
def new_from_items(type_path: str, project_id: int) -> Any:
    """Show the project's milestones, task lists and tasks, and what the chosen ones come to; changes nothing."""
    project = project_or_404(project_id)
    if not project.is_active:
        flash(_("%(name)s is closed. Make it active again to bill it.", name=project.name), "warning")
        return redirect(url_for("projects.show", project_id=project_id), 303)
    chosen = _chosen(request.args)
    return _page(type_path, project, chosen, 200 if chosen.is_fine else 422)


def _page(type_path: str, project: Project, chosen: Chosen, status: int, problem: str = "") -> Any:
    preview = None
    try:
        preview = _preview(chosen, project)
    except MoveRefused as reason:
        problem = problem or said(reason)
        project = project_or_404(project.id)
    groups, more = _groups(project, chosen.form)
    found = this_organisation()
    return page_or_fragment(
        "transactions/new_from_items.html", "transactions/_item_choice.html", status=status, project=project,
        kind=PATHS[type_path], form=chosen.form, chosen=chosen, preview=preview, problem=problem, groups=groups,
        more=more, draft=_draft(type_path, chosen.form), has_free_amounts=found.has_free_amounts,
        lines_shown=LINES_SHOWN, carried=_carried(chosen), is_foreign=project.currency != found.base_currency,
        others=others_of(project) if chosen.form.onto.data else [],
    )  # fmt: skip


def _groups(project: Project, form: ItemChoiceForm) -> tuple[list[tuple[Any, list[Item]]], int]:
    """Return the items to choose from by kind, and how many tasks are not shown; ticked ones always are."""
    ticked, wanted = set(form.item.data or []), (form.find.data or "").casefold()
    found = items_of(project.id)
    tasks = [item for item in found if item.kind == "task" and wanted in item.name.casefold()]
    shown = {item.key for item in tasks[:TASKS_SHOWN]} | ticked
    groups = [
        (words[1], [item for item in found if item.kind == kind and (kind != "task" or item.key in shown)])
        for kind, words in KINDS.items()
    ]  # fmt: skip
    return [(title, items) for title, items in groups if items], max(0, len(tasks) - TASKS_SHOWN)


def _draft(type_path: str, form: ItemChoiceForm) -> Transaction | None:
    return transaction_or_404(type_path, form.onto.data) if form.onto.data else None


def _carried(chosen: Chosen) -> list[tuple[str, str]]:
    """Return the hidden fields with which the draft is made of exactly what was shown."""
    form = chosen.form
    pairs = [(name, form[name].data) for name in CARRIED if name not in ("looked", "takes_hours")]
    pairs += [("looked", "y"), ("takes_hours", "y" if form.takes_hours.data else "")]
    pairs += [("item", key) for key in form.item.data or []]
    pairs += [(f"amount-{key}", text) for key, text in chosen.typed.items() if text]
    return [(name, str(value)) for name, value in pairs if value not in (None, "")]


@blueprint.post(f"/new/from-project/<{ID}:project_id>/items")
@needs("transactions.edit")
def start_from_items(type_path: str, project_id: int) -> Any:
    """Make the draft of exactly what was shown, or say what changed meanwhile (requirements R-03, T-08)."""
    project = project_or_404(project_id)
    chosen = _chosen(request.form)
    if not chosen.is_fine or not chosen.form.item.data:
        problem = "" if chosen.form.item.data else _("Choose at least one milestone, task list or task.")
        return _page(type_path, project, chosen, 422, problem)
    try:
        draft = _make(type_path, project, chosen)
    except MoveRefused as reason:
        sentence = said(reason)
        return _page(type_path, project_or_404(project_id), _chosen(request.form), 422, sentence)
    db.session.commit()
    flash(_("They are on the draft. Check it, then save and send."), "success")
    return after_write(url_for("transactions.edit", type_path=type_path, transaction_id=draft.id))


def _make(type_path: str, project: Project, chosen: Chosen) -> Transaction:
    choice = _choice_of(chosen, project)
    if chosen.form.seen.data and chosen.form.seen.data != _seen(price_items(choice).work):
        raise MoveRefused(_("The unbilled hours changed after you looked. This is how they are now; look again."))
    draft = _draft(type_path, chosen.form)
    if draft is None:
        return transactions.start_from_items(choice, actor(), PATHS[type_path].key)
    transactions.add_items(draft, choice, actor())
    return draft
