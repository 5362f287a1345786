"""One run while it is performed: its frozen settings, what it knows, and how one page goes in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import Connection

from connectors.base import RemoteRecord
from sync import planner, state
from sync.applier import Counts, Writer
from sync.mapper import Mapped, Rules, content_hash, map_record
from sync.modules import MODULES
from sync.modules.base import Facts, Module
from sync.planner import KnownLink, Operation
from sync.settings import SyncSettings


@dataclass(slots=True)
class Run:
    """What the loop carries from page to page."""

    id: int
    integration_id: int
    connector: str
    scope: str
    kind: str
    settings: SyncSettings
    since: datetime | None
    writer: Writer
    #: what started it, as `SyncRun.trigger` says
    trigger: str = ""
    #: a comparison, or what it found: rows are compared field by field, whatever the hash says (M-16)
    is_thorough: bool = False
    #: only records dated from here on, for those that have a date (a hot run)
    first_date: date | None = None
    #: remote id → local id of parents, per module
    parents: dict[str, dict[str, int]] = field(default_factory=dict)
    #: records of on-demand modules that nothing needed yet, per module
    candidates: dict[str, dict[str, RemoteRecord]] = field(default_factory=dict)
    rules: dict[str, Rules] = field(default_factory=dict)
    #: counts of parents that were brought while a child's page was planned
    side_counts: list[tuple[str, Counts]] = field(default_factory=list)

    @property
    def is_hot(self) -> bool:
        """Only a look at recent entries and new projects."""
        return self.kind == "hot"

    @property
    def is_preview(self) -> bool:
        """Nothing is written."""
        return self.kind == "preview"

    @property
    def compares(self) -> bool:
        """Everything is listed, so what is missing can be noticed."""
        return self.kind in ("full", "preview")

    def may_differ(self, record: RemoteRecord) -> bool:
        """Whether it was changed since the last sync, perhaps in what its list leaves out (a primary customer)."""
        return self.since is not None and record.modified_at is not None and record.modified_at >= self.since

    @property
    def is_releasing(self) -> bool:
        """A person released the removals that the brake holds."""
        return self.kind == "removal"

    def rules_of(self, module: Module) -> Rules:
        """Compile a module's rules once."""
        if module.key not in self.rules:
            self.rules[module.key] = Rules.compile(module, self.settings, self.connector)
        return self.rules[module.key]

    def bring(self, connection: Connection, module: Module, records: Sequence[RemoteRecord]) -> Counts:
        """Map, plan and apply one page inside the caller's database transaction."""
        records = list({record.id: record for record in records}.values())
        counts = Counts(seen=len(records))
        hashes = {record.id: content_hash(record.fields) for record in records}
        links = state.links_of(connection, self.integration_id, module.key, list(hashes))
        if module.on_demand:
            records = self._set_aside(module, records, links)
        fresh = {
            record.id: record
            for record in records
            if (self.is_thorough or _is_fresh(links.get(record.id), hashes[record.id]))
            and not self._is_held(links.get(record.id))
        }
        counts.unchanged = len(records) - len(fresh)
        if not fresh:
            return counts
        rules = self.rules_of(module)
        page = [map_record(record, hashes[record.id], module, rules) for record in fresh.values()]
        self._finish(connection, module, page, links, counts)
        return counts

    def bring_completed(
        self, connection: Connection, module: Module, records: Sequence[tuple[RemoteRecord, bytes]]
    ) -> Counts:
        """Plan records that were completed by a call of their own, under the hash they were listed with."""
        counts = Counts(seen=len(records))
        links = state.links_of(connection, self.integration_id, module.key, [record.id for record, _ in records])
        rules = self.rules_of(module)
        free = [(record, digest) for record, digest in records if not self._is_held(links.get(record.id))]
        counts.unchanged = len(records) - len(free)
        page = [map_record(record, digest, module, rules) for record, digest in free]
        self._finish(connection, module, page, links, counts)
        return counts

    def _is_held(self, link: KnownLink | None) -> bool:
        """Whether a person took the record back; only one who asks for it again releases it."""
        return link is not None and link.is_held and not (self.kind == "touch" and self.trigger != "webhook")

    def _set_aside(
        self, module: Module, records: Sequence[RemoteRecord], links: dict[str, KnownLink]
    ) -> list[RemoteRecord]:
        """Keep unlinked records of an on-demand module until something needs them; returns the linked ones."""
        linked = []
        for record in records:
            link = links.get(record.id)
            if link is not None and link.local_id is not None:
                linked.append(record)
            else:
                self.candidates.setdefault(module.key, {})[record.id] = record
        return linked

    def _finish(
        self, connection: Connection, module: Module, page: list[Mapped], links: dict[str, KnownLink], counts: Counts
    ) -> None:
        facts = state.parent_facts(connection, self.integration_id, module, page, self.parents)
        self._bring_needed(connection, module, page, facts)
        state.parent_rows(connection, module, facts, self.writer.overlay)
        changed = {mapped.id: links[mapped.id] for mapped in page if mapped.id in links}
        state.local_facts(connection, self.integration_id, module, page, changed, facts)
        operations = planner.plan(module, page, links, facts, self.rules_of(module))
        counts.unchanged += len(page) - len(operations)
        counts.note(operations)
        linked = self.writer.apply(connection, module, operations)
        if module.key in PARENTS:
            self.parents.setdefault(module.key, {}).update(linked)

    def _bring_needed(self, connection: Connection, module: Module, page: list[Mapped], facts: Facts) -> None:
        """Bring the on-demand parents that accepted records of this page hang on (requirements P-08, P-11)."""
        for parent in module.parents:
            owner = MODULES[parent.module]
            if not owner.on_demand:
                continue
            found = facts.parents[parent.module]
            needed: dict[str, RemoteRecord] = {}
            for mapped in page:
                remote_id = mapped.fields.get(parent.remote)
                if remote_id and remote_id not in found and mapped.kept_out is None and _stands(module, mapped, facts):
                    record = self._candidate(parent.module, remote_id, mapped)
                    if record is not None:
                        needed[remote_id] = record
            if needed:
                self._bring_parents(connection, owner, needed, facts)

    def _candidate(self, module: str, remote_id: str, child: Mapped) -> RemoteRecord | None:
        listed = self.candidates.get(module, {}).pop(remote_id, None)
        if listed is not None:
            return listed
        embedded = child.embedded.get(module)
        if embedded is None or embedded.get("id") != remote_id:
            return None
        return RemoteRecord(remote_id, {key: value for key, value in embedded.items() if key != "id"})

    def _bring_parents(
        self, connection: Connection, owner: Module, needed: dict[str, RemoteRecord], facts: Facts
    ) -> None:
        pairs = [(record, content_hash(record.fields)) for record in needed.values()]
        counts = self.bring_completed(connection, owner, pairs)
        cache = self.parents.setdefault(owner.key, {})
        facts.parents[owner.key].update({remote_id: cache[remote_id] for remote_id in needed if remote_id in cache})
        counts.seen = 0
        self.side_counts.append((owner.key, counts))

    def leftovers(self, module: Module) -> list[Operation]:
        """Decide on the candidates that nothing needed: kept out, with the reason."""
        rest = self.candidates.pop(module.key, {})
        return [_left_over(module, record) for record in rest.values()]


def _left_over(module: Module, record: RemoteRecord) -> Operation:
    name = module.name(record.fields)
    return Operation(
        "excluded", record.id, content_hash(record.fields), reason=module.on_demand, detail={"name": name},
        kept={"fields": record.fields}, title=name,
    )  # fmt: skip


#: modules that others hang on
PARENTS = frozenset(parent.module for module in MODULES.values() for parent in module.parents)


def _is_fresh(link: KnownLink | None, digest: bytes) -> bool:
    return link is None or link.is_waiting or link.content_hash != digest


def _stands(module: Module, mapped: Mapped, facts: Facts) -> bool:
    """Whether the parents that come by themselves are here; a record that will fail needs nobody."""
    for parent in module.parents:
        if MODULES[parent.module].on_demand:
            continue
        remote_id = mapped.fields.get(parent.remote)
        if remote_id not in facts.parents[parent.module] and (parent.is_required or (remote_id and parent.reason)):
            return False
    return True
