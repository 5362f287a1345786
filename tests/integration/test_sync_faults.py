"""Random edits, random faults; then one quiet run: nothing lost, nothing twice, nothing invented."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pytest

from extensions import db
from models import Link, Project, SyncRun, TimeEntry
from sync.invariants import broken_invariants
from tests.syncing import Portal

#: seeds of the random schedules; each is 50 steps long
SEEDS = range(20)
STEPS = 50
#: kind and options of a trouble; each strikes a share of the calls
TROUBLES: list[dict[str, Any]] = [
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 503},
    {"kind": "status", "status": 401, "title": "INVALID_OAUTHTOKEN"},
    {"kind": "throttle_429", "retry_after": "seconds", "seconds": 5},
    {"kind": "throttle_429", "retry_after": "none"},
    {"kind": "throttle_429", "retry_after": "junk"},
    {"kind": "throttle_400", "seconds": 60},
    {"kind": "reset_before"},
    {"kind": "cut_json"},
    {"kind": "trailing_garbage"},
    {"kind": "html_200"},
    {"kind": "html_as_json"},
    {"kind": "empty_body"},
    {"kind": "null_json"},
    {"kind": "error_200"},
    {"kind": "wrong_ct", "type": "text/plain"},
    {"kind": "nan"},
    {"kind": "dead_list"},
    {"kind": "dup_rows"},
    {"kind": "shuffle"},
    {"kind": "more_flag_lies"},
    {"kind": "extra_field", "field": "surprise", "value": {"x": 1}},
]


class Office:
    """People at work in the remote: a random edit at a time, and what should be here in the end."""

    def __init__(self, portal: Portal, seed: int) -> None:
        self.portal = portal
        self.dice = random.Random(seed)
        self.projects: list[str] = []
        self.tasks: dict[str, str] = {}
        self.logs: list[str] = []
        self.billed: set[str] = set()
        for number in range(3):
            self.add_project(number)

    def add_project(self, number: int) -> None:
        """A project; one in four has no primary customer yet."""
        client = None if self.dice.random() < 0.25 else self.portal.client(f"Client {self.dice.randrange(10**6)}")
        project = self.portal.project(f"Project {number} {self.dice.randrange(10**6)}", client)
        self.projects.append(project)
        self.tasks[project] = self.portal.task(project)

    def work(self) -> None:
        """Do one thing that people do."""
        choice = self.dice.random()
        if choice < 0.5 or not self.logs:
            self.log_hours()
        elif choice < 0.6:
            self.add_project(len(self.projects))
        elif choice < 0.7:
            self.portal.edit("project.attach", id=self.dice.choice(self.projects), client=self.portal.client())
        elif choice < 0.8:
            self.portal.edit("log.delete", id=self.logs.pop(self.dice.randrange(len(self.logs))))
        else:
            values = self.dice.choice(
                [{"minutes": self.dice.randrange(1, 600)}, {"approval": "Unapproved"}, {"approval": "Approved"},
                 {"billable": self.dice.random() < 0.5}, {"notes": f"note {self.dice.random()}"}]
            )  # fmt: skip
            self.portal.edit("log.set", id=self.dice.choice(self.logs), **values)

    def log_hours(self) -> None:
        """Log some time on a task or on the project as a whole."""
        project = self.dice.choice(self.projects)
        task = self.tasks[project] if self.dice.random() < 0.7 else None
        approval = self.dice.choice(["Approved", "Approved", "Unapproved"])
        day = date(2026, 1, 1) + timedelta(days=len(self.logs))
        values = {"minutes": self.dice.randrange(1, 600), "approval": approval, "date": day.isoformat()}
        self.logs.append(self.portal.log(project, task, **values))

    def truth(self) -> dict[str, tuple[int, str]]:
        """Seconds and notes of every time log that belongs here."""
        found = {}
        for key in self.logs:
            log = self.portal.standin.world.main.find("log", key)
            if log.billable and log.approval == "Approved" and log.project.clients:
                found[key] = (log.minutes * 60, log.notes or "")
        return found


def here() -> dict[str, tuple[int, str]]:
    """Seconds and notes of every time entry by remote id."""
    db.session.expire_all()
    query = (
        db.select(Link.remote_id, TimeEntry.seconds, TimeEntry.notes)
        .join(TimeEntry, TimeEntry.id == Link.local_id)
        .where(Link.module == "time_entries")
    )
    return {row.remote_id: (row.seconds, row.notes) for row in db.session.execute(query)}


@pytest.mark.req("R-09", "R-15")
@pytest.mark.parametrize("seed", SEEDS)
def test_after_forty_per_cent_faulty_calls_one_quiet_run_makes_everything_right(portal: Portal, seed: int) -> None:
    office = Office(portal, seed)
    troubles = portal.standin.world.troubles
    for _ in range(STEPS):
        office.work()
        if office.dice.random() < 0.16:
            troubles.clear()
            for kind in office.dice.sample(TROUBLES, 4):
                troubles.add({**kind, "path": "/api/", "probability": 0.1})
            settle(portal)
            faulty = portal.sync(office.dice.choice(["quick", "quick", "full"]))
            wait_out(portal, faulty)
            if faulty.state == "ok" and faulty.kind == "full":
                assert here() == office.truth(), "a run that says ok brought everything"
    troubles.clear()
    settle(portal)

    run = portal.sync("full")

    assert run.state in {"ok", "partial"}, run.message
    assert here() == office.truth()
    assert len(here()) == db.session.scalar(db.select(db.func.count(TimeEntry.id)))
    assert broken_invariants() == []


def wait_out(portal: Portal, run: SyncRun) -> None:
    """A throttled run keeps its place; here its wait is cut short by giving up on it."""
    if run.state == "waiting":
        run.state = "stopped"
        db.session.commit()


def settle(portal: Portal) -> None:
    """The owner authorises again if the faults looked like dead credentials."""
    db.session.expire_all()
    portal.integration.state = "active"
    db.session.commit()


def test_deleting_half_the_projects_and_restoring_them_ends_where_it_began(portal: Portal) -> None:
    office = Office(portal, 99)
    for _ in range(20):
        office.log_hours()
    portal.sync()
    before = here()
    for project in office.projects[:2]:
        portal.edit("project.trash", id=project)
    portal.sync()
    for project in office.projects[:2]:
        portal.edit("project.restore", id=project)

    portal.sync()

    assert here() == before
    assert all(row.is_active for row in db.session.scalars(db.select(Project)))
