"""A plan → tables: rows, before-images and links, in the caller's database transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Table, delete

from extensions import utcnow
from models import BeforeImage, Link
from sync import bulk
from sync.applier import IMAGE_COLUMNS, insert_defaults
from sync.kept_out import figures
from sync.modules import MODULES
from sync.modules.base import Values
from sync.planner import UNDONE
from sync.removal.seen import NEVER_SEEN
from sync.settings import SyncSettings
from sync.undo.changes import table_of, typed
from sync.undo.facts import Facts, pieces, references
from sync.undo.holding import can_hold, kept_of, parents_of
from sync.undo.plan import REMOVE, RESTORE, RETURN, Plan, Step

LINKS: Table = Link.__table__  # type: ignore[assignment]
LINK_COLUMNS = (
    "integration_id", "module", "remote_id", "local_id", "content_hash", "outcome", "reason", "detail", "kept",
    *figures.COLUMNS, "is_waiting", "run_id", "decided_at",
)  # fmt: skip
LINK_CONFLICT = (
    "ON CONFLICT (integration_id, module, remote_id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in LINK_COLUMNS[3:])
    + ", missing_since = NULL, is_muted = false"
)
OUTCOMES = {REMOVE: "deleted", RESTORE: "updated", RETURN: "added"}


@dataclass(slots=True)
class Writer:
    """Carries one plan out. `holds`: the records stay as the undo leaves them until a person releases them."""

    connection: Connection
    integration_id: int
    run_id: int
    settings: SyncSettings
    holds: bool

    def apply(self, plan: Plan, facts: Facts) -> None:
        """Write everything; a fixed number of statements per table."""
        remote_ids = parents_of(self.connection, self.integration_id, self._held(plan)) if self.holds else {}
        ids = self._return([step for step in plan.steps if step.verb == RETURN], facts)
        self._restore([step for step in plan.steps if step.verb == RESTORE], ids)
        self._images(plan.steps, ids)
        self._untie(plan)
        self._write_links(plan, ids, remote_ids, facts.people)
        for name, steps in groupby([step for step in plan.steps if step.verb == REMOVE], lambda step: step.table):
            for piece in pieces(step.local_id for step in steps):
                bulk.delete(self.connection, table_of(name), piece)

    def _held(self, plan: Plan) -> list[Step]:
        return [step for step in plan.steps if can_hold(step)]

    def _return(self, steps: Sequence[Step], facts: Facts) -> dict[tuple[str, int], int]:
        """Make removed rows again, parents first; returns the ids of those whose own was taken by another row."""
        ids: dict[tuple[str, int], int] = {}
        for name, group in groupby(steps, lambda step: step.table):
            found, table = list(group), table_of(name)
            taken = [step.local_id for step in found if step.local_id in facts.rows[name]]
            fresh = list(bulk.reserve_ids(self.connection, table, len(taken)))
            # ids that come back may lie above all that are here now
            shift = max(0, max(step.local_id for step in found) + 1 - fresh[0]) if fresh else 0
            ids |= {(name, row_id): number + shift for row_id, number in zip(taken, fresh, strict=True)}
            columns, defaults, in_order = insert_defaults(table)
            blank = {key: make() if callable(make) else make for key, make in zip(columns, defaults, strict=True)}
            rows = [
                in_order(
                    {**blank, **self._row(table, step.then, ids), "id": ids.get((name, step.local_id), step.local_id)}
                )
                for step in found
            ]
            bulk.insert(self.connection, table, ("id", *columns), rows)
        return ids

    def _row(self, table: Table, values: Values, ids: Mapping[tuple[str, int], int]) -> Values:
        row = typed(table, values)
        for column, other in references(table.name):
            if (other, row.get(column)) in ids:
                row[column] = ids[other, row[column]]
        return row

    def _restore(self, steps: Sequence[Step], ids: Mapping[tuple[str, int], int]) -> None:
        by_table: dict[str, list[tuple[int, Values]]] = defaultdict(list)
        now = utcnow()
        for step in steps:
            table = table_of(step.table)
            stamp = {"updated_at": now} if "updated_at" in table.c else {}
            by_table[step.table].append((step.local_id, {**self._row(table, step.then, ids), **stamp}))
        for name, changes in by_table.items():
            bulk.update(self.connection, table_of(name), changes)

    def _images(self, steps: Sequence[Step], ids: Mapping[tuple[str, int], int]) -> None:
        rows = []
        for step in steps:
            row_id = ids.get((step.table, step.local_id), step.local_id)
            after = None if step.verb == REMOVE else {**step.then, "id": row_id} if step.verb == RETURN else step.then
            rows.append((self.run_id, step.table, step.remote_id, row_id, step.now, after))
        bulk.insert(self.connection, BeforeImage.__table__, IMAGE_COLUMNS, rows)

    def _untie(self, plan: Plan) -> None:
        for module, remote_id in plan.untied:
            mine = (LINKS.c.integration_id == self.integration_id, LINKS.c.module == module)
            self.connection.execute(delete(LINKS).where(*mine, LINKS.c.remote_id == remote_id))

    def _write_links(
        self, plan: Plan, ids: Mapping[tuple[str, int], int], remote_ids: Any, people: Mapping[int, str]
    ) -> None:
        untied, now, rows = set(plan.untied), utcnow(), []
        for step in plan.steps:
            if step.table not in MODULES or not step.remote_id or step.key in untied:
                continue
            local_id = None if step.verb == REMOVE else ids.get((step.table, step.local_id), step.local_id)
            outcome, reason, kept, detail = OUTCOMES[step.verb], None, None, None
            if self.holds and can_hold(step):
                outcome, reason = "excluded", UNDONE
                kept, detail = kept_of(step, self.settings, remote_ids, people)
            rows.append(
                (
                    self.integration_id, step.table, step.remote_id, local_id, NEVER_SEEN, outcome, reason, detail,
                    kept, *figures.figures(detail, kept), False, self.run_id, now,
                )
            )  # fmt: skip
        bulk.insert(self.connection, LINKS, LINK_COLUMNS, rows, LINK_CONFLICT)
