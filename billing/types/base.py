"""What a transaction type is: its words, its states, and which verb is allowed in which state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TransactionType:
    """One kind of transaction. The trunk asks it and never compares `key` itself."""

    #: as stored in `Transaction.type`
    key: str
    #: words for people, translated where they are shown
    title: str
    title_plural: str
    icon: str
    #: how numbers look when no series was set: {year} and {number} or {number:05}
    pattern: str
    #: status → word (requirements §13); also the order in which filters list them
    states: Mapping[str, str]
    #: verb → statuses in which it is allowed
    moves: Mapping[str, frozenset[str]]
    #: whether lines may stand for time entries
    takes_hours: bool
    #: whether issue freezes names, addresses, tax and the PDF (requirements R-05)
    freezes_at_issue: bool
    #: whether an issued one is money owed to us: receivables and income count it
    is_owed: bool
    #: what its second date means: the word beside it, and the one before a number of days
    until_word: str
    days_word: str
    #: status and word once that date has passed, and the statuses in which it matters. Read, never stored
    lapsed: tuple[str, str]
    lapsing_states: frozenset[str]
    #: days to that date; None: what was agreed with the customer for payments
    usual_days: int | None = None
    #: key of the type that an accepted one becomes; empty: none
    becomes: str = ""

    def may(self, verb: str, status: str) -> bool:
        """Say whether a verb is allowed in a status."""
        return status in self.moves.get(verb, frozenset())

    def knows(self, verb: str) -> bool:
        """Say whether a verb is ever allowed."""
        return bool(self.moves.get(verb))

    @property
    def path(self) -> str:
        """Where the pages of this type live, e.g. `invoices`, `sales-orders`."""
        return self.title_plural.lower().replace(" ", "-")

    @property
    def issued_states(self) -> frozenset[str]:
        """Statuses of transactions that hold a number and still count."""
        return frozenset(self.states) - {"draft", "void", "deleted"}
