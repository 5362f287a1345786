"""Undo: the inverse of a run, or of what it did to one record; previewed first, undone in its turn (M-02).

What money stands on, and what somebody changed since, stays as it is and is named. Never commits.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.exc import IntegrityError

from extensions import db, utcnow
from models import Integration, SyncRun, SyncRunModule
from models.audit import Actor, record
from models.integration import LIVE_RUN_STATES
from models.lease import own_name
from sync import lease
from sync.connection import SetupRefused, live_run, settings_of
from sync.modules import MODULES
from sync.planner import UNDONE
from sync.undo.changes import Key, changes_of, joined
from sync.undo.facts import Facts, facts_of
from sync.undo.holding import can_hold
from sync.undo.plan import REMOVE, RESTORE, RETURN, Plan, Refusal, Step, plan_undo
from sync.undo.show import diffs
from sync.undo.write import Writer

__all__ = [
    "REMOVE", "RESTORE", "RETURN", "UNDONE", "Key", "Plan", "Refusal", "Step", "can_undo", "diffs", "preview", "undo",
]  # fmt: skip


def can_undo(run: SyncRun) -> bool:
    """Whether a run has ended, wrote something, and was not taken back already."""
    wrote = any(part.added or part.updated or part.removed or part.excluded for part in run.modules)
    return run.state not in LIVE_RUN_STATES and run.kind != "preview" and run.undone_by is None and wrote


def preview(integration: Integration, run: SyncRun, only: Key | None = None) -> Plan:
    """What an undo of this run (or of what it did to one record) would do now; writes nothing."""
    return _planned(integration, run, only)[0]


def _planned(integration: Integration, run: SyncRun, only: Key | None) -> tuple[Plan, Facts]:
    connection = db.session.connection()
    changes = changes_of(connection, run.id, only)
    facts = facts_of(connection, integration.id, changes)
    twins = [key for key, module in MODULES.items() if module.twin_key]
    untied = joined(connection, run.id, integration.id, twins)
    return plan_undo(changes, facts, [key for key in untied if only is None or key == only]), facts


def undo(
    integration: Integration, run: SyncRun, actor: Actor, *, hold: bool = False, only: Key | None = None
) -> SyncRun:
    """Take a run back, or what it did to one record; returns the run of kind undo that did so.

    `hold` keeps the records as they are then, until somebody releases them. Raises `SetupRefused`.
    """
    if run.state in LIVE_RUN_STATES or live_run(integration):
        raise SetupRefused(_("A sync is going on. Undo when it is done."))
    if run.kind == "preview" or run.undone_by is not None:
        raise SetupRefused(_("This sync was taken back already."))
    owner = f"{own_name()} undo"
    if not lease.claim(db.session.connection(), integration.id, owner, utcnow()):
        raise SetupRefused(_("A sync is going on. Undo when it is done."))
    plan, facts = _planned(integration, run, only)
    if not plan:
        raise SetupRefused(_("There is nothing to take back: everything is as it was before, or has to stay."))
    done = _begin(integration, run, actor, only)
    Writer(db.session.connection(), integration.id, done.id, settings_of(integration), hold).apply(plan, facts)
    _end(done, plan, hold=hold)
    _mark(run, done, only)
    record(actor, "sync.undone", ("integration", integration.id), done.message or str(_("Everything was taken back.")))
    lease.release(db.session.connection(), integration.id, owner)
    db.session.flush()
    db.session.expire_all()
    return done


def _begin(integration: Integration, run: SyncRun, actor: Actor, only: Key | None) -> SyncRun:
    target: Mapping[str, Any] = {"run": run.id}
    if only is not None:
        target = {"record": {"module": only[0], "id": only[1], "run": run.id}}
    now = utcnow()
    done = SyncRun(
        integration_id=integration.id, kind="undo", trigger="undo", actor=actor.name, actor_id=actor.id,
        state="running", target=dict(target), settings=run.settings, started_at=now, heartbeat_at=now,
    )  # fmt: skip
    try:
        with db.session.begin_nested():
            db.session.add(done)
            db.session.flush()
    except IntegrityError as somebody:
        raise SetupRefused(_("A sync is going on. Undo when it is done.")) from somebody
    return done


def _end(done: SyncRun, plan: Plan, *, hold: bool) -> None:
    """Count per module, and say what stayed."""
    refused = len(plan.refusals)
    done.state, done.ended_at = "partial" if refused else "ok", utcnow()
    said = []
    if refused:
        said += [ngettext("%(num)d record was left as it is.", "%(num)d records were left as they are.", refused)]
    if later := len(plan.left):
        said += [
            ngettext(
                "In %(num)d record, what was changed since stays.",
                "In %(num)d records, what was changed since stays.", later,
            )
        ]  # fmt: skip
    done.message = " ".join(str(sentence) for sentence in said)
    done.result = {"refusals": [[item.table, item.title, item.why] for item in plan.refusals[:KEPT]]}
    keys = [key for key in plan.tables if key in MODULES]
    keys += [module for module, _remote_id in plan.untied if module not in keys]
    for position, key in enumerate(dict.fromkeys(keys)):
        mine = sum(item.table == key for item in plan.refusals)
        held = sum(step.table == key and can_hold(step) for step in plan.steps) if hold else 0
        done.modules.append(
            SyncRunModule(
                module=key, position=position, state="partial" if mine else "ok", removed=plan.count(REMOVE, key),
                updated=plan.count(RESTORE, key), added=plan.count(RETURN, key), excluded=held, failed=mine,
                started_at=done.started_at, ended_at=done.ended_at,
            )
        )  # fmt: skip


#: refusals that the page of an undo names
KEPT = 200


def _mark(run: SyncRun, done: SyncRun, only: Key | None) -> None:
    """Say on the run that it was taken back; what an undo had taken back is in force again once that is undone."""
    if only is not None:
        return
    run.undone_by = done.id
    former = (run.target or {}).get("run") if run.kind == "undo" else None
    again = db.session.get(SyncRun, former) if former else None
    if again is not None and again.undone_by == run.id:
        again.undone_by = None
