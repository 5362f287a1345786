"""The world behind the stand-in: portals, a clock, troubles, quirks and the journal of what people changed."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from threading import RLock
from typing import Any

from standin.clock import Clock
from standin.seed.base import fill_base
from standin.seed.crm import fill_demo_crm, found_crm
from standin.seed.demo import fill_demo
from standin.seed.sized import Sizes, fill_sized
from standin.troubles import Troubles
from standin.world.accounts import Accounts
from standin.world.edits import perform
from standin.world.portal import MissingError, Portal
from standin.world.quirks import Quirks
from standin.world.throttle import Throttle

Seeder = Callable[["World"], None]
#: where ids begin: 19 digits, as in live portals
FIRST_ID = 1817452000000100001
REQUESTS_KEPT = 20_000


class World:
    """All data and dials of one stand-in. Every change goes through `edit` and holds `lock`."""

    def __init__(self, seed: int, clock: Clock | None, fill: Seeder, born: datetime | None = None) -> None:
        """Build a world from a seed; `fill` puts the portals in, as of the day `born` (default: the clock's)."""
        self.seed = seed
        self.clock = clock or Clock()
        self.built_at = (born or self.clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
        self.lock = RLock()
        self.troubles = Troubles(seed)
        self.quirks = Quirks()
        self.requests: deque[dict[str, Any]] = deque(maxlen=REQUESTS_KEPT)
        self.request_count = 0
        self.last_id = FIRST_ID
        #: told of every edit and of what it made, inside the lock
        self.listeners: list[Callable[[dict[str, Any], Any], None]] = []
        #: told of every change in the CRM: operation, module, ids, names of fields
        self.crm_listeners: list[Any] = []
        #: who tells them, see `standin.zoho_crm.watch`
        self.bell: Any = None
        #: what the tab Finance of a project frames, with {portal} and {project} for the ids; empty: no such tab
        self.frame_url = ""
        #: what the tab Billing of CRM records frames, with {org}, {module} and {id}; empty: no such tab
        self.panel_url = ""
        #: workflow rules with webhooks, see `standin.webhooks`
        self.rules: Any = None
        self._fill = fill
        self._build()

    @classmethod
    def demo(cls, seed: int = 7, *, clock: Clock | None = None, born: datetime | None = None) -> World:
        """The agency "Brightline Studio": two years of work up to the clock's today. Same seed and day: same ids."""
        return cls(seed, clock, fill_demo, born)

    @classmethod
    def sized(
        cls,
        seed: int = 7,
        *,
        customers: int = 10,
        projects: int = 20,
        time_entries: int = 1000,
        clock: Clock | None = None,
        born: datetime | None = None,
    ) -> World:
        """A world of chosen size, for benches: plain data, every project with a primary client."""
        sizes = Sizes(customers, projects, time_entries)
        return cls(seed, clock, lambda world: fill_sized(world, sizes), born)

    @classmethod
    def empty(cls, seed: int = 7, *, clock: Clock | None = None) -> World:
        """Three portals with people but no clients and no projects, for tests that add what they need."""
        return cls(seed, clock, fill_base)

    def now(self) -> datetime:
        """The world's present moment, aware UTC."""
        return self.clock.now()

    def next_id(self) -> int:
        """A fresh id; ids are handed out in order, so equal histories have equal ids."""
        self.last_id += 1
        return self.last_id

    @property
    def main(self) -> Portal:
        """The portal that the connecting account owns."""
        return next(portal for portal in self.portals.values() if portal.owned)

    def portal(self, key: int) -> Portal:
        """The portal with that id, or `MissingError`."""
        if int(key) not in self.portals:
            raise MissingError(f"no portal {key}")
        return self.portals[int(key)]

    def edit(self, verb: str, /, **args: Any) -> Any:
        """Change something: run a verb of `standin.world.edits` with JSON arguments and write it in the journal."""
        with self.lock:
            entry: dict[str, Any] = {"verb": verb, "at": self.now().isoformat(), "ids_from": self.last_id, "args": args}
            result = perform(self, entry)
            for listener in self.listeners:
                listener(entry, result)
            return result

    def replay(self, entries: list[dict[str, Any]]) -> None:
        """Do journalled changes again, with their own times and ids."""
        with self.lock:
            for entry in entries:
                self.last_id = max(self.last_id, entry["ids_from"])
                perform(self, entry)

    def reset(self) -> None:
        """Back to the seed: data, troubles, quirks, request log and tokens; the clock stays where it is."""
        with self.lock:
            self.troubles.clear()
            self.quirks = Quirks()
            self.forget_requests()
            self._build()
            for listener in self.listeners:
                listener({"verb": "reset"}, None)

    def forget_requests(self) -> None:
        """Begin the request log anew."""
        self.requests.clear()
        self.request_count = 0

    def _build(self) -> None:
        self.last_id = FIRST_ID
        self.portals: dict[int, Portal] = {}
        self.accounts = Accounts(self.seed)
        self.throttle = Throttle()
        gc.disable()
        try:
            self._fill(self)
            self.crm = found_crm(self)
            if self._fill is fill_demo:
                fill_demo_crm(self)
            self.crm.listeners.extend(self.crm_listeners)
        finally:
            gc.enable()


def parse_moment(text: str) -> datetime:
    """Read an ISO time as aware UTC; a time without a zone is taken as UTC."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
