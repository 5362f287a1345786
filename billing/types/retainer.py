"""The retainer invoice: money paid in advance, drawn on later by invoices (requirements T-20, T-21)."""

from __future__ import annotations

from billing.types.base import TransactionType

#: statuses in which money has come in
_FUNDED = frozenset({"partially_paid", "paid", "partly_drawn", "drawn", "refunded"})

RETAINER = TransactionType(
    key="retainer",
    title="Retainer invoice",
    title_plural="Retainer invoices",
    icon="pig-money",
    pattern="RET-{year}-{number:05}",
    states={
        "draft": "Draft",
        "issued": "Issued",
        "sent": "Sent",
        "partially_paid": "Partially paid",
        "paid": "Paid",
        "partly_drawn": "Partly drawn",
        "drawn": "Drawn",
        "refunded": "Refunded",
        "void": "Void",
    },
    moves={
        "edit": frozenset({"draft"}),
        "delete": frozenset({"draft"}),
        "issue": frozenset({"draft"}),
        "send": frozenset({"issued", "sent"}) | _FUNDED,
        "void": frozenset({"issued", "sent"}),
        "pay": frozenset({"issued", "sent", "partially_paid"}),
        "unpay": _FUNDED,
        "draw": frozenset({"partially_paid", "paid", "partly_drawn"}),
        "refund": frozenset({"partially_paid", "paid", "partly_drawn"}),
        # what was drawn or refunded comes back
        "regain": frozenset({"partially_paid", "partly_drawn", "drawn", "refunded"}),
    },
    takes_hours=False,
    freezes_at_issue=True,
    is_owed=True,
    about="Ask for money in advance; later invoices draw on it.",
    gives_credit=True,
    until_word="Due",
    days_word="Terms",
    lapsed=("overdue", "Overdue"),
    lapsing_states=frozenset({"issued", "sent", "partially_paid"}),
)
