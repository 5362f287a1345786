"""Notes of the outbox before they are told: which were cut off, overtaken, held up, or may go on. Never commits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, delete, select, update
from sqlalchemy.orm import aliased

from billing.errors import MoveRefused
from billing.outbox import facts_now
from extensions import db, utcnow
from models import Integration, Outbox, Project
from models.audit import Actor, record
from models.lease import is_dead
from models.outbox import OPEN_STATES
from sync import connection
from sync.outbox import writeback

#: a note that is being told for longer was cut off, whoever claimed it: longer than the longest exchange takes
CUT_OFF = timedelta(minutes=15)
#: what was told or dropped is kept so long for people to look at
KEEP_TOLD, KEEP_DROPPED = timedelta(days=400), timedelta(days=30)


def is_work(now: datetime) -> bool:
    """Say whether a push has anything to do; reads only."""
    due = select(Outbox.id).where(
        (Outbox.state == "sending") | Outbox.state.in_(("pending", "unsure")) & (Outbox.not_before <= now)
    )
    if db.session.scalar(due.limit(1)) is not None:
        return True
    gates = [writeback.gate(connection.live_integration(source)) for source in _sources(("parked",))]
    return any(gate.is_open or gate.is_off for gate in gates)


def settle(now: datetime) -> None:
    """Bring every open note where it belongs; doing it twice changes nothing more."""
    _mark_cut_off(now)
    _drop_overtaken(now)
    for source in _sources(OPEN_STATES):
        gate = writeback.gate(connection.live_integration(source))
        if gate.is_off:
            _drop_all(source, now)
        elif gate.is_open:
            _release(source, now)
        else:
            _park(source, gate, now)
    _drop_all("local", now)


def recent(integration: Integration, since: datetime) -> Select[Any]:
    """Return the statement for an integration's notes since an instant."""
    return (
        select(Outbox)
        .join(Project, Project.id == Outbox.project_id)
        .where(Project.source == integration.connector, Outbox.created_at >= since)
    )


def retry(note: Outbox, actor: Actor) -> None:
    """Let a note that failed be told again; what may be there already is looked for first."""
    if note.state != "failed":
        raise MoveRefused(_("This note has not failed, so there is nothing to try again."))
    if is_overtaken(note):
        raise MoveRefused(_("Something newer happened to it and is told instead. Reload the page to see it."))
    _open_again(note, utcnow())
    record(actor, "outbox.retried", ("outbox", note.id), writeback.subject_of(note))


def retry_refused(integration: Integration, actor: Actor) -> int:
    """Let the notes that a permission was missing for be told again; returns how many there are."""
    waiting = list(db.session.scalars(_of_source(integration.connector).where(Outbox.waits_for == "permission")))
    for note in waiting:
        _open_again(note, utcnow())
    if waiting:
        record(actor, "outbox.retried", ("integration", integration.id), str(len(waiting)))
    return len(waiting)


def is_overtaken(note: Outbox) -> bool:
    """Say whether a newer note about the same subject tells more."""
    return db.session.scalar(select(Outbox.id).where(_is_newer(Outbox, note.id), _is_about(note)).limit(1)) is not None


def why_not(note: Outbox) -> str:
    """Say why telling a note would tell nothing; empty when it would."""
    last = db.session.scalar(
        select(Outbox).where(_is_about(note), Outbox.state == "done").order_by(Outbox.id.desc()).limit(1)
    )
    if last is None:
        return _("It was deleted before anybody was told of it.") if note.event == "deleted" else ""
    return _("Nothing changed since it was told last.") if _facts(last) == _facts(note) else ""


def prune(now: datetime) -> None:
    """Forget notes of long ago, so that the outbox does not grow for ever."""
    kept = {"done": KEEP_TOLD, "failed": KEEP_TOLD, "dropped": KEEP_DROPPED}
    for state, life in kept.items():
        stale = delete(Outbox).where(Outbox.state == state, Outbox.created_at < now - life)
        db.session.execute(stale, execution_options={"synchronize_session": False})


def _facts(note: Outbox) -> tuple[str, ...]:
    return tuple(str(note.payload.get(key, "")) for key in ("number", "status", "total", "currency"))


def _is_about(note: Outbox) -> ColumnElement[bool]:
    return (Outbox.subject == note.subject) & (Outbox.subject_id == note.subject_id)


def _is_newer(row: Any, note_id: Any) -> ColumnElement[bool]:
    found: ColumnElement[bool] = (row.id > note_id) & (row.state != "dropped")
    return found


def _sources(states: Sequence[str]) -> list[str]:
    """Whose projects the notes in some states are about."""
    found = select(Project.source).join(Outbox, Outbox.project_id == Project.id).where(Outbox.state.in_(states))
    return [source for source in db.session.scalars(found.distinct()) if source != "local"]


def _in(source: str) -> ColumnElement[bool]:
    return Outbox.project_id.in_(select(Project.id).where(Project.source == source))


def _of_source(source: str) -> Select[Outbox]:
    return select(Outbox).where(Outbox.state == "parked", _in(source)).order_by(Outbox.id)


def _change(*which: ColumnElement[bool], **values: Any) -> None:
    db.session.execute(
        update(Outbox).where(*which).values(**values), execution_options={"synchronize_session": False}
    )  # fmt: skip
    db.session.expire_all()


def _mark_cut_off(now: datetime) -> None:
    """Of a note whose teller died nobody knows whether it arrived: it is looked for before it is told again (R-10)."""
    for note in db.session.scalars(select(Outbox).where(Outbox.state == "sending")).all():
        since = note.claimed_at
        is_fresh = since is not None and abs(now - since) < CUT_OFF
        if is_fresh and note.claimed_by and not is_dead(note.claimed_by):
            continue
        _change(
            Outbox.id == note.id, Outbox.state == "sending", Outbox.claimed_by == note.claimed_by,
            state="unsure", changed_at=now, not_before=now,
            problem=_("Crossbill was stopped while telling it. It is looked for before it is told again."),
        )  # fmt: skip


def _drop_overtaken(now: datetime) -> None:
    """Only the newest of what happened to a subject is told."""
    newer: Any = aliased(Outbox)
    same = (newer.subject == Outbox.subject) & (newer.subject_id == Outbox.subject_id)
    _change(
        Outbox.state.in_(("pending", "parked")), Outbox.may_be_there.is_(False),
        select(newer.id).where(same, _is_newer(newer, Outbox.id)).exists(),
        state="dropped", changed_at=now, waits_for="", problem=_("Something newer happened to it and is told instead."),
    )  # fmt: skip


def _drop_all(source: str, now: datetime) -> None:
    sentence = (
        _("Its project is no longer connected, so there is nobody to tell.")
        if source == "local"
        else _("Telling was switched off when this happened.")
    )
    _change(
        Outbox.state.in_(("pending", "parked", "unsure")), _in(source),
        state="dropped", changed_at=now, waits_for="", problem=sentence,
    )  # fmt: skip


def _park(source: str, gate: writeback.Gate, now: datetime) -> None:
    _change(
        Outbox.state.in_(("pending", "unsure")), _in(source),
        state="parked", changed_at=now, waits_for=gate.waits_for, problem=gate.problem,
    )  # fmt: skip
    _change(
        Outbox.state == "parked", Outbox.waits_for == "integration", Outbox.problem != gate.problem, _in(source),
        waits_for=gate.waits_for, problem=gate.problem,
    )  # fmt: skip


def _release(source: str, now: datetime) -> None:
    """Let parked notes go on, with what is true by now: only the newest per subject is left of them (P-53)."""
    for note in db.session.scalars(_of_source(source)).all():
        facts = facts_now(note.subject, note.subject_id)
        if facts is not None:
            if facts["status"] != note.payload.get("status"):
                note.event = "status"
            note.payload = facts
        _open_again(note, now)
    db.session.flush()


def _open_again(note: Outbox, now: datetime) -> None:
    note.state = "unsure" if note.may_be_there else "pending"
    note.attempts, note.not_before, note.changed_at = 0, now, now
    note.problem = note.waits_for = ""
