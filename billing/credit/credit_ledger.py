"""What a credit note takes back: the hours, expenses and pieces of work that its lines picked (R-01, R-02, T-27).

`free` ends their allocations on the invoice when the credit note is issued: exactly those, counted on both sides.
`bring_back` lays new ones when it is voided, or refuses by name what meanwhile stands elsewhere. Nothing is deleted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import insert, literal, select, update

from billing.bulk import among, touched
from billing.errors import MoveRefused
from billing.expense_ledger import forget_loaded, where_billed
from billing.hours import ledger
from billing.hours.time_entries import note_change
from extensions import db, utcnow
from models import (
    Allocation,
    CreditPick,
    Expense,
    ExpenseAllocation,
    ItemAllocation,
    TimeEntry,
    Transaction,
)
from models.audit import Actor

#: what the hours of a pick become, by whether they are written off
STATES = {False: "unbilled", True: "written_off"}


def _live(note_id: int) -> Any:
    return (CreditPick.transaction_id == note_id) & CreditPick.released_at.is_(None)


def drop(note_id: int, line_ids: Sequence[int] | None = None) -> int:
    """End the picks of a draft, of these lines or all; what they picked stays on its invoice. Returns how many."""
    chosen = _live(note_id)
    if line_ids is not None:
        chosen = chosen & among(CreditPick.line_id, line_ids)
    return touched(update(CreditPick).where(chosen).values(released_at=utcnow()))


def free(note: Transaction, actor: Actor) -> int:
    """Take everything that was picked off the invoice; returns how many entries are unbilled or written off now."""
    freed = sum(_free_hours(note, is_off, actor) for is_off in STATES)
    _free_expenses(note)
    picked = select(CreditPick.item_allocation_id).where(_live(note.id), CreditPick.item_allocation_id.is_not(None))
    _end(ItemAllocation, [key for key in db.session.scalars(picked) if key is not None])
    return freed


def _free_hours(note: Transaction, is_off: bool, actor: Actor) -> int:
    pairs = _picked_hours(note, is_off)
    entry_ids = [entry_id for _id, entry_id in pairs]
    billed = update(TimeEntry).where(among(TimeEntry.id, entry_ids), TimeEntry.billing_state == "invoiced")
    if touched(billed.values(billing_state=STATES[is_off])) != len(pairs):
        raise MoveRefused(_("Some of these hours are not on the invoice any more. Remove their lines and pick again."))
    _end(Allocation, [allocation_id for allocation_id, _entry in pairs])
    if is_off:
        note_change(entry_ids, ("invoiced", STATES[True]), _("Credited with %(number)s", number=note.number), actor)
    return len(pairs)


def _picked_hours(note: Transaction, is_off: bool) -> list[tuple[int, int]]:
    query = (
        select(Allocation.id, Allocation.time_entry_id)
        .join(CreditPick, CreditPick.allocation_id == Allocation.id)
        .where(_live(note.id), CreditPick.write_off == is_off)
        .order_by(Allocation.id)
    )
    return [(allocation_id, entry_id) for allocation_id, entry_id in db.session.execute(query)]


def _end(model: type[Allocation | ExpenseAllocation | ItemAllocation], ids: Sequence[int]) -> None:
    """Date allocations as credited; all of them were live, or nothing is done."""
    if not ids:
        return
    live = update(model).where(among(model.id, ids), model.released_at.is_(None))
    if touched(live.values(released_at=utcnow(), release_reason="credited")) != len(ids):
        raise MoveRefused(_("Some of this is not on the invoice any more. Remove its lines and pick again."))


def _free_expenses(note: Transaction) -> None:
    pairs = _picked_expenses(note)
    billed = update(Expense).where(among(Expense.id, [it for _id, it in pairs]), Expense.billing_state == "invoiced")
    if touched(billed.values(billing_state="unbilled", version=Expense.version + 1)) != len(pairs):
        raise MoveRefused(_("Some expenses are not on the invoice any more. Remove their lines and pick again."))
    _end(ExpenseAllocation, [allocation_id for allocation_id, _expense in pairs])
    forget_loaded()


def _picked_expenses(note: Transaction) -> list[tuple[int, int]]:
    query = select(ExpenseAllocation.id, ExpenseAllocation.expense_id).join(
        CreditPick, CreditPick.expense_allocation_id == ExpenseAllocation.id
    )
    rows = db.session.execute(query.where(_live(note.id)).order_by(ExpenseAllocation.id))
    return [(allocation_id, expense_id) for allocation_id, expense_id in rows]


def bring_back(note: Transaction, actor: Actor) -> int:
    """Put everything that was credited back on the invoice; refuses by name what stands elsewhere by now."""
    back = sum(_bring_hours(note, is_off, actor) for is_off in STATES)
    _bring_expenses(note)
    _bring_items(note)
    drop(note.id)
    return back


def _bring_hours(note: Transaction, is_off: bool, actor: Actor) -> int:
    pairs = _picked_hours(note, is_off)
    entry_ids = [entry_id for _id, entry_id in pairs]
    is_free = among(TimeEntry.id, entry_ids) & (TimeEntry.billing_state == STATES[is_off])
    if touched(update(TimeEntry).where(is_free).values(billing_state="invoiced")) != len(pairs):
        raise MoveRefused(_not_free(note, ledger.transactions_of(entry_ids)))
    _lay_again(Allocation, [allocation_id for allocation_id, _entry in pairs], ("time_entry_id", "seconds"))
    if is_off:
        note_change(entry_ids, (STATES[True], "invoiced"), _("%(number)s voided", number=note.number), actor)
    return len(pairs)


def _not_free(note: Transaction, holders: dict[int, tuple[int, str | None]]) -> str:
    where = ledger.named(holders)
    if not where:
        return str(_("Hours that %(number)s credited were written off or moved meanwhile, so it cannot be voided. "
                     "Write a new invoice instead.", number=note.number))  # fmt: skip
    return str(_("What %(number)s credited is on %(where)s by now, so it cannot be voided. "
                 "Remove it there first, or write a new invoice.", number=note.number, where=where))  # fmt: skip


def _lay_again(model: type[Any], ids: Sequence[int], names: tuple[str, ...]) -> None:
    """Copy ended allocations as living ones, on the same lines."""
    if not ids:
        return
    kept = (*names, "transaction_id", "line_id")
    now = literal(utcnow(), model.allocated_at.type)
    copies = select(*(getattr(model, name) for name in kept), now, literal("")).where(among(model.id, ids))
    done = touched(insert(model).from_select([*kept, "allocated_at", "release_reason"], copies))
    if done != len(ids):
        raise RuntimeError(f"{len(ids)} allocations to bring back but {done} laid")


def _bring_expenses(note: Transaction) -> None:
    pairs = _picked_expenses(note)
    ids = [expense_id for _id, expense_id in pairs]
    is_free = (Expense.billing_state == "unbilled") & Expense.deleted_at.is_(None)
    back = update(Expense).where(among(Expense.id, ids), is_free)
    if touched(back.values(billing_state="invoiced", version=Expense.version + 1)) != len(pairs):
        raise MoveRefused(_not_free(note, where_billed(ids)))
    _lay_again(ExpenseAllocation, [allocation_id for allocation_id, _expense in pairs], ("expense_id", "amount"))
    forget_loaded()


def _bring_items(note: Transaction) -> None:
    """Take milestones, task lists and tasks again; one that was invoiced anew names where."""
    picked = select(CreditPick.item_allocation_id).where(_live(note.id), CreditPick.item_allocation_id.is_not(None))
    ids = [key for key in db.session.scalars(picked) if key is not None]
    old = select(ItemAllocation).where(among(ItemAllocation.id, ids)).subquery()
    is_same = (
        (ItemAllocation.task_id == old.c.task_id)
        | (ItemAllocation.milestone_id == old.c.milestone_id)
        | ((ItemAllocation.tasklist == old.c.tasklist) & (old.c.tasklist != "")
           & (ItemAllocation.project_id == old.c.project_id))
    )  # fmt: skip
    taken = (
        select(ItemAllocation.id, Transaction.id, Transaction.number)
        .join(old, is_same)
        .join(Transaction, Transaction.id == ItemAllocation.transaction_id)
        .where(ItemAllocation.released_at.is_(None))
    )
    holders = {key: (where, number) for key, where, number in db.session.execute(taken)}
    if holders:
        raise MoveRefused(_not_free(note, holders))
    _lay_again(ItemAllocation, ids, ("project_id", "milestone_id", "tasklist", "task_id"))
