"""Approvals: a manager's verdict, a customer asked by link, and what a change takes back (requirements T-18, M-18).

Nothing here commits.
"""

from __future__ import annotations

from billing.approvals.answering import AskedEntry, answer, asked_entries
from billing.approvals.asking import LIFE, Question, ask, find, is_alive, link_of, revoke, waiting_count
from billing.approvals.verdicts import decide, forget, policy_changed, said_about, verdict_events

__all__ = [
    "LIFE", "AskedEntry", "Question", "answer", "ask", "asked_entries", "decide", "find", "forget", "is_alive",
    "link_of", "policy_changed", "revoke", "said_about", "verdict_events", "waiting_count",
]  # fmt: skip
