"""What the last sync kept out, by reason, with the hours that hang on it (requirements M-06, R-13)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func

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
    """Return the reasons, most hours first, then most records; one statement over the kept-out records alone."""
    logged = Link.kept["fields"]["seconds"].as_integer()
    some = (
        db.select(Link.integration_id, Integration.connector, Link.module, Link.reason, logged.label("seconds"))
        .join(Integration)
        .where(Link.reason.is_not(None), Integration.state != "deleted")
        .limit(CAP)
        .subquery()
    )
    keys = (some.c.integration_id, some.c.connector, some.c.module, some.c.reason)
    rows = db.session.execute(db.select(*keys, func.count(), func.sum(some.c.seconds)).group_by(*keys))
    found = [
        Stuck(integration_id, connector, module, REASONS[code], count, int(seconds or 0))
        for integration_id, connector, module, code, count, seconds in rows
        if code in REASONS
    ]
    return sorted(found, key=lambda item: (-item.seconds, -item.count, item.reason.code))
