"""A draft in the editor: its form, its lines page by page, what they come to, and the changes they mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask import request
from flask_babel import gettext as _

from billing.money import ZERO
from billing.totals import LineInput, Totals, totals
from billing.transactions import Changes, LineChange, Party, can_change_party
from billing.types import type_of
from blueprints.choosing import chosen_customer, chosen_project
from blueprints.filters import amount, money
from blueprints.framing import framed_project_id
from extensions import db
from forms.transactions import DraftForm, LineFields, line_of, read_lines
from forms.transactions.draft import terms_of
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
    due = transaction.due_date
    form.terms.data, form.due_was.data = terms_of(transaction.date, due), due.isoformat() if due else ""
    if not transaction.exchange_source:
        form.exchange_rate.data = ""
    rows = _rows(transaction)
    start = _start(request.args.get("start"), len(rows))
    form.start.data = start
    _fit(form, transaction)
    shown, after = rows[start : start + LINES_SHOWN], rows[start + LINES_SHOWN :]
    return Draft(transaction, form, rows[:start], [line_of(row) for row in shown], after, taxes_for(rows))


def typed_draft(transaction: Transaction) -> Draft:
    """Return a draft as the form was sent; nothing of it is stored."""
    form = DraftForm()
    form.settle_due()
    _fit(form, transaction)
    rows = _rows(transaction)
    start = _start(request.form.get("start"), len(rows))
    shown, after = rows[start : start + LINES_SHOWN], rows[start + LINES_SHOWN :]
    taxes = taxes_for(rows)
    lines = read_lines(request.form, shown, [tax.id for tax in taxes])
    return Draft(transaction, form, rows[:start], lines, after, taxes)


def _fit(form: DraftForm, transaction: Transaction) -> None:
    """Give the form the words of the type, and whom the draft is for when the form does not say."""
    kind = type_of(transaction)
    form.call_dates(_(kind.days_word), _(kind.until_word), is_owed=kind.is_owed)
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


def taxes_for(rows: Sequence[TransactionLine] = ()) -> list[Tax]:
    """Return the taxes to choose from: active ones, and those that stand on lines already."""
    used = {row.tax_id for row in rows if row.tax_id is not None}
    query = db.select(Tax).where(Tax.is_active | Tax.id.in_(sorted(used)[:500]))
    return list(db.session.scalars(query.order_by(Tax.name, Tax.id)))


def tax_words(tax: Tax) -> str:
    """Return a tax as people choose it: its name with the rate, which many names hold already."""
    percent = f"{tax.percent.normalize():f}"
    return tax.name if percent in tax.name else f"{tax.name} {percent} %"


@dataclass(frozen=True, slots=True)
class Sums:
    """What typed lines come to: amount by key of line, rows (label, amount) with the total last."""

    amounts: dict[str, Decimal]
    rows: list[tuple[str, str]]
    total: Decimal


def sums_of(draft: Draft) -> Sums:
    """Price the draft as typed, with the same rules as everything else (requirements R-14)."""
    transaction, percents = draft.transaction, {tax.id: tax.percent for tax in draft.taxes}
    shown = [line for line in draft.lines if not line.is_gone]
    inputs = [
        *(_stored_input(row) for row in draft.before),
        *(_typed_input(line, percents) for line in shown),
        *(_stored_input(row) for row in draft.after),
    ]
    found = totals(inputs, transaction.currency)
    amounts = found.lines[draft.start : draft.start + len(shown)]
    by_key = {line.key: value for line, value in zip(shown, amounts, strict=True)}
    return Sums(by_key, sum_rows(found, transaction.currency, draft.taxes), found.total)


def _stored_input(row: TransactionLine) -> LineInput:
    return LineInput(row.rate, row.quantity, row.unit, row.seconds, row.project_id, row.tax_id, row.tax_percent)


def _typed_input(line: LineFields, percents: dict[int, Decimal]) -> LineInput:
    row = line.stored
    percent = ZERO if line.tax_id is None else percents.get(line.tax_id, ZERO)
    return LineInput(
        line.rate_value, line.quantity_value, line.unit, row.seconds if row else None, row.project_id if row else None,
        line.tax_id, percent,
    )  # fmt: skip


def sum_rows(found: Totals, currency: str, taxes: Sequence[Tax]) -> list[tuple[str, str]]:
    """Return the rows below a table of lines: rounding difference, subtotal, tax by rate, total."""
    names = {tax.id: tax.name for tax in taxes}
    rows = [(_("Rounding difference"), amount(part.amount, currency)) for part in found.rounding]
    rows.append((_("Subtotal"), amount(found.subtotal, currency)))
    for tax in found.taxes:
        if tax.tax_id is not None:
            words = _(
                "%(name)s %(percent)s %% on %(net)s", name=names.get(tax.tax_id, _("Tax")),
                percent=f"{tax.percent.normalize():f}", net=amount(tax.net, currency),
            )  # fmt: skip
            rows.append((words, amount(tax.tax, currency)))
    return [*rows, (_("Total"), money(found.total, currency))]


def changes_of(draft: Draft, version: int, party: Party | None = None) -> Changes:
    """Return what billing is asked to store."""
    form = draft.form
    day: date = form.date.data
    lines = [line for line in draft.lines if not line.is_untouched and not line.is_gone]
    return Changes(
        version=version, date=day, due_date=form.due_date.data, reference=form.reference.data, notes=form.notes.data,
        lines=(*map(_kept, draft.before), *map(_changed, lines), *map(_kept, draft.after)),
        exchange_rate=form.exchange_rate.value, party=party,
    )  # fmt: skip


def _kept(row: TransactionLine) -> LineChange:
    return LineChange(row.id, row.name, row.description, row.quantity, row.unit, row.rate, row.tax_id)


def _changed(line: LineFields) -> LineChange:
    return LineChange(
        line.stored.id if line.stored else None, line.name, line.description, line.quantity_value, line.unit,
        line.rate_value, line.tax_id,
    )  # fmt: skip


def is_foreign(transaction: Transaction, organisation: Organisation) -> bool:
    """Say whether an exchange rate is needed."""
    return type_of(transaction).is_owed and bool(transaction.currency != organisation.base_currency)


def editor_context(draft: Draft, organisation: Organisation) -> dict[str, Any]:
    """Return what the editor's templates read."""
    return {
        "draft": draft, "transaction": draft.transaction, "form": draft.form, "sums": sums_of(draft),
        "is_foreign": is_foreign(draft.transaction, organisation),
        "lines_shown": LINES_SHOWN, "tax_words": tax_words,
        "can_move": framed_project_id() is None and can_change_party(draft.transaction),
        "line_count": len(draft.before) + len(draft.lines) + len(draft.after),
    }  # fmt: skip
