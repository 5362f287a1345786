"""What is due when: full runs daily, quick ones between, hot looks always (P-40); a weekly comparison (M-16)."""

from __future__ import annotations

from datetime import datetime, timedelta

from extensions import db
from models import Integration, SyncRun
from models.audit import Actor
from models.integration import LIVE_RUN_STATES, WHOLE_RUN_KINDS
from sync import connection, reconcile

FULL_EVERY = timedelta(hours=24)
CLOCK = Actor("schedule", "Schedule")


def enqueue_due(now: datetime) -> int:
    """Queue a run for each active integration whose time has come; returns how many."""
    queued = 0
    for integration in db.session.scalars(db.select(Integration).where(Integration.state == "active")).all():
        kind = due(integration, now)
        if kind is None and reconcile.is_due(integration, now):
            queued += reconcile.compare(integration, "schedule", CLOCK)[1]
        elif kind is not None:
            _run, is_new = connection.enqueue(integration, kind, "schedule", CLOCK)
            queued += is_new
    db.session.commit()
    return queued


def due(integration: Integration, now: datetime) -> str | None:
    """Say which kind of run is due: full, quick, hot, or None."""
    if integration.connected_at is None or _is_busy(integration):
        return None
    last = db.session.scalar(
        db.select(SyncRun)
        .where(SyncRun.integration_id == integration.id, SyncRun.kind.in_(WHOLE_RUN_KINDS))
        .order_by(SyncRun.id.desc())
        .limit(1)
    )
    if last is None:
        return None
    if last.started_at is None or _is_over(last.queued_at, timedelta(minutes=integration.interval_minutes), now):
        return "full" if _is_full_due(integration, integration.connected_at, now) else "quick"
    return "hot" if _is_hot_due(integration, last, now) else None


def _is_busy(integration: Integration) -> bool:
    live = db.select(SyncRun.id).where(SyncRun.integration_id == integration.id, SyncRun.state.in_(LIVE_RUN_STATES))
    return db.session.scalar(live.limit(1)) is not None


def _is_full_due(integration: Integration, connected_at: datetime, now: datetime) -> bool:
    days = (now - connected_at) // FULL_EVERY
    return integration.last_full_at is None or integration.last_full_at < connected_at + days * FULL_EVERY


def _is_hot_due(integration: Integration, last: SyncRun, now: datetime) -> bool:
    """A hot look adds to a first full run; it starts after a pause from any other run."""
    if not integration.hot_minutes or integration.last_full_at is None:
        return False
    pause = timedelta(minutes=integration.hot_minutes)
    since = max(integration.hot_at or last.queued_at, last.queued_at)
    return _is_over(since, pause, now)


def _is_over(since: datetime, pause: timedelta, now: datetime) -> bool:
    """Whether a pause has passed; a moment in the future means that the clock was set back."""
    return now - since >= pause or since > now
