"""Here against the remote, weekly: everything is read and compared, field by field, and nothing is written (M-16).

A comparison is a preview whose `SyncRun.target` says so. It looks past the content hash, so it also finds rows that
differ here without the remote having changed. What it found can be pulled: those records are read again by
themselves. A difference is never pushed: no connector so far lets its records be changed from here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Connection, select

from extensions import db
from models import Integration, Link, SyncRun
from models.audit import Actor
from sync import connection as connections
from sync.modules import MODULES
from sync.modules.base import Module
from sync.planner import Operation
from sync.preview import PreviewWriter

EVERY = timedelta(days=7)
#: `SyncRun.target` of a comparison; in the target of a touch run it says that the hash is looked past
MARK = "compare"
#: differences kept per module; more are only counted
MOST = 200
#: what a person reads of a value
_LONGEST = 200


class ComparingWriter(PreviewWriter):
    """Carries nothing out, and keeps each difference with what is needed to read its record again."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, list[dict[str, Any]]] = {}
        self.counts: dict[str, Counter[str]] = {}
        #: local id (below zero: it would be made) → remote id of projects that are new
        self._new_projects: dict[int, str] = {}
        self._held: dict[str, list[int]] = {}

    def apply(self, connection: Connection, module: Module, operations: Sequence[Operation]) -> dict[str, int]:
        """Note what differs; records that stay out are no difference, they have a page of their own."""
        linked = super().apply(connection, module, operations)
        for operation in operations:
            if module.key == "projects" and operation.adds:
                self._new_projects[linked[operation.remote_id]] = operation.remote_id
            is_joined = operation.outcome == "merged"
            if operation.values or operation.removes or operation.detail_differs or is_joined:
                self._note_difference(module, operation)
        return linked

    def hold(self, connection: Connection, module: Module, link_ids: Sequence[int]) -> None:
        """Remember what is no longer listed and would wait for a person."""
        super().hold(connection, module, link_ids)
        self._held.setdefault(module.key, []).extend(link_ids)
        self.counts.setdefault(module.key, Counter())["gone"] += len(link_ids)

    def _note_difference(self, module: Module, operation: Operation) -> None:
        outcome = _outcome(operation)
        self.counts.setdefault(module.key, Counter())[outcome] += 1
        kept = self.found.setdefault(module.key, [])
        if len(kept) < MOST:
            kept.append({
                "id": operation.remote_id, "outcome": outcome, "title": operation.title,
                "local_id": operation.local_id, "project": operation.values.get("project_id"),
                "changes": _changes(operation),
            })  # fmt: skip

    def result(self, connection: Connection) -> dict[str, Any]:
        """Return what `SyncRun.result` holds: per module the counts and the differences."""
        for key, link_ids in self._held.items():
            self._add_held(connection, key, link_ids)
        for key, found in self.found.items():
            self._name_projects(connection, MODULES[key], found)
        return {"differences": {key: {"counts": dict(self.counts[key]), "records": self.found.get(key, [])}
                                for key in MODULES if key in self.counts}}  # fmt: skip

    def _add_held(self, connection: Connection, key: str, link_ids: Sequence[int]) -> None:
        kept = self.found.setdefault(key, [])
        some = list(link_ids)[: MOST - len(kept)]
        rows = connection.execute(select(Link.remote_id, Link.local_id).where(Link.id.in_(some))).all()
        titles = _titles(connection, MODULES[key], [row.local_id for row in rows])
        kept += [
            {"id": row.remote_id, "outcome": "gone", "title": titles.get(row.local_id, ""), "local_id": row.local_id,
             "project": None, "changes": []}
            for row in rows
        ]  # fmt: skip

    def _name_projects(self, connection: Connection, module: Module, found: Sequence[dict[str, Any]]) -> None:
        """Put the remote id of its project with each record: without it many cannot be asked for."""
        if _is_in_project(module):
            here = [one["local_id"] for one in found if one["local_id"]]
            rows = connection.execute(
                select(module.table.c.id, module.table.c.project_id).where(module.table.c.id.in_(here))
            )
            own = {local_id: project_id for local_id, project_id in rows}
            for one in found:
                one["project"] = one["project"] or own.get(one["local_id"])
        wanted = {one["project"] for one in found if one["project"]}
        query = select(Link.local_id, Link.remote_id).where(Link.module == "projects", Link.local_id.in_(wanted))
        known = {local_id: remote_id for local_id, remote_id in connection.execute(query)} | self._new_projects
        for one in found:
            one["project"] = known.get(one["project"], "")


def _outcome(operation: Operation) -> str:
    """Say how a record differs: missing here, gone there, different, or different and kept as it is."""
    if operation.removes or operation.outcome == "inactivated":
        return "gone"
    if operation.local_id is None or operation.outcome == "merged":
        return "missing"
    return "kept" if operation.detail_differs else "different"


def _changes(operation: Operation) -> list[list[str]]:
    """Return field, here, there."""
    if operation.local_id is None or operation.removes:
        return []
    if operation.detail_differs and operation.detail:
        before, after = operation.detail["here"], operation.detail["remote"]
    else:
        before, after = operation.before or {}, operation.values
    return [[key, _text(before.get(key)), _text(value)] for key, value in after.items()]


def _text(value: Any) -> str:
    return "" if value is None else str(value)[:_LONGEST]


def _titles(connection: Connection, module: Module, ids: Sequence[int]) -> dict[int, str]:
    column = next((module.table.c[name] for name in ("name", "title", "notes") if name in module.table.c), None)
    if column is None:
        return {}
    rows = connection.execute(select(module.table.c.id, column).where(module.table.c.id.in_(list(ids))))
    return {number: str(name)[:_LONGEST] for number, name in rows}


def compare(integration: Integration, trigger: str, actor: Actor) -> tuple[SyncRun, bool]:
    """Queue a comparison; second: whether it is new, False means that another run is live."""
    if integration.state != "active":
        raise connections.SetupRefused(_("This integration is not active, so nothing is compared."))
    return connections.enqueue(integration, "preview", trigger, actor, {MARK: True})


def pull(integration: Integration, chosen: Mapping[str, Sequence[str]], actor: Actor) -> tuple[SyncRun, bool]:
    """Queue a run that reads these records of the last comparison again: module → remote ids.

    Only what the comparison found may be named; its project goes along, so that the record can be asked for.
    """
    run = last_comparison(integration)
    records = []
    for key, found in differences(run).items():
        wanted = set(chosen.get(key, ()))
        for one in found["records"]:
            if one["id"] in wanted and can_be_pulled(key, one):
                hints = {"project": one["project"]} if one["project"] else {}
                records.append({"module": key, "id": one["id"], "hints": hints})
    if not records:
        raise connections.SetupRefused(_("Choose at least one record that can be read again."))
    return connections.enqueue(integration, "touch", "retry", actor, {"records": records, MARK: True})


def can_be_pulled(module: str, record: Mapping[str, Any]) -> bool:
    """Say whether a record can be read again by itself, and whether that would change anything here."""
    return record["outcome"] != "kept" and (not _is_in_project(MODULES[module]) or bool(record["project"]))


def _is_in_project(module: Module) -> bool:
    """Say whether a record is asked for within its project, not by its id alone."""
    return "project_id" in module.table.c


def differences(run: SyncRun | None) -> dict[str, dict[str, Any]]:
    """Return module → counts and records of a comparison; empty while it goes on."""
    found: dict[str, dict[str, Any]] = (run.result or {}).get("differences", {}) if run else {}
    return found


def last_comparison(integration: Integration) -> SyncRun | None:
    """Return the newest comparison, live or ended."""
    query = db.select(SyncRun).where(
        SyncRun.integration_id == integration.id, SyncRun.kind == "preview", SyncRun.target.is_not(None)
    )
    found: SyncRun | None = db.session.scalar(query.order_by(SyncRun.id.desc()).limit(1))
    return found


def is_due(integration: Integration, now: datetime) -> bool:
    """Say whether a week has passed since the last comparison, or since everything was read for the first time."""
    if integration.connected_at is None or integration.last_full_at is None or connections.live_run(integration):
        return False
    last = last_comparison(integration)
    return now - (last.queued_at if last else integration.connected_at) >= EVERY
