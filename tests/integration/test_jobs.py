"""The scheduler: one process leads, everything keeps going, and a clock that is set does not stop it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from extensions import db, utcnow
from jobs import DAY, JOBS, LEASE_NAME, Job, Scheduler, Watchdog, check_invariants, prune_sessions
from models import Lease, OneTimeLink, SyncRun, UserSession
from models.lease import LEASE, claim, holder, is_dead, own_name, release
from tests.factories import make_run, make_time_entry, make_user
from tests.syncing import connect

HOUR = 3600
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def scheduler(app):
    """A scheduler with an empty table; a test gives it its jobs."""
    started = []

    def make(*jobs, **options):
        made = Scheduler(app, jobs, **options)
        started.append(made)
        return made

    yield make
    for one in started:
        one.stop()


def wait_for(condition, seconds=10):
    """Wait until something is so."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.02)
    return False


@pytest.mark.both_databases
def test_of_two_who_want_a_lease_one_gets_it(db_session):
    now = utcnow()

    assert claim("x", "first", now)
    assert not claim("x", "second", now)
    assert claim("x", "first", now + timedelta(seconds=10))
    assert holder("x") == ("first", now + timedelta(seconds=10) + LEASE)


@pytest.mark.both_databases
def test_a_lease_that_was_given_back_or_ran_out_is_free(db_session):
    now = utcnow()
    claim("x", "first", now)

    assert claim("x", "second", now + LEASE + timedelta(seconds=1))
    release("x", "first")
    assert holder("x")[0] == "second"
    release("x", "second")
    assert claim("x", "third", now)


def test_a_lease_far_in_the_future_is_free_since_the_clock_was_set_back(db_session):
    now = utcnow()
    claim("x", "first", now + timedelta(hours=1))

    assert claim("x", "second", now)


def test_the_lease_of_a_process_that_died_on_this_machine_is_free_at_once(db_session):
    answer = subprocess.run(
        [sys.executable, "-c", "from models.lease import own_name; print(own_name())"],
        check=True, capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    gone = answer.stdout.strip()

    assert is_dead(gone)
    assert not is_dead(own_name())
    assert not is_dead("another-machine/1 1 5 aa")
    assert claim("x", gone, utcnow())
    assert claim("x", "second", utcnow(), dead=gone)


@pytest.mark.req("R-16")
@pytest.mark.both_databases
def test_two_schedulers_on_one_database_do_the_work_once(app, scheduler):
    done = []
    job = Job("count", 1, lambda: done.append(threading.current_thread().name))
    first, second = scheduler(job), scheduler(job)

    first.start()
    second.start()

    assert wait_for(lambda: done)
    assert (first.is_leading, second.is_leading) == (True, False)
    second.run(job)
    count = len(done)
    first.stop()
    second.renew()
    second.run(job)
    assert second.is_leading
    assert len(done) >= count + 1


def test_the_lease_is_the_schedulers_sign_of_life(app, scheduler, db_session):
    scheduler().start()

    lease = db_session.get(Lease, LEASE_NAME)
    assert lease.until > utcnow()


def test_a_scheduler_stops_within_seconds_even_in_the_middle_of_a_job(app, scheduler):
    entered, leave = threading.Event(), threading.Event()

    def slow():
        entered.set()
        leave.wait(30)

    running = scheduler(Job("slow", 1, slow))
    running.start()
    assert entered.wait(10)

    begun = time.monotonic()
    running.stop()

    assert time.monotonic() - begun < 8
    leave.set()


def test_a_job_that_breaks_is_logged_and_tried_again(app, scheduler, caplog):
    tried = []

    def broken():
        tried.append(1)
        raise ValueError("no")

    running = scheduler(Job("broken", 1, broken))
    running.start()

    assert wait_for(lambda: len(tried) >= 2)
    assert "The job 'broken' failed" in caplog.text


@pytest.mark.parametrize("jump", [-HOUR, 365 * 24 * HOUR])
def test_a_clock_that_is_set_is_noticed_and_mere_drift_is_not(jump):
    clock = {"wall": 1000.0, "monotonic": 50.0}
    watchdog = Watchdog(lambda: clock["wall"], lambda: clock["monotonic"])

    clock["wall"] += 60 + 2
    clock["monotonic"] += 60
    assert watchdog.jump() == 0
    clock["wall"] += jump
    assert watchdog.jump() == jump
    assert watchdog.jump() == 0


def test_after_the_clock_was_set_back_jobs_go_on(app, scheduler, monkeypatch):
    done = []
    clock = {"offset": 0.0}
    monkeypatch.setattr("jobs.WATCH_SECONDS", 0.1)
    watchdog = Watchdog(lambda: time.time() + clock["offset"])
    running = scheduler(Job("hourly", HOUR, lambda: done.append(1)), watchdog=watchdog)
    running.start()
    assert wait_for(lambda: len(done) == 1)

    clock["offset"] = -HOUR

    assert wait_for(lambda: len(done) == 2)


@pytest.mark.req("P-40")
def test_the_table_has_everything_that_runs_by_the_clock():
    assert {job.name: job.seconds for job in JOBS} == {
        "recover runs": 30, "enqueue due integrations": 30, "deliver mail": 5, "prune sessions": DAY,
        "check invariants": DAY, "take hints": 2, "prune hints": DAY,
        "tell the remote": 10, "prune outbox": DAY, "make subscriptions": 60,
        "send reminders": 600,
    }  # fmt: skip


@pytest.mark.req("P-25", "R-15")
def test_a_queued_run_is_performed_without_anybody_asking(app, scheduler, standin, organisation, db_session):
    portal = connect(standin)
    portal.project("Website relaunch", portal.client("Zylker Inc"))
    run_id = make_run(portal.integration, state="queued", kind="full", started_at=None, ended_at=None).id
    db_session.commit()

    scheduler().start()

    def state():
        found = db_session.get(SyncRun, run_id, populate_existing=True).state
        db_session.rollback()  # a test's reading takes the write lock, which the run needs
        return found

    assert wait_for(lambda: state() == "ok"), state()


def test_what_ended_long_ago_is_forgotten_and_the_rest_stays(organisation, db_session):
    nora, now = make_user("Nora"), utcnow()
    old = now - timedelta(days=40)
    db_session.add_all([
        UserSession(token_hash="a", user_id=nora.id, last_seen_at=old),
        UserSession(token_hash="b", user_id=nora.id, revoked_at=old),
        UserSession(token_hash="c", user_id=nora.id),
        OneTimeLink(token_hash="a", purpose="reset", user_id=nora.id, expires_at=old),
        OneTimeLink(token_hash="b", purpose="reset", user_id=nora.id, expires_at=now + timedelta(hours=1)),
    ])  # fmt: skip

    prune_sessions()

    assert list(db_session.scalars(db.select(UserSession.token_hash))) == ["c"]
    assert list(db_session.scalars(db.select(OneTimeLink.token_hash))) == ["b"]


@pytest.mark.req("M-05")
def test_books_that_do_not_hold_are_told_in_the_log(organisation, db_session, caplog):
    make_time_entry(billing_state="invoiced")

    check_invariants()

    assert "The books do not hold: Entries that say they are on a line" in caplog.text
