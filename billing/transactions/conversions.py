"""Converting a quote or sales order into what comes next, whole or in part (requirement T-25)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import func, select

from billing import outbox
from billing.errors import MoveRefused
from billing.hours.pricing import QUANTITY_UNIT
from billing.money import ZERO, round_money
from billing.transactions.claim import claim
from billing.transactions.drafts import lay_draft, record_start
from billing.transactions.sources import LineLeft, lines_left, set_progress, taken_of
from billing.transactions.sums import reload_lines, store_sums
from billing.types import GONE, type_of
from extensions import db
from models import Transaction, TransactionLine
from models.audit import Actor, record

#: line id → how much of its quantity goes on; lines that are not named stay
Quantities = Mapping[int, Decimal]


def convert(
    transaction: Transaction, actor: Actor, to: str = "", quantities: Quantities | None = None
) -> Transaction:  # fmt: skip
    """Make a draft of the type `to` (default: the last one it may become) from all that is left, or from a part.

    Its lines know the lines that they continue. Voiding or deleting what was made gives its part back; no line goes on
    twice, whoever presses (requirement T-25). One database transaction.
    """
    claim(transaction, "convert")
    to = to or type_of(transaction).becomes[-1]
    if to not in type_of(transaction).becomes:
        raise MoveRefused(_("This cannot become that kind of transaction. Choose another."))
    lines = lines_left(transaction)
    parts = _parts(lines, quantities)
    made = _lay(transaction, to, actor)
    is_all = all(quantity == left.left for left, quantity in parts) and len(parts) == sum(bool(it.left) for it in lines)
    _split_head(transaction, made, parts, is_all=is_all)
    for position, (left, quantity) in enumerate(parts, start=1):
        db.session.add(_continue(left.line, made, quantity, position))
    db.session.flush()
    reload_lines(made)
    store_sums(made)
    record_start(made, actor, _("From %(number)s", number=transaction.number))
    words = _("Became a draft: %(title)s", title=_(type_of(made).title))
    change = ({"status": transaction.status}, {"became": made.id, "total": str(made.total)})
    record(actor, f"{transaction.type}.converted", ("transaction", transaction.id), words, change)
    before = transaction.status
    set_progress(transaction, taken_of(transaction), actor)
    if transaction.status == before:
        outbox.note(transaction, "converted", actor)
    db.session.flush()
    return made


def percent_of_left(transaction: Transaction, percent: Decimal) -> dict[int, Decimal]:
    """Return the quantities that bill so many per cent of each whole line, at most what is left: a stage."""
    found = {}
    for left in lines_left(transaction):
        part = (left.line.quantity * percent / 100).quantize(QUANTITY_UNIT)
        found[left.line.id] = part if abs(part) <= abs(left.left) else left.left
    return found


def _parts(lines: Sequence[LineLeft], quantities: Quantities | None) -> list[tuple[LineLeft, Decimal]]:
    if quantities is None:
        return [(left, left.left) for left in lines if left.left or not left.line.quantity]
    if set(quantities) - {left.line.id for left in lines}:
        raise MoveRefused(_("A line is not there any more. Reload the page to see how it is now, then try again."))
    parts = [(left, quantities[left.line.id]) for left in lines if quantities.get(left.line.id)]
    for left, quantity in parts:
        if quantity * left.left < 0 or abs(quantity) > abs(left.left):
            raise MoveRefused(
                _(
                    "Of “%(line)s” there are %(left)s left. Take no more than that.",
                    line=left.line.name, left=f"{left.left.normalize():f}",
                )
            )  # fmt: skip
    if not parts:
        raise MoveRefused(_("Choose at least one line, with a quantity."))
    return parts


#: columns of the head that what is made keeps
_HEAD = ("tax_mode", "language", "payment_link", "shipping_tax_id", "shipping_tax_percent", "adjustment_name")
#: columns of a line that its continuation keeps; quantity is the part's, the amount is computed by the same rule
_LINE = ("project_id", "name", "description", "unit", "rate", "discount_percent", "tax_id", "tax_percent", "item_id")


def _lay(source: Transaction, to: str, actor: Actor) -> Transaction:
    made = lay_draft(source.customer, source.project, to, actor, currency=source.currency)
    for name in _HEAD:
        setattr(made, name, getattr(source, name))
    made.converted_from_id, made.reference = source.id, source.reference or source.number or ""
    return made


def _share(left: LineLeft, quantity: Decimal) -> Decimal:
    return left.line.amount * quantity / left.line.quantity if left.line.quantity else ZERO


def _split_head(
    source: Transaction, made: Transaction, parts: Sequence[tuple[LineLeft, Decimal]], *, is_all: bool
) -> None:
    """Carry discount, delivery and adjustment: a percentage as it is, amounts once in all over every part."""
    made.discount_kind, made.discount_value = source.discount_kind, source.discount_value
    discount, shipping, adjustment = _given(source, made.id)
    made.shipping, made.adjustment = source.shipping - shipping, source.adjustment - adjustment
    if source.discount_kind != "percent" and not is_all and source.subtotal:
        part = sum((_share(left, quantity) for left, quantity in parts), ZERO)
        made.discount_value = round_money(source.discount_value * part / source.subtotal, source.currency)
    elif source.discount_kind != "percent":
        made.discount_value = source.discount_value - discount
    db.session.flush()


def _given(source: Transaction, but: int) -> tuple[Decimal, Decimal, Decimal]:
    """Return how much discount (as an amount), delivery and adjustment living parts carry already."""
    own = (Transaction.converted_from_id == source.id) & Transaction.status.not_in(GONE) & (Transaction.id != but)
    columns = (Transaction.discount_value, Transaction.shipping, Transaction.adjustment)
    query = select(*(func.coalesce(func.sum(column), 0) for column in columns))
    row = db.session.execute(query.where(own, Transaction.type.in_(type_of(source).becomes))).one()
    return Decimal(row[0]), Decimal(row[1]), Decimal(row[2])


def _continue(line: TransactionLine, made: Transaction, quantity: Decimal, position: int) -> TransactionLine:
    return TransactionLine(
        transaction_id=made.id, position=position, kind="free", quantity=quantity, source_line_id=line.id,
        **{name: getattr(line, name) for name in _LINE},
    )  # fmt: skip
