"""Records that are no longer listed: who is suspected, what waits for a person, and what goes (R-09, M-07)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sqlalchemy import Connection

from connectors.base import Connector, Verdict
from connectors.errors import RateLimited, RemoteUnavailable, ScopeMissing
from extensions import db
from sync import brake, progress
from sync.applier import Counts
from sync.modules.base import Module
from sync.removal.seen import Seen, Suspect, absent, forget, forget_kept_out, is_many
from sync.removal.verdict import children_of, link_of, plan_removals, suspects_of
from sync.run import Run

__all__ = ["BEAT_EVERY", "Removals", "Seen"]

#: records are removed in pieces this large, and signs of life are given after as many questions
PIECE = 500
BEAT_EVERY = 20
#: writes counts with the rows they stand for
Note = Callable[[Connection, Module, Counts], None]
#: remote ids by module
Groups: TypeAlias = Mapping[str, set[str]]


@dataclass(slots=True)
class Removals:
    """What one run does about records that are gone. Children go before their parents, at the end of the run.

    `look` after a module was listed whole; `suspect_held` instead for those that a person released; then `carry_out`.
    """

    run: Run
    connector: Connector
    modules: Mapping[str, Module]
    note: Note
    beat: Callable[[], None]
    fail: Callable[[str, str], None]
    suspects: dict[str, list[Suspect]] = field(default_factory=dict)

    def look(self, module: Module, seen: Seen) -> None:
        """Compare a complete listing with what is known."""
        run = self.run
        with db.engine.begin() as database:
            found = absent(database, run.integration_id, module.key, seen)
            self.suspects[module.key] = suspects_of(database, run.integration_id, module, found)
            if run.is_preview:
                return
            forgotten = forget_kept_out(database, run.integration_id, module.key, seen, run.id)
            if forgotten:
                self.note(database, module, Counts(removed=forgotten))

    def suspect(self, module: Module, remote_id: str) -> None:
        """Take up one record that a `get` did not find, with what belongs to it here."""
        run = self.run
        with db.engine.begin() as database:
            link = link_of(database, run.integration_id, module.key, remote_id)
            if link is None:
                return
            if link.local_id is None:
                forget(database, [link.id], run.id)
                self.note(database, module, Counts(removed=1))
                return
            self._add(database, module, [link])
            for child in self.modules.values():
                self._add(database, child, children_of(database, run.integration_id, child, module.key, link.local_id))

    def _add(self, database: Connection, module: Module, links: Sequence[Any]) -> None:
        found = suspects_of(database, self.run.integration_id, module, links)
        self.suspects.setdefault(module.key, []).extend(found)

    def suspect_held(self) -> None:
        """Take up what the brake holds; a person has released it."""
        with db.engine.connect() as database:
            for key, module in self.modules.items():
                found = brake.held_links(database, self.run.integration_id, key)
                self.suspects[key] = suspects_of(database, self.run.integration_id, module, found)

    def carry_out(self) -> None:
        """Hold what a person should look at first, ask for the rest one by one, and remove what is gone."""
        if not any(self.suspects.values()):
            return
        if not self.run.is_releasing:
            self._hold()
            if not any(self.suspects.values()):
                return
        self.connector.verify()
        gone = self._verdicts()
        for key in reversed(list(self.modules)):
            self.remove(self.modules[key], gone.get(key, []))

    def remove(self, module: Module, gone: Sequence[Suspect]) -> None:
        """Remove or mark the local rows of records that are gone."""
        for start in range(0, len(gone), PIECE):
            with db.engine.begin() as database:
                operations = plan_removals(database, module, gone[start : start + PIECE])
                self.run.writer.apply(database, module, operations)
                counts = Counts()
                counts.note(operations)
                self.note(database, module, counts)

    def _hold(self) -> None:
        """Put the brake on, parents first: what belongs to a held record waits with it."""
        held: dict[str, set[str]] = {}
        suspected = {key: {suspect.remote_id for suspect in found} for key, found in self.suspects.items()}
        with db.engine.begin() as database:
            for key, module in self.modules.items():
                suspects = self.suspects.get(key, [])
                waiting = self._to_hold(database, module, held, suspected) if suspects else []
                if waiting and not self.run.is_preview:
                    progress.hold_removals(database, self.run.id, key, len(waiting))
                if waiting:
                    self.run.writer.hold(database, module, [suspect.link_id for suspect in waiting])
                held[key] = {suspect.remote_id for suspect in waiting}
                self.suspects[key] = [suspect for suspect in suspects if suspect.remote_id not in held[key]]

    def _to_hold(self, database: Connection, module: Module, held: Groups, suspected: Groups) -> list[Suspect]:
        suspects = self.suspects[module.key]
        weighty: set[int] = set()
        if module.find_weighty:
            weighty = module.find_weighty(database, [suspect.local_id for suspect in suspects])
        # what went with a parent is no sign by itself that a listing lies
        alone = [suspect for suspect in suspects if not self._belongs(module, suspect, suspected)]
        if is_many(database, self.run.integration_id, module.key, len(alone)):
            return suspects
        return [one for one in suspects if one.local_id in weighty or self._belongs(module, one, held)]

    def _belongs(self, module: Module, suspect: Suspect, groups: Groups) -> bool:
        return any(suspect.hints.get(parent.remote) in groups.get(parent.module, ()) for parent in module.parents)

    def _verdicts(self) -> dict[str, list[Suspect]]:
        """Ask the remote for each suspect, parents first: what belongs to a record that is gone is gone with it."""
        gone: dict[str, list[Suspect]] = {}
        ids: dict[str, set[str]] = {}
        for key, module in self.modules.items():
            there: list[Suspect] = []
            gone[key] = []
            try:
                for number, suspect in enumerate(self.suspects.get(key, []), 1):
                    is_gone = self._belongs(module, suspect, ids) or self._is_gone(key, suspect)
                    (gone[key] if is_gone else there).append(suspect)
                    if number % BEAT_EVERY == 0:
                        self.beat()
            except RateLimited:
                raise
            except (ScopeMissing, RemoteUnavailable) as problem:
                self.fail(key, str(problem))
            ids[key] = {suspect.remote_id for suspect in gone[key]}
            if there and not self.run.is_preview:
                with db.engine.begin() as database:
                    brake.let_go(database, [suspect.link_id for suspect in there])
        return gone

    def _is_gone(self, key: str, suspect: Suspect) -> bool:
        return self.connector.get(key, self.run.scope, suspect.remote_id, suspect.hints) is Verdict.GONE
