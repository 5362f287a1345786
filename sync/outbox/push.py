"""Draining the outbox: claim a note, commit, call, write down what came of it, commit (requirements R-10, T-04)."""

from __future__ import annotations

import logging
import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Row, select, update
from sqlalchemy.orm import aliased

from connectors.base import Target
from connectors.errors import ConnectorError, CredentialsRejected, RateLimited, RecordRefused, ReplyLost, ScopeMissing
from extensions import db, reading, utcnow
from models import Integration, Link, Outbox, Project
from models.lease import own_name
from sync import connection, progress
from sync.outbox import notes, writeback

log = logging.getLogger(__name__)

#: notes per tick: the clock comes back in seconds
MOST = 50
#: tries before a note waits for a person: about a day
MOST_ATTEMPTS = 12
FIRST_PAUSE, LONGEST_PAUSE = 30.0, 6 * 3600.0
#: a call whose answer was lost may still be under way there: look no sooner
LOOK_AFTER = 60.0
#: a note that waited longer may have been told before this database was restored from a backup: look first
LOOK_IF_OLDER = timedelta(minutes=3)
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Work:
    """One claimed note and where it goes; plain values, for no transaction is open during the call."""

    note_id: int
    integration: Integration
    target: Target
    payload: dict[str, str]
    reference: str
    #: an earlier try may have arrived
    must_look: bool
    is_overtaken: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a note. `pause`: seconds until it may be tried again, None: as its attempts say."""

    state: str
    problem: str = ""
    remote_id: str | None = None
    may_be_there: bool = False
    pause: float | None = None
    waits_for: str = ""
    #: whether this try counts; waiting as told does not
    counts: bool = True


def drain(clock: Clock = utcnow) -> int:
    """Tell what waits, oldest first; returns how many notes were told. Ends early when the remote is not well."""
    with reading():
        has_work = notes.is_work(clock())
        db.session.rollback()
    if not has_work:
        return 0
    notes.settle(clock())
    db.session.commit()
    told = 0
    for _attempt in range(MOST):
        outcome = _next(clock)
        if outcome is None or outcome.state not in {"done", "dropped", "failed"}:
            break
        told += outcome.state == "done"
    return told


def _next(clock: Clock) -> Outcome | None:
    """Take the oldest note that is due to its end; None when there is none, or another process has it."""
    now, owner = clock(), own_name()
    due = (
        select(Outbox.id, Outbox.state)
        .where(Outbox.state.in_(("pending", "unsure")), Outbox.not_before <= now, _is_first())
        .order_by(Outbox.id)
        .limit(1)
    )
    found = db.session.execute(due).first()
    if found is None or not _claim(found, owner, now):
        db.session.rollback()
        return None
    db.session.commit()
    work = _work(found, now)
    calls: progress.Calls | None = None
    if isinstance(work, Work):
        calls = progress.Calls(work.integration.id, 0)
        outcome = _told(work, calls)
    else:
        outcome = work
    _write_down(found.id, owner, outcome, clock())
    if calls is not None:
        calls.flush(db.session.connection(), clock())
    db.session.commit()
    return outcome


def _is_first() -> ColumnElement[bool]:
    """No earlier note about the same subject is on its way: what happened first is told first."""
    other: Any = aliased(Outbox)
    same = (other.subject == Outbox.subject) & (other.subject_id == Outbox.subject_id)
    earlier = same & (other.id < Outbox.id) & other.state.in_(("pending", "sending", "unsure"))
    return ~select(other.id).where(earlier).exists()


def _claim(found: Row[int, str], owner: str, now: datetime) -> bool:
    """Take a note; of two that try, one row changes for one of them, and none once the integration is not active."""
    is_active = (
        select(Integration.id)
        .join(Project, Project.source == Integration.connector)
        .where(Project.id == Outbox.project_id, Integration.state == "active")
        .exists()
    )
    done = db.session.execute(
        update(Outbox)
        .where(Outbox.id == found.id, Outbox.state == found.state, _is_first(), is_active)
        .values(
            state="sending", claimed_by=owner, claimed_at=now, changed_at=now, attempts=Outbox.attempts + 1,
            may_be_there=True,
        ),
        execution_options={"synchronize_session": False},
    )  # fmt: skip
    return bool(done.rowcount == 1)  # type: ignore[attr-defined]


def _work(found: Row[int, str], now: datetime) -> Work | Outcome:
    """Find out what to say where, or that there is nothing to say."""
    note = db.session.get_one(Outbox, found.id, populate_existing=True)
    is_unsure = found.state == "unsure"
    must_look = is_unsure or now - note.created_at > LOOK_IF_OLDER
    place = db.session.execute(
        select(Integration, Link.remote_id)
        .join(Link, Link.integration_id == Integration.id)
        .where(Link.module == "projects", Link.local_id == note.project_id, Integration.state == "active")
    ).first()
    if place is None:
        return Outcome("dropped", _("Its project is not known there, so there is nobody to tell."))
    if not is_unsure and (reason := notes.why_not(note)):
        return Outcome("dropped", reason)
    integration: Integration = place[0]
    text = writeback.text_of(note, with_amounts=writeback.tells_amounts(integration))
    return Work(
        note.id, integration, Target("feed", integration.scope_id, "projects", place[1]),
        {"text": text, "reference": note.reference}, note.reference, must_look, notes.is_overtaken(note),
    )  # fmt: skip


def _told(work: Work, calls: progress.Calls) -> Outcome:
    """Look if need be, then tell; every refusal becomes an outcome."""
    must_look = work.must_look
    try:
        with connection.open_connector(work.integration, calls.observe) as connector:
            if must_look:
                there = connector.write_back(work.target, None, work.reference)
                if there is not None:
                    return Outcome("done", remote_id=there)
                must_look = False
                if work.is_overtaken:
                    return Outcome("dropped", _("Something newer happened to it and is told instead."))
            return Outcome("done", remote_id=connector.write_back(work.target, work.payload, None))
    except (ConnectorError, connection.SetupRefused) as error:
        return replace(_refused(error), may_be_there=must_look or isinstance(error, ReplyLost))
    except Exception:
        fault = secrets.token_hex(4)
        log.exception("note %s was not told, fault %s", work.note_id, fault)
        return Outcome("unsure", _("Something broke on our side (%(id)s).", id=fault), may_be_there=True)
    finally:
        db.session.rollback()


def _refused(error: Exception) -> Outcome:
    """Say what becomes of a note after an error, by who has to act."""
    if isinstance(error, RateLimited):
        return Outcome("pending", str(error), pause=error.retry_after, counts=False)
    if isinstance(error, ReplyLost):
        return Outcome("unsure", str(error), pause=LOOK_AFTER)
    if isinstance(error, CredentialsRejected):
        return Outcome("parked", str(error), waits_for="integration", counts=False)
    if isinstance(error, ScopeMissing):
        return Outcome("parked", str(error), waits_for="permission", counts=False)
    if isinstance(error, RecordRefused):
        return Outcome("failed", str(error))
    return Outcome("pending", str(error))


def _write_down(note_id: int, owner: str, outcome: Outcome, now: datetime) -> None:
    """Put the outcome on the note, if it is still ours."""
    note = db.session.get_one(Outbox, note_id, populate_existing=True)
    if note.state != "sending" or note.claimed_by != owner:
        log.warning("note %s was taken over while it was told", note_id)
        return
    note.state = "unsure" if outcome.state == "pending" and outcome.may_be_there else outcome.state
    note.may_be_there, note.remote_id = outcome.may_be_there, outcome.remote_id
    note.problem, note.waits_for, note.changed_at = outcome.problem, outcome.waits_for, now
    note.claimed_by = None
    note.attempts -= not outcome.counts
    if note.state == "done":
        note.done_at = now
    elif note.state in {"pending", "unsure"}:
        _wait(note, outcome, now)
    elif note.state == "parked" and outcome.waits_for == "integration":
        _needs_authorisation(note, outcome.problem)


def _wait(note: Outbox, outcome: Outcome, now: datetime) -> None:
    """Try again later, longer each time; after so many tries it is a person's turn."""
    grown = min(FIRST_PAUSE * 2.0 ** (note.attempts - 1), LONGEST_PAUSE) * random.uniform(0.8, 1.2)  # noqa: S311
    if not outcome.counts:
        grown = 0.0
    until = now + timedelta(seconds=max(grown, outcome.pause or 0.0))
    note.not_before = until
    if note.attempts >= MOST_ATTEMPTS:
        note.state = "failed"
    elif not outcome.counts:
        _hold_others(note, until)


def _hold_others(note: Outbox, until: datetime) -> None:
    """The remote asked for a pause: nothing else goes to it before either."""
    same = select(Project.id).where(
        Project.source == select(Project.source).where(Project.id == note.project_id).scalar_subquery()
    )
    held = update(Outbox).where(
        Outbox.state.in_(("pending", "unsure")), Outbox.not_before < until, Outbox.project_id.in_(same)
    )
    db.session.execute(held.values(not_before=until), execution_options={"synchronize_session": False})


def _needs_authorisation(note: Outbox, problem: str) -> None:
    """The access is dead for everything, as it would be for a run."""
    source = select(Project.source).where(Project.id == note.project_id).scalar_subquery()
    dead = update(Integration).where(Integration.connector == source, Integration.state == "active")
    db.session.execute(
        dead.values(state="needs_reauth", problem=problem), execution_options={"synchronize_session": False}
    )
