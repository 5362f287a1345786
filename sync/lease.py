"""The claim on an integration: who performs its run now; two never do, in one process or in two (R-16)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, or_, update

from models import Integration, SyncRun
from models.integration import LIVE_RUN_STATES

#: a claim without a heartbeat for this long is free again
LIFE = timedelta(minutes=5)


class LeaseLost(Exception):  # noqa: N818 - it says what happened
    """Another process holds the integration now, or the integration was stopped: write nothing more."""


def claim(connection: Connection, integration_id: int, owner: str, now: datetime) -> bool:
    """Take the integration by one conditional UPDATE that must hit one row.

    A claim is free when it ran out, or when it claims to hold longer than any can (the clock was set back).
    """
    free = or_(
        Integration.lease_owner.is_(None),
        Integration.lease_until < now,
        Integration.lease_until > now + 2 * LIFE,
        Integration.lease_owner == owner,
    )
    statement = (
        update(Integration)
        .where(Integration.id == integration_id, free)
        .values(lease_owner=owner, lease_until=now + LIFE)
    )
    return connection.execute(statement).rowcount == 1


def renew(connection: Connection, integration_id: int, run_id: int, owner: str, now: datetime) -> None:
    """Say that the run goes on, in the page's transaction; raises `LeaseLost` when it must not."""
    holder = {"holder": integration_id, "holding": owner, "until": now + LIFE}
    if connection.execute(HOLDING_ON, holder).rowcount != 1:
        raise LeaseLost
    if connection.execute(LIVING_ON, {"living": run_id, "now": now}).rowcount != 1:
        raise LeaseLost


def release(connection: Connection, integration_id: int, owner: str) -> None:
    """Give the claim back."""
    mine = (Integration.id == integration_id, Integration.lease_owner == owner)
    connection.execute(update(Integration).where(*mine).values(lease_owner=None, lease_until=None))


#: states of a connection in which a run may go on: a preview runs before the first sync, and what is being disabled
#: lets its run end first
RUNNABLE = ("authorised", "active", "disabling")

# built once: every page of a run says both
HOLDING_ON = (
    update(Integration)
    .where(
        Integration.id == bindparam("holder"), Integration.lease_owner == bindparam("holding"),
        Integration.state.in_(RUNNABLE),
    )
    .values(lease_until=bindparam("until"))
)  # fmt: skip
LIVING_ON = (
    update(SyncRun)
    .where(SyncRun.id == bindparam("living"), SyncRun.state.in_(LIVE_RUN_STATES))
    .values(heartbeat_at=bindparam("now"))
)
