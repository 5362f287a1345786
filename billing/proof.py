"""The proof that every hour is billed exactly once, and the life of one hour (requirements M-05)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import ColumnElement, ScalarSelect, case, func, select

from billing import money_proof
from billing.life import LifeEvent, billed, disagreements
from billing.types import GONE, TYPES
from extensions import db
from models import (
    Allocation,
    CreditPick,
    EntryChange,
    ItemAllocation,
    Project,
    TimeEntry,
    Transaction,
    TransactionLine,
)
from models.time_entry import BILLING_STATES


@dataclass(frozen=True, slots=True)
class ProofRow:
    """Seconds of one project (or of all, with id None). `fetched` is counted apart from the states."""

    project_id: int | None
    project_name: str
    fetched: int
    unbilled: int
    on_draft: int
    invoiced: int
    elsewhere: int
    written_off: int

    @property
    def is_right(self) -> bool:
        """Whether the states add up to what was fetched."""
        return self.fetched == self.unbilled + self.on_draft + self.invoiced + self.elsewhere + self.written_off


@dataclass(frozen=True, slots=True)
class Proof:
    """The ledger identity per project and in all, and every disagreement as a sentence (empty when all is right)."""

    rows: tuple[ProofRow, ...]
    total: ProofRow
    violations: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        """Whether sums and ledger hold."""
        return not self.violations and self.total.is_right and all(row.is_right for row in self.rows)


def proof() -> Proof:
    """Prove the ledger identity; a scan of all entries, for the ledger page, `doctor` and the daily self-check."""
    by_state = [
        func.coalesce(func.sum(TimeEntry.seconds).filter(TimeEntry.billing_state == state), 0)
        for state in BILLING_STATES
    ]
    statement = (
        select(Project.id, Project.name, func.sum(TimeEntry.seconds), *by_state)
        .join(TimeEntry, TimeEntry.project_id == Project.id)
        .group_by(Project.id, Project.name)
        .order_by(Project.name, Project.id)
    )
    rows = tuple(
        ProofRow(project_id, name, *(int(number) for number in numbers))
        for project_id, name, *numbers in db.session.execute(statement)
    )
    sums = {f.name: sum(getattr(row, f.name) for row in rows) for f in fields(ProofRow)[2:]}
    total = ProofRow(project_id=None, project_name=_("All projects"), **sums)
    return Proof(rows, total, tuple(_violations()))


def _violations() -> list[str]:
    live = (Allocation.time_entry_id == TimeEntry.id) & Allocation.released_at.is_(None)
    is_held = select(Allocation.id).where(live).exists()
    in_line = TimeEntry.billing_state.in_(("on_draft", "invoiced"))
    joined = select(func.count()).select_from(TimeEntry).join(Allocation, live)
    with_transaction = joined.join(Transaction, Transaction.id == Allocation.transaction_id)
    doubled = (
        select(Allocation.time_entry_id).where(Allocation.released_at.is_(None))
        .group_by(Allocation.time_entry_id).having(func.count() > 1).subquery()
    )  # fmt: skip
    counts: list[tuple[Any, Any]] = [
        (lazy_gettext("Entries that say they are on a line, though no line holds them: %(count)s"),
         select(func.count()).select_from(TimeEntry).where(in_line, ~is_held)),
        (lazy_gettext("Entries that are on a line, though they do not say so: %(count)s"), joined.where(~in_line)),
        (lazy_gettext("Entries that are on more than one line: %(count)s"), select(func.count()).select_from(doubled)),
        (lazy_gettext("Entries that say on draft, though their transaction was issued: %(count)s"),
         with_transaction.where(TimeEntry.billing_state == "on_draft", Transaction.number.is_not(None))),
        (lazy_gettext("Entries that say invoiced, though their transaction is a draft: %(count)s"),
         with_transaction.where(TimeEntry.billing_state == "invoiced", Transaction.number.is_(None))),
        (lazy_gettext("Entries on a transaction that was voided or deleted: %(count)s"),
         with_transaction.where(Transaction.status.in_(GONE))),
        (lazy_gettext("Lines of hours that do not add up to their entries: %(count)s"), _lines_off()),
        (lazy_gettext("Milestones or tasks on a transaction that was voided or deleted: %(count)s"),
         select(func.count()).select_from(ItemAllocation).join(Transaction).where(
             ItemAllocation.released_at.is_(None), Transaction.status.in_(GONE))),
        (lazy_gettext("Entries credited from an invoice and still on it, or the other way round: %(count)s"),
         _credits_off()),
    ]  # fmt: skip
    return [*disagreements(counts), *money_proof.violations()]


def _lines_off() -> Any:
    """Count lines of hours that are not the sum of their entries: those on them, and those credited from them.

    On a credit note the entries are those that it picks.
    """
    is_counted = Allocation.released_at.is_(None) | (
        _picked_of_allocation() & (Allocation.release_reason == "credited")
    )
    held = _seconds(Allocation.line_id == TransactionLine.id, is_counted)
    picks = (CreditPick.line_id == TransactionLine.id) & CreditPick.released_at.is_(None)
    picked = (
        select(func.coalesce(func.sum(Allocation.seconds), 0))
        .join(CreditPick, CreditPick.allocation_id == Allocation.id)
        .where(picks)
        .scalar_subquery()
    )
    wanted = case((Transaction.type.in_([key for key, kind in TYPES.items() if kind.takes_back]), picked), else_=held)
    statement = select(func.count()).select_from(TransactionLine).join(Transaction)
    is_live = Transaction.status.not_in(GONE)
    return statement.where(TransactionLine.kind == "time", is_live, TransactionLine.logged_seconds != wanted)


def _seconds(*conditions: ColumnElement[bool]) -> ScalarSelect[Any]:
    found: ScalarSelect[Any] = (
        select(func.coalesce(func.sum(Allocation.seconds), 0)).where(*conditions).scalar_subquery()
    )
    return found


def _picked_of_allocation() -> ColumnElement[bool]:
    """Return the condition that a credit note which counts has picked this allocation."""
    picks = (CreditPick.allocation_id == Allocation.id) & CreditPick.released_at.is_(None)
    return select(CreditPick.id).where(picks).exists()


def _credits_off() -> Any:
    """Count picks of issued credit notes whose entry is still on the invoice, and of drafts whose entry is off it."""
    statement = select(func.count()).select_from(CreditPick).join(Allocation, Allocation.id == CreditPick.allocation_id)
    statement = statement.join(Transaction, Transaction.id == CreditPick.transaction_id)
    is_draft, is_on = Transaction.status == "draft", Allocation.released_at.is_(None)
    return statement.where(CreditPick.released_at.is_(None), is_draft != is_on)


def life(entry_id: int) -> list[LifeEvent]:
    """Return what billing did with an entry, oldest first. When it was fetched is the sync's to tell."""
    statement = (
        select(Allocation, Transaction)
        .join(Transaction, Transaction.id == Allocation.transaction_id)
        .where(Allocation.time_entry_id == entry_id)
    )
    events = [
        event for allocation, transaction in db.session.execute(statement) for event in billed(allocation, transaction)
    ]
    for change in db.session.scalars(select(EntryChange).where(EntryChange.time_entry_id == entry_id)):
        events.append(LifeEvent(change.at, "changed", _change_sentence(change)))
    return sorted(events, key=lambda event: event.at)


def _change_sentence(change: EntryChange) -> str:
    words = BILLING_STATES.get(change.to_state, change.to_state)
    reason = f": {change.reason}" if change.reason else ""
    return str(_("%(state)s by %(actor)s%(reason)s", state=_(words), actor=change.actor, reason=reason))
