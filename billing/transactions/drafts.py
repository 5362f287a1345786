"""Starting drafts, with hours or items or blank, and throwing them away."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select

from billing import outbox
from billing.bulk import among, insert_rows
from billing.errors import MoveRefused
from billing.exchange import prefill
from billing.hours import items, ledger
from billing.hours.item_work import ItemChoice, ItemWork, price_items
from billing.hours.pricing import PricedLine
from billing.hours.time_entries import PricedWork, TimeChoice, price_work
from billing.terms import due_of
from billing.transactions.claim import claim
from billing.transactions.holds import give_back
from billing.transactions.sums import LINE_COLUMNS, reload_lines, store_sums
from billing.types import TYPES, type_of
from extensions import db
from models import Allocation, Customer, Organisation, Project, TimeEntry, Transaction, TransactionLine
from models.audit import Actor, record


@dataclass(frozen=True, slots=True)
class _Placing:
    """Where priced lines go (after which position) and what tax they carry."""

    transaction: Transaction
    tax_id: int | None
    after: int = 0


def start_blank(
    customer_id: int, actor: Actor, project_id: int | None = None, type_key: str = "invoice"
) -> Transaction:
    """Start an empty draft in the customer's currency, or the project's when it is started from one."""
    customer = db.session.get_one(Customer, customer_id)
    project = None if project_id is None else db.session.get_one(Project, project_id)
    transaction = lay_draft(customer, project, type_key, actor)
    record_start(transaction, actor, _("Blank draft"))
    return transaction


def start_from_time(choice: TimeChoice, actor: Actor, type_key: str = "invoice") -> Transaction:
    """Start a draft from unbilled entries: lines, sums and allocations, all or nothing (requirements R-03, T-28).

    It may cover several projects of one customer and currency (T-15); then it is the customer's, and no project's.
    Refuses when an entry that was named is not unbilled any more, or when there is nothing to bill.
    """
    _refuse_without_hours(type_key)
    work = _take(choice)
    only = work.projects[0] if len(work.projects) == 1 else None
    transaction = lay_draft(work.projects[0].customer, only, type_key, actor, currency=work.projects[0].currency)
    transaction.layout = choice.layout
    transaction.rounding_mode = choice.rounding.mode
    transaction.rounding_minutes = choice.rounding.minutes
    if choice.exchange_rate is not None:
        transaction.exchange_rate, transaction.exchange_source = choice.exchange_rate, actor.name
    _place(_Placing(transaction, choice.tax_id), work)
    _sum_up(transaction)
    record_start(transaction, actor, ngettext("%(num)d entry", "%(num)d entries", _entry_count(work.lines)))
    return transaction


def _sum_up(transaction: Transaction) -> None:
    """Store the sums after lines were written past the session."""
    reload_lines(transaction)
    store_sums(transaction)


def _refuse_without_hours(type_key: str) -> None:
    if not TYPES[type_key].takes_hours:
        raise MoveRefused(_("Hours cannot be put on this kind of transaction."))


def start_from_items(choice: ItemChoice, actor: Actor, type_key: str = "invoice") -> Transaction:
    """Start a draft from milestones, task lists and tasks, all or nothing (requirements T-06 to T-08)."""
    _refuse_without_hours(type_key)
    found = _take_items(choice)
    project = found.work.projects[0]
    transaction = lay_draft(project.customer, project, type_key, actor)
    transaction.layout = choice.layout
    transaction.rounding_mode, transaction.rounding_minutes = choice.rounding.mode, choice.rounding.minutes
    if choice.exchange_rate is not None:
        transaction.exchange_rate, transaction.exchange_source = choice.exchange_rate, actor.name
    _place_items(_Placing(transaction, choice.tax_id), found)
    _sum_up(transaction)
    record_start(transaction, actor, _items_words(choice, found))
    return transaction


def add_items(transaction: Transaction, choice: ItemChoice, actor: Actor) -> None:
    """Put milestones, task lists and tasks on a draft as new lines at its end."""
    claim(transaction, "edit")
    found = _take_items(choice)
    _refuse_foreign(transaction, found.work.projects[0])
    _place_items(_Placing(transaction, choice.tax_id, _last_position(transaction)), found)
    _sum_up(transaction)
    record(actor, f"{transaction.type}.items_added", ("transaction", transaction.id), _items_words(choice, found))
    outbox.note(transaction, "changed", actor)


def _items_words(choice: ItemChoice, found: ItemWork) -> str:
    chosen = ngettext("%(num)d item", "%(num)d items", len(choice.picks))
    return f"{chosen}, {ngettext('%(num)d entry', '%(num)d entries', _entry_count(found.work.lines))}"


def _take_items(choice: ItemChoice) -> ItemWork:
    found = price_items(choice, is_taking=True)
    if not found.work.lines:
        raise MoveRefused(_("There are no unbilled hours in this choice. Choose others, or enter an amount."))
    return found


def _place_items(placing: _Placing, found: ItemWork) -> None:
    """Put the lines on a draft, then take the items that stand on them at an amount of their own."""
    _place(placing, found.work)
    own = TransactionLine.transaction_id == placing.transaction.id
    rows = db.session.execute(select(TransactionLine.position, TransactionLine.id).where(own))
    ids = {position: line_id for position, line_id in rows}
    placed = [(item, ids[placing.after + 1 + line]) for item, line in found.free]
    items.take(placing.transaction.id, found.work.projects[0].id, placed)


def add_time(transaction: Transaction, choice: TimeChoice, actor: Actor) -> None:
    """Put more unbilled entries on a draft as new lines at its end."""
    claim(transaction, "edit")
    work = _take(choice)
    _refuse_foreign(transaction, work.projects[0])
    _place(_Placing(transaction, choice.tax_id, _last_position(transaction)), work)
    _sum_up(transaction)
    summary = ngettext("%(num)d entry added", "%(num)d entries added", _entry_count(work.lines))
    record(actor, f"{transaction.type}.hours_added", ("transaction", transaction.id), summary)
    outbox.note(transaction, "changed", actor)


def _refuse_foreign(transaction: Transaction, project: Project) -> None:
    _refuse_without_hours(transaction.type)
    if project.customer_id != transaction.customer_id or project.currency != transaction.currency:
        raise MoveRefused(_("These hours belong to another customer or currency. Make a transaction of their own."))


def _last_position(transaction: Transaction) -> int:
    own = TransactionLine.transaction_id == transaction.id
    return db.session.scalar(select(func.max(TransactionLine.position)).where(own)) or 0


def delete_draft(transaction: Transaction, actor: Actor) -> None:
    """Throw a draft away; its hours are unbilled again. The row stays for the history of those hours (hidden)."""
    claim(transaction, "delete")
    given = give_back(transaction, "deleted", actor)
    transaction.status = "deleted"
    outbox.note(transaction, "deleted", actor)
    record(
        actor, f"{transaction.type}.deleted", ("transaction", transaction.id),
        ngettext("Draft deleted; %(num)d entry is unbilled again",
                 "Draft deleted; %(num)d entries are unbilled again", given),
        ({"status": "draft", "total": str(transaction.total)}, {"status": "deleted"}),
    )  # fmt: skip
    db.session.flush()


def _take(choice: TimeChoice) -> PricedWork:
    work = price_work(choice, is_taking=True)
    found = {entry_id for line in work.lines for entry_id in line.entry_ids}
    if choice.entry_ids is not None and found != set(choice.entry_ids):
        raise MoveRefused(ledger.already_on(sorted(set(choice.entry_ids) - found)))
    if not work.lines:
        raise MoveRefused(_nothing_left(choice))
    return work


def _nothing_left(choice: TimeChoice) -> str:
    """Say that there is nothing to bill and, when that is why, where the latest hours went."""
    statement = (
        select(Transaction.number)
        .join(Allocation, Allocation.transaction_id == Transaction.id)
        .join(TimeEntry, TimeEntry.id == Allocation.time_entry_id)
        .where(among(TimeEntry.project_id, choice.project_ids), Allocation.released_at.is_(None))
        .order_by(Allocation.id.desc())
        .limit(1)
    )
    row = db.session.execute(statement).one_or_none()
    if row is None:
        return str(_("There are no unbilled hours in this choice. Choose other days or another project."))
    where = row.number or _("a draft")
    return str(_("There are no unbilled hours left here: the latest are already on %(where)s.", where=where))


def _entry_count(lines: Sequence[PricedLine]) -> int:
    return sum(len(line.entry_ids) for line in lines)


def lay_draft(
    customer: Customer, project: Project | None, type_key: str, actor: Actor, *, currency: str = ""
) -> Transaction:
    """Make the row of an empty draft, with the dates, terms, notes and tax mode that are usual for its type.

    `currency`: where neither the project's nor the customer's is meant.
    """
    kind = TYPES[type_key]
    organisation = db.session.get_one(Organisation, 1)
    today = organisation.today()
    due = due_of(customer, today) if kind.usual_days is None else today + timedelta(days=kind.usual_days)
    transaction = Transaction(
        type=type_key, status="draft", customer_id=customer.id, project_id=project.id if project else None,
        currency=currency or (project.currency if project else customer.currency), date=today,
        due_date=due if kind.has_until else None, notes=organisation.invoice_notes if kind.is_owed else "",
        layout=organisation.default_layout, link_token=secrets.token_urlsafe(24),
        tax_mode=organisation.default_tax_mode, terms=organisation.default_terms,
        created_by=actor.id if actor.kind == "person" else None,
    )  # fmt: skip
    db.session.add(transaction)
    db.session.flush()
    prefill(transaction)
    db.session.flush()
    return transaction


def _place(placing: _Placing, work: PricedWork) -> None:
    """Insert the priced lines and put their entries on them."""
    transaction = placing.transaction
    percent = work.totals.taxes[0].percent
    numbered = list(enumerate(work.lines, start=placing.after + 1))
    rows = [
        (transaction.id, position, "time", line.project_id, line.group_key, line.name, line.description, line.quantity,
         line.unit.value, line.logged_seconds, line.seconds, line.rate, placing.tax_id, percent, amount)
        for (position, line), amount in zip(numbered, work.totals.lines, strict=True)
    ]  # fmt: skip
    insert_rows(TransactionLine, LINE_COLUMNS, rows)
    ledger.allocate(
        transaction.id, [(entry_id, position) for position, line in numbered for entry_id in line.entry_ids]
    )


def record_start(transaction: Transaction, actor: Actor, summary: str) -> None:
    """Write down that a draft was started, and from what."""
    after = {"status": "draft", "total": str(transaction.total), "currency": transaction.currency}
    verb = f"{type_of(transaction).key}.started"
    record(actor, verb, ("transaction", transaction.id), summary, (None, after))
    outbox.note(transaction, "created", actor)
    db.session.flush()
