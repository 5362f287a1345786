"""What a transaction type is: its words, its states, and which verb is allowed in which state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: statuses of transactions that hold nothing any more
GONE = ("void", "deleted")


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
    #: whether an issued one is money owed to us: receivables count its balance
    is_owed: bool
    #: one sentence for people who have none yet: what it is good for
    about: str
    #: what an issued one adds to income: 1, −1 for what takes income back, 0 for what is no income (yet)
    income_sign: int = 0
    #: whether it holds credit (`Transaction.credit`) that may be drawn or refunded
    gives_credit: bool = False
    #: what its second date means: the word beside it, and the one before a number of days; empty: it has none
    until_word: str = ""
    days_word: str = ""
    #: status and word once that date has passed, and the statuses in which it matters. Read, never stored
    lapsed: tuple[str, str] = ("", "")
    lapsing_states: frozenset[str] = frozenset()
    #: days to that date; None: what was agreed with the customer for payments
    usual_days: int | None = None
    #: key of a type that one may become → its status once a part, and once all of it went there
    conversions: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    #: status of one that may become another and of which nothing went anywhere; empty: sent, or else issued
    open_state: str = ""

    def may(self, verb: str, status: str) -> bool:
        """Say whether a verb is allowed in a status."""
        return status in self.moves.get(verb, frozenset())

    def knows(self, verb: str) -> bool:
        """Say whether a verb is ever allowed."""
        return bool(self.moves.get(verb))

    @property
    def becomes(self) -> tuple[str, ...]:
        """Return the keys of the types that one may become, the next step first."""
        return tuple(self.conversions)

    @property
    def takes_back(self) -> bool:
        """Whether an issued one takes back what another one asked for: its credit is there at once."""
        return self.gives_credit and not self.is_owed

    @property
    def has_until(self) -> bool:
        """Whether it has a second date: due, valid until, expected by."""
        return bool(self.until_word)

    @property
    def path(self) -> str:
        """Where the pages of this type live, e.g. `invoices`, `sales-orders`."""
        return self.title_plural.lower().replace(" ", "-")

    @property
    def issued_states(self) -> frozenset[str]:
        """Statuses of transactions that hold a number and still count."""
        return frozenset(self.states) - {"draft", *GONE}
