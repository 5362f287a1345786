"""Lets a run's row say what it waits for, and keeps what the remote said when it refused (requirements M-21)."""

from __future__ import annotations

import logging
from datetime import datetime
from math import ceil
from typing import Any

from sqlalchemy import Connection, Engine, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError

from extensions import db, utcnow
from models import Integration, RemoteCalls, SyncRun
from models.integration import LIVE_RUN_STATES
from sync.connection.access import connector_of
from sync.modules import MODULES

log = logging.getLogger(__name__)
MOST_SAID = 300


class RunWatcher:
    """Told by the throttle, from the thread of the run or the one that reads ahead; writes in short transactions.

    What it writes is a courtesy: a run does not fail because the database was busy for it.
    """

    def __init__(self, integration: Integration, run_id: int) -> None:
        self._engine: Engine = db.engine
        self._integration_id = integration.id
        self._run_id = run_id
        self._connector = connector_of(integration.connector)
        self._words = {key: str(module.title).lower() for key, module in MODULES.items()}
        #: endpoint → the sentence that its wait put on the run
        self._said: dict[str, str] = {}

    def waits(self, key: str, seconds: float) -> None:
        """Say on the run's row for what it waits, and count the seconds."""
        sentence = f"Waiting {_span(seconds)} for Zoho's limit on {self.subject(key)}. It goes on by itself."
        self._said[key] = sentence
        mine = (SyncRun.id == self._run_id, SyncRun.state.in_(LIVE_RUN_STATES))
        with self._writing() as database:
            database.execute(update(SyncRun).where(*mine).values(message=sentence, heartbeat_at=utcnow()))
            self._note(database, key, waited_seconds=ceil(seconds))

    def goes_on(self, key: str) -> None:
        """Take the sentence off again, unless another one stands there by now."""
        sentence = self._said.pop(key, None)
        if sentence is None:
            return
        mine = (SyncRun.id == self._run_id, SyncRun.message == sentence)
        with self._writing() as database:
            database.execute(update(SyncRun).where(*mine).values(message=""))

    def refused(self, key: str, status: int, seconds: float, said: str) -> None:
        """Keep when, how and for how long the remote refused."""
        now = utcnow()
        told = {"at": now.isoformat(), "status": status, "seconds": ceil(seconds), "said": said[:MOST_SAID]}
        with self._writing() as database:
            self._note(database, key, throttled=1, last_refusal=told)

    def subject(self, key: str) -> str:
        """What the calls of an endpoint are about, in words."""
        return self._words.get(self._connector.module_of(key) or "", "calls")

    def _writing(self) -> _Courtesy:
        return _Courtesy(self._engine)

    def _note(self, database: Connection, endpoint: str, **values: Any) -> None:
        """Add to the day's row of an endpoint."""
        row = {"integration_id": self._integration_id, "day": utcnow().date(), "endpoint": endpoint, "calls": 0}
        insert: Any = (sqlite if database.dialect.name == "sqlite" else postgresql).insert(RemoteCalls)
        added = {
            name: getattr(RemoteCalls, name) + value if isinstance(value, int) else value
            for name, value in values.items()
        }
        keys = ["integration_id", "day", "endpoint"]
        database.execute(insert.values(**row, **values).on_conflict_do_update(index_elements=keys, set_=added))


class _Courtesy:
    """A short transaction whose failure is logged and not felt."""

    def __init__(self, engine: Engine) -> None:
        self._block = engine.begin()

    def __enter__(self) -> Connection:
        return self._block.__enter__()

    def __exit__(self, *error: Any) -> bool:
        self._block.__exit__(*error)
        if error[0] is not None and issubclass(error[0], OperationalError):
            log.warning("a wait for the remote's limit could not be noted: %s", error[1])
            return True
        return False


def waiting_run(integration_id: int) -> tuple[str, datetime | None] | None:
    """Return what the live run of an integration waits for, and until when if it left; None when it does not wait."""
    query = select(SyncRun.message, SyncRun.not_before).where(
        SyncRun.integration_id == integration_id, SyncRun.state.in_(LIVE_RUN_STATES), SyncRun.message != ""
    )
    row = db.session.execute(query).first()
    return (row[0], row[1]) if row else None


def _span(seconds: float) -> str:
    """Return `40 s` or `12 min`."""
    return f"{ceil(seconds)} s" if seconds < 300 else f"{ceil(seconds / 60)} min"
