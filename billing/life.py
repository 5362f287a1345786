"""What billing did with one hour or one expense, as its allocations tell it; and disagreements as sentences."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from extensions import db
from models import Allocation, ExpenseAllocation, Transaction
from models.audit import Change

#: why an allocation ended → what people read
RELEASES = {
    "voided": lazy_gettext("Back to unbilled: %(where)s was voided"),
    "deleted": lazy_gettext("Back to unbilled: %(where)s was deleted"),
    "removed": lazy_gettext("Back to unbilled: its line was removed from %(where)s"),
    "credited": lazy_gettext("Back to unbilled: credited from %(where)s"),
    "undone": lazy_gettext("Back to unbilled: %(where)s was undone"),
}


@dataclass(frozen=True, slots=True)
class LifeEvent:
    """One thing that happened to an entry or an expense. `kind`: on_draft, invoiced, released, changed."""

    at: datetime
    kind: str
    sentence: str
    transaction_id: int | None = None
    change: Change | None = None


def billed(allocation: Allocation | ExpenseAllocation, transaction: Transaction) -> list[LifeEvent]:
    """Tell one allocation: put on a draft, invoiced if that came before its end, and how it ended."""
    where = transaction.number or _("a draft")
    events = [LifeEvent(allocation.allocated_at, "on_draft", _("Put on a draft"), transaction.id)]
    is_in_time = allocation.released_at is None or (
        transaction.issued_at is not None and allocation.released_at >= transaction.issued_at
    )
    if transaction.issued_at is not None and is_in_time:
        events.append(
            LifeEvent(transaction.issued_at, "invoiced", _("Invoiced on %(where)s", where=where), transaction.id)
        )
    if allocation.released_at is not None:
        sentence = str(RELEASES[allocation.release_reason]) % {"where": where}
        events.append(LifeEvent(allocation.released_at, "released", sentence, transaction.id))
    return events


def disagreements(counts: Iterable[tuple[Any, Any]]) -> list[str]:
    """Count what statements find that should find nothing; the sentences of those that do, with their counts."""
    found = ((sentence, db.session.scalar(query) or 0) for sentence, query in counts)
    return [str(sentence) % {"count": count} for sentence, count in found if count]
