"""A draft in the editor: its form, its lines page by page, and the changes they mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask import request
from flask_babel import gettext as _

from billing.languages import languages
from billing.money import ZERO
from billing.paper.layouts import LAYOUTS
from billing.transactions import Changes, LineChange, PaperChange, Party, WholeChange, can_change_party, kept
from billing.types import type_of
from blueprints.choosing import chosen_customer, chosen_project, taxes_offered
from forms.transactions import DraftForm, LineFields, line_of, read_lines
from forms.transactions.due import terms_of
from models import Organisation, Tax, Transaction, TransactionLine

#: lines that one page of the editor holds
LINES_SHOWN = 100
#: a sum above this is a typing mistake, and more than the columns hold
LARGEST_SUM = Decimal(10) ** 12


@dataclass(slots=True)
class Draft:
    """A draft as the editor shows it: stored, or as typed. `before` and `after` are lines on other pages."""

    transaction: Transaction
    form: DraftForm
    before: list[TransactionLine]
    lines: list[LineFields]
    after: list[TransactionLine]
    taxes: list[Tax]
    #: sentence of a refusal
    problem: str = ""
    is_stale: bool = False

    @property
    def has_errors(self) -> bool:
        """Whether something typed cannot be taken."""
        return any(line.errors or line.is_gone for line in self.lines) or bool(self.form.errors)

    @property
    def start(self) -> int:
        """How many lines stand on pages before this one."""
        return len(self.before)


def stored_draft(transaction: Transaction) -> Draft:
    """Return a draft as it is stored; `start` in the query string turns to a later page of its lines."""
    form = DraftForm(formdata=None, obj=transaction)
    form.fill_whole(transaction)
    due = transaction.due_date
    form.terms.data, form.due_was.data = terms_of(transaction.date, due), due.isoformat() if due else ""
    if not transaction.exchange_source:
        form.exchange_rate.data = ""
    rows = _rows(transaction)
    start = _start(request.args.get("start"), len(rows))
    form.start.data = start
    taxes = taxes_for(rows, transaction.shipping_tax_id)
    _fit(form, transaction, taxes)
    shown, after = rows[start : start + LINES_SHOWN], rows[start + LINES_SHOWN :]
    return Draft(transaction, form, rows[:start], [line_of(row) for row in shown], after, taxes)


def typed_draft(transaction: Transaction) -> Draft:
    """Return a draft as the form was sent; nothing of it is stored. What was not sent is as it is stored."""
    form = DraftForm(obj=transaction)
    if "conditions" not in request.form:
        form.fill_whole(transaction)
    if "exchange_rate" not in request.form:
        form.exchange_rate.value = None
    form.settle_due()
    rows = _rows(transaction)
    taxes = taxes_for(rows, transaction.shipping_tax_id)
    _fit(form, transaction, taxes)
    start = _start(request.form.get("start"), len(rows))
    shown, after = rows[start : start + LINES_SHOWN], rows[start + LINES_SHOWN :]
    lines = read_lines(request.form, shown, [tax.id for tax in taxes])
    return Draft(transaction, form, rows[:start], lines, after, taxes)


def _fit(form: DraftForm, transaction: Transaction, taxes: Sequence[Tax]) -> None:
    """Give the form the words of the type, its choices, and whom the draft is for when the form does not say."""
    kind = type_of(transaction)
    form.call_dates(_(kind.days_word), _(kind.until_word), is_owed=kind.is_owed)
    form.call_whole(
        transaction.currency,
        [(str(tax.id), tax_words(tax)) for tax in taxes],
        [(language.code, language.name) for language in languages().values()],
        [(layout.key, _(layout.title)) for layout in LAYOUTS.values()],
    )
    if "customer_id" not in request.form:
        form.customer_id.data, form.customer_id_text.data = str(transaction.customer_id), transaction.customer.name
        form.project_id.data = str(transaction.project_id or "")
        form.project_id_text.data = transaction.project.name if transaction.project else ""


def party_of(draft: Draft) -> Party | None:
    """Return whom the form says the draft is for; None when it does not say, or says nobody who is known."""
    if "customer_id" not in request.form or not can_change_party(draft.transaction):
        return None
    form = draft.form
    project = chosen_project(request.form) if form.project_id_text.data else None
    customer = chosen_customer(request.form) if form.customer_id_text.data else None
    if not form.customer_id_text.data and project is not None:
        customer = project.customer
    if form.project_id_text.data and project is None:
        form.project_id_text.errors = [_("Choose a project from the list, or none.")]
    if customer is None:
        form.customer_id_text.errors = [_("Choose a customer from the list.")]
        return None
    return Party(customer.id, project.id if project else None)


def _start(text: str | None, count: int) -> int:
    start = int(text) if text and text.isascii() and text.isdigit() and len(text) < 7 else 0
    start -= start % LINES_SHOWN
    return start if start < count else 0


def _rows(transaction: Transaction) -> list[TransactionLine]:
    """Return the lines that may be edited; rounding lines are derived."""
    return [line for line in transaction.lines if line.kind != "rounding"]


def taxes_for(rows: Sequence[TransactionLine] = (), other: int | None = None) -> list[Tax]:
    """Return the taxes to choose from: active ones, and those that stand on lines already, or elsewhere (`other`)."""
    return taxes_offered({row.tax_id for row in rows if row.tax_id is not None}, other)


def tax_words(tax: Tax) -> str:
    """Return a tax as people choose it: its name with the rate, which many names hold already."""
    percent = f"{tax.percent.normalize():f}"
    return tax.name if percent in tax.name else f"{tax.name} {percent} %"


def changes_of(draft: Draft, version: int, party: Party | None = None) -> Changes:
    """Return what billing is asked to store."""
    form = draft.form
    day: date = form.date.data
    lines = [line for line in draft.lines if not line.is_untouched and not line.is_gone]
    return Changes(
        version=version, date=day, due_date=form.due_date.data, reference=form.reference.data, notes=form.notes.data,
        lines=(*map(kept, draft.before), *map(_changed, lines), *map(kept, draft.after)),
        exchange_rate=form.exchange_rate.value, party=party, whole=_whole(form), paper=_paper(form),
    )  # fmt: skip


def _whole(form: DraftForm) -> WholeChange:
    return WholeChange(
        form.tax_mode.data, form.discount_kind.data, form.discount_value.value or ZERO, form.shipping.value or ZERO,
        form.shipping_tax_id, form.adjustment.value or ZERO, form.adjustment_name.data,
    )  # fmt: skip


def _paper(form: DraftForm) -> PaperChange:
    return PaperChange(
        form.conditions.data, form.language.data, form.paper_layout.data, form.payment_link.data,
        form.retainer_percent.value or ZERO,
    )  # fmt: skip


def _changed(line: LineFields) -> LineChange:
    return LineChange(
        line.stored.id if line.stored else None, line.name, line.description, line.quantity_value, line.unit,
        line.rate_value, line.tax_id, line.discount_value, line.item_id,
    )  # fmt: skip


def is_foreign(transaction: Transaction, organisation: Organisation) -> bool:
    """Say whether an exchange rate is needed."""
    is_money = type_of(transaction).is_owed or type_of(transaction).gives_credit
    return is_money and bool(transaction.currency != organisation.base_currency)
