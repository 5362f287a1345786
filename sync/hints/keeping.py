"""The rows of hints: kept while they wait, shown for a while, then forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from extensions import db
from models import Hint, Link
from sync import state
from sync.hints.reading import Told
from sync.modules import MODULES

#: hints of one integration that may wait; more of them become one wish for a quick run
MOST_WAITING = 1_000
#: how long changes are collected before they are read
QUIET = timedelta(seconds=2)
#: settled hints are shown so long
KEPT_FOR = timedelta(days=14)
MOST_NAME = 80
#: stands in for all that was too much to be named
EVERYTHING = Told("", "", {}, "updated")


@dataclass(frozen=True, slots=True)
class Received:
    """A hint and what came of it: the outcome of its record's link if the run that took it decided on it."""

    hint: Hint
    outcome: str | None
    #: what the record is called here, else its remote id
    name: str

    @property
    def state(self) -> str:
        """Return waiting, reading, given_up, or done."""
        if self.hint.taken_run_id is None:
            return "done" if self.hint.settled_at else "waiting"
        if self.hint.settled_at is None:
            return "reading"
        return "given_up" if self.hint.is_given_up else "done"


def keep(integration_id: int, told: Sequence[Told], now: datetime) -> int:
    """Write down what was told; returns how many rows wait for it. The caller commits.

    Hints about a record that waits already only count up. With too many waiting, one wish for a quick run is kept.
    """
    if not told:
        return 0
    if _waiting(integration_id) + len(told) > MOST_WAITING:
        told = (EVERYTHING,)
    for item in told:
        put(integration_id, item, now, due_at=now + QUIET)
    return len(told)


def put(
    integration_id: int,
    told: Told,
    now: datetime,
    *,
    due_at: datetime,
    tries: int = 0,
    received_at: datetime | None = None,
) -> None:
    """Let one hint wait; one that waits for the same record already stays and is counted up."""
    hints = told.hints
    values = {
        "integration_id": integration_id, "module": told.module, "remote_id": told.remote_id,
        "project_id": hints.get("project", ""), "task_id": hints.get("task", ""), "bug_id": hints.get("bug", ""),
        "event": told.event, "received_at": received_at or now, "last_at": now, "due_at": due_at,
        "times": 1, "tries": tries, "is_given_up": False,
    }  # fmt: skip
    insert: Any = (sqlite if db.engine.dialect.name == "sqlite" else postgresql).insert(Hint).values(**values)
    new = insert.excluded
    again = {
        name: func.coalesce(func.nullif(new[name], ""), getattr(Hint, name))
        for name in ("project_id", "task_id", "bug_id")
    }
    statement = insert.on_conflict_do_update(
        index_elements=["integration_id", "module", "remote_id"],
        index_where=and_(Hint.taken_run_id.is_(None), Hint.settled_at.is_(None)),
        set_={**again, "times": Hint.times + 1, "last_at": new.last_at, "event": new.event},
    )  # fmt: skip
    db.session.execute(statement, execution_options={"synchronize_session": False})


def waiting(integration_id: int) -> tuple[ColumnElement[bool], ...]:
    """Say which hints of an integration no run has taken yet."""
    return Hint.integration_id == integration_id, Hint.taken_run_id.is_(None), Hint.settled_at.is_(None)


def _waiting(integration_id: int) -> int:
    some = select(Hint.id).where(*waiting(integration_id)).limit(MOST_WAITING).subquery()
    return db.session.scalar(select(func.count()).select_from(some)) or 0


def recent(integration_id: int, count: int = 20) -> list[Received]:
    """Return the newest hints with what came of them; one statement, and one per module for the names."""
    here = and_(
        Link.integration_id == Hint.integration_id, Link.module == Hint.module, Link.remote_id == Hint.remote_id
    )
    query = (
        select(Hint, Link.run_id, Link.outcome, Link.local_id)
        .outerjoin(Link, here)
        .where(Hint.integration_id == integration_id)
        .order_by(Hint.id.desc())
        .limit(count)
    )
    rows = db.session.execute(query).all()
    names = _names([(hint.module, local_id) for hint, _run, _outcome, local_id in rows if local_id])
    return [
        Received(
            hint,
            outcome if run_id == hint.taken_run_id else None,
            names.get((hint.module, local_id or 0), hint.remote_id),
        )
        for hint, run_id, outcome, local_id in rows
    ]


def _names(keys: Sequence[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """Return what the rows of ours are called; hours without notes by their date."""
    found = {}
    for module in {module for module, _local_id in keys} & MODULES.keys():
        ids = [local_id for name, local_id in keys if name == module]
        for local_id, row in state.rows_by_id(db.session.connection(), MODULES[module], ids).items():
            called = row.get("name") or row.get("title") or row.get("notes") or row.get("date")
            found[module, local_id] = str(called or local_id)[:MOST_NAME]
    return found


def last_received_at(integration_id: int) -> datetime | None:
    """Return when the newest hint came; None when none ever did, or none for two weeks."""
    newest = select(Hint.last_at).where(Hint.integration_id == integration_id).order_by(Hint.id.desc()).limit(20)
    return max(db.session.scalars(newest), default=None)


def prune(now: datetime) -> None:
    """Forget what was settled long ago. The caller commits."""
    db.session.execute(
        delete(Hint).where(Hint.settled_at < now - KEPT_FOR), execution_options={"synchronize_session": False}
    )
