"""The error catalogue: why a record may be kept out, and what to do about it (requirements §12). This is the index."""

from __future__ import annotations

from collections.abc import Mapping

from sync.reasons import connection, hours, work
from sync.reasons.base import CONNECTION, MAPPING, RECORD, RUN, Reason

__all__ = ["CONNECTION", "MAPPING", "REASONS", "RECORD", "RUN", "Reason", "reason", "reasons_of"]

REASONS: Mapping[str, Reason] = {
    reason.code: reason for rows in (work.ROWS, hours.ROWS, connection.ROWS) for reason in rows
}


def reason(code: str) -> Reason:
    """Look up a code; an unknown one is a bug."""
    return REASONS[code]


def reasons_of(module: str) -> list[Reason]:
    """The reasons that can keep a record of this module out."""
    return [found for found in REASONS.values() if found.module in (module, RECORD)]
