"""Which expense is on which line: taken, given back, and proven (requirements T-24, R-02, R-03).

As in the ledger of hours, a verb changes the expense's billing state and its allocation in one database transaction and
counts both; when the counts differ somebody else was faster and the whole thing is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import ColumnElement, func, or_, select, update

from billing.bulk import among, touched
from billing.errors import MoveRefused
from billing.hours.ledger import named
from billing.life import LifeEvent, billed, disagreements
from billing.money import round_money
from billing.types import GONE
from extensions import db, utcnow
from models import AuditEntry, Expense, ExpenseAllocation, Transaction, TransactionLine

#: what a line that stands for an expense is called in `TransactionLine.kind`
LINE_KIND = "expense"


@dataclass(frozen=True, slots=True)
class Placement:
    """This expense goes on this line, billed at `amount` before tax in the transaction's currency."""

    expense_id: int
    line_id: int
    amount: Decimal


def shown_amount(net: Decimal, line_facts: tuple[str, Decimal, str]) -> Decimal:
    """Return what a line of an expense shows: with its tax where prices include it. Facts: mode, per cent, currency."""
    tax_mode, percent, currency = line_facts
    return round_money(net * (100 + percent) / 100, currency) if tax_mode == "inclusive" else net


def hold(expense_ids: Sequence[int], customer_id: int) -> None:
    """Take unbilled expenses of a customer for a draft, all or none; of two who want the same one is refused."""
    is_free = (Expense.billing_state == "unbilled") & Expense.deleted_at.is_(None)
    take = update(Expense).where(among(Expense.id, expense_ids), is_free, Expense.customer_id == customer_id)
    if touched(take.values(billing_state="on_draft", version=Expense.version + 1)) != len(expense_ids):
        raise MoveRefused(why_not_free(expense_ids, customer_id))


def allocate(transaction_id: int, placements: Sequence[Placement]) -> None:
    """Put held expenses on their lines."""
    db.session.add_all(
        ExpenseAllocation(
            expense_id=place.expense_id, transaction_id=transaction_id, line_id=place.line_id, amount=place.amount
        )
        for place in placements
    )  # fmt: skip
    db.session.flush()


def billed_nets(transaction_id: int) -> dict[int, Decimal]:
    """Return line id → what its expense is billed at before tax."""
    rows = db.session.execute(select(ExpenseAllocation.line_id, ExpenseAllocation.amount).where(_live(transaction_id)))
    return {line_id: amount for line_id, amount in rows if line_id is not None}


def release(transaction_id: int, reason: str = "removed", line_ids: Sequence[int] | None = None) -> int:
    """Give expenses back as unbilled, of these lines or of the whole transaction; returns how many.

    `reason`: voided, deleted, removed, credited, undone. Allocations stay, dated: they are the history.
    """
    live = _live(transaction_id)
    if line_ids is not None:
        live = live & among(ExpenseAllocation.line_id, line_ids)
    given = _set_state(live, ("on_draft", "invoiced"), "unbilled")
    dated = {"released_at": utcnow(), "release_reason": reason}
    _compare(given, touched(update(ExpenseAllocation).where(live).values(dated)))
    return given


def mark_invoiced(transaction_id: int) -> int:
    """State the expenses of a draft as invoiced; returns how many."""
    live = _live(transaction_id)
    held = db.session.scalar(select(func.count()).select_from(ExpenseAllocation).where(live)) or 0
    _compare(_set_state(live, ("on_draft",), "invoiced"), held)
    return held


def _live(transaction_id: int) -> ColumnElement[bool]:
    return (ExpenseAllocation.transaction_id == transaction_id) & ExpenseAllocation.released_at.is_(None)


def _set_state(live: ColumnElement[bool], from_states: tuple[str, ...], to_state: str) -> int:
    held = select(ExpenseAllocation.expense_id).where(live)
    change = update(Expense).where(Expense.id.in_(held), Expense.billing_state.in_(from_states))
    given = touched(change.values(billing_state=to_state, version=Expense.version + 1))
    forget_loaded()
    return given


def forget_loaded() -> None:
    """Read expenses that the session holds anew: they were changed past it."""
    for row in list(db.session.identity_map.values()):
        if isinstance(row, Expense):
            db.session.expire(row, ["billing_state", "version"])


def _compare(expenses: int, allocations: int) -> None:
    if expenses != allocations:
        raise MoveRefused(
            _(
                "The expenses on this transaction and their records disagree (%(expenses)s of %(allocations)s). "
                "Nothing was changed; run the doctor to see which.",
                expenses=expenses, allocations=allocations,
            )
        )  # fmt: skip


def where_billed(expense_ids: Sequence[int]) -> dict[int, tuple[int, str | None]]:
    """Return expense id → (transaction id, its number or None while a draft) for expenses on a live line."""
    statement = (
        select(ExpenseAllocation.expense_id, Transaction.id, Transaction.number)
        .join(Transaction, Transaction.id == ExpenseAllocation.transaction_id)
        .where(among(ExpenseAllocation.expense_id, expense_ids), ExpenseAllocation.released_at.is_(None))
    )
    return {expense_id: (key, number) for expense_id, key, number in db.session.execute(statement)}


def why_not_free(expense_ids: Sequence[int], customer_id: int) -> str:
    """Say why these expenses cannot be put on a draft for a customer, and what to do."""
    if where := named(where_billed(expense_ids)):
        return str(_("Some of these expenses are already on %(where)s. Reload the page and choose again.", where=where))
    chosen = db.session.scalars(select(Expense).where(among(Expense.id, expense_ids), Expense.deleted_at.is_(None)))
    found = list(chosen.unique())
    if any(expense.billing_state == "not_billable" for expense in found):
        return str(_("Only billable expenses can be invoiced. Tick Billable on the others first."))
    if any(expense.customer_id != customer_id for expense in found):
        return str(_("These expenses belong to another customer. Make an invoice of their own."))
    return str(_("Some of these expenses are not there any more. Reload the page and choose again."))


#: audit verb → what people read; moves of its billing are told by the allocations
CHANGES = {
    "expense.added": lazy_gettext("Written down by %(who)s"),
    "expense.changed": lazy_gettext("Changed by %(who)s"),
    "expense.deleted": lazy_gettext("Deleted by %(who)s"),
}


def life(expense_id: int) -> list[LifeEvent]:
    """Return what happened to an expense, oldest first; two statements."""
    about = (AuditEntry.subject == "expense") & (AuditEntry.subject_id == expense_id)
    told = select(AuditEntry).where(about, AuditEntry.verb.in_(CHANGES)).order_by(AuditEntry.id)
    events = [
        LifeEvent(it.at, "changed", str(CHANGES[it.verb]) % {"who": it.actor}, None, (it.before, it.after))
        for it in db.session.scalars(told)
    ]
    statement = (
        select(ExpenseAllocation, Transaction)
        .join(Transaction, Transaction.id == ExpenseAllocation.transaction_id)
        .where(ExpenseAllocation.expense_id == expense_id)
    )
    for allocation, transaction in db.session.execute(statement):
        events += billed(allocation, transaction)
    return sorted(events, key=lambda event: event.at)


def violations() -> list[str]:
    """Say where expenses and lines disagree; empty when each billed expense is on exactly one live line (R-02)."""
    live = (ExpenseAllocation.expense_id == Expense.id) & ExpenseAllocation.released_at.is_(None)
    is_held = select(ExpenseAllocation.id).where(live).exists()
    in_line = Expense.billing_state.in_(("on_draft", "invoiced"))
    held = select(func.count()).select_from(Expense).join(ExpenseAllocation, live)
    placed = held.join(Transaction, Transaction.id == ExpenseAllocation.transaction_id)
    lined = placed.join(TransactionLine, TransactionLine.id == ExpenseAllocation.line_id, isouter=True)
    is_off = or_(
        TransactionLine.id.is_(None),
        (Transaction.tax_mode == "exclusive") & (TransactionLine.amount != ExpenseAllocation.amount),
        TransactionLine.transaction_id != Transaction.id, TransactionLine.kind != LINE_KIND,
    )  # fmt: skip
    doubled = (
        select(ExpenseAllocation.expense_id).where(ExpenseAllocation.released_at.is_(None))
        .group_by(ExpenseAllocation.expense_id).having(func.count() > 1).subquery()
    )  # fmt: skip
    is_issued, is_gone = Transaction.number.is_not(None), Transaction.status.in_(GONE)
    counts: list[tuple[Any, Any]] = [
        (lazy_gettext("Expenses that say they are on a line, though no line holds them: %(count)s"),
         select(func.count()).select_from(Expense).where(in_line, ~is_held)),
        (lazy_gettext("Expenses that are on a line, though they do not say so: %(count)s"), held.where(~in_line)),
        (lazy_gettext("Expenses that are on more than one line: %(count)s"), select(func.count()).select_from(doubled)),
        (lazy_gettext("Expenses that say on draft, though their transaction was issued, or the other way: %(count)s"),
         placed.where((Expense.billing_state == "invoiced") != is_issued)),
        (lazy_gettext("Expenses on a transaction that was voided or deleted: %(count)s"), placed.where(is_gone)),
        (lazy_gettext("Expenses billed at another amount than their line says: %(count)s"), lined.where(is_off)),
        (lazy_gettext("Deleted expenses that are still on a line: %(count)s"),
         held.where(Expense.deleted_at.is_not(None))),
        (lazy_gettext("Lines of expenses without an expense: %(count)s"), _empty_lines()),
    ]  # fmt: skip
    return disagreements(counts)


def _empty_lines() -> Any:
    stands = (ExpenseAllocation.line_id == TransactionLine.id) & ExpenseAllocation.released_at.is_(None)
    statement = select(func.count()).select_from(TransactionLine).join(Transaction)
    is_live = Transaction.status.not_in(GONE)
    return statement.where(
        TransactionLine.kind == LINE_KIND, is_live, ~select(ExpenseAllocation.id).where(stands).exists()
    )
