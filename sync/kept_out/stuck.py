"""What the last sync kept out, by reason, with the hours that hang on it (requirements M-06, R-13)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func

from extensions import db
from models import Integration, Link
from sync.reasons import REASONS, Reason

#: kept-out records are looked at up to here
CAP = 10_000


@dataclass(frozen=True, slots=True)
class Stuck:
    """One reason that keeps records of one module out of one integration; `seconds` only of time entries."""

    integration_id: int
    connector: str
    module: str
    reason: Reason
    count: int
    seconds: int

    @property
    def has_failed(self) -> bool:
        """Whether somebody has to act; otherwise a rule keeps them out."""
        return self.reason.kind == "failed"


def stuck() -> Sequence[Stuck]:
    """Return the reasons, most hours first, then most records; one statement over the kept-out records alone.

    Durations repeat (quarter hours), so the database groups by their text and the sum is made here: what a remote
    sent instead of whole seconds is never cast by a database.
    """
    sums: dict[tuple[int, str, str, str], tuple[int, int]] = {}
    for integration_id, connector, module, code, text, count in db.session.execute(_grouped()):
        key = integration_id, connector, module, code
        records, seconds = sums.get(key, (0, 0))
        sums[key] = records + count, seconds + count * whole_seconds(text)
    found = [Stuck(*key[:3], REASONS[key[3]], *sums[key]) for key in sums if key[3] in REASONS]
    return sorted(found, key=lambda item: (-item.seconds, -item.count, item.reason.code))


def _grouped() -> Select[Any]:
    logged = Link.kept["fields", "seconds"].as_string().label("logged")
    some = (
        db.select(Link.integration_id, Integration.connector, Link.module, Link.reason, logged)
        .join(Integration)
        .where(Link.reason.is_not(None), Link.is_muted.is_(False), Integration.state != "deleted")
        .limit(CAP)
        .subquery()
    )
    grouped: Select[Any] = db.select(*some.c, func.count()).group_by(*some.c)
    return grouped


def whole_seconds(text: object) -> int:
    """Read whole seconds that a remote sent; anything else is none."""
    written = str(text)
    return int(written) if written.isascii() and written.isdigit() and len(written) < 9 else 0
