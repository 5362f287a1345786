"""Preferences and runs: what the next run is told, and one live run at a time (requirements R-16)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from extensions import db, utcnow
from models import Integration, SyncRun
from models.audit import Actor, record
from models.integration import LIVE_RUN_STATES
from sync.connection.access import SetupRefused
from sync.connection.adoption import keep
from sync.settings import SyncSettings

#: key of `Integration.settings` that only the set-up knows: the preferences were answered
CHOSEN = "preferences_chosen"
#: as many records can be asked for one by one in a run; more of them is what a quick or full run is for
MOST_WANTED = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """A remote record that is to be read again by itself. `hints`: what is known of it, e.g. its project's id."""

    module: str
    remote_id: str
    hints: Mapping[str, Any] = field(default_factory=dict)


def settings_of(integration: Integration) -> SyncSettings:
    """The preferences as they stand now; a run keeps those it started with."""
    return SyncSettings.from_json(integration.settings)


def save_settings(integration: Integration, changes: Mapping[str, Any], actor: Actor) -> None:
    """Change some preferences (plain JSON values); the next run uses them (requirements C-57)."""
    before = dict(integration.settings)
    after = {**before, **changes}
    if after == before:
        return
    integration.settings = after
    changed = [key for key in after if after[key] != before.get(key)]
    record(
        actor, "integration.settings_changed", ("integration", integration.id),
        change=({key: before.get(key) for key in changed}, {key: after[key] for key in changed}),
    )  # fmt: skip


def live_run(integration: Integration) -> SyncRun | None:
    """The run that is queued, going on or waiting, if there is one."""
    found: SyncRun | None = db.session.scalar(
        db.select(SyncRun).where(SyncRun.integration_id == integration.id, SyncRun.state.in_(LIVE_RUN_STATES))
    )
    return found


def enqueue(
    integration: Integration, kind: str, trigger: str, actor: Actor, target: Mapping[str, Any] | None = None
) -> tuple[SyncRun, bool]:
    """Queue a run of a kind (see `SyncRun.kind`); second: whether it is new or was live already.

    Safe against two people, tabs or processes asking at once: the database allows one live run per integration.
    """
    _may_run(integration, kind)
    if kind not in ("hot", "preview"):  # whoever asks for more need not wait for a short look
        _stop_live(integration, "hot", _("Another run was asked for."))
    if found := live_run(integration):
        return found, False
    run = SyncRun(
        integration_id=integration.id, kind=kind, trigger=trigger, actor=actor.name, actor_id=actor.id,
        target=dict(target) if target else None,
    )  # fmt: skip
    try:
        with db.session.begin_nested():
            db.session.add(run)
            db.session.flush()
    except IntegrityError:
        if (found := live_run(integration)) is None:
            raise
        return found, False
    if kind == "hot":
        integration.hot_at = utcnow()
    elif trigger != "webhook":  # the remote asks all day long; what it changes stands on the run
        record(actor, "sync.started", ("integration", integration.id), f"{kind}, {trigger}")
    return run, True


def retry(integration: Integration, wanted: Sequence[Wanted], trigger: str, actor: Actor) -> tuple[SyncRun, bool]:
    """Queue a run that reads just these records again, parents first, then what waited for them (M-03, M-04).

    Second: whether it is new; False means that another run is live and these records are not part of it.
    """
    if not wanted:
        raise SetupRefused(_("Choose at least one record."))
    if len(wanted) > MOST_WANTED:
        raise SetupRefused(_("These are too many records to read one by one. Start an Instant Sync instead."))
    records = [{"module": item.module, "id": item.remote_id, "hints": dict(item.hints)} for item in wanted]
    return enqueue(integration, "touch", trigger, actor, {"records": records})


def release_removals(integration: Integration, actor: Actor) -> tuple[SyncRun, bool]:
    """Queue the removals that the brake holds: each record is asked for once more, and only what is gone goes (M-07).

    Second: whether it is new; False means that another run is live.
    """
    return enqueue(integration, "removal", "instant", actor)


def stop_preview(integration: Integration) -> None:
    """End a live preview: it looks at choices that are being changed, or is in the way of the real run."""
    _stop_live(integration, "preview")


def _stop_live(integration: Integration, kind: str, message: str = "") -> None:
    run = live_run(integration)
    if run is not None and run.kind == kind:
        run.state, run.ended_at, run.message = "stopped", utcnow(), message or run.message
        db.session.flush()


def last_preview(integration: Integration) -> SyncRun | None:
    """The newest preview, live or ended; comparisons (which have a target) are none."""
    newest = (
        db.select(SyncRun)
        .where(SyncRun.integration_id == integration.id, SyncRun.kind == "preview", SyncRun.target.is_(None))
        .order_by(SyncRun.id.desc())
        .limit(1)
    )
    found: SyncRun | None = db.session.scalar(newest)
    return found


def save_and_sync(integration: Integration, actor: Actor) -> SyncRun:
    """Finish set-up: the connection is active and its first run starts at once (requirements P-25, P-26)."""
    if missing := missing_step(integration):
        raise SetupRefused(_("Set-up is not finished yet. Complete this step first."), missing)
    stop_preview(integration)
    integration.state = "active"
    integration.connected_at, integration.connected_by = utcnow(), actor.id
    keep(integration)
    record(actor, "integration.connected", ("integration", integration.id), integration.scope_name)
    return enqueue(integration, "full", "setup", actor)[0]


def missing_step(integration: Integration) -> str | None:
    """The first step of set-up that is not done: authorise, portal, preferences, or None."""
    if integration.state == "none":
        return "authorise"
    if not integration.scope_id:
        return "portal"
    if not integration.settings.get(CHOSEN):
        return "preferences"
    return None


def _may_run(integration: Integration, kind: str) -> None:
    allowed = ("active", "authorised") if kind == "preview" else ("active",)
    if integration.state == "needs_reauth":
        raise SetupRefused(_("Zoho no longer accepts our access. Update the credentials, then sync again."))
    if integration.state not in allowed or not integration.scope_id:
        raise SetupRefused(_("This integration is not active, so nothing is synced."))
