"""The scheduler's table: what runs by the clock, how often, and in which one of several processes."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask
from sqlalchemy import delete, or_

from billing import reminders
from billing.mail import deliver_due
from billing.subscriptions import make_all_due
from extensions import current_config, db, reading, utcnow
from models import OneTimeLink, UserSession
from models.lease import claim, holder, is_dead, own_name, release
from sync import connection, engine, hints, schedule
from sync.invariants import broken_invariants
from sync.outbox import notes, push

log = logging.getLogger(__name__)

#: the lease that says which process schedules; its `until` is the scheduler's sign of life (/readyz)
LEASE_NAME = "scheduler"
RENEW_SECONDS = 15
WATCH_SECONDS = 5
#: a wall clock that drifts this far from the monotonic one was set by somebody
JUMP_SECONDS = 10
DAY = 24 * 3600
DUE_SECONDS = 30
#: sessions and one-time links that ended are kept this long, for people who look at their list
KEEP_ENDED = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Job:
    """One line of the table; `work` runs inside an app context and only in the process that leads."""

    name: str
    seconds: int
    work: Callable[[], object]


def enqueue_due() -> None:
    """Queue a run for every integration whose time has come (requirements P-40)."""
    schedule.enqueue_due(utcnow())
    connection.log_skipped(utcnow(), timedelta(seconds=DUE_SECONDS))


def deliver_mail() -> None:
    """Send what waits in the mail queue."""
    deliver_due(db.session.commit)


def make_subscriptions() -> None:
    """Make what subscriptions are due for, and what was missed while the machine was off (requirements R-07)."""
    make_all_due(db.session.commit)


def send_reminders() -> None:
    """Follow up what is overdue, in the morning of the organisation's zone (requirements T-03)."""
    reminders.remind_due(utcnow(), db.session.commit)


def prune_sessions() -> None:
    """Remove sessions and one-time links that ended long ago."""
    before = utcnow() - KEEP_ENDED
    stale = or_(UserSession.revoked_at < before, UserSession.last_seen_at < before)
    db.session.execute(delete(UserSession).where(stale))
    db.session.execute(delete(OneTimeLink).where(OneTimeLink.expires_at < before))
    db.session.commit()


def check_invariants() -> None:
    """Look daily whether the books still hold; the log and the doctor say what does not (requirements M-05)."""
    with reading():
        for finding in broken_invariants():
            log.error("The books do not hold: %s", finding)
        db.session.rollback()


def recover_runs() -> None:
    """Let runs go on whose process died: known at once on this machine, by a claim that ran out on another."""
    engine.recover(utcnow())
    connection.settle_all(db.session.connection())
    db.session.commit()


def take_hints() -> None:
    """Let a run read what webhooks said has changed (requirements P-40)."""
    hints.drain(utcnow())


def prune_hints() -> None:
    """Forget what webhooks said two weeks ago."""
    hints.prune(utcnow())
    db.session.commit()


def tell_outbox() -> None:
    """Tell the remote what happened to transactions of its projects (requirements T-04)."""
    push.drain()


def prune_outbox() -> None:
    """Forget notes that were told or dropped long ago."""
    notes.prune(utcnow())
    db.session.commit()


JOBS = (
    Job("recover runs", 30, recover_runs),
    Job("enqueue due integrations", DUE_SECONDS, enqueue_due),
    Job("take hints", 2, take_hints),
    Job("deliver mail", 5, deliver_mail),
    Job("send reminders", 600, send_reminders),
    Job("make subscriptions", 60, make_subscriptions),
    Job("tell the remote", 10, tell_outbox),
    Job("prune sessions", DAY, prune_sessions),
    Job("prune outbox", DAY, prune_outbox),
    Job("prune hints", DAY, prune_hints),
    Job("check invariants", DAY, check_invariants),
)


@dataclass
class Watchdog:
    """Notices that the wall clock was set; interval jobs would sleep through an hour that is lived twice."""

    wall: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    _offset: float = field(init=False)

    def __post_init__(self) -> None:
        self._offset = self.wall() - self.monotonic()

    def jump(self) -> float:
        """Seconds by which the wall clock was set since the last call; 0 for mere drift."""
        before, self._offset = self._offset, self.wall() - self.monotonic()
        moved = self._offset - before
        return moved if abs(moved) > JUMP_SECONDS else 0.0


class Scheduler:
    """Runs the table in one process per database: whoever holds the lease leads, the others stand by."""

    def __init__(self, app: Flask, jobs: tuple[Job, ...] = JOBS, watchdog: Watchdog | None = None) -> None:
        self.app = app
        self.owner = own_name()
        self.is_leading = False
        self.watchdog = watchdog or Watchdog()
        self._jobs = jobs
        self._stopping = threading.Event()
        self._clock = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(4)},
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
            daemon=True,
        )
        self._threads = [
            threading.Thread(target=self._perform_runs, name="crossbill-runs", daemon=True),
            threading.Thread(target=self._watch, name="crossbill-watchdog", daemon=True),
        ]

    def start(self) -> None:
        """Try for the lease at once, then keep the table."""
        self.renew()
        self._clock.add_job(self.renew, "interval", seconds=RENEW_SECONDS, id="renew the lease")
        for job in self._jobs:
            self._clock.add_job(
                self.run, "interval", [job], seconds=job.seconds, id=job.name, next_run_time=datetime.now(UTC)
            )
        self._clock.start()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop within seconds: a run that is under way is cut off, which is harmless (requirements R-15)."""
        self._stopping.set()
        if self._clock.running:
            self._clock.shutdown(wait=False)
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=2)
        with self._guarded("release the lease"):
            release(LEASE_NAME, self.owner)
            db.session.commit()
        self.is_leading = False

    def renew(self) -> None:
        """Take or keep the lease; without an answer from the database we do not lead."""
        leads = False
        with self._guarded("renew the lease"):
            held = holder(LEASE_NAME)
            dead = held[0] if held and is_dead(held[0]) else None
            leads = claim(LEASE_NAME, self.owner, utcnow(), dead)
            db.session.commit()
        self.is_leading = leads

    def run(self, job: Job) -> None:
        """Do one job now, if this process leads."""
        if self.is_leading and not self._stopping.is_set():
            with self._guarded(job.name):
                job.work()

    def rearm(self) -> None:
        """Let every job run now and count its interval from here."""
        for job in self._clock.get_jobs():
            job.modify(next_run_time=datetime.now(UTC))

    def _perform_runs(self) -> None:
        """Perform queued runs one after the other, beside the table: a long one holds up nothing else."""
        perform = Job("perform queued runs", 1, engine.perform_next)
        while not self._stopping.wait(perform.seconds):
            self.run(perform)

    def _watch(self) -> None:
        while not self._stopping.wait(WATCH_SECONDS):
            if moved := self.watchdog.jump():
                log.warning("The clock was set by %+.0f seconds; all jobs start anew.", moved)
                self.rearm()

    @contextmanager
    def _guarded(self, name: str) -> Iterator[None]:
        """Give work its own app context, and the log what went wrong: the next tick tries again."""
        with self.app.app_context():
            try:
                yield
            except Exception:
                log.exception("The job %r failed; it is tried again at its next time.", name)


_running: list[Scheduler] = []


def start(app: Flask) -> None:
    """Start the scheduler of this process, unless the settings say that another process has it."""
    with app.app_context():
        if not current_config().run_scheduler:
            return
    scheduler = Scheduler(app)
    scheduler.start()
    _running.append(scheduler)


def stop() -> None:
    """Stop what `start` started; harmless when nothing runs."""
    while _running:
        _running.pop().stop()
