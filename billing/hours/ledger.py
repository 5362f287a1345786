"""Which entry is on which line: taken, given back, and proven. Every verb is a fixed number of statements.

A verb changes the entry's billing state and its allocation in the same database transaction and counts both; when the
counts differ somebody else was faster and the whole thing is refused (requirements R-01–R-03, T-26, T-28).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, insert, literal, select, update

from billing.bulk import among, pairs, touched
from billing.errors import MoveRefused
from billing.hours.approved import is_approved
from extensions import db, utcnow
from models import Allocation, TimeEntry, Transaction, TransactionLine

#: entry id, position of its line
Placement = tuple[int, int]


def allocate(transaction_id: int, placements: Sequence[Placement]) -> None:
    """Put unbilled entries on the lines at these positions; all of them or none.

    The state is changed first: that takes the rows, so of two who want the same hours one waits and then is refused.
    """
    ids = [entry_id for entry_id, _position in placements]
    free = (TimeEntry.billing_state == "unbilled") & is_approved()
    take = update(TimeEntry).where(among(TimeEntry.id, ids), free)
    if touched(take.values(billing_state="on_draft")) != len(ids):
        raise MoveRefused(already_on(ids))
    place = pairs(placements, "entry_id", "position")
    source = (
        select(TimeEntry.id, literal(transaction_id), TransactionLine.id, TimeEntry.seconds, literal(utcnow(), _AT))
        .select_from(place)
        .join(TimeEntry, TimeEntry.id == place.c.entry_id)
        .join(
            TransactionLine,
            (TransactionLine.transaction_id == transaction_id) & (TransactionLine.position == place.c.position),
        )
    )
    names = ["time_entry_id", "transaction_id", "line_id", "seconds", "allocated_at", "release_reason"]
    done = touched(insert(Allocation).from_select(names, source.add_columns(literal(""))))
    if done != len(ids):
        raise RuntimeError(f"transaction {transaction_id}: {len(ids)} entries but {done} allocations")


_AT = Allocation.allocated_at.type


def release(transaction_id: int, reason: str, line_ids: Sequence[int] | None = None) -> int:
    """Give entries back as unbilled, of these lines or of the whole transaction; returns how many.

    `reason`: voided, deleted, removed, credited, undone. Allocations stay, dated: they are the history.
    """
    live = _live(transaction_id)
    if line_ids is not None:
        live = live & among(Allocation.line_id, line_ids)
    given = _set_state(live, ("on_draft", "invoiced"), "unbilled")
    closed = touched(update(Allocation).where(live).values(released_at=utcnow(), release_reason=reason))
    _compare(transaction_id, given, closed)
    return given


def mark_invoiced(transaction_id: int) -> int:
    """State the entries of a draft as invoiced; returns how many."""
    live = _live(transaction_id)
    held = db.session.scalar(select(db.func.count()).select_from(Allocation).where(live)) or 0
    _compare(transaction_id, _set_state(live, ("on_draft",), "invoiced"), held)
    return held


def changed_since(transaction_id: int) -> int:
    """Return how many entries hold another time now than when they were put on this transaction."""
    statement = (
        select(db.func.count())
        .select_from(Allocation)
        .join(TimeEntry, TimeEntry.id == Allocation.time_entry_id)
        .where(_live(transaction_id), Allocation.seconds != TimeEntry.seconds)
    )
    return db.session.scalar(statement) or 0


def _live(transaction_id: int) -> ColumnElement[bool]:
    return (Allocation.transaction_id == transaction_id) & Allocation.released_at.is_(None)


def _set_state(live: ColumnElement[bool], from_states: tuple[str, ...], to_state: str) -> int:
    held = select(Allocation.time_entry_id).where(live)
    change = update(TimeEntry).where(TimeEntry.id.in_(held), TimeEntry.billing_state.in_(from_states))
    return touched(change.values(billing_state=to_state))


def _compare(transaction_id: int, entries: int, allocations: int) -> None:
    if entries != allocations:
        raise MoveRefused(
            _(
                "The hours on this transaction and the ledger disagree (%(entries)s of %(allocations)s). "
                "Nothing was changed; open the ledger to see which.",
                entries=entries, allocations=allocations, transaction=transaction_id,
            )
        )  # fmt: skip


def transactions_of(entry_ids: Sequence[int]) -> dict[int, tuple[int, str | None]]:
    """Return entry id → (transaction id, its number or None while a draft) for entries on a live line."""
    statement = (
        select(Allocation.time_entry_id, Transaction.id, Transaction.number)
        .join(Transaction, Transaction.id == Allocation.transaction_id)
        .where(among(Allocation.time_entry_id, entry_ids), Allocation.released_at.is_(None))
    )
    return {entry_id: (transaction_id, number) for entry_id, transaction_id, number in db.session.execute(statement)}


def named(holders: Mapping[int, tuple[int, str | None]]) -> str:
    """Name the transactions that hold something, the first three of them; empty when none does."""
    names = sorted({number or _("a draft") for _id, number in holders.values()})
    return ", ".join(names[:3]) + ("…" if len(names) > 3 else "")


def already_on(entry_ids: Sequence[int]) -> str:
    """Say why these entries cannot be taken: which transactions hold them, or that they are not unbilled."""
    where = named(transactions_of(entry_ids))
    if not where:
        return str(_("Some of these hours are not unbilled and approved any more. Reload the page and choose again."))
    return str(_("Some of these hours are already on %(where)s. Reload the page and choose again.", where=where))
