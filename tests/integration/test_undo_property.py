"""Whatever changes in Zoho, and whatever is invoiced meanwhile: sync and undo lead back to the state before (M-02)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from billing import transactions
from billing.proof import proof
from billing.transactions import TimeChoice
from extensions import Base, db
from models import Allocation, SyncRun, TimeEntry
from standin import World
from sync import bulk, connection, engine, undo
from sync.invariants import broken_invariants
from tests import factories
from tests.conftest import serve_world
from tests.syncing import TEST, Portal, connect

pytestmark = [pytest.mark.both_databases, pytest.mark.req("M-02", "M-05")]

#: the tables that a sync writes
WRITTEN = ("customers", "users", "projects", "milestones", "tasks", "bugs", "project_staff", "time_entries")
#: when a row was written last is no part of what it says
STAMPS = {"updated_at"}
PLACES = st.integers(0, 5)
WORDS = st.sampled_from(["Alpha", "Bravo", "Charlie", "Żółw", "Delta & Co"])
EDITS = st.one_of(
    st.tuples(st.just("client"), WORDS),
    st.tuples(st.just("rename_client"), PLACES, WORDS),
    st.tuples(st.just("project"), WORDS, PLACES),
    st.tuples(st.sampled_from(["rename_project", "primary"]), PLACES, WORDS),
    st.tuples(st.just("trash_project"), PLACES),
    st.tuples(st.sampled_from(["task", "issue", "milestone"]), PLACES, WORDS),
    st.tuples(st.sampled_from(["rename_task", "drop_task", "drop_milestone"]), PLACES, WORDS),
    st.tuples(st.just("log"), PLACES, PLACES, st.integers(1, 9), PLACES),
    st.tuples(st.sampled_from(["longer_log", "drop_log", "disapprove", "approve"]), PLACES, WORDS),
    st.tuples(st.sampled_from(["longer_log", "disapprove"]), PLACES, WORDS),
    st.tuples(st.just("person"), WORDS),
)
ROUNDS = st.lists(st.lists(EDITS, min_size=3, max_size=7), min_size=2, max_size=3)


def snapshot() -> dict[str, dict[int, Any]]:
    """Every row of the written tables, as plain values."""
    db.session.expire_all()
    found: dict[str, dict[int, Any]] = {}
    for name in WRITTEN:
        table = Base.metadata.tables[name]
        rows = db.session.execute(db.select(table)).mappings()
        found[name] = {
            row["id"]: json.loads(bulk.dump({key: value for key, value in row.items() if key not in STAMPS}))
            for row in rows
        }
    return found


@dataclass
class Remote:
    """Random edits, aimed at what is there; those that aim at nothing do nothing."""

    portal: Portal
    ids: dict[str, list[str]] = field(default_factory=lambda: {key: [] for key in (
        "client", "project", "task", "issue", "milestone", "log", "person"
    )})  # fmt: skip
    projects_of: dict[str, str] = field(default_factory=dict)
    items_of: dict[str, str | None] = field(default_factory=dict)
    #: project → the newest task list of a milestone
    lists_of: dict[str, str] = field(default_factory=dict)

    def start(self) -> None:
        """A small portal that has something of everything."""
        for name in ("Zylker", "Acme"):
            self.do(("client", name))
        for number, name in enumerate(("Website", "Shop")):
            for step in (
                ("project", name, number), ("milestone", number, "Launch"), ("task", number, "Design"),
                ("task", number, "Build"), ("issue", number, "Broken"), ("person", "Asha"),
                ("log", number, 0, 2, number), ("log", number, 1, 3, number), ("log", number, 2, 4, number),
            ):  # fmt: skip
                self.do(step)

    def do(self, step: tuple[Any, ...]) -> None:
        """Change the remote by one step."""
        getattr(self, step[0] if step[0] not in ("issue",) else "issue_")(*step[1:])

    def pick(self, kind: str, place: int) -> str | None:
        """One of the records of a kind that are still there."""
        found = self.ids[kind]
        return found[place % len(found)] if found else None

    def client(self, name: str) -> None:
        self.ids["client"].append(self.portal.client(f"{name} {len(self.ids['client'])}"))

    def rename_client(self, place: int, name: str) -> None:
        self.portal.edit("client.set", id=self.pick("client", place), name=f"{name} renamed")

    def project(self, name: str, place: int) -> None:
        self.ids["project"].append(self.portal.project(name, self.pick("client", place)))

    def rename_project(self, place: int, name: str) -> None:
        if project := self.pick("project", place):
            self.portal.edit("project.set", id=project, name=f"{name} again")

    def primary(self, place: int, _name: str) -> None:
        client, project = self.pick("client", place), self.pick("project", place)
        if project:
            self.portal.edit("project.attach", id=project, client=client)
            self.portal.edit("project.primary", id=project, client=client)

    def trash_project(self, place: int) -> None:
        if project := self.pick("project", place):
            self.portal.edit("project.trash", id=project)
            self.ids["project"].remove(project)
            for kind in ("task", "issue", "milestone", "log"):
                self.ids[kind] = [one for one in self.ids[kind] if self.projects_of[one] != project]

    def _in_project(self, verb: str, kind: str, place: int, **values: Any) -> str | None:
        project = self.pick("project", place)
        if project is None:
            return None
        made: str = self.portal.edit(verb, project=project, **values)
        self.ids[kind].append(made)
        self.projects_of[made] = project
        return made

    def task(self, place: int, name: str) -> None:
        tasklist = self.lists_of.get(self.pick("project", place) or "")
        self._in_project("task.add", "task", place, name=name, **({"tasklist": tasklist} if tasklist else {}))

    def issue_(self, place: int, name: str) -> None:
        self._in_project("issue.add", "issue", place, name=name)

    def milestone(self, place: int, name: str) -> None:
        if made := self._in_project("milestone.add", "milestone", place, name=name):
            project = self.projects_of[made]
            self.lists_of[project] = self.portal.edit("tasklist.add", project=project, name=name, milestone=made)

    def rename_task(self, place: int, name: str) -> None:
        if task := self.pick("task", place):
            self.portal.edit("task.set", id=task, name=f"{name} more")

    def drop_task(self, place: int, _name: str) -> None:
        if task := self.pick("task", place):
            self.portal.edit("task.delete", id=task)
            self.ids["task"].remove(task)
            self.ids["log"] = [one for one in self.ids["log"] if self.items_of.get(one) != task]

    def drop_milestone(self, place: int, _name: str) -> None:
        if milestone := self.pick("milestone", place):
            self.portal.edit("milestone.delete", id=milestone)
            self.ids["milestone"].remove(milestone)

    def person(self, name: str) -> None:
        number = len(self.ids["person"])
        made = self.portal.edit("user.add", first_name=name, last_name=str(number), email=f"p{number}@acme.example")
        self.ids["person"].append(made)

    def log(self, project: int, task: int, hours: int, person: int) -> None:
        mine, owner = self.pick("project", project), self.pick("person", person)
        tasks = [one for one in self.ids["task"] if self.projects_of[one] == mine]
        if mine:
            item = tasks[task % len(tasks)] if tasks and task else None
            made = self.portal.log(mine, item, minutes=30 * hours, **({"owner": owner} if owner else {}))
            self.ids["log"].append(made)
            self.projects_of[made], self.items_of[made] = mine, item

    def _log(self, place: int, **values: Any) -> None:
        if log := self.pick("log", place):
            self.portal.edit("log.set", id=log, **values)

    def longer_log(self, place: int, name: str) -> None:
        self._log(place, minutes=45, notes=name)

    def disapprove(self, place: int, _name: str) -> None:
        self._log(place, approval="Unapproved")

    def approve(self, place: int, _name: str) -> None:
        self._log(place, approval="Approved")

    def drop_log(self, place: int, _name: str) -> None:
        if log := self.pick("log", place):
            self.portal.edit("log.delete", id=log)
            self.ids["log"].remove(log)


@contextmanager
def a_portal(app: Any) -> Iterator[Remote]:
    """A new portal for each example, beside an empty database."""
    db.session.rollback()
    for table in reversed(Base.metadata.sorted_tables):
        db.session.execute(delete(table))
    factories.make_organisation()
    db.session.commit()
    with contextmanager(serve_world)(app, World.empty()) as standin:
        remote = Remote(connect(standin))
        remote.start()
        yield remote


def runs_of(portal: Portal) -> Iterator[tuple[SyncRun, dict[str, dict[int, Any]]]]:
    """Sync, and release what the brake held: each run with the state before it."""
    before = snapshot()
    yield portal.sync(), before
    if portal.held():
        before = snapshot()
        run, _is_new = connection.release_removals(portal.integration, TEST)
        db.session.commit()
        done = engine.perform(run.id)
        assert done is not None
        yield done, before


def take_back(portal: Portal, run: SyncRun) -> SyncRun:
    """Undo a run."""
    done = undo.undo(portal.integration, db.session.get_one(SyncRun, run.id), TEST)
    db.session.commit()
    db.session.expire_all()
    return done


PROPERTY = settings(
    max_examples=8, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip


@PROPERTY
@given(rounds=ROUNDS)
def test_sync_and_undo_lead_back_to_the_state_before_and_a_second_undo_to_the_one_after(
    app: Any, db_session: Any, rounds: list[list[tuple[Any, ...]]]
) -> None:
    with a_portal(app) as remote:
        for steps in rounds:
            for step in steps:
                remote.do(step)
            for run, before in runs_of(remote.portal):
                after = snapshot()
                if after == before:
                    continue

                done = take_back(remote.portal, run)

                assert snapshot() == before
                assert broken_invariants() == []
                take_back(remote.portal, done)
                assert snapshot() == after
                assert broken_invariants() == []


@PROPERTY
@given(rounds=ROUNDS, billed=st.sets(PLACES, min_size=1), voided=st.booleans())
def test_what_was_invoiced_between_stays_and_the_rest_goes_back(
    app: Any, db_session: Any, rounds: list[list[tuple[Any, ...]]], billed: set[int], voided: bool
) -> None:
    with a_portal(app) as remote:
        for number, steps in enumerate(rounds):
            for step in steps:
                remote.do(step)
            before = snapshot()
            run = remote.portal.sync()
            bill(billed if number == 0 else set(), voided=voided)
            after = snapshot()
            named = set(db.session.scalars(db.select(Allocation.time_entry_id)))

            plan = undo.preview(remote.portal.integration, run)
            if plan:
                take_back(remote.portal, run)

            now = snapshot()
            assert {key: now["time_entries"][key] for key in named} == {
                key: after["time_entries"][key] for key in named
            }  # fmt: skip
            assert {key: row for key, row in now["time_entries"].items() if key not in named} == {
                key: row for key, row in before["time_entries"].items() if key not in named
            }  # fmt: skip
            assert proof().is_right
            assert broken_invariants() == []


def bill(places: set[int], *, voided: bool) -> None:
    """Invoice some of the unbilled entries, each on an invoice of its own."""
    open_ones = list(
        db.session.scalars(db.select(TimeEntry).where(TimeEntry.billing_state == "unbilled").order_by(TimeEntry.id))
    )
    for entry in {
        open_ones[place % len(open_ones)].id: open_ones[place % len(open_ones)] for place in places if open_ones
    }.values():
        made = transactions.start_from_time(TimeChoice((entry.project_id,), entry_ids=(entry.id,)), TEST)
        transactions.issue(made, TEST)
        if voided:
            transactions.void(made, "Wrong rate", TEST)
    db.session.commit()
