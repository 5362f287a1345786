"""What a run did, record by record, as its before-images and links tell it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from sqlalchemy import JSON, Connection, Date, Table, select

from extensions import Base, ScaledDecimal, UTCDateTime
from models import BeforeImage, Link, ProjectStaff
from sync import bulk
from sync.modules.base import Values

IMAGES = BeforeImage.__table__
LINKS = Link.__table__
STAFF: Table = ProjectStaff.__table__  # type: ignore[assignment]
#: a table's name (for modules the same as their key) and a remote id; rows without a link have an empty one
Key: TypeAlias = tuple[str, str]

ADDED, CHANGED, REMOVED = "added", "changed", "removed"


@dataclass(frozen=True, slots=True)
class Change:
    """What a run did to one row. Values are as JSON keeps them, so that they compare: see `plain`.

    `kind`: added (the row is new), changed (`before` and `after` of the changed columns), removed (`before` is it).
    """

    kind: str
    table: str
    remote_id: str
    local_id: int
    before: Values
    after: Values

    @property
    def key(self) -> Key:
        """Which record."""
        return self.table, self.remote_id


def table_of(name: str) -> Table:
    """The table that a change is about."""
    return Base.metadata.tables[name]


def plain(row: Values) -> Values:
    """Write a row's values the way before-images hold them."""
    found: Values = json.loads(bulk.dump(row))
    return found


def typed(table: Table, values: Values) -> Values:
    """Read `plain` values back as the columns want them."""
    return {name: _typed(table.c[name].type, value) for name, value in values.items() if name in table.c}


def _typed(kind: Any, value: Any) -> Any:
    if value is None or isinstance(kind, JSON):
        return value
    if isinstance(kind, Date):
        return date.fromisoformat(value["$d"])
    if isinstance(kind, UTCDateTime):
        return datetime.fromisoformat(value["$t"])
    return Decimal(value) if isinstance(kind, ScaledDecimal) else value


def changes_of(connection: Connection, run_id: int, only: Key | None = None) -> list[Change]:
    """Return everything a run did (or what it did to one record), each row once."""
    made = {(change.key, change.local_id): change for change in _made(connection, run_id)}
    born = {change.key for change in made.values() if change.remote_id}
    for image in _images(connection, run_id):
        place = image.key, image.local_id
        if place in made and made[place].kind == ADDED:
            continue
        if image.key in born and image.kind != ADDED:
            continue  # it did not exist before this run
        made[place] = _merged(made[place], image) if place in made else image
    gone = [change for change in made.values() if change.local_id and (only is None or change.key == only)]
    return sorted(gone, key=lambda change: (change.table, change.local_id))


def _made(connection: Connection, run_id: int) -> Iterator[Change]:
    """Rows that the run added; a record that was added and went again in the same run has no row (id 0)."""
    links = select(LINKS.c.module, LINKS.c.remote_id, LINKS.c.local_id).where(LINKS.c.created_run_id == run_id)
    for row in connection.execute(links):
        yield Change(ADDED, row.module, row.remote_id, row.local_id or 0, {}, {})
    # a rate that somebody set makes it theirs
    staff = select(STAFF.c.id).where(STAFF.c.created_run_id == run_id, STAFF.c.rate.is_(None))
    for staff_id in connection.scalars(staff):
        yield Change(ADDED, STAFF.name, "", staff_id, {}, {})


def _images(connection: Connection, run_id: int) -> Iterator[Change]:
    for row in connection.execute(select(IMAGES).where(IMAGES.c.run_id == run_id).order_by(IMAGES.c.id)):
        yield change_from(row)


def change_from(image: Any) -> Change:
    """Read one before-image."""
    before, after = image.before, image.after
    kind = ADDED if not before else REMOVED if after is None else CHANGED
    return Change(kind, image.module, image.remote_id, image.local_id, before, after or {})


def _merged(first: Change, then: Change) -> Change:
    """Two changes of one row in one run are one: the first before, the last after."""
    kind = REMOVED if REMOVED in (first.kind, then.kind) else CHANGED
    return Change(
        kind, first.table, first.remote_id or then.remote_id, first.local_id,
        {**then.before, **first.before}, {**first.after, **then.after},
    )  # fmt: skip


def joined(connection: Connection, run_id: int, integration_id: int, modules: Sequence[str]) -> dict[Key, int]:
    """Return the records that the run tied to rows that were here already, with the id of the row."""
    query = select(LINKS.c.module, LINKS.c.remote_id, LINKS.c.local_id).where(
        LINKS.c.integration_id == integration_id, LINKS.c.module.in_(modules),
        LINKS.c.run_id == run_id, LINKS.c.outcome.in_(("overwritten", "merged")), LINKS.c.local_id.is_not(None),
    )  # fmt: skip
    return {(row.module, row.remote_id): row.local_id for row in connection.execute(query)}
