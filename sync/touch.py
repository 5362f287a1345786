"""Single records read again by themselves: a retry, a hint of a webhook, parents that a listing did not bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.base import RemoteRecord, UnreadableRecord, Verdict
from connectors.errors import RateLimited, RecordRefused, RemoteUnavailable, ScopeMissing
from extensions import db
from sync import removal, state
from sync.listing import Listing
from sync.modules.base import Module

#: parents that are fetched along in one run
MOST_PARENTS = 200


@dataclass(slots=True)
class Touch:
    """Reads the records of `targets` one by one, parents first; then what waits for them is tried again."""

    listing: Listing
    #: module → remote id → what is known of it
    targets: dict[str, dict[str, Mapping[str, Any]]] = field(default_factory=dict)
    parents_left: int = MOST_PARENTS

    def want(self, module: str, remote_id: str, hints: Mapping[str, Any]) -> None:
        """Ask for one record."""
        if module in self.listing.modules:
            self.targets.setdefault(module, {})[remote_id] = hints

    def perform(self) -> None:
        """Read what was asked for, module by module."""
        for key in reversed(list(self.listing.modules)):
            self._want_unknown_parents(key)
        for key, module in self.listing.modules.items():
            try:
                self._perform(module, self.targets.get(key, {}))
            except RateLimited:
                raise
            except (ScopeMissing, RemoteUnavailable) as problem:
                self.listing.fail(key, str(problem))
        self.listing.removals.carry_out()

    def _want_unknown_parents(self, key: str) -> None:
        """A record cannot come in before what it belongs to: hints say what that is."""
        for hints in list(self.targets.get(key, {}).values()):
            for parent in self.listing.modules[key].parents:
                remote_id = hints.get(parent.remote)
                if remote_id and self._unknown(parent.module, [str(remote_id)]):
                    self.want(parent.module, str(remote_id), {"project": hints.get("project")})

    def _unknown(self, module: str, ids: list[str]) -> list[str]:
        """Which of these remote records have never been seen here."""
        if not ids:
            return []
        with db.engine.connect() as database:
            known = state.links_of(database, self.listing.run.integration_id, module, ids)
        return [remote_id for remote_id in ids if remote_id not in known]

    def _perform(self, module: Module, wanted: Mapping[str, Mapping[str, Any]]) -> None:
        listing = self.listing
        listing.start(module)
        found: list[RemoteRecord] = []
        for number, (remote_id, hints) in enumerate(wanted.items(), 1):
            record = self._read(module, remote_id, hints)
            if record is not None:
                found.append(record)
            if number % removal.BEAT_EVERY == 0:
                listing.beat()
        if found:
            self.bring_parents_of(module, found)
            listing.bring(module, found, None, moves=False, was_waiting=False)
        if not module.on_demand and not listing.connector.capabilities(module.key).needs_completion:
            listing.bring_waiting(module)
        listing.end(module)

    def _read(self, module: Module, remote_id: str, hints: Mapping[str, Any]) -> RemoteRecord | None:
        """One record; what is gone is removed, what cannot be read is noted."""
        listing = self.listing
        try:
            found = listing.connector.get(module.key, listing.run.scope, remote_id, hints)
        except RecordRefused as problem:
            listing.note_unreadable(module, [UnreadableRecord(remote_id, str(problem))])
            return None
        if isinstance(found, RemoteRecord):
            return found
        if found is Verdict.GONE:
            listing.removals.suspect(module, remote_id)
        return None

    def bring_parents_of(self, module: Module, records: Sequence[RemoteRecord]) -> None:
        """Fetch the parents that nothing is known of, e.g. the task of a new entry, before the records come in."""
        for parent in module.parents:
            owner = self.listing.modules.get(parent.module)
            if owner is None or owner.on_demand:
                continue
            ids = {str(found): record for record in records if (found := record.fields.get(parent.remote))}
            unknown = self._unknown(parent.module, list(ids))[: self.parents_left]
            self.parents_left -= len(unknown)
            read = [self._read(owner, key, {"project": ids[key].fields.get("project")}) for key in unknown]
            if fetched := [record for record in read if record is not None]:
                self.bring_parents_of(owner, fetched)
                self.listing.bring(owner, fetched, None, moves=False, was_waiting=False)
