"""Which unbilled time of a project goes on a draft: the choice as a form, and what it comes to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from billing.hours.pricing import LAYOUTS, ROUNDINGS, EntryForBilling, PricedLine, Rounding
from billing.hours.rates import Unit
from billing.hours.time_entries import NOT_ROUNDED, PricedWork, TimeChoice, is_open, price_work, unbilled_entries
from blueprints.filters import this_organisation
from blueprints.framing import within_frame
from blueprints.transactions.drafting import tax_words, taxes_for
from blueprints.transactions.totalling import sum_rows
from extensions import db
from forms.base import options
from forms.transactions import TimeChoiceForm
from models import Project, TimeEntry, Transaction

#: entries that can be chosen one by one; their ids stand in an address
MOST_PICKED = 150
#: lines that the preview shows
LINES_SHOWN = 60
#: other projects of the same customer that are offered
MOST_OTHERS = 30
#: people and tasks that are told apart
PARTS_SHOWN = 8
#: fields that the form of the draft repeats
CARRIED = ("since", "until", "layout", "rounding", "minutes", "tax_id", "exchange_rate", "onto")


@dataclass(frozen=True, slots=True)
class Part:
    """Seconds of one person or one task among the chosen entries."""

    name: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Other:
    """Another project of the same customer and currency with unbilled hours."""

    id: int
    name: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a choice comes to; nothing of it is stored.

    `difference`: what rounding adds (or takes) in money, before tax. `seen` tells this preview from another.
    """

    work: PricedWork
    entries: list[EntryForBilling]
    chosen: int
    logged: int
    billed: int
    difference: Decimal
    people: list[Part]
    subjects: list[Part]
    rows: list[tuple[str, str]]
    seen: str

    @property
    def fixed(self) -> PricedLine | None:
        """The line of a fixed-cost project; its amount may be changed for a stage."""
        return next((line for line in self.work.lines if line.unit is Unit.FIXED), None)

    @property
    def can_pick(self) -> bool:
        """Whether the entries can be chosen one by one."""
        return len(self.entries) <= MOST_PICKED


def choice_form(data: MultiDict[str, str], project: Project) -> TimeChoiceForm:
    """Return the form as sent, or with the organisation's usual choices when nothing was chosen yet."""
    form = TimeChoiceForm(data if "layout" in data else None, data=None if "layout" in data else _usual(data, project))
    form.layout.choices = options((key, _(words)) for key, words in LAYOUTS.items())
    form.rounding.choices = options((key, _(words)) for key, words in ROUNDINGS.items())
    form.tax_id.choices = options([(0, _("No tax")), *((tax.id, tax_words(tax)) for tax in taxes_for())])
    return form


def others_of(project: Project) -> list[Other]:
    """Return the customer's other projects with unbilled work in the same currency (requirements T-15)."""
    query = (
        db.select(Project.id, Project.name, db.func.sum(TimeEntry.seconds))
        .join(TimeEntry, TimeEntry.project_id == Project.id)
        .where(
            Project.customer_id == project.customer_id, Project.currency == project.currency, Project.is_active,
            Project.id != project.id, is_open(), *within_frame(Project.id),
        )
        .group_by(Project.id, Project.name).order_by(Project.name, Project.id).limit(MOST_OTHERS)
    )  # fmt: skip
    return [Other(*row) for row in db.session.execute(query)]


def also_of(form: TimeChoiceForm, project: Project) -> tuple[int, ...]:
    """Return which of the other projects go along; one that has nothing left is not among them any more."""
    wanted = set(form.also.data or ())
    return tuple(other.id for other in others_of(project) if other.id in wanted) if wanted else ()


def _usual(data: MultiDict[str, str], project: Project) -> dict[str, Any]:
    found = this_organisation()
    newest = db.session.scalar(
        db.select(db.func.max(TimeEntry.date)).where(
            TimeEntry.project_id == project.id, TimeEntry.billing_state == "unbilled"
        )
    )
    onto, also = data.get("onto", ""), [int(text) for text in data.getlist("also") if is_id(text)]
    return {
        "until": max(newest, found.today()) if newest else found.today(), "layout": found.default_layout,
        "rounding": found.rounding_mode, "minutes": found.rounding_minutes, "tax_id": 0,
        "onto": int(onto) if is_id(onto) else None, "also": also,
    }  # fmt: skip


def is_id(text: str) -> bool:
    """Say whether text from an address can be a row's id."""
    return text.isascii() and text.isdigit() and len(text) < 10


def choice_of(form: TimeChoiceForm, project: Project) -> TimeChoice:
    """Return what billing is asked for; call it on a form that is fine or fresh."""
    mode = form.rounding.data or "none"
    return TimeChoice(
        (project.id, *also_of(form, project)), since=form.since.data, until=form.until.data, layout=form.layout.data,
        rounding=NOT_ROUNDED if mode == "none" else Rounding(mode, form.minutes.data), tax_id=form.tax_id.data or None,
        exchange_rate=form.exchange_rate.value, tax_mode=tax_mode_of(form.onto.data),
    )  # fmt: skip


def tax_mode_of(draft_id: int | None) -> str:
    """Return how prices are meant on the draft that work is added to, or on a new one."""
    draft = db.session.get(Transaction, draft_id) if draft_id else None
    return draft.tax_mode if draft else this_organisation().default_tax_mode


def preview_of(form: TimeChoiceForm, project: Project) -> Preview:
    """Price the choice as `start_from_time` would (the same function), and what rounding changes."""
    choice = choice_of(form, project)
    entries = unbilled_entries(choice)
    choice = picked(form, choice, entries)
    work = price_work(choice)
    plain = work if choice.rounding == NOT_ROUNDED else price_work(replace(choice, rounding=NOT_ROUNDED))
    chosen = _chosen(choice, entries)
    return Preview(
        work, entries, len(chosen), sum(line.logged_seconds for line in work.lines),
        sum(line.seconds for line in work.lines), work.totals.subtotal - plain.totals.subtotal,
        _parts((entry.user_name or _("Nobody known"), entry.seconds) for entry in chosen),
        _parts((entry.subject, entry.seconds) for entry in chosen),
        sum_rows(work.totals, project.currency, taxes_for()),
        seen_of((line.logged_seconds, line.seconds) for line in work.lines),
    )  # fmt: skip


def picked(form: TimeChoiceForm, choice: TimeChoice, entries: Sequence[EntryForBilling]) -> TimeChoice:
    """Narrow a choice to ticked boxes; when no boxes were shown yet, all entries are ticked."""
    if not form.pick.data or len(entries) > MOST_PICKED:
        return choice
    if not form.picked.data:
        form.entry.data = [entry.id for entry in entries]
        return choice
    ticked = set(form.entry.data or ())
    return replace(choice, entry_ids=tuple(entry.id for entry in entries if entry.id in ticked))


def _chosen(choice: TimeChoice, entries: Sequence[EntryForBilling]) -> list[EntryForBilling]:
    if choice.entry_ids is None:
        return list(entries)
    wanted = set(choice.entry_ids)
    return [entry for entry in entries if entry.id in wanted]


def _parts(pairs: Any) -> list[Part]:
    """Add up by name, most first; the smallest ones together."""
    sums: Counter[str] = Counter()
    for name, seconds in pairs:
        sums[name] += seconds
    ordered = [Part(name, seconds) for name, seconds in sums.most_common()]
    rest = sum(part.seconds for part in ordered[PARTS_SHOWN:])
    others = [Part(_("%(count)s more", count=len(ordered) - PARTS_SHOWN), rest)] if rest else []
    return ordered[:PARTS_SHOWN] + others


def seen_of(lines: Iterable[tuple[int | None, int | None]]) -> str:
    """Return what tells these lines from others: seconds as logged and as billed."""
    pairs = list(lines)
    return f"{sum(logged or 0 for logged, _billed in pairs)}:{sum(billed or 0 for _logged, billed in pairs)}"


def carried(form: TimeChoiceForm) -> list[tuple[str, str]]:
    """Return the hidden fields with which the draft is made of exactly what was shown."""
    pairs = [(name, _text(form[name].data)) for name in CARRIED]
    pairs += [("also", str(project_id)) for project_id in form.also.data or ()]
    if form.pick.data:
        pairs += [("pick", "y"), ("picked", "y"), *(("entry", str(entry_id)) for entry_id in form.entry.data or ())]
    return [(name, text) for name, text in pairs if text]


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def layout_examples(project: Project) -> dict[str, str]:
    """Return what each layout looks like, for its card."""
    return {
        "project": _("All hours on one line: %(name)s", name=project.name),
        "entry": _("One line for each entry, with its day and notes"),
        "task": _("One line for each task or bug"),
        "user": _("One line for each person"),
        "task_user": _("One line for each task and person"),
    }
