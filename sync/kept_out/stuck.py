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
    """Return the reasons, most hours first, then most records; one statement over an index of kept-out records."""
    found = [
        Stuck(integration_id, connector, module, REASONS[code], count, seconds or 0)
        for integration_id, connector, module, code, count, seconds in db.session.execute(_grouped())
        if code in REASONS
    ]
    return sorted(found, key=lambda item: (-item.seconds, -item.count, item.reason.code))


def _grouped() -> Select[Any]:
    some = (
        db.select(Link.integration_id, Integration.connector, Link.module, Link.reason, Link.kept_seconds)
        .join(Integration)
        .where(Link.reason.is_not(None), Link.is_muted.is_(False), Integration.state != "deleted")
        .limit(CAP)
        .subquery()
    )
    group = some.c.integration_id, some.c.connector, some.c.module, some.c.reason
    grouped: Select[Any] = db.select(*group, func.count(), func.sum(some.c.kept_seconds)).group_by(*group)
    return grouped
