"""Time logs, kept in compact rows and on sorted shelves so that a page is a slice and never a scan."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from standin.world.records import Issue, Project, Task, User

KINDS = ("task", "issue", "general")


@dataclass(slots=True, eq=False)
class TimeLog:
    """One logged piece of time: `day` is a date's ordinal, `created` and `modified` are epoch milliseconds."""

    id: int
    kind: str
    project: Project
    item: Task | Issue | None
    owner: User
    day: int
    minutes: int
    billable: bool
    approval: str
    created: int
    modified: int
    notes: str = ""
    name: str = ""
    #: rarely used values: start_time, end_time, custom fields, added_by, and `raw` laid over the JSON last
    extra: dict[str, Any] | None = None


class Shelf:
    """Logs sorted by one number (a day or a modified time); equal numbers stay in order of arrival."""

    __slots__ = ("_key", "_keys", "logs")

    def __init__(self, key: Callable[[TimeLog], int], logs: Iterable[TimeLog] = ()) -> None:
        """Sort `logs` once; later arrivals are put in place."""
        self._key = key
        self.logs: list[TimeLog] = sorted(logs, key=key)
        self._keys = array("q", map(key, self.logs))

    def add(self, log: TimeLog) -> None:
        """Put one log in its place."""
        at = bisect_right(self._keys, self._key(log))
        self._keys.insert(at, self._key(log))
        self.logs.insert(at, log)

    def remove(self, log: TimeLog) -> None:
        """Take one log out; it must still carry the number it was shelved under."""
        at = bisect_left(self._keys, self._key(log))
        while self.logs[at] is not log:
            at += 1
        del self.logs[at], self._keys[at]

    def span(self, first: int | None, last: int | None) -> tuple[int, int]:
        """Where the logs with first <= number <= last begin and end; None means open."""
        low = 0 if first is None else bisect_left(self._keys, first)
        high = len(self._keys) if last is None else bisect_right(self._keys, last)
        return low, max(low, high)


def by_day(log: TimeLog) -> int:
    """The shelf order of ordinary listings."""
    return log.day


def by_modified(log: TimeLog) -> int:
    """The shelf order of `fetch_by_modified_time`."""
    return log.modified


class LogBook:
    """Every time log of a portal; `version` grows with each change so that answers can be cached."""

    def __init__(self) -> None:
        """Begin empty."""
        self.by_id: dict[int, TimeLog] = {}
        self.version = 0
        self._shelves: dict[tuple[int, str, bool], Shelf] = {}

    def load(self, logs: Sequence[TimeLog]) -> None:
        """Take in many logs at once (seeding); shelves are built when first asked for."""
        for log in logs:
            self._hang(log)
        self._shelves.clear()
        self.version += 1

    def add(self, log: TimeLog) -> None:
        """Take in one log."""
        self._hang(log)
        self._reshelve(Shelf.add, log)

    def remove(self, log: TimeLog) -> None:
        """Forget one log."""
        self._reshelve(Shelf.remove, log)
        del self.by_id[log.id]
        log.project.logs.remove(log)
        if log.item is not None:
            log.item.logs.remove(log)

    def change(self, log: TimeLog, change: Callable[[TimeLog], None]) -> None:
        """Let `change` edit a log, and move it to where it then belongs."""
        self._reshelve(Shelf.remove, log)
        change(log)
        self._reshelve(Shelf.add, log)

    def forget_shelves(self) -> None:
        """Build shelves anew when next asked for (a project was binned or came back)."""
        self._shelves.clear()
        self.version += 1

    def shelf(self, kind: str, project: Project | None = None, *, modified: bool = False) -> Shelf:
        """The sorted logs of a kind, of one project or of the whole portal (binned projects left out)."""
        key = (project.id if project else 0, kind, modified)
        if key not in self._shelves:
            self._shelves[key] = Shelf(by_modified if modified else by_day, self._of(kind, project))
        return self._shelves[key]

    def _hang(self, log: TimeLog) -> None:
        self.by_id[log.id] = log
        log.project.logs.append(log)
        if log.item is not None:
            log.item.logs.append(log)

    def _of(self, kind: str, project: Project | None) -> Iterator[TimeLog]:
        if project is not None:
            return (log for log in project.logs if log.kind == kind)
        return (log for log in self.by_id.values() if log.kind == kind and log.project.trashed is None)

    def _reshelve(self, step: Callable[[Shelf, TimeLog], None], log: TimeLog) -> None:
        self.version += 1
        for key in [(owner, log.kind, modified) for owner in (0, log.project.id) for modified in (False, True)]:
            if key in self._shelves and not (key[0] == 0 and log.project.trashed):
                step(self._shelves[key], log)
