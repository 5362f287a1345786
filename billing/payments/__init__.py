"""Money that comes in, goes back, and what it settles (requirements T-20, T-21, R-12). None of the verbs commits.

Each verb claims every row it changes, so two tabs never spend one credit twice; the loser gets `MoveRefused`.
"""

from __future__ import annotations

from billing.payments.reading import (
    Credit,
    CreditSource,
    Put,
    credit_of,
    is_open,
    oldest_first,
    open_transactions,
    settlements_by,
    settlements_of,
    usable_for,
)
from billing.payments.recording import PaymentFacts, record_payment, settle
from billing.payments.refunding import refund
from billing.payments.reversing import reverse, take_back
from billing.transactions.balances import draw as draw_credit

__all__ = [
    "Credit", "CreditSource", "PaymentFacts", "Put", "credit_of", "draw_credit", "is_open", "oldest_first",
    "open_transactions", "record_payment", "refund", "reverse", "settle", "settlements_by", "settlements_of",
    "take_back", "usable_for",
]  # fmt: skip
