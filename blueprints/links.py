"""Addresses of records that other areas show, and where a record came from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app, url_for

from billing.types import TYPES, status_of, type_of
from blueprints.access import may
from blueprints.filters import organisation
from extensions import db, utcnow
from models import Integration, Link, Transaction
from sync.sources import connector_of, source_name


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a synced record came from: the remote app, its portal, its id there, when it was last looked at."""

    name: str
    portal: str
    remote_id: str
    decided_at: datetime


def origin_of(module: str, row: Any) -> Origin | None:
    """Return the origin of a synced record; None for one that was made here or whose link is gone."""
    if row.source == "local":
        return None
    connector = connector_of(row.source)
    query = (
        db.select(Link, Integration.scope_name)
        .join(Integration, Integration.id == Link.integration_id)
        .where(Integration.connector == connector, Link.module == module, Link.local_id == row.id)
        .order_by(Integration.id.desc())
    )
    found = db.session.execute(query.limit(1)).first()
    if found is None:
        return None
    return Origin(source_name(connector), found.scope_name, found.Link.remote_id, found.Link.decided_at)


def transaction_state(transaction: Transaction) -> tuple[str, str]:
    """Return key and word of a transaction's status today, overdue included."""
    found = organisation()
    return status_of(transaction, found.today() if found else utcnow().date())


def has_page(endpoint: str) -> bool:
    """Say whether this installation has such a page."""
    return endpoint in current_app.view_functions


def show_url(transaction: Transaction) -> str:
    """Return the address of a transaction's page."""
    path = type_of(transaction).path
    return url_for("transactions.show", type_path=path, transaction_id=transaction.id)


def transaction_url(transaction_id: int | None, type_key: str = "") -> str | None:
    """Return the address of a transaction's page, if this person may see it. No type: one that hours are put on."""
    if transaction_id is None or not has_page("transactions.show") or not may("transactions.view"):
        return None
    values: dict[str, Any] = {"type_path": TYPES[type_key].path} if type_key else {}
    return url_for("transactions.show", transaction_id=transaction_id, **values)
