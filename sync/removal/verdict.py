"""What becomes of records that are truly gone: absence is a suspicion, a `get` of that id the verdict (R-09)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select

from sync import state
from sync.brake import LINK, LINKS
from sync.modules.base import Facts, Module, Values
from sync.planner import Operation, withdraw
from sync.removal.seen import NEVER_SEEN, Suspect


def link_of(connection: Connection, integration_id: int, module: str, remote_id: str) -> Any:
    """Return what is known of one remote record; None when nothing is."""
    mine = (LINKS.c.integration_id == integration_id, LINKS.c.module == module, LINKS.c.remote_id == remote_id)
    return connection.execute(select(*LINK).where(*mine)).first()


def children_of(
    connection: Connection, integration_id: int, child: Module, parent: str, local_id: int
) -> Sequence[Any]:
    """Return the links of a module's rows that belong to one row of the module `parent`."""
    columns = [one.column for one in child.parents if one.module == parent and one.is_required]
    if not columns:
        return []
    rows = select(child.table.c.id).where(child.table.c[columns[0]] == local_id)
    mine = (LINKS.c.integration_id == integration_id, LINKS.c.module == child.key, LINKS.c.local_id.in_(rows))
    return connection.execute(select(*LINK).where(*mine).order_by(LINKS.c.id)).all()


def suspects_of(connection: Connection, integration_id: int, module: Module, links: Sequence[Any]) -> list[Suspect]:
    """Return absent links with what is known of each remotely: its parents' remote ids, None where it has none."""
    rows = state.rows_by_id(connection, module, [link.local_id for link in links])
    none: dict[str, str | None] = {parent.remote: None for parent in module.parents}
    hints = {link.local_id: dict(none) for link in links}
    for parent in module.parents:
        ids = {row[parent.column] for row in rows.values() if row.get(parent.column)}
        remote = _remote_ids(connection, integration_id, parent.module, ids)
        for local_id, row in rows.items():
            if row.get(parent.column) in remote:
                hints[local_id][parent.remote] = remote[row[parent.column]]
    return [
        Suspect(link.id, link.remote_id, link.local_id, hints[link.local_id], bytes(link.content_hash) == NEVER_SEEN)
        for link in links
    ]


def _remote_ids(connection: Connection, integration_id: int, module: str, ids: set[int]) -> dict[int, str]:
    if not ids:
        return {}
    query = select(LINKS.c.local_id, LINKS.c.remote_id).where(
        LINKS.c.integration_id == integration_id, LINKS.c.module == module, LINKS.c.local_id.in_(ids)
    )
    return {row.local_id: row.remote_id for row in connection.execute(query)}


def plan_removals(connection: Connection, module: Module, gone: Sequence[Suspect]) -> list[Operation]:
    """Plan what becomes of the local rows: removed where nothing hangs on them, else marked."""
    ids = [suspect.local_id for suspect in gone]
    facts = Facts(
        rows=state.rows_by_id(connection, module, ids),
        touched=module.find_touched(connection, ids) if module.find_touched else set(),
        anchored=module.find_anchored(connection, ids) if module.find_anchored else set(),
    )
    planned = [(suspect, _plan_removal(module, suspect, facts)) for suspect in gone]
    return [one for suspect, one in planned if one.removes or one.values or not suspect.was_gone]


def _plan_removal(module: Module, suspect: Suspect, facts: Facts) -> Operation:
    row = facts.rows.get(suspect.local_id)
    operation = Operation("deleted", suspect.remote_id, NEVER_SEEN, local_id=suspect.local_id)
    if row is None:  # it went with the row that it belonged to
        operation.removes = True
        return operation
    operation.title = _name(row) or suspect.remote_id
    withdraw(module, operation, row, facts, "removed")
    if not operation.removes and operation.outcome == "deleted":
        operation.outcome = "inactivated"
    return operation


def _name(row: Values) -> str:
    return str(row.get("name") or row.get("title") or row.get("notes") or "")[:200]
