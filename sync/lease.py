"""The claim on an integration: who performs its run now; two never do, in one process or in two (R-16)."""

from __future__ import annotations

import os
import secrets
import socket
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, or_, update

from models import Integration, SyncRun
from models.integration import LIVE_RUN_STATES

#: a claim without a heartbeat for this long is free again
LIFE = timedelta(minutes=5)


class LeaseLost(Exception):  # noqa: N818 - it says what happened
    """Another process holds the integration now, or the integration was stopped: write nothing more."""


def claim(connection: Connection, integration_id: int, owner: str, now: datetime) -> bool:
    """Take the integration by one conditional UPDATE that must hit one row."""
    free = or_(Integration.lease_owner.is_(None), Integration.lease_until < now, Integration.lease_owner == owner)
    statement = (
        update(Integration)
        .where(Integration.id == integration_id, free)
        .values(lease_owner=owner, lease_until=now + LIFE)
    )
    return connection.execute(statement).rowcount == 1


def renew(connection: Connection, integration_id: int, run_id: int, owner: str, now: datetime) -> None:
    """Say that the run goes on, in the page's transaction; raises `LeaseLost` when it must not."""
    mine = (Integration.id == integration_id, Integration.lease_owner == owner, Integration.state.in_(RUNNABLE))
    if connection.execute(update(Integration).where(*mine).values(lease_until=now + LIFE)).rowcount != 1:
        raise LeaseLost
    live = (SyncRun.id == run_id, SyncRun.state.in_(LIVE_RUN_STATES))
    if connection.execute(update(SyncRun).where(*live).values(heartbeat_at=now)).rowcount != 1:
        raise LeaseLost


def release(connection: Connection, integration_id: int, owner: str) -> None:
    """Give the claim back."""
    mine = (Integration.id == integration_id, Integration.lease_owner == owner)
    connection.execute(update(Integration).where(*mine).values(lease_owner=None, lease_until=None))


#: states of a connection in which a run may go on; a preview runs before the first sync
RUNNABLE = ("authorised", "active")


def new_owner() -> str:
    """Name this process and this claim: `host/pid/start/random`, so that a restart knows whose claim is dead."""
    return f"{socket.gethostname()}/{os.getpid()}/{_started(os.getpid())}/{secrets.token_hex(6)}"


def is_dead(owner: str | None) -> bool:
    """Say whether the claiming process is known to be gone; one on another machine is only known by its heartbeat."""
    if owner is None:
        return True
    host, pid, started, _random = owner.split("/") if owner.count("/") == 3 else ("", "", "", "")
    return host == socket.gethostname() and _started(int(pid)) != started


def _started(pid: int) -> str:
    """Return when a process started, in kernel ticks since boot; empty when there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""
