"""Records that a person took back and wants to keep as they are: their links say so, with what names them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from models import Link
from sync.mapper import CUSTOM
from sync.modules import MODULES
from sync.modules.base import Values
from sync.settings import SyncSettings
from sync.undo.changes import typed
from sync.undo.facts import pieces
from sync.undo.plan import REMOVE, Step

LINKS = Link.__table__
#: remote ids of parents by table and local id
RemoteIds = Mapping[tuple[str, int], str]


def can_hold(step: Step) -> bool:
    """Whether a record can be kept as it is: customers and people come and go with what needs them."""
    if step.table not in MODULES or not step.remote_id:
        return False
    return step.verb != REMOVE or not MODULES[step.table].on_demand


def parents_of(connection: Connection, integration_id: int, steps: Sequence[Step]) -> RemoteIds:
    """Return the remote ids of the parents that these rows name."""
    found: dict[tuple[str, int], str] = {}
    for step_table in {step.table for step in steps}:
        rows = [_row(step) for step in steps if step.table == step_table]
        for parent in MODULES[step_table].parents:
            for piece in pieces({row[parent.column] for row in rows if row.get(parent.column)}):
                query = select(LINKS.c.local_id, LINKS.c.remote_id).where(
                    LINKS.c.integration_id == integration_id,
                    LINKS.c.module == parent.module, LINKS.c.local_id.in_(piece),
                )  # fmt: skip
                found |= {(parent.module, row.local_id): row.remote_id for row in connection.execute(query)}
    return found


def _row(step: Step) -> Values:
    return step.then if step.then else step.now


def kept_of(
    step: Step, settings: SyncSettings, remote_ids: RemoteIds, people: Mapping[int, str]
) -> tuple[Values, Values]:
    """Return `Link.kept` and `Link.detail` of a held record: its fields by the field map, named as the remote does."""
    module = MODULES[step.table]
    row = typed(module.table, _row(step))
    fields: Values = {}
    for here, there in module.field_map(settings).items():
        custom = row.get("custom") or {}
        value = custom.get(here.removeprefix(CUSTOM)) if here.startswith(CUSTOM) else row.get(here)
        if there and value is not None:
            fields[there] = value
    for parent in module.parents:
        if remote_id := remote_ids.get((parent.module, row.get(parent.column) or 0)):
            fields[parent.remote] = remote_id
    fields.setdefault("name", step.title)
    embedded: dict[str, Any] = {}
    if name := people.get(row.get("user_id") or 0):
        embedded["users"] = {"id": fields.get("user", ""), "name": name}
    detail = {"name": step.title, **module.describe(fields, embedded)}
    return {"fields": fields}, {key: value for key, value in detail.items() if value not in ("", None)}
