"""The real process, really killed: start again, same data (requirements R-15)."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from flask import Flask

from config import Config
from extensions import db, reading
from models import Integration, Link, SyncRun, TimeEntry
from standin import World
from sync.invariants import broken_invariants
from tests.syncing import connect

ROOT = Path(__file__).parents[2]
ENTRIES = 6_000
KILLS = 6


class Remote:
    """What `connect` needs to know of a live stand-in."""

    def __init__(self, world: World, url: str) -> None:
        self.world, self.url = world, url


@pytest.fixture
def world() -> World:
    return World.sized(11, customers=6, projects=12, time_entries=ENTRIES)


def sync_process(app: Flask, config: Config) -> subprocess.Popen[bytes]:
    """`crossbill sync` as an operating-system process of its own on the test's data."""
    settings = {
        "CROSSBILL_DATA": str(config.data_folder), "DATABASE_URL": config.database_url,
        "SECRET_KEY": config.secret_key, "ENCRYPTION_KEYS": " ".join(config.encryption_keys),
        "ALLOW_PRIVATE_REMOTES": "1",
    }  # fmt: skip
    command = [sys.executable, "-m", "flask", "--app", "app", "sync", "--full", "--json"]
    return subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **settings}, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def entries_here() -> int:
    with reading():
        found = db.session.scalar(db.select(db.func.count(TimeEntry.id))) or 0
        db.session.rollback()
    return found


@pytest.mark.req("R-15", "R-16")
def test_a_first_sync_that_is_killed_again_and_again_ends_in_the_same_data(
    app: Flask, config: Config, organisation: object, world: World, live_standin: str
) -> None:
    connect(Remote(world, live_standin))
    db.session.commit()
    dice = random.Random(5)
    started = time.monotonic()

    kills = 0
    while kills < KILLS and entries_here() < ENTRIES:
        process = sync_process(app, config)
        before = entries_here()
        while process.poll() is None and entries_here() < before + 400:
            time.sleep(0.02)
        time.sleep(dice.random() / 10)
        process.kill()
        process.communicate()
        kills += 1
    last = sync_process(app, config)
    output, errors = last.communicate(timeout=120)

    assert last.returncode == 0, errors.decode()[-2000:]
    assert json.loads(output)["state"] == "ok"
    wanted = {
        str(log.id): log.minutes * 60
        for log in world.main.book.by_id.values()
        if log.billable and log.approval == "Approved"
    }
    query = db.select(Link.remote_id, TimeEntry.seconds).join(TimeEntry, TimeEntry.id == Link.local_id)
    found = {row[0]: row[1] for row in db.session.execute(query.where(Link.module == "time_entries"))}
    assert found == wanted
    assert entries_here() == len(wanted)
    assert broken_invariants() == []
    states = [run.state for run in db.session.scalars(db.select(SyncRun))]
    assert states.count("interrupted") >= 1
    assert "running" not in states
    assert db.session.scalars(db.select(Integration)).one().lease_owner is None
    assert time.monotonic() - started < 120
