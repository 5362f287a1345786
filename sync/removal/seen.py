"""Which remote ids a listing brought, and which of the known ones it did not."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection, and_, func, not_, select, update

from extensions import utcnow
from models import Link
from sync import progress
from sync.brake import LINK, LINKS, PAGE
from sync.kept_out import figures
from sync.planner import UNDONE

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

    def __contains__(self, remote_id: object) -> bool:
        if not self.is_sorted:
            self.numbers, self.is_sorted = array("Q", sorted(self.numbers)), True
        number = _number(str(remote_id))
        place = bisect_left(self.numbers, number)
        return place < len(self.numbers) and self.numbers[place] == number


def _number(remote_id: str) -> int:
    if remote_id.isascii() and remote_id.isdigit() and len(remote_id) <= 19 and remote_id[0] != "0":
        return int(remote_id)
    return int.from_bytes(blake2b(remote_id.encode("utf-8", "replace"), digest_size=8).digest())


@dataclass(frozen=True, slots=True)
class Suspect:
    """A linked record that a complete listing did not bring; `hints` name its parents, for a `get`."""

    link_id: int
    remote_id: str
    local_id: int
    hints: dict[str, str | None] = field(default_factory=dict)
    #: it was found gone before, and its row stayed
    was_gone: bool = False


def absent(connection: Connection, integration_id: int, module: str, seen: Seen) -> list[Any]:
    """Return the links with a local row whose record the listing did not bring; those set aside before stay so."""
    is_settled = and_(LINKS.c.outcome == "inactivated", LINKS.c.content_hash == NEVER_SEEN)
    is_held = func.coalesce(LINKS.c.reason, "") == UNDONE
    here = and_(LINKS.c.local_id.is_not(None), not_(is_settled), not_(is_held))
    return [row for row in _links(connection, integration_id, module, here) if row.remote_id not in seen]


def _links(connection: Connection, integration_id: int, module: str, which: Any) -> Iterator[Any]:
    last = 0
    while True:
        query = (
            select(*LINK)
            .where(LINKS.c.integration_id == integration_id, LINKS.c.module == module, which, LINKS.c.id > last)
            .order_by(LINKS.c.id)
            .limit(PAGE)
        )
        rows = connection.execute(query).all()
        if not rows:
            return
        yield from rows
        last = rows[-1].id


def is_many(connection: Connection, integration_id: int, module: str, count: int) -> bool:
    """Say whether so many linked records vanished at once that a person should look first."""
    return count >= BRAKE_AT_LEAST and is_doubtful(count, progress.count_linked(connection, integration_id, module))


def is_doubtful(lost: int, known: int) -> bool:
    """Whether so many of the known records vanished that the listing may lie."""
    return lost >= BRAKE_AT_LEAST and lost * 10 > known


def forget_kept_out(connection: Connection, integration_id: int, module: str, seen: Seen, run_id: int) -> int:
    """Drop the decisions about kept-out records that the remote no longer lists (E-03); returns how many.

    Nothing here hangs on them. When many vanish at once the listing is doubted, and they stay for the next one.
    """
    is_out = LINKS.c.reason.is_not(None) & LINKS.c.local_id.is_(None)
    known, lost = 0, []
    for row in _links(connection, integration_id, module, is_out):
        known += 1
        if row.remote_id not in seen:
            lost.append(row.id)
    if not lost or is_doubtful(len(lost), known):
        return 0
    forget(connection, lost, run_id)
    return len(lost)


def forget(connection: Connection, link_ids: Sequence[int], run_id: int) -> None:
    """Drop decisions about kept-out records that are gone."""
    gone = {
        "outcome": "deleted", "reason": None, "detail": None, "kept": None, "is_waiting": False,
        **dict.fromkeys(figures.COLUMNS),
        "content_hash": NEVER_SEEN, "run_id": run_id, "decided_at": utcnow(),
    }  # fmt: skip
    for start in range(0, len(link_ids), PAGE):
        connection.execute(update(Link).where(Link.id.in_(link_ids[start : start + PAGE])).values(**gone))
