"""Taking a batch in: transactions to look up, hours as invoiced elsewhere, the cut-off. Once, and not back (L-05)."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import insert

from billing.bulk import insert_rows
from billing.hours import time_entries
from extensions import db, utcnow
from models import ImportBatch, ImportedEntry, ImportedTransaction, Integration
from models.audit import Actor, record
from sync import connection
from sync.connection import SetupRefused
from sync.importing.planning import PIECE, Plan, plan

ENTRY_COLUMNS = ("batch_id", "connector", "scope_id", "remote_id", "number")


def apply(integration: Integration, batch: ImportBatch, actor: Actor) -> Plan:
    """Write what a fresh look at the batch finds; a batch that was applied is refused. Does not commit."""
    if batch.state != "planned" or batch.integration_id != integration.id:
        raise SetupRefused(_("These files were taken in already, or dropped. Hand them in again to see what is left."))
    found = plan(integration, batch)
    _write_transactions(batch, found)
    _write_entries(integration, batch, found)
    _mark(found, batch, actor)
    if batch.cutoff is not None:
        connection.save_settings(integration, {"cutoff": batch.cutoff.isoformat(), connection.CHOSEN: True}, actor)
    batch.state, batch.applied_at, batch.result = "applied", utcnow(), _result(found)
    summary = _("%(n)s transactions and %(m)s entries from %(origin)s", n=len(found.transactions),
                m=len(found.entries) + len(found.before_cutoff), origin=batch.origin)  # fmt: skip
    record(actor, "integration.imported", ("integration", integration.id), summary)
    db.session.flush()
    return found


def drop(batch: ImportBatch) -> None:
    """Forget a batch that was only looked at. Does not commit."""
    if batch.state == "planned":
        batch.state, batch.transactions, batch.entries = "dropped", [], []


def _write_transactions(batch: ImportBatch, found: Plan) -> None:
    head = {"batch_id": batch.id, "origin": batch.origin}
    if found.transactions:
        db.session.execute(insert(ImportedTransaction), [{**head, **row} for row in found.transactions])


def _write_entries(integration: Integration, batch: ImportBatch, found: Plan) -> None:
    place = integration.connector, integration.scope_id
    rows = [(batch.id, *place, row["id"], row.get("number", "")) for row in found.awaited]
    if rows:
        insert_rows(ImportedEntry, ENTRY_COLUMNS, rows)


def _mark(found: Plan, batch: ImportBatch, actor: Actor) -> None:
    """State the hours as invoiced elsewhere, with the number or the day that says so."""
    by_number: dict[str, list[int]] = {}
    for entry_id, number in found.entries.items():
        by_number.setdefault(number, []).append(entry_id)
    for number, ids in by_number.items():
        reason = _("%(number)s in %(origin)s", number=number, origin=batch.origin) if number else batch.origin
        time_entries.mark_elsewhere(ids, reason, actor)
    for start in range(0, len(found.before_cutoff), PIECE):
        reason = _("Before the cut-off of %(origin)s", origin=batch.origin)
        time_entries.mark_elsewhere(found.before_cutoff[start : start + PIECE], reason, actor)


def _result(found: Plan) -> dict[str, Any]:
    return {
        "transactions": len(found.transactions), "left": [[item.name, item.why] for item in found.left[:500]],
        "left_count": len(found.left), "known": found.known, "entries": len(found.entries),
        "awaited": found.awaited_count, "before_cutoff": len(found.before_cutoff),
        "totals": {currency: str(amount) for currency, amount in found.totals.items()},
    }  # fmt: skip
