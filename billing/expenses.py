"""Expenses on invoices: which are unbilled, what they come to, and putting them on lines (requirements T-10, T-24).

None of these verbs commits. The net amount is billed, with its markup, rounded once, half up, to the currency of the
invoice (R-14); the tax of the expense is put on the line, so that it is neither lost nor billed twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from babel.dates import format_date
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from billing import outbox
from billing.bulk import among
from billing.errors import MoveRefused
from billing.expense_ledger import (
    LINE_KIND,
    Placement,
    allocate,
    hold,
    life,
    release,
    shown_amount,
    violations,
    where_billed,
    why_not_free,
)
from billing.expense_records import ExpenseValues, add, change, delete, net_and_tax, set_receipt, why_locked
from billing.money import round_money
from billing.transactions import start_blank
from billing.transactions.claim import claim
from billing.transactions.sums import store_sums
from billing.types import type_of
from extensions import db
from models import Customer, Expense, Organisation, Project, Transaction, TransactionLine
from models.audit import Actor, record

#: expenses that are taken or offered at once
MOST = 200
_LONGEST_NAME = 300
#: currency of expenses → one unit of it in the transaction's currency
Rates = Mapping[str, Decimal]
__all__ = [
    "MOST", "ExpenseValues", "Rates", "add", "billed_amount", "change", "delete", "draft_currency",
    "foreign_currencies", "life", "net_and_tax", "release", "set_receipt", "start_from_expenses", "take", "unbilled",
    "violations", "where_billed", "why_locked",
]  # fmt: skip


def billed_amount(expense: Expense, currency: str, rate: Decimal = Decimal(1)) -> Decimal:
    """Return what a customer is billed before tax: net × (1 + markup) × rate, rounded once.

    `rate`: one unit of the expense's currency in `currency`.
    """
    return round_money(expense.net * (100 + expense.markup_percent) / 100 * rate, currency)


def unbilled(customer_id: int, project_id: int | None = None) -> list[Expense]:
    """Return the unbilled expenses of exactly this project **and** customer, oldest first (T-10).

    Without a project: all of the customer's, of whatever project. At most `MOST`.
    """
    found = select(Expense).where(
        Expense.customer_id == customer_id, Expense.billing_state == "unbilled", Expense.deleted_at.is_(None)
    )
    if project_id is not None:
        found = found.where(Expense.project_id == project_id)
    with_words = (joinedload(Expense.category), joinedload(Expense.project))
    return list(db.session.scalars(found.options(*with_words).order_by(Expense.date, Expense.id).limit(MOST)))


def foreign_currencies(expenses: Sequence[Expense], currency: str) -> list[str]:
    """Return the currencies among these expenses that need a rate to be billed in `currency`."""
    return sorted({expense.currency for expense in expenses} - {currency})


def draft_currency(expenses: Sequence[Expense]) -> str | None:
    """Return the currency that `start_from_expenses` would bill these in; None when they have no one customer."""
    customer_ids = {expense.customer_id for expense in expenses}
    customer = db.session.get(Customer, next(iter(customer_ids)) or 0) if len(customer_ids) == 1 else None
    if customer is None:
        return None
    project_id = _one_project({expense.project_id for expense in expenses}, customer.id)
    return customer.currency if project_id is None else db.session.get_one(Project, project_id).currency


def start_from_expenses(
    expense_ids: Sequence[int], actor: Actor, rates: Rates | None = None, type_key: str = "invoice"
) -> Transaction:
    """Start a draft with one line for each of these expenses of one customer: *Convert to invoice* (T-24)."""
    expenses = _chosen(expense_ids)
    customers = {expense.customer_id for expense in expenses}
    customer_id = next(iter(customers), None)
    if len(customers) != 1 or customer_id is None:
        raise MoveRefused(_why_not_together(expenses))
    if any(expense.billing_state != "unbilled" for expense in expenses) or len(expenses) != len(set(expense_ids)):
        raise MoveRefused(why_not_free(expense_ids, customer_id))
    projects = {expense.project_id for expense in expenses}
    draft = start_blank(customer_id, actor, _one_project(projects, customer_id), type_key)
    take(draft, expense_ids, actor, rates)
    return draft


def _why_not_together(expenses: Sequence[Expense]) -> str:
    if not expenses:
        return str(_("Choose the expenses that you want to invoice."))
    if any(not expense.is_billable for expense in expenses):
        return str(_("Only billable expenses can be invoiced. Tick Billable on the others first."))
    return str(_("These expenses belong to several customers. Choose those of one customer."))


def _one_project(projects: set[int | None], customer_id: int) -> int | None:
    """Return the project that all share, if it is the customer's still."""
    only = next(iter(projects)) if len(projects) == 1 else None
    project = None if only is None else db.session.get(Project, only)
    return project.id if project is not None and project.customer_id == customer_id else None


def take(transaction: Transaction, expense_ids: Sequence[int], actor: Actor, rates: Rates | None = None) -> None:
    """Put unbilled expenses of the transaction's customer on a draft, one line each at its end, all or none.

    `rates` is needed for each currency that is not the transaction's.
    """
    wanted, kind = list(dict.fromkeys(expense_ids)), type_of(transaction)
    if not (kind.takes_hours and kind.is_owed):
        raise MoveRefused(_("Expenses can only be put on invoices."))
    if len(wanted) > MOST:
        raise MoveRefused(_("Choose at most %(most)s expenses at once.", most=MOST))
    claim(transaction, "edit")
    hold(wanted, transaction.customer_id)
    expenses = _chosen(wanted)
    _refuse_missing_rates(foreign_currencies(expenses, transaction.currency), transaction.currency, rates or {})
    lines, nets = _lay_lines(transaction, expenses, rates or {})
    placed = zip(expenses, lines, nets, strict=True)
    allocate(transaction.id, [Placement(expense.id, line.id, net) for expense, line, net in placed])
    store_sums(transaction)
    _record_taken(transaction, expenses, actor)


def _chosen(expense_ids: Sequence[int]) -> list[Expense]:
    found = select(Expense).where(among(Expense.id, expense_ids), Expense.deleted_at.is_(None))
    fresh = {"populate_existing": True}
    return list(db.session.scalars(found.order_by(Expense.date, Expense.id), execution_options=fresh))


def _refuse_missing_rates(currencies: Sequence[str], currency: str, rates: Rates) -> None:
    missing = [code for code in currencies if rates.get(code, 0) <= 0]
    if missing:
        raise MoveRefused(
            _(
                "These expenses are in %(codes)s and the invoice is in %(currency)s. Enter the exchange rate first.",
                codes=", ".join(missing), currency=currency,
            )
        )  # fmt: skip


def _lay_lines(
    transaction: Transaction, expenses: Sequence[Expense], rates: Rates
) -> tuple[list[TransactionLine], list[Decimal]]:
    """Lay a line for each expense; returns them, and what each is billed at before tax."""
    own = TransactionLine.transaction_id == transaction.id
    last = db.session.scalar(select(func.max(TransactionLine.position)).where(own)) or 0
    locale = db.session.get_one(Organisation, 1).locale
    lines, nets = [], []
    for position, expense in enumerate(expenses, start=last + 1):
        net = billed_amount(expense, transaction.currency, rates.get(expense.currency, Decimal(1)))
        percent = expense.tax.percent if expense.tax else Decimal(0)
        name, description = _words(expense, locale)
        line = TransactionLine(
            transaction_id=transaction.id, position=position, kind=LINE_KIND, project_id=expense.project_id, name=name,
            description=description, tax_id=expense.tax_id, tax_percent=percent,
            rate=shown_amount(net, (transaction.tax_mode, percent, transaction.currency)),
        )  # fmt: skip
        nets.append(net)
        transaction.lines.append(line)
        lines.append(line)
    db.session.flush()
    return lines, nets


def _words(expense: Expense, locale: str) -> tuple[str, str]:
    """Return name and description of a line: what it was, then of whom and when."""
    first, _break, rest = expense.description.partition("\n")
    day = str(format_date(expense.date, "medium", locale=locale))
    parts = [expense.category.name if first.strip() else "", expense.vendor, day]
    facts = " · ".join(part for part in parts if part)
    return expense.title[:_LONGEST_NAME], "\n".join(part for part in (facts, rest.strip()) if part)


def _record_taken(transaction: Transaction, expenses: Sequence[Expense], actor: Actor) -> None:
    customer = db.session.get_one(Customer, transaction.customer_id)
    said = ngettext("%(num)d expense added", "%(num)d expenses added", len(expenses))
    record(actor, f"{transaction.type}.expenses_added", ("transaction", transaction.id), said)
    outbox.note(transaction, "changed", actor)
    for expense in expenses:
        summary = _("%(what)s put on a draft for %(customer)s", what=expense.title, customer=customer.name)
        after = {"transaction_id": transaction.id, "billing_state": "on_draft"}
        record(actor, "expense.converted", ("expense", expense.id), summary, ({"billing_state": "unbilled"}, after))
    db.session.flush()
