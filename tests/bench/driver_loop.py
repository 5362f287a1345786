"""The yardstick of a first sync: the same calls over a bare socket, `json`, tuples, and `sqlite3` in blocks of 2,000.

It knows no rules, reads nothing back, resolves no parents and survives nothing. Fetching and JSON are included.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from extensions import SQLITE_PRAGMAS
from tests.bench.place import Remote

BLOCK = 2_000
#: tables without second indices or foreign keys
PLAIN = """
CREATE TABLE entries (id INTEGER PRIMARY KEY, remote_id TEXT NOT NULL UNIQUE, project TEXT, task TEXT, bug TEXT,
  user TEXT, date TEXT, seconds INTEGER, start_time TEXT, end_time TEXT, notes TEXT, is_billable INTEGER,
  approval TEXT, billing_state TEXT, source TEXT);
CREATE TABLE links (id INTEGER PRIMARY KEY, module TEXT, remote_id TEXT, hash BLOB, outcome TEXT, decided_at TEXT,
  UNIQUE (module, remote_id));
"""
#: the second indices that pages and sums need: of time entries by project, state, person, task, bug and day
INDEXED = """
CREATE INDEX e1 ON entries (date, id); CREATE INDEX e2 ON entries (project, billing_state, date, id, seconds);
CREATE INDEX e3 ON entries (project, date, id); CREATE INDEX e4 ON entries (billing_state, date, id);
CREATE INDEX e5 ON entries (user, date, id); CREATE INDEX e6 ON entries (task); CREATE INDEX e7 ON entries (bug);
"""
ENTRY = "remote_id, project, task, bug, user, date, seconds, start_time, end_time, notes, is_billable, approval"
UPSERT_ENTRY = (
    f"INSERT INTO entries ({ENTRY}, billing_state, source) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,'unbilled','zoho') "
    "ON CONFLICT (remote_id) DO UPDATE SET project = excluded.project, task = excluded.task, user = excluded.user, "
    "date = excluded.date, seconds = excluded.seconds, notes = excluded.notes, is_billable = excluded.is_billable"
)
UPSERT_LINK = (
    "INSERT INTO links (module, remote_id, hash, outcome, decided_at) VALUES ('time_entries',?,?,'added',?) "
    "ON CONFLICT (module, remote_id) DO UPDATE SET hash = excluded.hash, outcome = excluded.outcome"
)


def drive(here: Remote, addresses: Sequence[str], token: str, *, is_indexed: bool) -> int:
    """Fetch, map and upsert everything; returns how many rows there are."""
    with tempfile.TemporaryDirectory(prefix="crossbill-bench-") as folder:
        database = sqlite3.connect(Path(folder) / "driver.sqlite3", isolation_level=None)
        for pragma in SQLITE_PRAGMAS:
            database.execute(f"PRAGMA {pragma}")
        database.executescript(PLAIN + (INDEXED if is_indexed else ""))
        block: list[tuple[Any, ...]] = []
        for page in _pages(here, addresses, token):
            block += page
            if len(block) >= BLOCK:
                _write(database, block)
                block.clear()
        _write(database, block)
        found: int = database.execute("SELECT count(*) FROM entries").fetchone()[0]
        database.close()
        return found


def _write(database: sqlite3.Connection, block: Sequence[tuple[Any, ...]]) -> None:
    database.execute("BEGIN IMMEDIATE")
    database.executemany(UPSERT_ENTRY, block)
    links = [(row[0], blake2b(repr(row).encode(), digest_size=16).digest(), "2026-11-24 00:00:00") for row in block]
    database.executemany(UPSERT_LINK, links)
    database.execute("COMMIT")


def _pages(here: Remote, addresses: Sequence[str], token: str) -> Iterator[list[tuple[Any, ...]]]:
    http = HTTPConnection(urlsplit(here.facts["base_url"]).netloc)
    for address in addresses:
        http.request("GET", address, headers={"Authorization": f"Zoho-oauthtoken {token}"})
        body = json.loads(http.getresponse().read())
        yield [_row(log) for day in body["time_logs"] for log in day["log_details"]]
    http.close()


def _row(log: dict[str, Any]) -> tuple[Any, ...]:
    item = log.get("module_detail") or {}
    hours, _, minutes = log["log_hour"].partition(":")
    is_task = item.get("type") == "task"
    return (
        log["id"], log["project"]["id"], item.get("id") if is_task else None, None if is_task else item.get("id"),
        log["owner"]["zpuid"], log["date"], int(hours) * 3600 + int(minutes or 0) * 60, log.get("start_time"),
        log.get("end_time"), log.get("notes"), log["billing_status"] == "Billable", str(log.get("approval")),
    )  # fmt: skip
