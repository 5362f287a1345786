"""The verbs of transactions: start, change, delete, issue, mark sent, answer, convert, void. None of them commits.

Each verb first claims the row (`claim`): its version must be the one the caller saw and its type must allow the move,
so two tabs or two people cannot overwrite each other; the loser gets `MoveRefused` and rolls back.
"""

from __future__ import annotations

from billing.hours.item_work import ItemChoice, ItemPick
from billing.hours.time_entries import TimeChoice
from billing.transactions.answers import Answer, answer
from billing.transactions.changes import Changes, LineChange, PaperChange, WholeChange, kept, update
from billing.transactions.claim import visible
from billing.transactions.conversions import convert, percent_of_left
from billing.transactions.copies import copy
from billing.transactions.drafts import (
    add_items,
    add_time,
    delete_draft,
    start_blank,
    start_from_items,
    start_from_time,
)
from billing.transactions.moves import issue, mark_sent, void
from billing.transactions.party import Party, can_change_party
from billing.transactions.sources import LineLeft, follow_source, lines_left
from billing.transactions.sums import inputs_of, totals_of

__all__ = [
    "Answer", "Changes", "ItemChoice", "ItemPick", "LineChange", "LineLeft", "PaperChange", "Party", "TimeChoice",
    "WholeChange", "add_items", "add_time", "answer", "can_change_party", "convert", "copy", "delete_draft",
    "follow_source", "inputs_of", "issue", "kept", "lines_left", "mark_sent", "percent_of_left", "start_blank",
    "start_from_items", "start_from_time", "totals_of", "update", "visible", "void",
]  # fmt: skip
