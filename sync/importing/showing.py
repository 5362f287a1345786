"""What was brought along from the former tool, for the pages of the records it belongs to."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import select

from extensions import db
from models import ImportBatch, ImportedEntry, ImportedTransaction, Integration, Link


def records_of(*, customer_id: int | None = None, project_id: int | None = None) -> Sequence[ImportedTransaction]:
    """The former tool's transactions of a customer or a project, newest first; the latest hundred."""
    query = select(ImportedTransaction).order_by(ImportedTransaction.date.desc(), ImportedTransaction.id.desc())
    if customer_id is not None:
        query = query.where(ImportedTransaction.customer_id == customer_id)
    if project_id is not None:
        query = query.where(ImportedTransaction.project_id == project_id)
    return list(db.session.scalars(query.limit(100)))


def former_invoice(entry_id: int) -> str:
    """Say where the former tool had invoiced an entry, e.g. `INV-7 in Zoho Books`; empty when it had not."""
    found = db.session.execute(
        select(ImportedEntry.number, ImportBatch.origin)
        .join(ImportBatch, ImportBatch.id == ImportedEntry.batch_id)
        .join(
            Integration,
            (Integration.connector == ImportedEntry.connector) & (Integration.scope_id == ImportedEntry.scope_id),
        )
        .join(Link, (Link.integration_id == Integration.id) & (Link.remote_id == ImportedEntry.remote_id))
        .where(Link.module == "time_entries", Link.local_id == entry_id)
        .limit(1)
    ).first()
    if found is None:
        return ""
    number, origin = found
    return str(_("%(number)s in %(origin)s", number=number, origin=origin)) if number else str(origin)
