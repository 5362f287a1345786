"""What is known here of one page of remote records: read in a handful of statements, never one a record."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from connectors import CONNECTORS
from models import Integration, Link
from models.integration import FEEDING
from sync import bulk
from sync.mapper import Mapped
from sync.modules import MODULES
from sync.modules.base import Facts, Module, Values
from sync.planner import KnownLink
from sync.settings import SyncSettings

#: remote id → local id per module; bounded so that a long run keeps a flat memory
ParentCache = MutableMapping[str, dict[str, int]]
CACHE_LIMIT = 50_000
LINKS = Link.__table__


def links_of(connection: Connection, integration_id: int, module: str, ids: Sequence[str]) -> dict[str, KnownLink]:
    """Return the links of these remote ids."""
    clause, parameter = bulk.in_texts(connection, ids)
    mark = "?" if bulk.is_sqlite(connection) else "%s"
    sql = (
        "SELECT remote_id, local_id, content_hash, outcome, reason, detail, is_waiting FROM links "  # noqa: S608
        f"WHERE integration_id = {mark} AND module = {mark} AND remote_id IN {clause}"
    )
    found = connection.exec_driver_sql(sql, (integration_id, module, *parameter)).all()
    return {row[0]: KnownLink(row[1], bytes(row[2]), row[3], row[4], _loaded(row[5]), bool(row[6])) for row in found}


def _loaded(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def resolve_parents(
    connection: Connection, integration_id: int, module: str, ids: Iterable[str], cache: dict[str, int]
) -> tuple[dict[str, int], dict[str, str]]:
    """Return remote id → local id for the parents that are here, and remote id → reason for those kept out."""
    wanted = set(ids)
    missing = wanted - cache.keys()
    kept_out: dict[str, str] = {}
    if missing:
        if len(cache) > CACHE_LIMIT:
            cache.clear()
            missing = wanted
        for remote_id, link in links_of(connection, integration_id, module, list(missing)).items():
            if link.local_id is not None:
                cache[remote_id] = link.local_id
            elif link.reason:
                kept_out[remote_id] = link.reason
    return {remote_id: cache[remote_id] for remote_id in wanted if remote_id in cache}, kept_out


def parent_facts(
    connection: Connection, integration_id: int, module: Module, page: Sequence[Mapped], cache: ParentCache
) -> Facts:
    """Resolve all parents that a page refers to."""
    facts = Facts()
    for parent in module.parents:
        ids = {remote_id for mapped in page if (remote_id := mapped.fields.get(parent.remote))}
        found, kept_out = resolve_parents(
            connection, integration_id, parent.module, ids, cache.setdefault(parent.module, {})
        )
        facts.parents.setdefault(parent.module, {}).update(found)
        facts.kept_out_parents.setdefault(parent.module, {}).update(kept_out)
    return facts


def local_facts(
    connection: Connection, integration_id: int, module: Module, page: Sequence[Mapped],
    links: Mapping[str, KnownLink], facts: Facts,
) -> None:  # fmt: skip
    """Add the local rows, twins and what money has touched to `facts`."""
    local_ids = [link.local_id for link in links.values() if link.local_id is not None]
    if local_ids:
        facts.rows = rows_by_id(connection, module, local_ids)
        facts.touched = module.find_touched(connection, local_ids) if module.find_touched else set()
        facts.anchored = module.find_anchored(connection, local_ids) if module.find_anchored else set()
        facts.fed_elsewhere = fed_elsewhere(connection, integration_id, module, local_ids)
    if module.look_around:
        facts.around = module.look_around(connection, [mapped.fields for mapped in page if not mapped.kept_out], facts)
    if module.find_elsewhere:
        fresh_ids = [mapped.id for mapped in page if mapped.id not in links or links[mapped.id].local_id is None]
        facts.elsewhere = module.find_elsewhere(connection, integration_id, fresh_ids) if fresh_ids else set()
    if module.twin_key and module.find_twins:
        fresh = [mapped for mapped in page if mapped.id not in links or links[mapped.id].local_id is None]
        keys = {key for mapped in fresh if mapped.values and (key := module.twin_key(mapped.values))}
        facts.twins = module.find_twins(connection, integration_id, sorted(keys)) if keys else {}
        twin_ids = [twin["id"] for twin in facts.twins.values()]
        if twin_ids:
            facts.fed_elsewhere |= fed_elsewhere(connection, integration_id, module, twin_ids)


def fed_elsewhere(
    connection: Connection, integration_id: int, module: Module, local_ids: Sequence[int]
) -> dict[int, frozenset[str]]:
    """Return local id → columns that an integration of higher priority feeds: its values win (requirements P-21)."""
    own = select(Integration.connector).where(Integration.id == integration_id)
    rivals = connection.execute(
        select(Integration.id, Integration.connector, Integration.settings).where(
            Integration.id != integration_id, Integration.state.in_(FEEDING)
        )
    ).all()
    priority = CONNECTORS[connection.scalar(own) or ""].priority if rivals else 0
    found: dict[int, frozenset[str]] = {}
    for rival in rivals:
        if rival.connector not in CONNECTORS or CONNECTORS[rival.connector].priority <= priority:
            continue
        mapped = module.field_map(SyncSettings.from_json(rival.settings))
        columns = frozenset(key for key, remote in mapped.items() if remote)
        claimed = select(LINKS.c.local_id).where(
            LINKS.c.integration_id == rival.id, LINKS.c.module == module.key, LINKS.c.local_id.in_(local_ids)
        )
        for local_id in connection.scalars(claimed):
            found[local_id] = found.get(local_id, frozenset()) | columns
    return found


def parent_rows(connection: Connection, module: Module, facts: Facts, overlay: Mapping[str, dict[int, Values]]) -> None:
    """Add the rows of the parents that `module.check` looks at; a preview's own rows come from its overlay."""
    for key in module.needs_rows_of:
        planned = overlay.get(key, {})
        ids = set(facts.parents.get(key, {}).values())
        rows = rows_by_id(connection, MODULES[key], [local_id for local_id in ids if local_id not in planned])
        facts.rows_of_parents[key] = {**rows, **{local_id: planned[local_id] for local_id in ids & planned.keys()}}


def rows_by_id(connection: Connection, module: Module, ids: Sequence[int]) -> dict[int, Values]:
    """Return whole rows by id."""
    if not ids:
        return {}
    query = select(module.table).where(module.table.c.id.in_(ids))
    return {row.id: dict(row._mapping) for row in connection.execute(query)}
