"""Reading one module after the other: waiting records first, then the remote's pages, then what went missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from connectors.base import Connector, Page, Query, RemoteRecord, UnreadableRecord
from connectors.errors import (
    AddressRefused,
    CredentialsRejected,
    PortalUnreachable,
    RateLimited,
    RemoteUnavailable,
    ScopeMissing,
)
from extensions import db, utcnow
from sync import brake, lease, progress, state, waiting
from sync.applier import Counts
from sync.mapper import content_hash
from sync.modules import modules_of
from sync.modules.base import Module
from sync.planner import Operation
from sync.removal import Removals, Seen
from sync.run import Run

#: records that need a call of their own are written in pieces this large, so that progress shows
COMPLETION_PIECE = 20


class Listing:
    """Reads the modules of one run; a module that cannot be read does not hide the others (requirements P-39)."""

    def __init__(self, run: Run, connector: Connector, owner: str, calls: progress.Calls, *, is_resumed: bool) -> None:
        self.run = run
        self.connector = connector
        self.owner = owner
        self.calls = calls
        self.is_resumed = is_resumed
        self.modules = modules_of(run.connector)
        #: is shown each page before it comes in
        self.before_page: Callable[[Module, Sequence[RemoteRecord]], None] | None = None
        self.failed: set[str] = set()
        self.complete: set[str] = set()
        self.removals = Removals(run, connector, self.modules, self.note, self.beat, self.fail)

    def read(self, key: str, cursor: str | None, *, is_done: bool) -> None:
        """Bring one module; an on-demand module is read again after an interruption, for its candidates."""
        module = self.modules[key]
        if is_done and not module.on_demand:
            return
        if self._is_orphaned(module):
            self.fail(key, "Not read, because what it belongs to could not be read.", "skipped")
            return
        try:
            self._read(module, None if module.on_demand else cursor)
        except (RateLimited, CredentialsRejected, PortalUnreachable, AddressRefused):
            raise
        except (ScopeMissing, RemoteUnavailable) as problem:
            self.fail(key, str(problem))

    def fail(self, key: str, message: str, how: str = "failed") -> None:
        """Say why a module could not be read."""
        self.failed.add(key)
        with db.engine.begin() as database:
            self._renew(database)
            progress.fail_module(database, self.run.id, key, message, how)

    def _renew(self, database: Connection) -> None:
        lease.renew(database, self.run.integration_id, self.run.id, self.owner, utcnow())

    def beat(self) -> None:
        """Show that the run lives, while it asks the remote many questions."""
        with db.engine.begin() as database:
            self._renew(database)
            self.calls.flush(database, utcnow())

    def _is_orphaned(self, module: Module) -> bool:
        """Whether a required parent failed in this run and nothing of it is known from earlier ones."""
        lost = [parent.module for parent in module.parents if parent.is_required and parent.module in self.failed]
        if not lost:
            return False
        with db.engine.connect() as database:
            return any(progress.count_linked(database, self.run.integration_id, key) == 0 for key in lost)

    def _read(self, module: Module, cursor: str | None) -> None:
        run = self.run
        known = self.start(module)
        with db.engine.connect() as database:
            is_new = not progress.has_links(database, run.integration_id, module.key)
        if cursor is None and not module.on_demand and not run.is_hot:
            self.bring_waiting(module)
        seen = Seen()
        for page in self.connector.pages(self._query(module, known), cursor):
            seen.add([record.id for record in page.records])
            seen.add([record.id for record in page.unreadable])
            self._bring_page(module, page)
        if not run.is_preview:
            self._release_returned(module, seen)
        if run.compares and cursor is None and not is_new:
            self.removals.look(module, seen)
        self.complete.add(module.key)
        self.end(module)

    def _release_returned(self, module: Module, seen: Seen) -> None:
        """Held records that the listing brought again wait no more; a write lock is taken only for them."""
        with db.engine.connect() as database:
            back = brake.returned(database, self.run.integration_id, module.key, seen)
        if back:
            with db.engine.begin() as database:
                brake.let_go(database, back)

    def pass_over(self, key: str) -> None:
        """A small run does not read this module; what it brings or removes along is counted here."""
        self.start(self.modules[key])
        self.end(self.modules[key])

    def start(self, module: Module) -> int:
        """Say that a module is being read; returns how many of its records are here."""
        run = self.run
        with db.engine.begin() as database:
            known = progress.count_linked(database, run.integration_id, module.key)
            progress.start_module(database, run.id, module.key, known or None)
        return known

    def end(self, module: Module) -> None:
        """Say that a module was read to its end."""
        run = self.run
        with db.engine.begin() as database:
            self._renew(database)
            progress.end_module(database, run.id, module.key, run.integration_id, is_preview=run.is_preview)

    def bring_waiting(self, module: Module) -> None:
        """Try the records again that wait for something outside themselves."""
        for records in waiting.pages(db.engine.connect, self.run.integration_id, module.key):
            self.bring(module, records, None, moves=False, was_waiting=True)

    def _query(self, module: Module, known: int) -> Query:
        run = self.run
        with db.engine.connect() as database:
            parents = progress.active_projects(database, run.integration_id) if run.since else []
        return Query(module.key, run.scope, run.since, parents, known, run.first_date)

    def _bring_page(self, module: Module, page: Page) -> None:
        if page.unreadable:
            self.note_unreadable(module, page.unreadable)
        if page.total is not None:
            with db.engine.begin() as database:
                progress.expect(database, self.run.id, module.key, page.total)
        if self.before_page:
            self.before_page(module, page.records)
        self.bring(module, page.records, page.next_cursor, moves=True, was_waiting=False)

    def bring(
        self, module: Module, records: Sequence[RemoteRecord], cursor: str | None, *, moves: bool, was_waiting: bool
    ) -> None:
        """Take one page in: completed by calls of their own where the list leaves things out."""
        if self.connector.capabilities(module.key).needs_completion:
            self._bring_in_pieces(module, records, was_waiting=was_waiting)
            with db.engine.begin() as database:
                self.note(database, module, Counts(), cursor, moves=moves)
            return
        with db.engine.begin() as database:
            counts = self.run.bring(database, module, records)
            self.note(database, module, counts, cursor, moves=moves)

    def _bring_in_pieces(self, module: Module, records: Sequence[RemoteRecord], *, was_waiting: bool) -> None:
        """Complete what is new, changed or waiting by calls of its own, outside of any transaction."""
        records = list({record.id: record for record in records}.values())
        for start in range(0, len(records), COMPLETION_PIECE):
            piece = records[start : start + COMPLETION_PIECE]
            with db.engine.connect() as database:
                links = state.links_of(database, self.run.integration_id, module.key, [item.id for item in piece])
            completed: list[tuple[RemoteRecord, bytes]] = []
            for record in piece:
                link = links.get(record.id)
                digest = link.content_hash if was_waiting and link else content_hash(record.fields)
                is_known = link is not None and link.content_hash == digest and not link.is_waiting
                if not is_known or self.run.compares or self.run.is_thorough or self.run.may_differ(record):
                    completed.append((self.connector.complete(module.key, self.run.scope, record), digest))
            with db.engine.begin() as database:
                counts = self.run.bring_completed(database, module, completed)
                counts.seen, counts.unchanged = len(piece), counts.unchanged + len(piece) - len(completed)
                self.note(database, module, counts)

    def note(
        self, database: Connection, module: Module, counts: Counts, cursor: str | None = None, *, moves: bool = False
    ) -> None:
        """Write counts and cursor with the rows they stand for, and show that the run lives."""
        run, now = self.run, utcnow()
        self._renew(database)
        progress.note_page(database, run.id, module.key, counts, cursor, moves=moves)
        for key, side in run.side_counts:
            progress.note_page(database, run.id, key, side, None, moves=False)
        run.side_counts.clear()
        self.calls.flush(database, now)

    def note_unreadable(self, module: Module, unreadable: Sequence[UnreadableRecord]) -> None:
        """List what came but could not be read; a linked row stays as it was."""
        run = self.run
        with db.engine.begin() as database:
            links = state.links_of(database, run.integration_id, module.key, [item.id for item in unreadable])
            operations = []
            for item in unreadable:
                detail = {"name": item.id, "problem": item.problem}
                digest = content_hash(detail)
                link = links.get(item.id)
                if link and link.content_hash == digest:
                    continue
                local_id = link.local_id if link else None
                operations.append(
                    Operation(
                        "failed", item.id, digest, local_id, reason="REC-UNREADABLE", detail=detail, title=item.id
                    )
                )
            run.writer.apply(database, module, operations)
            counts = Counts(seen=len(unreadable), unchanged=len(unreadable) - len(operations))
            counts.note(operations)
            self.note(database, module, counts)

    def finish(self) -> None:
        """Decide on the candidates that nothing needed, then on what is no longer listed."""
        if not self.run.is_hot:
            self._decide_leftovers()
        self.removals.carry_out()

    def _decide_leftovers(self) -> None:
        """When everything that could need them was read."""
        for module in self.modules.values():
            if module.key not in self.complete or not module.on_demand or self._may_still_be_needed(module):
                continue
            with db.engine.begin() as database:
                operations = self.run.leftovers(module)
                fresh = self._new_leftovers(database, module, operations)
                self.run.writer.apply(database, module, fresh)
                counts = Counts(unchanged=len(operations) - len(fresh))
                counts.note(fresh)
                self.note(database, module, counts)

    def _may_still_be_needed(self, module: Module) -> bool:
        children = {
            item.key for item in self.modules.values() for parent in item.parents if parent.module == module.key
        }
        return bool(children & self.failed)

    def _new_leftovers(self, database: Connection, module: Module, operations: list[Operation]) -> list[Operation]:
        links = state.links_of(
            database,
            self.run.integration_id,
            module.key,
            [item.remote_id for item in operations],
        )
        return [
            item for item in operations
            if item.remote_id not in links or links[item.remote_id].content_hash != item.hash
        ]  # fmt: skip
