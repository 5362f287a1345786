"""What money stands on: rows that transactions name, in the words a person would look for."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import Connection, select

from billing.types import TYPES
from models import Allocation, ItemAllocation, Transaction, TransactionLine

#: table → columns that a change may not touch once a transaction stands on the row; None: all of them
FIXED: dict[str, frozenset[str] | None] = {
    "time_entries": None,
    "projects": frozenset({"customer_id", "currency"}),
    "customers": frozenset({"currency"}),
    "tasks": frozenset(),
    "milestones": frozenset(),
}


def touched(connection: Connection, table: str, ids: Sequence[int]) -> dict[int, str]:
    """Return the rows among these that transactions name, with what is said about it: “are on INV-2026-00012”."""
    if table == "time_entries":
        return _entries(connection, ids)
    if table == "customers":
        return _named(connection, select(Transaction.customer_id, *_DOCUMENT).where(Transaction.customer_id.in_(ids)))
    if table == "projects":
        started = select(Transaction.project_id, *_DOCUMENT).where(Transaction.project_id.in_(ids))
        lines = (
            select(TransactionLine.project_id, *_DOCUMENT)
            .join(Transaction, Transaction.id == TransactionLine.transaction_id)
            .where(TransactionLine.project_id.in_(ids))
        )
        return _named(connection, started) | _named(connection, lines)
    column = {"tasks": ItemAllocation.task_id, "milestones": ItemAllocation.milestone_id}.get(table)
    if column is None:
        return {}
    pieces = select(column, *_DOCUMENT).join(Transaction, Transaction.id == ItemAllocation.transaction_id)
    return _named(connection, pieces.where(column.in_(ids)))


_DOCUMENT = (Transaction.type, Transaction.number)


def _entries(connection: Connection, ids: Sequence[int]) -> dict[int, str]:
    """Hours that are, or once were, on a line: the ledger names them."""
    query = (
        select(Allocation.time_entry_id, *_DOCUMENT, Allocation.released_at)
        .join(Transaction, Transaction.id == Allocation.transaction_id)
        .where(Allocation.time_entry_id.in_(ids))
        .order_by(Allocation.released_at.is_(None), Allocation.id)
    )
    found = {}
    for entry_id, kind, number, released_at in connection.execute(query):
        where = document(kind, number)
        found[entry_id] = (
            _("are on %(where)s", where=where) if released_at is None else _("were on %(where)s", where=where)
        )
    return found


def _named(connection: Connection, query: object) -> dict[int, str]:
    rows = connection.execute(query)  # type: ignore[call-overload]
    return {row_id: _("is on %(where)s", where=document(kind, number)) for row_id, kind, number in rows}


def document(kind: str, number: str | None) -> str:
    """The number of a transaction; a draft has none yet."""
    if number:
        return number
    title = TYPES[kind].title.lower() if kind in TYPES else kind
    return str(_("a draft %(kind)s", kind=title))


def seconds_open(row: dict[str, object]) -> int:
    """Unbilled billable seconds of an entry's row."""
    is_open = row.get("billing_state") == "unbilled" and bool(row.get("is_billable"))
    seconds = row.get("seconds")
    return seconds if is_open and isinstance(seconds, int) else 0
