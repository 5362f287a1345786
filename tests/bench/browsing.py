"""Reading and writing while a first sync runs: how much longer people wait, at the API's pace and flat out."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from flask import Flask
from flask.testing import FlaskClient

from extensions import db
from tests import factories
from tests.bench.measure import Asked, Figure, p95
from tests.bench.pages import browser_get
from tests.bench.place import connect, enqueue, perform, place, remote

#: so many time logs; the sync runs in a thread of this process, as it does under `./crossbill up`
ENTRIES = 20_000
#: at the API's pace a page of 200 comes in at most this often
PACE = 0.5
#: reads of the quiet time before
ALONE = 200
#: a person does not click faster than this
BREATH = 0.02


def run(asked: Asked) -> Iterator[Figure]:
    """One person reads lists and writes now and then, first alone, then beside a sync."""
    entries = min(asked.entries, ENTRIES)
    for how, read_goal, pause in (("at the API's pace", "≤ 1.15×", PACE), ("flat out", "≤ 1.7×", 0.0)):
        with remote(entries) as here, place(asked) as app:
            integration = connect(app, here)
            if pause:
                here.call("POST", "/_standin/troubles", {"kind": "delay", "path": "timelogs", "seconds": pause})
            person = factories.make_user("Olga Marsh", "owner")
            db.session.commit()
            browser = factories.sign_in(app.test_client(), person)
            idle, run_id = Waits(), enqueue(integration, "full")
            _visit(browser, idle, lambda waits=idle: len(waits.reads) < ALONE)
            syncing = threading.Thread(target=contextvars.Context().run, args=(_sync, app, run_id))
            syncing.start()
            busy = Waits()
            _visit(browser, busy, syncing.is_alive)
            ratio = p95(busy.reads) / p95(idle.reads)
            shown = f"{ratio:.2f}× ({p95(busy.reads) * 1000:.1f} / {p95(idle.reads) * 1000:.1f} ms)"
            yield Figure(f"{how}: p95 of {len(busy.reads)} reads beside a sync against alone", shown, read_goal)
            wrote = f"{p95(busy.writes) * 1000:.1f} ms (alone {p95(idle.writes) * 1000:.1f} ms)"
            yield Figure(f"{how}: p95 of {len(busy.writes)} writes", wrote, "≤ 100 ms flat out")


@dataclass
class Waits:
    """How long one person waited for each page and for each change, in seconds."""

    reads: list[float] = field(default_factory=list)
    writes: list[float] = field(default_factory=list)


def _visit(browser: FlaskClient, waits: Waits, goes_on: Callable[[], bool]) -> None:
    """Read the list of hours, and write a row at every fifth turn."""
    browser_get(browser, "/time/")
    while goes_on() or len(waits.reads) < 40:
        waits.reads.append(_took(lambda: browser_get(browser, "/time/")))
        if len(waits.reads) % 5 == 0:
            waits.writes.append(_took(_write))
        time.sleep(BREATH)


def _write() -> None:
    """What a small form does: one short write transaction."""
    factories.make_customer()
    db.session.commit()


def _took(action: Callable[[], object]) -> float:
    begin = time.monotonic()
    action()
    return time.monotonic() - begin


def _sync(app: Flask, run_id: int) -> None:
    with app.app_context():
        perform(run_id)
        db.session.remove()
