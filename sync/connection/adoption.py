"""Links outlive their integration: set free when it is deleted, taken over when the same portal is connected again.

A row that a deleted integration brought has the source `zoho_projects:7`: the connector and that integration's id. So
nothing feeds it, no page calls it synced, and it is known which links are its own (requirements P-59, P-61, R-11).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, and_, or_, select, update

from extensions import db
from models import Integration, Link
from sync.modules import MODULES
from sync.sources import former_source

#: key of `Integration.settings`: the deleted integration whose links were taken over
ADOPTED_FROM = "adopted_from"
#: no record has this hash, so the next run compares everything
UNKNOWN = bytes(16)
LINKS: Any = Link.__table__


def set_free(integration: Integration) -> None:
    """Make the rows of a deleted integration the organisation's own; its links stay as they are."""
    _relabel(integration.connector, former_source(integration))


def adopt(integration: Integration) -> int:
    """Take over the links that an earlier connection with this portal left; returns how many.

    What was kept out stays so until the next run decides anew. Links whose row is gone, or whose id another row has
    got meanwhile, lead nowhere from then on: their records come in again.
    """
    if integration.connected_at is not None:
        return 0
    give_back(integration)
    if db.session.scalar(select(Link.id).where(Link.integration_id == integration.id).limit(1)) is not None:
        return 0
    former = former_of(integration)
    if former is None:
        return 0
    taken = _hand_over(former.id, integration.id)
    integration.settings = {**integration.settings, ADOPTED_FROM: former.id}
    for key, table in _tables():
        db.session.execute(_lost(key, table, integration, former_source(former)))
    return taken


def give_back(integration: Integration) -> None:
    """Return taken links while set-up is not finished: another portal was chosen, or the set-up is cancelled."""
    former = integration.settings.get(ADOPTED_FROM)
    if former is None or integration.connected_at is not None:
        return
    _hand_over(integration.id, former)
    integration.settings = {key: value for key, value in integration.settings.items() if key != ADOPTED_FROM}


def keep(integration: Integration) -> None:
    """Say of the rows behind taken links that they are synced again; called when set-up is finished."""
    former_id = integration.settings.get(ADOPTED_FROM)
    former = db.session.get(Integration, former_id) if former_id else None
    if former is not None:
        _relabel(former_source(former), integration.connector, integration.id)


def former_of(integration: Integration) -> Integration | None:
    """The newest deleted integration with the same portal that still has links."""
    has_links = select(Link.id).where(Link.integration_id == Integration.id).exists()
    query = (
        select(Integration)
        .where(
            Integration.connector == integration.connector, Integration.scope_id == integration.scope_id,
            Integration.state == "deleted", Integration.scope_id != "", has_links,
        )
        .order_by(Integration.id.desc())
        .limit(1)
    )  # fmt: skip
    found: Integration | None = db.session.scalar(query)
    return found


def formers() -> Sequence[Integration]:
    """The deleted integrations that still have links, newest first."""
    has_links = select(Link.id).where(Link.integration_id == Integration.id).exists()
    query = select(Integration).where(Integration.state == "deleted", has_links).order_by(Integration.id.desc())
    return db.session.scalars(query.limit(20)).all()


def was_known(integration: Integration) -> bool:
    """Whether an earlier connection with this portal left its links to this one."""
    return ADOPTED_FROM in integration.settings


def forget_row(module: str, local_id: int) -> None:
    """Note that a person removed a row here: links of it lead nowhere from now on. Does not commit."""
    everywhere = select(Integration.id)
    mine = (Link.integration_id.in_(everywhere), Link.module == module, Link.local_id == local_id)
    db.session.execute(update(Link).where(*mine).values(local_id=None, outcome="deleted"))


def _tables() -> list[tuple[str, Table]]:
    return [(key, module.table) for key, module in MODULES.items() if "source" in module.table.c]


def _hand_over(from_id: int, to_id: int) -> int:
    values = {"integration_id": to_id, "content_hash": UNKNOWN, "missing_since": None}
    done: Any = db.session.execute(update(Link).where(Link.integration_id == from_id).values(values))
    return int(done.rowcount)


def _lost(module: str, table: Table, integration: Integration, source: str) -> Any:
    """The statement that cuts links of rows that are gone.

    SQLite gives the highest id out again, so the row must be the one that was linked: brought by that integration, or
    older than the decision about it (a customer or person of ours that the sync found here).
    """
    is_same = table.c.source == source
    if "created_at" in table.c:
        is_same = or_(is_same, and_(table.c.source == "local", table.c.created_at <= LINKS.c.decided_at))
    here = select(table.c.id).where(table.c.id == LINKS.c.local_id, is_same).exists()
    mine = (LINKS.c.integration_id == integration.id, LINKS.c.module == module, LINKS.c.local_id.is_not(None))
    return update(LINKS).where(*mine, ~here).values(local_id=None, outcome="deleted")


def _relabel(old: str, new: str, integration_id: int | None = None) -> None:
    """Give rows another source: all of them, or those that an integration has links of."""
    for key, table in _tables():
        change = update(table).where(table.c.source == old)
        if integration_id is not None:
            linked = select(Link.local_id).where(
                Link.integration_id == integration_id, Link.module == key, Link.local_id.is_not(None)
            )
            change = change.where(table.c.id.in_(linked))
        # a change of hands is no change of the record
        stamp = {"updated_at": table.c.updated_at} if "updated_at" in table.c else {}
        db.session.execute(change.values(source=new, **stamp))
