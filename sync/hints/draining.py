"""Taking hints: one run reads what was hinted at; what a run did not get to goes back and waits longer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, exists, or_, select, update

from extensions import db, reading
from models import Hint, Integration, Link, SyncRun, SyncRunModule
from models.audit import Actor
from models.integration import LIVE_RUN_STATES
from sync import connection
from sync.hints.asking import parents_of, wanted_of
from sync.hints.keeping import EVERYTHING, put, waiting
from sync.hints.reading import Told

WEBHOOK = Actor("webhook", "Webhook")
#: hints that one run takes
MOST_TAKEN = 200
#: a hint whose runs do not end well is given up after so many; the next full run brings the record all the same
MOST_TRIES = 5
FIRST_PAUSE = timedelta(seconds=30)
#: hints that led nowhere bring a quick run, but no more often than this
PAUSE_FOR_ALL = timedelta(minutes=5)


def drain(now: datetime) -> int:
    """Let each active integration without a live run read what was hinted at; returns how many hints were taken.

    Commits, once per integration: the run and the marks on its hints stand or fall together.
    """
    with reading():
        is_idle = not db.session.scalar(select(or_(_has_taken(), _has_due(now))))
        db.session.rollback()
    if is_idle:
        return 0
    settle(now)
    due = select(Hint.integration_id).where(Hint.taken_run_id.is_(None), Hint.settled_at.is_(None), Hint.due_at <= now)
    ready = select(Integration.id).where(Integration.state == "active", Integration.id.in_(due))
    return sum(_take(integration_id, now) for integration_id in db.session.scalars(ready).all())


def _has_taken() -> Any:
    return exists().where(Hint.taken_run_id.is_not(None), Hint.settled_at.is_(None))


def _has_due(now: datetime) -> Any:
    return exists().where(Hint.taken_run_id.is_(None), Hint.settled_at.is_(None), Hint.due_at <= now)


def settle(now: datetime) -> None:
    """Close the hints whose run ended well, and put the others back, each time for longer. Commits."""
    part = and_(SyncRunModule.run_id == Hint.taken_run_id, SyncRunModule.module == Hint.module)
    link = and_(
        Link.integration_id == Hint.integration_id, Link.module == Hint.module, Link.remote_id == Hint.remote_id
    )
    ended = (
        select(Hint, SyncRun.state, SyncRunModule.state, Link.id)
        .outerjoin(SyncRun, SyncRun.id == Hint.taken_run_id)
        .outerjoin(SyncRunModule, part)
        .outerjoin(Link, link)
        .where(Hint.taken_run_id.is_not(None), Hint.settled_at.is_(None))
        .where(or_(SyncRun.id.is_(None), SyncRun.state.not_in(LIVE_RUN_STATES)))
    )
    for hint, run_state, part_state, link_id in db.session.execute(ended).all():
        is_read = run_state in (None, "ok", "partial") and part_state not in ("failed", "skipped")
        if is_read or hint.tries + 1 >= MOST_TRIES:
            _close(hint, now, is_given_up=not is_read)
            if hint.module and hint.event != "deleted" and link_id is None:
                _wish_for_all(hint.integration_id, now)
        else:
            _put_back(hint, now)
    db.session.commit()


def _close(hint: Hint, now: datetime, *, is_given_up: bool = False) -> None:
    hint.settled_at, hint.is_given_up = now, is_given_up


def _put_back(hint: Hint, now: datetime) -> None:
    """Let it wait anew; if the record was hinted at again meanwhile, that hint stands for both."""
    told = Told(hint.module, hint.remote_id, parents_of(hint), hint.event)
    db.session.delete(hint)
    put(
        hint.integration_id, told, now, due_at=now + FIRST_PAUSE * 4**hint.tries,
        tries=hint.tries + 1, received_at=hint.received_at,
    )  # fmt: skip


def _wish_for_all(integration_id: int, now: datetime) -> None:
    """Look at everything that changed, where a hint alone does not lead to its record."""
    put(integration_id, EVERYTHING, now, due_at=now + PAUSE_FOR_ALL)


def _take(integration_id: int, now: datetime) -> int:
    integration = db.session.get_one(Integration, integration_id)
    if connection.live_run(integration) is not None:
        db.session.rollback()
        return 0
    some = (
        select(Hint)
        .where(*waiting(integration_id), Hint.due_at <= now)
        .order_by(Hint.module != "", Hint.id)
        .limit(MOST_TAKEN)
    )
    run, taken = _ask(integration, _without_unsynced(integration, db.session.scalars(some).all(), now), now)
    if run is not None:
        db.session.execute(
            update(Hint).where(Hint.id.in_([hint.id for hint in taken])).values(taken_run_id=run.id),
            execution_options={"synchronize_session": False},
        )
    db.session.commit()
    return len(taken)


def _without_unsynced(integration: Integration, hints: Sequence[Hint], now: datetime) -> list[Hint]:
    """Close the hints about modules that the owner's preferences leave out."""
    synced = {"", *connection.mapped_modules(connection.settings_of(integration), integration.connector)}
    for hint in hints:
        if hint.module not in synced:
            _close(hint, now)
    return [hint for hint in hints if hint.module in synced]


def _ask(integration: Integration, hints: Sequence[Hint], now: datetime) -> tuple[SyncRun | None, Sequence[Hint]]:
    """Queue the run; nothing is taken when another run came first."""
    if not hints:
        return None, ()
    if hints[0].module == "":
        run, is_new = connection.enqueue(integration, "quick", "webhook", WEBHOOK)
        return (run, hints[:1]) if is_new else (None, ())
    wanted, taken, doubtful = wanted_of(integration, hints)
    for hint in doubtful:
        _close(hint, now)
        _wish_for_all(integration.id, now)
    if not wanted:
        return None, ()
    run, is_new = connection.retry(integration, wanted, "webhook", WEBHOOK)
    return (run, taken) if is_new else (None, ())
