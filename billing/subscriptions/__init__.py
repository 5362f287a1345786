"""Subscriptions: invoices and expenses that come again (requirements T-22, T-23, R-07).

Period n begins at the start date + n × every unit. Each period has at most one child: `making` says how. None of this
commits: the job does, once per child, and so do the pages.
"""

from __future__ import annotations

from billing.subscriptions.clock import make_all_due
from billing.subscriptions.coming import SHOWN, Coming, Left, amount_of, coming, sums_of
from billing.subscriptions.hours import may_take_hours
from billing.subscriptions.making import (
    CLOCK,
    Made,
    due_ids,
    made_count,
    make_due,
    make_now,
    note_problem,
    schedule_of,
)
from billing.subscriptions.recurrence import Schedule
from billing.subscriptions.templates import PLACES, InvoiceTemplate, TemplateLine, plain, plain_expense
from billing.subscriptions.verbs import SubscriptionValues, change, create, delete, end, pause, resume

__all__ = [
    "CLOCK", "PLACES", "SHOWN", "Coming", "InvoiceTemplate", "Left", "Made", "Schedule", "SubscriptionValues",
    "TemplateLine", "amount_of", "change", "coming", "create", "delete", "due_ids", "end", "made_count",
    "make_all_due", "make_due", "make_now", "may_take_hours", "note_problem", "pause", "plain", "plain_expense",
    "resume", "schedule_of", "sums_of",
]  # fmt: skip
