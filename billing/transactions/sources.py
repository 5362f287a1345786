"""What became of the lines of a quote or sales order: how much of each went on, and what is left (requirement T-25).

The law: the quantities on living transactions made from a line add up to no more than the line's own. It is checked
with the source's row held, at conversion, whenever a draft made from it is saved, and at issue.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, func, select

from billing import outbox
from billing.errors import MoveRefused
from billing.money import ZERO, round_money
from billing.transactions.claim import claim
from billing.types import GONE, TYPES, type_of
from extensions import db
from models import Transaction, TransactionLine
from models.audit import Actor, record


@dataclass(frozen=True, slots=True)
class LineLeft:
    """One line of a source, how much of its quantity went on, and what is left of it, in its unit and in money."""

    line: TransactionLine
    taken: Decimal
    left: Decimal
    amount_left: Decimal


def taken_of(source: Transaction, without: int | None = None) -> dict[int, Decimal]:
    """Return line id → quantity on living transactions made from it; `without`: one that does not count."""
    rows = db.session.execute(_taken(source, without).group_by(TransactionLine.source_line_id))
    return {line_id: quantity for line_id, quantity in rows}


def _taken(source: Transaction, without: int | None) -> Select[*tuple[Any, ...]]:
    return (
        select(TransactionLine.source_line_id, func.sum(TransactionLine.quantity))
        .join(Transaction, Transaction.id == TransactionLine.transaction_id)
        .where(
            Transaction.converted_from_id == source.id, Transaction.status.not_in(GONE),
            Transaction.type.in_(type_of(source).becomes), Transaction.id != (without or 0),
            TransactionLine.source_line_id.is_not(None),
        )
    )  # fmt: skip


def lines_left(source: Transaction) -> list[LineLeft]:
    """Return the lines of a source with what went on and what is left; one statement beside its lines."""
    taken = taken_of(source)
    return [_line_left(source, line, taken.get(line.id, ZERO)) for line in source.lines if line.kind != "rounding"]


def _line_left(source: Transaction, line: TransactionLine, taken: Decimal) -> LineLeft:
    left = line.quantity - taken
    share = left / line.quantity if line.quantity else ZERO
    return LineLeft(line, taken, left, round_money(line.amount * share, source.currency))


def follow_source(made: Transaction, actor: Actor, *, is_gone: bool = False) -> None:
    """Bring the status of what this was made from up to date, and refuse when more went on than there was.

    To be called after the lines of a draft changed, at issue, and (`is_gone`) before it is voided or deleted. The
    source's row is held until the caller's transaction ends, so two drafts cannot take the same rest.
    """
    if made.converted_from_id is None or type_of(made).key not in TYPES[_type_of_source(made)].becomes:
        return
    held = {"with_for_update": True, "populate_existing": True}
    source = db.session.get_one(Transaction, made.converted_from_id, **held)  # type: ignore[arg-type]
    taken = taken_of(source, made.id if is_gone else None)
    if not is_gone:
        _refuse_too_much(source, taken)
    without = made.id if is_gone else None
    if progress_of(source, taken, without) != source.status:
        claim(source, "free" if source.status in type_of(source).moves["free"] else "convert")
        set_progress(source, taken, actor, without)


def _type_of_source(made: Transaction) -> str:
    return str(db.session.scalar(select(Transaction.type).where(Transaction.id == made.converted_from_id)))


def _refuse_too_much(source: Transaction, taken: Mapping[int, Decimal]) -> None:
    for line in source.lines:
        if abs(taken.get(line.id, ZERO)) > abs(line.quantity):
            raise MoveRefused(
                _(
                    "“%(line)s” of %(number)s is over %(quantity)s %(unit)s; with this draft %(taken)s would be taken. "
                    "Lower the quantity, or add a line of its own.",
                    line=line.name, number=source.number, quantity=f"{line.quantity.normalize():f}", unit=line.unit,
                    taken=f"{taken[line.id].normalize():f}",
                ).replace("  ", " ").replace(" ;", ";")
            )  # fmt: skip


def set_progress(source: Transaction, taken: Mapping[int, Decimal], actor: Actor, without: int | None = None) -> None:
    """Give a claimed source the status that what was taken of it says; nothing happens when it has it already."""
    before, after = source.status, progress_of(source, taken, without)
    if before == after:
        return
    source.status = after
    word = _(type_of(source).states[after])
    is_freed = after == _open_state(source)
    record(
        actor, f"{source.type}.{'freed' if is_freed else 'progressed'}", ("transaction", source.id),
        _("%(number)s is %(status)s", number=source.number, status=word), ({"status": before}, {"status": after}),
    )  # fmt: skip
    outbox.note(source, "changed" if is_freed else "converted", actor)
    db.session.flush()


def _open_state(source: Transaction) -> str:
    return type_of(source).open_state or ("sent" if source.sent_at else "issued")


def progress_of(source: Transaction, taken: Mapping[int, Decimal], without: int | None = None) -> str:
    """Return the status that follows from what was taken of a source."""
    if not any(taken.values()):
        return _open_state(source)
    partly, wholly = type_of(source).conversions[_next_step(source, without)]
    lines = [line for line in source.lines if line.kind != "rounding"]
    return wholly if all(abs(taken.get(line.id, ZERO)) >= abs(line.quantity) for line in lines) else partly


def _next_step(source: Transaction, without: int | None) -> str:
    """Return the first type, in the order of `becomes`, of which a living one was made."""
    own = (Transaction.converted_from_id == source.id) & Transaction.status.not_in(GONE)
    found = set(db.session.scalars(select(Transaction.type).where(own, Transaction.id != (without or 0)).distinct()))
    return next(key for key in type_of(source).becomes if key in found)
