"""Records that a complete listing did not bring: absence is a suspicion, a `get` of that id the verdict (R-09)."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection, func, select

from connectors.base import Connector, Verdict
from models import Link
from sync import state
from sync.modules.base import Facts, Module
from sync.planner import Operation, withdraw

LINKS = Link.__table__
PAGE = 2_000
#: the hash of what is gone: should the record return, it is taken as changed
NEVER_SEEN = b""
#: more absences than this, and more than a tenth of what is known, wait for a person (the delete brake)
BRAKE_AT_LEAST = 20


@dataclass(slots=True)
class Seen:
    """Which remote ids a listing brought, eight bytes each, so that memory stays flat in their number."""

    numbers: array[int] = field(default_factory=lambda: array("Q"))
    is_sorted: bool = True

    def add(self, remote_ids: Sequence[str]) -> None:
        """Remember ids."""
        self.numbers.extend([_number(remote_id) for remote_id in remote_ids])
        self.is_sorted = False

    def __contains__(self, remote_id: str) -> bool:
        if not self.is_sorted:
            self.numbers, self.is_sorted = array("Q", sorted(self.numbers)), True
        number = _number(remote_id)
        place = bisect_left(self.numbers, number)
        return place < len(self.numbers) and self.numbers[place] == number


def _number(remote_id: str) -> int:
    if remote_id.isascii() and remote_id.isdigit() and len(remote_id) <= 19 and remote_id[0] != "0":
        return int(remote_id)
    return int.from_bytes(blake2b(remote_id.encode("utf-8", "replace"), digest_size=8).digest())


def absent(connection: Connection, integration_id: int, module: str, seen: Seen) -> list[Any]:
    """Return the links with a local row whose record the listing did not bring."""
    return [row for row in _linked(connection, integration_id, module) if row.remote_id not in seen]


def _linked(connection: Connection, integration_id: int, module: str) -> Iterator[Any]:
    last = 0
    while True:
        query = (
            select(LINKS.c.id, LINKS.c.remote_id, LINKS.c.local_id)
            .where(LINKS.c.integration_id == integration_id, LINKS.c.module == module)
            .where(LINKS.c.local_id.is_not(None), LINKS.c.local_id > last)
            .order_by(LINKS.c.local_id)
            .limit(PAGE)
        )
        rows = connection.execute(query).all()
        if not rows:
            return
        yield from rows
        last = rows[-1].local_id


def is_braked(connection: Connection, integration_id: int, module: str, count: int) -> bool:
    """Say whether so many records vanished at once that a person should look first."""
    if count < BRAKE_AT_LEAST:
        return False
    known = connection.scalar(
        select(func.count()).where(
            LINKS.c.integration_id == integration_id, LINKS.c.module == module, LINKS.c.local_id.is_not(None)
        )
    )
    return count * 10 > (known or 0)


def verdicts(
    connector: Connector, module: Module, scope: str, suspects: Sequence[Any], hints: dict[int, Any]
) -> list[Any]:
    """Ask the remote for each suspect; returns those that are truly gone. Not called inside a transaction."""
    return [
        link
        for link in suspects
        if connector.get(module.key, scope, link.remote_id, hints.get(link.local_id, {})) is Verdict.GONE
    ]


def plan_removals(connection: Connection, module: Module, gone: Sequence[Any]) -> list[Operation]:
    """Plan what becomes of the local rows: removed where nothing hangs on them, else marked."""
    ids = [link.local_id for link in gone]
    facts = Facts(
        rows=state.rows_by_id(connection, module, ids),
        touched=module.find_touched(connection, ids) if module.find_touched else set(),
        anchored=module.find_anchored(connection, ids) if module.find_anchored else set(),
    )
    operations = []
    for link in gone:
        row = facts.rows.get(link.local_id)
        if row is None:
            continue
        operation = Operation("deleted", link.remote_id, NEVER_SEEN, local_id=link.local_id)
        withdraw(module, operation, row, facts, "removed")
        if not operation.removes and operation.outcome == "deleted":
            operation.outcome = "inactivated"
        operations.append(operation)
    return operations


def hints(connection: Connection, integration_id: int, module: Module, suspects: Sequence[Any]) -> dict[int, Any]:
    """Return local id → what is known of each suspect remotely: the remote ids of its parents."""
    rows = state.rows_by_id(connection, module, [link.local_id for link in suspects])
    found: dict[int, dict[str, str]] = {local_id: {} for local_id in rows}
    for parent in module.parents:
        ids = {row[parent.column] for row in rows.values() if row.get(parent.column)}
        query = select(LINKS.c.local_id, LINKS.c.remote_id).where(
            LINKS.c.integration_id == integration_id, LINKS.c.module == parent.module, LINKS.c.local_id.in_(ids)
        )
        remote = {row.local_id: row.remote_id for row in connection.execute(query)} if ids else {}
        for local_id, row in rows.items():
            if row.get(parent.column) in remote:
                found[local_id][parent.remote] = remote[row[parent.column]]
    return found
