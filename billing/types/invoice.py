"""The invoice: hours and other lines that a customer owes."""

from __future__ import annotations

from billing.types.base import TransactionType

INVOICE = TransactionType(
    key="invoice",
    title="Invoice",
    title_plural="Invoices",
    icon="file-invoice",
    pattern="INV-{year}-{number:05}",
    states={
        "draft": "Draft",
        "issued": "Issued",
        "sent": "Sent",
        "partially_paid": "Partially paid",
        "paid": "Paid",
        "void": "Void",
    },
    moves={
        "edit": frozenset({"draft"}),
        "delete": frozenset({"draft"}),
        "issue": frozenset({"draft"}),
        "send": frozenset({"issued", "sent", "partially_paid", "paid"}),
        "void": frozenset({"issued", "sent"}),
    },
    takes_hours=True,
    freezes_at_issue=True,
    is_owed=True,
    until_word="Due",
    days_word="Terms",
    lapsed=("overdue", "Overdue"),
    lapsing_states=frozenset({"issued", "sent", "partially_paid", "paid"}),
)
