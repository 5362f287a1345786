"""Writing a credit note for an invoice: all that is left, or chosen lines, amounts and single entries (R-01, T-27).

Billing is by entry: crediting hours means picking their entries, and exactly those leave the invoice at issue. An
amount credited without entries takes money off and moves no hours.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import func, select

from billing.errors import MoveRefused
from billing.hours.pricing import quantity
from billing.hours.rates import UNIT_SECONDS, Unit
from billing.money import ZERO, round_money
from billing.transactions.claim import claim
from billing.transactions.crediting import credit_note_type, credited_by_line
from billing.transactions.drafts import lay_draft, record_start
from billing.transactions.sums import ROUNDING_NAME, reload_lines, store_sums
from billing.types import GONE
from extensions import db
from models import (
    Allocation,
    CreditPick,
    ExpenseAllocation,
    ItemAllocation,
    TimeEntry,
    Transaction,
    TransactionLine,
    User,
)
from models.audit import Actor


@dataclass(frozen=True, slots=True)
class LineCredit:
    """What of one line is credited. `entry_ids` None: all its free entries; empty: no hours, the amount alone.
    `amount` None: what the entries come to, or all that is left. As the line shows it: with tax where it includes it.
    """

    line_id: int
    entry_ids: tuple[int, ...] | None = None
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class CreditChoice:
    """What of an invoice is credited. `lines` None: all that is left of it. Hours become unbilled, or written off."""

    lines: tuple[LineCredit, ...] | None = None
    write_off: bool = False
    reference: str = ""


@dataclass(frozen=True, slots=True)
class EntryLeft:
    """An entry that stands on an invoice's line and that no credit note picked."""

    allocation_id: int
    entry_id: int
    line_id: int
    date: dt.date
    seconds: int
    notes: str
    person: str


@dataclass(frozen=True, slots=True)
class LineToCredit:
    """One line of an invoice: what living credit notes, drafts too, took of it, and what is left."""

    line: TransactionLine
    credited: Decimal
    left: Decimal
    entries: tuple[EntryLeft, ...]
    #: seconds as billed that no credit note took
    seconds_left: int


def to_credit(invoice: Transaction) -> list[LineToCredit]:
    """Return what is left to credit, line by line; three statements beside the lines."""
    taken, seconds = credited_by_line(invoice, with_drafts=True), _seconds_credited(invoice)
    entries: dict[int, list[EntryLeft]] = {}
    for entry in _entries_left(invoice):
        entries.setdefault(entry.line_id, []).append(entry)
    return [
        LineToCredit(
            line, taken.get(line.id, ZERO), line.amount - taken.get(line.id, ZERO), tuple(entries.get(line.id, ())),
            (line.seconds or 0) - seconds.get(line.id, 0),
        )
        for line in invoice.lines
        if line.kind != "rounding"
    ]  # fmt: skip


def _seconds_credited(invoice: Transaction) -> dict[int, int]:
    rows = db.session.execute(
        select(TransactionLine.source_line_id, func.sum(TransactionLine.seconds))
        .join(Transaction, Transaction.id == TransactionLine.transaction_id)
        .where(Transaction.credits_id == invoice.id, Transaction.status.not_in(GONE), TransactionLine.kind == "time")
        .group_by(TransactionLine.source_line_id)
    )
    return {line_id: int(seconds or 0) for line_id, seconds in rows if line_id is not None}


def _entries_left(invoice: Transaction) -> list[EntryLeft]:
    is_picked = (CreditPick.allocation_id == Allocation.id) & CreditPick.released_at.is_(None)
    query = (
        select(Allocation.id, TimeEntry.id, Allocation.line_id, TimeEntry.date, Allocation.seconds, TimeEntry.notes,
               func.coalesce(User.name, ""))
        .join(TimeEntry, TimeEntry.id == Allocation.time_entry_id)
        .outerjoin(User, User.id == TimeEntry.user_id)
        .where(Allocation.transaction_id == invoice.id, Allocation.released_at.is_(None),
               ~select(CreditPick.id).where(is_picked).exists())
        .order_by(TimeEntry.date, TimeEntry.id)
    )  # fmt: skip
    rows = db.session.execute(query)
    return [
        EntryLeft(key, entry, line or 0, day, seconds, notes, person)
        for key, entry, line, day, seconds, notes, person in rows
    ]


def start(invoice: Transaction, choice: CreditChoice, actor: Actor) -> Transaction:
    """Make the draft of a credit note; its entries stay on the invoice until it is issued. One database transaction."""
    claim(invoice, "credit")
    left = {it.line.id: it for it in to_credit(invoice)}
    wanted = _wanted(left, choice)
    is_rest = {it.line_id for it in wanted} == {key for key, it in left.items() if it.left}
    note = _lay(invoice, choice, actor)
    for position, credit in enumerate(wanted, start=1):
        is_rest &= _lay_line(note, left[credit.line_id], credit, position, write_off=choice.write_off)
    db.session.flush()
    reload_lines(note)
    _carry_head(invoice, note, is_rest=is_rest)
    record_start(note, actor, _("Credits %(number)s", number=invoice.number))
    return note


def _wanted(left: dict[int, LineToCredit], choice: CreditChoice) -> list[LineCredit]:
    wanted = [LineCredit(key) for key, it in left.items() if it.left] if choice.lines is None else [*choice.lines]
    if not wanted:
        raise MoveRefused(_("Nothing is left to credit, or nothing was chosen."))
    if {it.line_id for it in wanted} - set(left) or len({it.line_id for it in wanted}) != len(wanted):
        raise MoveRefused(_("A line is not there any more. Reload the page to see how it is now, then try again."))
    return wanted


def _lay(invoice: Transaction, choice: CreditChoice, actor: Actor) -> Transaction:
    note = lay_draft(invoice.customer, invoice.project, credit_note_type().key, actor, currency=invoice.currency)
    # it undoes at the rate that the invoice was written at (requirements R-06)
    for name in ("exchange_rate", "tax_mode", "language", "layout"):
        setattr(note, name, getattr(invoice, name))
    note.exchange_source = _("as on %(number)s", number=invoice.number) if invoice.exchange_source else ""
    note.credits_id, note.due_date = invoice.id, None
    note.reference = choice.reference or invoice.number or ""
    db.session.flush()
    return note


#: columns of a line that its credit keeps
_KEPT = ("project_id", "name", "description", "tax_id", "tax_percent", "item_id")


def _lay_line(note: Transaction, left: LineToCredit, credit: LineCredit, position: int, *, write_off: bool) -> bool:
    """Put one credited line on the note and pick what stands behind it; says whether nothing of it is left."""
    entries = _entries(left, credit)
    line = TransactionLine(
        transaction_id=note.id, position=position, source_line_id=left.line.id,
        **{name: getattr(left.line, name) for name in _KEPT},
    )  # fmt: skip
    amount = _price(line, left, entries, credit.amount, note.currency)
    if amount * left.left < 0 or abs(amount) > abs(left.left) or not amount:
        raise MoveRefused(_("Of “%(line)s” %(left)s is left to credit. Enter an amount above zero, no more than that.",
                            line=left.line.name, left=f"{left.left.normalize():f}"))  # fmt: skip
    db.session.add(line)
    db.session.flush()
    picks = [CreditPick(allocation_id=entry.allocation_id, write_off=write_off) for entry in entries]
    if amount == left.left:
        picks += _others_behind(left.line)
    for pick in picks:
        pick.transaction_id, pick.line_id = note.id, line.id
    db.session.add_all(picks)
    return amount == left.left


def _entries(left: LineToCredit, credit: LineCredit) -> Sequence[EntryLeft]:
    """Return the entries that are picked: those named, all free ones, or none where only an amount is credited."""
    if credit.entry_ids is None:
        return left.entries if credit.amount is None or credit.amount == left.left else ()
    chosen = [entry for entry in left.entries if entry.entry_id in set(credit.entry_ids)]
    if len(chosen) != len(set(credit.entry_ids)):
        raise MoveRefused(_("Some of these hours are credited already, or not on this line. Reload and choose again."))
    return chosen


def _price(
    line: TransactionLine, left: LineToCredit, entries: Sequence[EntryLeft], wanted: Decimal | None, currency: str
) -> Decimal:
    """Fill quantity, unit and rate so that the line comes to what is credited; returns that amount."""
    whole = left.line
    if entries:
        return _price_hours(line, left, entries, wanted, currency)
    if wanted is None and not left.credited:
        line.quantity, line.unit, line.rate = whole.quantity, whole.unit, whole.rate
        line.discount_percent = whole.discount_percent
        return whole.amount
    return _fix(line, left.left if wanted is None else wanted, "")


def _price_hours(
    line: TransactionLine, left: LineToCredit, entries: Sequence[EntryLeft], wanted: Decimal | None, currency: str
) -> Decimal:
    """Credit entries at the line's own rate; who picks the last of them takes all that is left of the line."""
    whole, per = left.line, UNIT_SECONDS.get(left.line.unit)
    is_all = len(entries) == len(left.entries)
    line.kind, line.logged_seconds = "time", sum(entry.seconds for entry in entries)
    line.seconds = left.seconds_left if is_all else _share(whole, line.logged_seconds, left.seconds_left)
    exact = whole.amount * line.logged_seconds / (whole.logged_seconds or 1)
    if per:
        exact = line.seconds * whole.rate / per * (100 - whole.discount_percent) / 100
    amount = round_money(exact, currency)
    target = wanted if wanted is not None else left.left if is_all else min(amount, left.left)
    if not per or target != amount:
        return _fix(line, target, Unit.FIXED)
    line.unit, line.rate, line.discount_percent = whole.unit, whole.rate, whole.discount_percent
    line.quantity = quantity(line.seconds, whole.unit)
    return amount


def _share(whole: TransactionLine, logged: int, most: int) -> int:
    """Return the billed seconds that fall on so many logged ones of a line."""
    billed, all_logged = whole.seconds or 0, whole.logged_seconds or 0
    return min(most, round(Decimal(billed) * logged / all_logged)) if all_logged else 0


def _fix(line: TransactionLine, amount: Decimal, unit: str) -> Decimal:
    line.quantity, line.unit, line.rate = Decimal(1), unit, amount
    return amount


def _carry_head(invoice: Transaction, note: Transaction, *, is_rest: bool) -> None:
    """Carry discount and delivery, and make the last credit note come to exactly what is left of the invoice.

    A cent may differ because each document rounds its own tax; it stands as an adjustment that can be seen.
    """
    note.discount_kind, note.discount_value = invoice.discount_kind, invoice.discount_value
    if invoice.discount_kind != "percent" and invoice.subtotal:
        part = store_sums(note).subtotal
        note.discount_value = round_money(invoice.discount_total * part / invoice.subtotal, note.currency)
    shipping, total = _credited_heads(invoice, note.id)
    if is_rest:
        note.shipping = invoice.shipping - shipping
        note.shipping_tax_id, note.shipping_tax_percent = invoice.shipping_tax_id, invoice.shipping_tax_percent
    store_sums(note)
    difference = invoice.total - total - note.total
    if difference and (is_rest or difference < 0):
        note.adjustment, note.adjustment_name = difference, invoice.adjustment_name or ROUNDING_NAME
        store_sums(note)


def _credited_heads(invoice: Transaction, but: int) -> tuple[Decimal, Decimal]:
    """Return delivery and total on its other living credit notes, drafts too."""
    own = (Transaction.credits_id == invoice.id) & Transaction.status.not_in(GONE) & (Transaction.id != but)
    row = db.session.execute(select(func.sum(Transaction.shipping), func.sum(Transaction.total)).where(own)).one()
    return row[0] or ZERO, row[1] or ZERO


def _others_behind(line: TransactionLine) -> list[CreditPick]:
    """Return picks of the expense and the pieces of work behind a line that is credited whole."""
    expenses = select(ExpenseAllocation.id).where(
        ExpenseAllocation.line_id == line.id, ExpenseAllocation.released_at.is_(None)
    )
    items = select(ItemAllocation.id).where(ItemAllocation.line_id == line.id, ItemAllocation.released_at.is_(None))
    return [
        *(CreditPick(expense_allocation_id=key) for key in db.session.scalars(expenses)),
        *(CreditPick(item_allocation_id=key) for key in db.session.scalars(items)),
    ]
