"""The loop: queue, perform. A run goes module by module and page by page; each page is one database transaction."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select

from connectors.errors import (
    ConnectorError,
    CredentialsRejected,
    PortalUnreachable,
    RateLimited,
    RemoteUnavailable,
)
from extensions import db, utcnow
from models import Integration, Organisation, SyncRun, SyncRunModule
from models.integration import LIVE_RUN_STATES, WHOLE_RUN_KINDS
from models.lease import is_dead, own_name
from sync import connection, lease, progress, reconcile
from sync.applier import DatabaseWriter, Writer
from sync.budget import RunWatcher
from sync.kept_out import watching
from sync.listing import Listing
from sync.preview import PreviewWriter
from sync.run import Run
from sync.settings import SyncSettings
from sync.touch import Touch

log = logging.getLogger(__name__)

#: how far back a hot run looks for entries, and the records that a person or a webhook asked for
HOT_DAYS = timedelta(days=8)
HOT_MODULES = ("projects", "time_entries")
#: pauses after which a remote that did not answer is asked again (minutes); then the run has failed
PAUSES = (1, 2, 5, 10, 20)


def recover(now: datetime) -> int:
    """After a start: mark runs that nobody performs as interrupted and queue what continues them (faults.md 94)."""
    found = 0
    for run in db.session.scalars(db.select(SyncRun).where(SyncRun.state == "running")).all():
        owner, until = run.integration.lease_owner, run.integration.lease_until
        if owner is None or until is None or until < now or is_dead(owner):
            _interrupt(run, now)
            found += 1
    db.session.commit()
    return found


def _interrupt(run: SyncRun, now: datetime) -> None:
    run.state, run.ended_at = "interrupted", now
    run.message = "Crossbill was stopped in the middle; what had arrived is kept, and the next run goes on from there."
    run.integration.lease_owner = run.integration.lease_until = None
    db.session.flush()
    if run.integration.state != "active" and run.kind != "preview":
        return
    again = SyncRun(
        integration_id=run.integration_id, kind=run.kind, trigger="resume", actor=run.actor, actor_id=run.actor_id,
        settings=run.settings, since=run.since, target=run.target,
    )  # fmt: skip
    db.session.add(again)
    db.session.flush()
    if run.kind in WHOLE_RUN_KINDS:
        again.modules = [_resumed(module) for module in run.modules]


def _resumed(module: SyncRunModule) -> SyncRunModule:
    """Carry on where a module had arrived; its counts belong to the run that made them."""
    is_done = module.is_complete
    return SyncRunModule(
        module=module.module, position=module.position, cursor=module.cursor, is_complete=is_done,
        state=module.state if is_done else "queued", message=module.message,
    )  # fmt: skip


def perform_next(now: datetime | None = None) -> SyncRun | None:
    """Perform the oldest run that is due and whose integration is free; returns it, or None when there is none."""
    now = now or utcnow()
    due = (
        db.select(SyncRun.id)
        .where(or_(SyncRun.state == "queued", (SyncRun.state == "waiting") & (SyncRun.not_before <= now)))
        .order_by(SyncRun.id)
        .limit(1)
    )
    run_id = db.session.scalar(due)
    db.session.rollback()
    return perform(run_id) if run_id is not None else None


def perform(run_id: int) -> SyncRun | None:
    """Perform one run to its end in this thread; None when another process holds the integration."""
    owner = own_name()
    integration_id = _claim(run_id, owner)
    if integration_id is None:
        return None
    try:
        _perform_claimed(run_id, owner)
    except lease.LeaseLost:
        _end(run_id, "stopped", "The integration was stopped while this run was going on.", only_live=True)
    except RateLimited as wait:
        _wait(run_id, wait)
    except CredentialsRejected as problem:
        _needs_person(run_id, str(problem), "needs_reauth")
    except PortalUnreachable as problem:
        _needs_person(run_id, str(problem), None)
    except RemoteUnavailable as problem:
        _try_later(run_id, problem)
    except (ConnectorError, connection.SetupRefused) as problem:
        _end(run_id, "failed", str(problem))
    except Exception:
        fault = secrets.token_hex(4)
        log.exception("run %s failed, fault %s", run_id, fault)
        _end(run_id, "failed", "Something broke on our side. The next run tries again.", fault_id=fault)
    finally:
        db.session.rollback()
        with db.engine.begin() as database:
            lease.release(database, integration_id, owner)
            connection.settle(database, integration_id)
    db.session.expire_all()
    watching.tell(run_id)
    db.session.commit()
    return db.session.get(SyncRun, run_id)


def _claim(run_id: int, owner: str) -> int | None:
    run = db.session.get(SyncRun, run_id)
    if run is None or run.state not in LIVE_RUN_STATES:
        db.session.rollback()
        return None
    integration_id = run.integration_id
    is_mine = lease.claim(db.session.connection(), integration_id, owner, utcnow())
    if is_mine:
        _start(run)
    db.session.commit()
    return integration_id if is_mine else None


def _start(run: SyncRun) -> None:
    """Freeze the settings and lay out the modules, unless the run goes on after a wait or an interruption."""
    now = utcnow()
    run.started_at = run.started_at or now
    run.state, run.heartbeat_at, run.message, run.not_before = "running", now, "", None
    if not run.settings:
        run.settings = _frozen_settings(run.integration).as_json()
        run.since = run.integration.synced_until if run.kind == "quick" else None
    if not run.modules:
        settings = SyncSettings.from_json(run.settings)
        keys = connection.mapped_modules(settings, run.integration.connector)
        run.modules = [SyncRunModule(module=key, position=position) for position, key in enumerate(keys)]


def _frozen_settings(integration: Integration) -> SyncSettings:
    organisation = db.session.get_one(Organisation, 1)
    return SyncSettings.from_json(
        {
            **integration.settings,
            "max_seconds_per_day": organisation.max_seconds_per_day,
            "base_currency": organisation.base_currency,
        }
    )


def _perform_claimed(run_id: int, owner: str) -> None:
    row = db.session.get_one(SyncRun, run_id)
    integration = row.integration
    target = row.target or {}
    run = Run(
        id=run_id, integration_id=integration.id, connector=integration.connector, scope=integration.scope_id,
        kind=row.kind, trigger=row.trigger, settings=SyncSettings.from_json(row.settings), since=row.since,
        writer=_writer(row), is_thorough=reconcile.MARK in target,
        first_date=utcnow().date() - HOT_DAYS if row.kind == "hot" else None,
    )  # fmt: skip
    started_at = row.started_at or utcnow()
    plan = [(module.module, module.is_complete, module.cursor) for module in row.modules]
    is_resumed = row.trigger == "resume" or any(cursor or done for _key, done, cursor in plan)
    calls = progress.Calls(integration.id, run_id)
    watcher = RunWatcher(integration, run_id)
    with _counted(calls), connection.open_connector(integration, calls.observe, watcher) as connector:
        connector.verify()
        listing = Listing(run, connector, owner, calls, is_resumed=is_resumed)
        if run.kind == "touch":
            _touch(listing, target.get("records", ()))
        elif run.is_releasing:
            _release(listing)
        else:
            _read_all(listing, plan)
    _conclude(run, started_at)


def _writer(row: SyncRun) -> Writer:
    if row.kind != "preview":
        return DatabaseWriter(row.integration_id, row.id)
    return reconcile.ComparingWriter() if reconcile.MARK in (row.target or {}) else PreviewWriter()


@contextmanager
def _counted(calls: progress.Calls) -> Iterator[None]:
    """Count the calls also of a run that the remote ended early (M-21)."""
    try:
        yield
    except ConnectorError:
        with db.engine.begin() as database:
            calls.flush(database, utcnow())
        raise


def _read_all(listing: Listing, plan: list[tuple[str, bool, str | None]]) -> None:
    """Read the modules in order; a hot run looks at two and fetches what their records miss."""
    if listing.run.is_hot:
        listing.before_page = Touch(listing).bring_parents_of
    for key, is_done, cursor in plan:
        if not listing.run.is_hot or key in HOT_MODULES:
            listing.read(key, cursor, is_done=is_done)
        else:
            listing.pass_over(key)
    listing.finish()


def _release(listing: Listing) -> None:
    """Carry out the removals that a person has released."""
    for key in listing.modules:
        listing.pass_over(key)
    listing.removals.suspect_held()
    listing.removals.carry_out()


def _touch(listing: Listing, records: Sequence[Mapping[str, Any]]) -> None:
    touch = Touch(listing)
    for record in records:
        touch.want(record["module"], record["id"], record.get("hints", {}))
    touch.perform()


def _conclude(run: Run, started_at: datetime) -> None:
    """Say how the run ended; ok only when everything was brought (faults.md, rule 2)."""
    with db.engine.begin() as database:
        modules = progress.modules_of(database, run.id)
        states = {state for state, _message in modules}
        outcome = "ok" if states <= {"ok"} else "failed" if states <= {"failed", "skipped"} else "partial"
        message = next((text for _state, text in modules if text), "") if outcome == "failed" else ""
        values: dict[str, Any] = {"state": outcome, "ended_at": utcnow(), "message": message}
        if isinstance(run.writer, PreviewWriter):
            values["result"] = run.writer.result(database)
        progress.set_run(database, run.id, **values)
        if run.kind in WHOLE_RUN_KINDS and states <= {"ok", "partial"}:
            moved = {"last_full_at": started_at} if run.kind == "full" else {}
            progress.set_integration(database, run.integration_id, synced_until=started_at, problem="", **moved)
        elif run.kind not in (*WHOLE_RUN_KINDS, "preview"):
            progress.drop_idle(database, run.id)


def _wait(run_id: int, wait: RateLimited) -> None:
    """The remote asks us to wait: the run keeps its place and goes on by itself."""
    until = utcnow() + timedelta(seconds=min(max(wait.retry_after, 1), 24 * 3600))
    db.session.rollback()
    with db.engine.begin() as database:
        progress.set_run(database, run_id, state="waiting", not_before=until, message=str(wait))


def _try_later(run_id: int, problem: RemoteUnavailable) -> None:
    """Nothing answers: the run keeps its place and asks again after growing pauses, before it has failed."""
    db.session.rollback()
    with db.engine.begin() as database:
        run = database.execute(select(SyncRun.kind, SyncRun.attempts).where(SyncRun.id == run_id)).one()
        if run.kind != "hot" and run.attempts < len(PAUSES):
            until = utcnow() + timedelta(minutes=PAUSES[run.attempts])
            progress.set_run(
                database, run_id, state="waiting", not_before=until, message=str(problem), attempts=run.attempts + 1
            )
            return
    _end(run_id, "failed", str(problem))


def _needs_person(run_id: int, sentence: str, state: str | None) -> None:
    _end(run_id, "failed", sentence, only_live=True)
    with db.engine.begin() as database:
        run = database.execute(select(SyncRun.integration_id, SyncRun.kind).where(SyncRun.id == run_id)).one()
        connection.note_problem(database, run.integration_id, sentence, state if run.kind != "preview" else None)


def _end(run_id: int, state: str, message: str, *, fault_id: str = "", only_live: bool = False) -> None:
    db.session.rollback()
    with db.engine.begin() as database:
        progress.end_run(database, run_id, state, message, fault_id, only_live=only_live)
