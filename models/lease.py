"""Leases: a claim that one process holds and renews, so that only one of several does a thing."""

from __future__ import annotations

import os
import secrets
import socket
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from extensions import Model, UTCDateTime, db

#: how long a claim holds without being renewed
LEASE = timedelta(seconds=60)


class Lease(Model):
    """Who holds `name`, and until when without a sign of life."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str]
    until: Mapped[datetime] = mapped_column(UTCDateTime)


def claim(name: str, owner: str, now: datetime, dead: str | None = None) -> bool:
    """Take or renew a lease; False when somebody else holds it. The caller commits.

    A lease is free when it ran out, when it claims to hold longer than any lease can (the clock was set back),
    or when its owner is `dead`, an owner whose process is known to be gone.
    """
    is_free = or_(
        Lease.until < now,
        Lease.until > now + 2 * LEASE,
        Lease.owner == (dead or owner),
    )
    taken = db.session.execute(
        update(Lease).where(Lease.name == name, is_free).values(owner=owner, until=now + LEASE),
        execution_options={"synchronize_session": False},
    )
    if taken.rowcount == 1:  # type: ignore[attr-defined]
        return True
    if holder(name) is not None:
        return False
    try:
        with db.session.begin_nested():
            db.session.execute(insert(Lease).values(name=name, owner=owner, until=now + LEASE))
    except IntegrityError:
        return False
    return True


def release(name: str, owner: str) -> None:
    """Give a lease back, if `owner` still holds it. The caller commits."""
    db.session.execute(
        delete(Lease).where(Lease.name == name, Lease.owner == owner),
        execution_options={"synchronize_session": False},
    )


def holder(name: str) -> tuple[str, datetime] | None:
    """Who holds a lease, and until when; None when nobody ever did or it was given back."""
    row = db.session.execute(select(Lease.owner, Lease.until).where(Lease.name == name)).first()
    return (row[0], row[1]) if row else None


def own_name() -> str:
    """Name this process so that another on the same machine can tell whether it still lives."""
    return f"{_machine()} {os.getpid()} {_started(os.getpid())} {secrets.token_hex(4)}"


def is_dead(owner: str) -> bool:
    """Say whether an owner is surely gone: a process of this machine that no longer runs."""
    machine, pid, started, _token = owner.rsplit(" ", 3)
    return machine == _machine() and _started(int(pid)) != started


def _machine() -> str:
    """Host and process namespace: process ids mean nothing to another container."""
    namespace = Path("/proc/self/ns/pid")
    return f"{socket.gethostname()}/{namespace.stat().st_ino if namespace.exists() else 0}"


def _started(pid: int) -> str:
    """When a process started, in ticks since boot; process ids are used again, this pair is not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return "gone"
