"""Starting drafts, with hours or blank, and throwing them away."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select

from billing import ledger
from billing.bulk import among, insert_rows
from billing.errors import MoveRefused
from billing.pricing import PricedLine
from billing.time_entries import PricedWork, TimeChoice, price_work
from billing.transactions.claim import claim
from billing.transactions.sums import LINE_COLUMNS, reload_lines, replace_rounding, set_sums, store_sums
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
    transaction = _lay(customer, project, type_key, actor)
    _record_start(transaction, actor, _("Blank draft"))
    return transaction


def start_from_time(choice: TimeChoice, actor: Actor, type_key: str = "invoice") -> Transaction:
    """Start a draft from unbilled entries: lines, sums and allocations, all or nothing (requirements R-03, T-28).

    Refuses when an entry that was named is not unbilled any more, or when there is nothing to bill.
    """
    if not TYPES[type_key].takes_hours:
        raise MoveRefused(_("Hours cannot be put on this kind of transaction."))
    work = _take(choice)
    transaction = _lay(work.projects[0].customer, work.projects[0], type_key, actor)
    transaction.layout = choice.layout
    transaction.rounding_mode = choice.rounding.mode
    transaction.rounding_minutes = choice.rounding.minutes
    if choice.exchange_rate is not None:
        transaction.exchange_rate, transaction.exchange_source = choice.exchange_rate, actor.name
    _place(_Placing(transaction, choice.tax_id), work)
    replace_rounding(transaction, work.totals)
    set_sums(transaction, work.totals)
    _record_start(transaction, actor, ngettext("%(num)d entry", "%(num)d entries", _entry_count(work.lines)))
    return transaction


def add_time(transaction: Transaction, choice: TimeChoice, actor: Actor) -> None:
    """Put more unbilled entries on a draft as new lines at its end."""
    claim(transaction, "edit")
    work = _take(choice)
    is_foreign = work.projects[0].customer_id != transaction.customer_id
    if is_foreign or work.projects[0].currency != transaction.currency:
        raise MoveRefused(_("These hours belong to another customer or currency. Make a transaction of their own."))
    own = TransactionLine.transaction_id == transaction.id
    last = db.session.scalar(select(func.max(TransactionLine.position)).where(own)) or 0
    _place(_Placing(transaction, choice.tax_id, last), work)
    reload_lines(transaction)
    store_sums(transaction)
    summary = ngettext("%(num)d entry added", "%(num)d entries added", _entry_count(work.lines))
    record(actor, f"{transaction.type}.hours_added", ("transaction", transaction.id), summary)


def delete_draft(transaction: Transaction, actor: Actor) -> None:
    """Throw a draft away; its hours are unbilled again. The row stays for the history of those hours (hidden)."""
    claim(transaction, "delete")
    given = ledger.release(transaction.id, "deleted")
    transaction.status = "deleted"
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


def _lay(customer: Customer, project: Project | None, type_key: str, actor: Actor) -> Transaction:
    organisation = db.session.get_one(Organisation, 1)
    today = organisation.today()
    terms = customer.payment_terms_days
    days = organisation.payment_terms_days if terms is None else terms
    transaction = Transaction(
        type=type_key, status="draft", customer_id=customer.id, project_id=project.id if project else None,
        currency=project.currency if project else customer.currency, date=today,
        due_date=today + timedelta(days=days), notes=organisation.invoice_notes,
        layout=organisation.default_layout, link_token=secrets.token_urlsafe(24),
        created_by=actor.id if actor.kind == "person" else None,
    )  # fmt: skip
    db.session.add(transaction)
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


def _record_start(transaction: Transaction, actor: Actor, summary: str) -> None:
    after = {"status": "draft", "total": str(transaction.total), "currency": transaction.currency}
    verb = f"{type_of(transaction).key}.started"
    record(actor, verb, ("transaction", transaction.id), summary, (None, after))
    db.session.flush()
