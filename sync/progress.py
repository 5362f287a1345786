"""The run's own rows: what it is at, what it counted, how it ended. The row is the message to the pages."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, func, or_, select, update

from extensions import utcnow
from models import Integration, Link, Project, RemoteCalls, SyncRun, SyncRunModule
from models.integration import LIVE_RUN_STATES
from sync import bulk
from sync.applier import Counts
from sync.reasons import REASONS

FAILURES = [code for code, reason in REASONS.items() if reason.kind == "failed"]


def start_module(connection: Connection, run_id: int, module: str, expected: int | None) -> None:
    """Say that a module is being read."""
    _set(connection, run_id, module, state="running", started_at=utcnow(), expected=expected, message="")


def note_page(
    connection: Connection, run_id: int, module: str, counts: Counts, cursor: str | None, *, moves: bool
) -> None:
    """Add one page's counts and, when it `moves`, the place where the next page starts."""
    added = {f"more_{name}": count for name, count in counts.items()}
    if added or moves:
        parameters = {"of_run": run_id, "of_module": module, **added, **({"place": cursor} if moves else {})}
        connection.execute(_adding(tuple(name for name, _ in counts.items()), moves), parameters)


@cache
def _adding(names: tuple[str, ...], moves: bool) -> Any:
    """The statement that adds to these counts: built once, for every page says it."""
    table: Any = SyncRunModule.__table__
    values: dict[str, Any] = {name: table.c[name] + bindparam(f"more_{name}") for name in names}
    if moves:
        values["cursor"] = bindparam("place")
    mine = (table.c.run_id == bindparam("of_run"), table.c.module == bindparam("of_module"))
    return update(table).where(*mine).values(**values)


def end_module(connection: Connection, run_id: int, module: str, integration_id: int, *, is_preview: bool) -> None:
    """Say that a module was read to its end: ok, or partial while records of it could not be processed."""
    table: Any = SyncRunModule.__table__
    if is_preview:
        mine = (table.c.run_id == run_id, table.c.module == module)
        failed = connection.scalar(select(table.c.failed).where(*mine)) or 0
    else:
        failed = count_failures(connection, integration_id, module)
    state = "partial" if failed else "ok"
    _set(connection, run_id, module, state=state, is_complete=True, ended_at=utcnow())


def count_failures(connection: Connection, integration_id: int, module: str) -> int:
    """Count the records of a module that cannot be processed as things stand."""
    query = select(func.count()).where(
        Link.integration_id == integration_id, Link.module == module, Link.reason.in_(FAILURES), ~Link.is_muted
    )
    return connection.scalar(query) or 0


def fail_module(connection: Connection, run_id: int, module: str, message: str, state: str = "failed") -> None:
    """Say why a module could not be read; the others go on (requirements P-39)."""
    _set(connection, run_id, module, state=state, message=message, is_complete=False, ended_at=utcnow())


def _set(connection: Connection, run_id: int, module: str, **values: Any) -> None:
    mine = (SyncRunModule.run_id == run_id, SyncRunModule.module == module)
    connection.execute(update(SyncRunModule).where(*mine).values(**values))


def set_run(connection: Connection, run_id: int, **values: Any) -> None:
    """Write fields of the run's row."""
    connection.execute(update(SyncRun).where(SyncRun.id == run_id).values(**values))


CALLING = update(SyncRun).where(SyncRun.id == bindparam("of_run")).values(calls=SyncRun.calls + bindparam("more"))


class Calls:
    """Counts the calls of a run; `flush` adds what is new to the run's row and to the day's meter (M-21)."""

    def __init__(self, integration_id: int, run_id: int) -> None:
        self.integration_id = integration_id
        self.run_id = run_id
        self.fresh: Counter[str] = Counter()

    def observe(self, method: str, path: str, status: int, waited: float) -> None:
        """Be told of one call."""
        self.fresh[f"{method} {path}"] += 1

    def flush(self, connection: Connection, now: datetime) -> None:
        """Write what was counted since the last time."""
        fresh, self.fresh = self.fresh, Counter()
        if not fresh:
            return
        connection.execute(CALLING, {"of_run": self.run_id, "more": fresh.total()})
        rows = [(self.integration_id, now.date(), endpoint, count) for endpoint, count in fresh.items()]
        tail = "ON CONFLICT (integration_id, day, endpoint) DO UPDATE SET calls = remote_calls.calls + excluded.calls"
        columns = ("integration_id", "day", "endpoint", "calls")
        bulk.insert(connection, RemoteCalls.__table__, columns, rows, tail)


def end_run(
    connection: Connection, run_id: int, state: str, message: str, fault_id: str = "", *, only_live: bool = False
) -> None:
    """End a run and what of it was still going on."""
    mine = [SyncRun.id == run_id, *([SyncRun.state.in_(LIVE_RUN_STATES)] if only_live else [])]
    now = utcnow()
    connection.execute(
        update(SyncRun).where(*mine).values(state=state, message=message, fault_id=fault_id, ended_at=now)
    )
    open_ones = (SyncRunModule.run_id == run_id, SyncRunModule.state.in_(("queued", "running")))
    connection.execute(update(SyncRunModule).where(*open_ones).values(state="failed", ended_at=now))


def set_integration(connection: Connection, integration_id: int, **values: Any) -> None:
    """Write fields of the integration's row."""
    connection.execute(update(Integration).where(Integration.id == integration_id).values(**values))


def count_linked(connection: Connection, integration_id: int, module: str) -> int:
    """Count the records of a module that are here."""
    query = select(func.count()).where(
        Link.integration_id == integration_id, Link.module == module, Link.local_id.is_not(None)
    )
    return connection.scalar(query) or 0


def has_links(connection: Connection, integration_id: int, module: str) -> bool:
    """Whether anything was ever concluded about records of a module."""
    query = select(Link.id).where(Link.integration_id == integration_id, Link.module == module).limit(1)
    return connection.scalar(query) is not None


def active_projects(connection: Connection, integration_id: int) -> list[str]:
    """Return the remote ids of the active projects that are here: where new hours can appear."""
    query = (
        select(Link.remote_id)
        .join(Project, Project.id == Link.local_id)
        .where(Link.integration_id == integration_id, Link.module == "projects", Project.is_active)
        .order_by(Link.id)
    )
    return list(connection.scalars(query))


def expect(connection: Connection, run_id: int, module: str, total: int) -> None:
    """Note how many records there will be, where the remote says so."""
    _set(connection, run_id, module, expected=total)


def hold_removals(connection: Connection, run_id: int, module: str, count: int) -> None:
    """Say that removals wait for a person (the delete brake)."""
    what = "1 record is" if count == 1 else f"{count} records are"
    message = f"{what} no longer listed in Zoho. Nothing was removed: look there first."
    _set(connection, run_id, module, message=message)


def drop_idle(connection: Connection, run_id: int) -> None:
    """Leave out of a small run's report the modules it did nothing about; a hot look that saw nothing goes whole."""
    table: Any = SyncRunModule.__table__
    names = ("added", "updated", "unchanged", "removed", "excluded", "failed")
    is_idle = and_(*(table.c[name] == 0 for name in names), table.c.message == "")
    connection.execute(delete(table).where(table.c.run_id == run_id, is_idle))
    changes = ("added", "updated", "removed", "excluded", "failed")
    is_news = or_(*(table.c[name] > 0 for name in changes), table.c.message != "")
    news = select(table.c.id).where(table.c.run_id == run_id, is_news).exists()
    connection.execute(delete(SyncRun).where(SyncRun.id == run_id, SyncRun.kind == "hot", ~news))


def modules_of(connection: Connection, run_id: int) -> list[tuple[str, str]]:
    """Return state and message of each module of a run, in order."""
    query = (
        select(SyncRunModule.state, SyncRunModule.message)
        .where(SyncRunModule.run_id == run_id)
        .order_by(SyncRunModule.position)
    )
    return [(row.state, row.message) for row in connection.execute(query)]
