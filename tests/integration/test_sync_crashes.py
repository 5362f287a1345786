"""A run that is killed at any write and started again ends in the same state as one that was not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from extensions import db, utcnow
from models import BeforeImage, Customer, Link, Organisation, Project, SyncRun, Task, TimeEntry, User
from sync import engine
from sync.invariants import broken_invariants
from tests.syncing import Portal, connect

#: the sweep strikes at every so many statements
STEP = 5


class Killed(BaseException):
    """The process is gone; nothing of ours catches it."""


@contextmanager
def killed_at(nth: int, start: str = "") -> Iterator[list[int]]:
    """Kill this process at its nth statement that starts so; yields how many of them there were."""
    seen = [0]

    def strike(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen[0] += statement.startswith(start)
        if seen[0] == nth and statement.startswith(start):
            raise Killed

    event.listen(db.engine, "before_cursor_execute", strike)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", strike)


def fill(portal: Portal) -> None:
    """Something of everything: parents, children, kept out, waiting, general hours, several people."""
    zylker, acme = portal.client("Zylker Inc"), portal.client("Acme Ltd")
    asha = portal.edit("user.add", first_name="Asha", last_name="Rao", email="asha@acme.example")
    for name, client in (("Website", zylker), ("Shop", acme), ("Orphan", None)):
        project = portal.project(name, client)
        task = portal.task(project, f"Design {name}")
        portal.edit("issue.add", project=project, name=f"Bug of {name}")
        portal.log(project, task, owner=asha)
        portal.log(project, minutes=90)
        portal.log(project, task, billable=False)


def picture() -> dict[str, Any]:
    """Everything a sync brought, by remote ids and names rather than by our own ids."""
    db.session.expire_all()
    links = db.session.scalars(db.select(Link)).all()
    entries = {
        row.id: (row.project.name, row.task.name if row.task else None, row.user.name, row.seconds, row.billing_state)
        for row in db.session.scalars(db.select(TimeEntry))
    }
    return {
        "links": sorted((link.module, link.remote_id, link.local_id is None, link.reason or "") for link in links),
        "entries": sorted((link.remote_id, entries[link.local_id]) for link in links if link.local_id in entries
                          and link.module == "time_entries"),
        "projects": sorted((row.name, row.customer.name) for row in db.session.scalars(db.select(Project))),
        "names": [
            sorted(row.name for row in db.session.scalars(db.select(table))) for table in (Customer, Task, User)
        ],
        "images": db.session.scalar(db.select(db.func.count(BeforeImage.id))),
    }  # fmt: skip


def restart_and_finish() -> None:
    """What a start does: mark what nobody performs, then perform what is queued."""
    db.session.rollback()
    engine.recover(utcnow())
    for _ in range(5):
        if engine.perform_next() is None:
            return


def statements_of_an_undisturbed_run(portal: Portal) -> int:
    with killed_at(10**9) as seen:
        portal.sync()
    return seen[0]


@pytest.fixture
def portal(standin: Any, organisation: Organisation) -> Portal:
    found = connect(standin)
    fill(found)
    return found


@pytest.mark.req("R-15")
def test_a_first_sync_killed_at_any_write_ends_in_the_same_state(portal: Portal) -> None:
    portal.sync()  # keeps an access token, which no later run writes again
    forget_everything(portal)
    total = statements_of_an_undisturbed_run(portal)
    wanted = picture()
    assert len(wanted["entries"]) == 4

    for nth in range(10, total, STEP):
        forget_everything(portal)
        with killed_at(nth) as seen:
            try:
                portal.sync()
            except Killed:
                db.session.rollback()
        assert seen[0] >= nth
        restart_and_finish()

        assert picture() == wanted, f"killed at statement {nth} of {total}"
        assert broken_invariants() == []
        assert not db.session.scalars(db.select(SyncRun).where(SyncRun.state == "running")).all()


def forget_everything(portal: Portal) -> None:
    """Back to a connected integration that was never synced."""
    db.session.rollback()
    for table in (BeforeImage, TimeEntry, Link, SyncRun):
        db.session.execute(db.delete(table))
    db.session.execute(db.text("DELETE FROM project_staff"))
    db.session.execute(db.text("DELETE FROM tasks"))
    db.session.execute(db.text("DELETE FROM bugs"))
    for table in (Project, Customer, User):
        db.session.execute(db.delete(table))
    portal.integration.lease_owner = portal.integration.lease_until = portal.integration.synced_until = None
    db.session.commit()


@pytest.mark.req("R-15")
def test_an_interrupted_run_says_so_and_the_next_goes_on_where_it_stopped(portal: Portal) -> None:
    for number in range(450):
        portal.log(str(portal.standin.world.main.live_projects()[0].id), minutes=2, notes=f"hour {number}")
    with pytest.raises(Killed), killed_at(3, 'INSERT INTO "time_entries"'):
        portal.sync()
    db.session.rollback()
    calls_before = len(portal.standin.world.requests)

    restart_and_finish()

    first, second = db.session.scalars(db.select(SyncRun).order_by(SyncRun.id)).all()
    assert (first.state, second.trigger, second.state) == ("interrupted", "resume", "partial")
    again = [line for line in list(portal.standin.world.requests)[calls_before:] if "/tasks" in line["path"]]
    assert again == [], "what was complete is not read again"
