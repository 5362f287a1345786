"""The verbs of transactions: start, change, delete, issue, mark sent, void. None commits, so they compose.

Each verb first claims the row (`claim`): its version must be the one the caller saw and its type must allow the move,
so two tabs or two people cannot overwrite each other; the loser gets `MoveRefused` and rolls back.
"""

from __future__ import annotations

from billing.time_entries import TimeChoice
from billing.transactions.changes import Changes, LineChange, update
from billing.transactions.claim import visible
from billing.transactions.drafts import add_time, delete_draft, start_blank, start_from_time
from billing.transactions.moves import issue, mark_sent, void
from billing.transactions.sums import inputs_of, totals_of

__all__ = [
    "Changes", "LineChange", "TimeChoice", "add_time", "delete_draft", "inputs_of", "issue", "mark_sent",
    "start_blank", "start_from_time", "totals_of", "update", "visible", "void",
]  # fmt: skip
