"""Changing a draft: its head, its lines, and which hours stay on it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import select

from billing import exchange, outbox
from billing.bulk import among
from billing.errors import MoveRefused
from billing.expense_ledger import LINE_KIND, billed_nets, shown_amount
from billing.hours.rates import UNIT_SECONDS
from billing.money import ZERO
from billing.sums.totals import Totals
from billing.transactions.claim import claim
from billing.transactions.holds import give_back_lines
from billing.transactions.party import Party, set_party
from billing.transactions.sources import follow_source
from billing.transactions.sums import store_sums
from billing.types import type_of
from extensions import db
from models import Item, Tax, Transaction, TransactionLine
from models.audit import Actor, record


@dataclass(frozen=True, slots=True)
class LineChange:
    """A line as the form says it. `id` None: a new line. On a line of hours only the words, rate, discount and tax may
    change: its quantity is what its entries hold. On a line of an expense only the words and tax.
    """

    id: int | None
    name: str
    description: str = ""
    quantity: Decimal = Decimal(1)
    unit: str = ""
    rate: Decimal = ZERO
    tax_id: int | None = None
    #: per cent off this line
    discount_percent: Decimal = ZERO
    #: the item it was filled from
    item_id: int | None = None


@dataclass(frozen=True, slots=True)
class WholeChange:
    """What the form says about the whole: how prices are meant, what comes off, what comes on top."""

    tax_mode: str = "exclusive"
    discount_kind: str = "percent"
    discount_value: Decimal = ZERO
    shipping: Decimal = ZERO
    shipping_tax_id: int | None = None
    adjustment: Decimal = ZERO
    adjustment_name: str = ""


@dataclass(frozen=True, slots=True)
class PaperChange:
    """What the form says about the document: its terms, its language, its look, and where it can be paid."""

    terms: str = ""
    language: str = ""
    paper_layout: str = ""
    payment_link: str = ""
    #: per cent asked for in advance once a quote is accepted (requirements T-25)
    retainer_percent: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Changes:
    """A draft as the form says it, in the order of its lines. A stored line that is not named is removed; rounding
    lines are derived and never named. `version` is the one the form was filled from.
    """

    version: int
    date: datetime.date
    due_date: datetime.date | None
    reference: str
    notes: str
    lines: tuple[LineChange, ...]
    #: one unit of the transaction's currency in base currency; None: leave as it is
    exchange_rate: Decimal | None = None
    #: whom and what it is for; None: leave as it is
    party: Party | None = None
    #: None: leave as they are
    whole: WholeChange | None = None
    paper: PaperChange | None = None


def kept(line: TransactionLine) -> LineChange:
    """Return a stored line as it is, for changes that concern something else."""
    return LineChange(
        line.id, line.name, line.description, line.quantity, line.unit, line.rate, line.tax_id, line.discount_percent,
        line.item_id,
    )  # fmt: skip


def update(transaction: Transaction, changes: Changes, actor: Actor) -> None:
    """Bring a draft to what the form says; hours of removed lines are unbilled again (requirements T-05)."""
    claim(transaction, "edit", changes.version)
    before = _facts(transaction)
    if changes.due_date is not None and changes.due_date < changes.date:
        word = _(type_of(transaction).until_word)
        raise MoveRefused(_("“%(word)s” lies before the date. Choose a later one.", word=word))
    transaction.date, transaction.due_date = changes.date, changes.due_date
    transaction.reference, transaction.notes = changes.reference, changes.notes
    _set_exchange_rate(transaction, changes.exchange_rate, actor)
    _remove_lines(transaction, {line.id for line in changes.lines if line.id is not None})
    if changes.party is not None:
        set_party(transaction, changes.party)
    if changes.paper is not None:
        _set_all(transaction, changes.paper)
    if changes.whole is not None:
        _set_all(transaction, changes.whole)
        tax_id = changes.whole.shipping_tax_id
        transaction.shipping_tax_percent = ZERO if tax_id is None else _percents({tax_id})[tax_id]
    exchange.prefill(transaction)
    _put_lines(transaction, changes.lines)
    _refuse_large_discount(transaction, store_sums(transaction))
    follow_source(transaction, actor)
    record(actor, f"{transaction.type}.changed", ("transaction", transaction.id), "", (before, _facts(transaction)))
    outbox.note(transaction, "changed", actor)
    db.session.flush()


def _set_exchange_rate(transaction: Transaction, rate: Decimal | None, actor: Actor) -> None:
    """Take a rate that somebody typed; the one that stood there keeps its source (requirements R-06)."""
    if rate is not None and not (rate == transaction.exchange_rate and transaction.exchange_source):
        transaction.exchange_rate, transaction.exchange_source = rate, actor.name


def _set_all(transaction: Transaction, change: WholeChange | PaperChange) -> None:
    for name in change.__dataclass_fields__:
        setattr(transaction, name, getattr(change, name))


def _refuse_large_discount(transaction: Transaction, sums: Totals) -> None:
    """Refuse a discount that takes more than there is: the form says so beside its field, before it comes to this."""
    if transaction.discount_value > discount_limit(transaction.discount_kind, sums.subtotal):
        raise MoveRefused(_("The discount is more than the lines come to. Enter a smaller one."))


def discount_limit(kind: str, subtotal: Decimal) -> Decimal:
    """Return the largest discount on the whole that makes sense: 100 per cent, or the subtotal."""
    return Decimal(100) if kind == "percent" else max(subtotal, ZERO)


def _facts(transaction: Transaction) -> dict[str, str]:
    """Return what the audit log compares."""
    names = ("date", "due_date", "reference", "notes", "subtotal", "tax_total", "total", "exchange_rate", "customer_id",
             "project_id", "tax_mode", "discount_total", "shipping", "adjustment", "terms", "language", "payment_link",
             "retainer_percent")  # fmt: skip
    facts = {name: str(getattr(transaction, name)) for name in names}
    return facts | {"lines": str(sum(line.kind != "rounding" for line in transaction.lines))}


def _remove_lines(transaction: Transaction, kept: Iterable[int]) -> None:
    """Take out the lines that the form does not name; their entries are released first."""
    gone = [line for line in transaction.lines if line.kind != "rounding" and line.id not in set(kept)]
    if not gone:
        return
    give_back_lines(transaction, [line.id for line in gone])
    for line in gone:
        transaction.lines.remove(line)
    db.session.flush()


def _put_lines(transaction: Transaction, wanted: tuple[LineChange, ...]) -> None:
    stored = {line.id: line for line in transaction.lines if line.kind != "rounding"}
    if len({line.id for line in wanted if line.id is not None}) != sum(line.id is not None for line in wanted):
        raise MoveRefused(_("A line was sent twice. Reload the page and try again."))
    percents = _percents({line.tax_id for line in wanted if line.tax_id is not None})
    nets = billed_nets(transaction.id) if any(line.kind == LINE_KIND for line in transaction.lines) else {}
    items = _known_items({line.item_id for line in wanted if line.item_id is not None})
    for position, change in enumerate(wanted, start=1):
        line = _line(transaction, stored, change)
        line.position = position
        line.name, line.description = change.name, change.description
        line.tax_id = change.tax_id
        line.tax_percent = ZERO if change.tax_id is None else percents[change.tax_id]
        if line.kind == LINE_KIND:  # it comes to what its expense comes to
            line.rate = shown_amount(nets[line.id], (transaction.tax_mode, line.tax_percent, transaction.currency))
            continue
        line.rate, line.discount_percent = change.rate, change.discount_percent
        line.item_id = change.item_id if change.item_id in items else None
        if line.kind != "time" or line.unit not in UNIT_SECONDS:
            line.quantity = change.quantity
        if line.kind != "time":
            line.unit = change.unit


def _line(transaction: Transaction, stored: dict[int, TransactionLine], change: LineChange) -> TransactionLine:
    if change.id is None:
        line = TransactionLine(transaction_id=transaction.id, kind="free", position=0, name="", discount_percent=ZERO)
        transaction.lines.append(line)
        return line
    if change.id not in stored:
        raise MoveRefused(_("A line is not there any more. Reload the page to see how it is now, then try again."))
    return stored[change.id]


def _known_items(item_ids: set[int]) -> set[int]:
    return set(db.session.scalars(select(Item.id).where(among(Item.id, item_ids)))) if item_ids else set()


def _percents(tax_ids: set[int]) -> dict[int, Decimal]:
    rows = db.session.execute(select(Tax.id, Tax.percent).where(among(Tax.id, tax_ids)))
    percents = {tax_id: percent for tax_id, percent in rows}
    if tax_ids - set(percents):
        raise MoveRefused(_("A chosen tax is not there any more. Choose another."))
    return percents
