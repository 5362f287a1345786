"""First sync: CPU against the driver loop, memory, calls; then the same again with nothing and with 1 % changed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from math import ceil

from sqlalchemy import event

from extensions import db
from models import Integration, SyncRun
from tests.bench import driver_loop
from tests.bench.measure import Asked, Compared, Figure, cpu, resident_mb, shown
from tests.bench.place import Ahead, Remote, connect, enqueue, perform, place, remote

#: what dlt 1.31 takes for the same work, in driver loops of the same machine (28 s / 3.0 s, spec quality.md)
DLT = 28 / 3.0
#: the limit that the stand-in keeps and tells in its headers: so many calls in so many seconds
LIMIT, WINDOW = 200, 120
BUSINESS = ("customers", "projects", "users", "milestones", "tasks", "bugs", "time_entries", "links", "project_staff")


def run(asked: Asked) -> Iterator[Figure]:
    """One portal for all rounds; each round has a fresh database."""
    with remote(asked.entries) as here:
        taken: list[tuple[float, float, float]] = []
        for number in range(asked.rounds):
            with place(asked) as app:
                integration = connect(app, here)
                here.call("DELETE", "/_standin/requests")
                run_id, idle = enqueue(integration, "full"), resident_mb()
                begin = time.monotonic()
                work = cpu(lambda run_id=run_id: perform(run_id))
                wall, grown = time.monotonic() - begin, resident_mb() - idle
                addresses, token = here.asked_for("/timelogs"), here.token()
                plain = cpu(lambda: driver_loop.drive(here, addresses, token, is_indexed=False))  # noqa: B023
                indexed = cpu(lambda: driver_loop.drive(here, addresses, token, is_indexed=True))  # noqa: B023
                taken.append((work, plain, indexed))
                if number == 0:
                    yield from _sizes(asked, run_id, wall, grown)
                    yield from _again(here, integration)
        work, plain, indexed = zip(*taken, strict=True)
        yield _against("CPU, against the bare driver loop", Compared(work, plain), "≤ 2×", asked)
        yield _against("CPU, against the driver loop with our indices", Compared(work, indexed), "≤ 2×", asked)
        lead = DLT / Compared(work, plain).ratio
        yield Figure("times less CPU than dlt (9.3 driver loops)", f"{lead:.1f}×", "≥ 5×", asked.rounds)


def _against(what: str, compared: Compared, goal: str, asked: Asked) -> Figure:
    return Figure(f"{asked.entries} entries: {what}", compared.text(), goal, asked.rounds)


def _sizes(asked: Asked, run_id: int, wall: float, grown: float) -> Iterator[Figure]:
    done = db.session.get_one(SyncRun, run_id)
    seen = sum(module.seen for module in done.modules)
    bound = sum(ceil(module.seen / 200) for module in done.modules)
    projects = next(module.seen for module in done.modules if module.module == "projects")
    yield Figure("wall time, stand-in on the same cores", shown(wall), "≥ 5× dlt")
    yield Figure("memory grown over the idle app", f"{grown:.0f} MB", "≤ 40 MB, flat in N")
    yield Figure("calls per 1,000 records", f"{done.calls * 1000 / seen:.2f}", "5.0 where the wire allows it")
    lists = done.calls - projects
    yield Figure(
        "calls against Σ ceil(N/200), without one a project for its client",
        f"{lists / bound:.3f}× ({lists} / {bound}, + {projects})", "≤ 1.02×",
    )  # fmt: skip


def _again(here: Remote, integration: Integration) -> Iterator[Figure]:
    """Quick runs after the first: nothing changed, then a hundredth of the time logs."""
    writes: list[str] = []
    prefixes = tuple(f"{verb} {quote}{table}{quote}" for verb in ("INSERT INTO", "UPDATE", "DELETE FROM")
                     for table in BUSINESS for quote in ("", '"'))  # fmt: skip

    @event.listens_for(db.engine, "before_cursor_execute")
    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith(prefixes):
            writes.append(statement[:40])

    here.pass_time()
    db.session.refresh(integration)
    run_id = enqueue(integration, "quick")
    took = cpu(lambda: perform(run_id))
    done = db.session.get_one(SyncRun, run_id)
    lists = len(done.modules)
    yield Figure("nothing changed: calls, row writes", f"{done.calls}, {len(writes)}", "1 a list, 0")
    yield Figure("nothing changed: CPU a list", shown(took / lists), "≤ 10 ms")
    yield from _changed(here, integration)
    event.remove(db.engine, "before_cursor_execute", note)


def _changed(here: Remote, integration: Integration) -> Iterator[Figure]:
    known = db.session.execute(db.text("SELECT remote_id FROM links WHERE module = 'time_entries' AND id % 100 = 0"))
    ids = [row.remote_id for row in known]
    db.session.rollback()
    here.call("POST", "/_standin/world", {"verb": "logs.set", "ids": ids, "notes": "Changed by the bench"})
    here.pass_time()
    run_id = enqueue(integration, "quick")
    took = cpu(lambda: perform(run_id))
    done = db.session.get_one(SyncRun, run_id)
    row = next(module for module in done.modules if module.module == "time_entries")
    what = f"{len(ids)} changed: found {row.updated} updated in {row.seen} read, {done.calls} calls; CPU"
    yield Figure(what, shown(took), "≤ 120 ms")


def throttled(asked: Asked) -> Iterator[Figure]:
    """A first sync at the documented limit on a clock that both sides share: no block, and close to the bound."""
    entries = min(asked.entries, 100_000)
    with remote(entries, "documented") as here, place(asked) as app:
        clock = Ahead()
        clock.follow = here.pass_time
        integration = connect(app, here, clock)
        here.call("DELETE", "/_standin/requests")
        run_id, begin = enqueue(integration, "full"), clock.now()
        perform(run_id)
        took = (clock.now() - begin).total_seconds()
        rows = here.call("GET", "/_standin/requests")["requests"]
        blocks = sum(row["status"] in {400, 429} for row in rows)
        calls = len([row for row in rows if "/timelogs" in row["path"]])
        bound = max((calls - 1) // LIMIT * WINDOW, 1)
        yield Figure(f"{entries} entries: calls that were blocked", str(blocks), "0")
        pace = f"{took / bound:.2f}× ({took:.0f} / {bound} s)"
        yield Figure(f"time for {calls} calls at {LIMIT} in {WINDOW} s, against the bound", pace, "≤ 1.15×")
