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
        # it is settled, in whole or in part; a settlement is taken back; a credit note is written for it
        "pay": frozenset({"issued", "sent", "partially_paid"}),
        "unpay": frozenset({"partially_paid", "paid"}),
        "credit": frozenset({"issued", "sent", "partially_paid", "paid"}),
    },
    takes_hours=True,
    freezes_at_issue=True,
    is_owed=True,
    about="Bill the unbilled hours of a project, or start a blank one.",
    income_sign=1,
    until_word="Due",
    days_word="Terms",
    lapsed=("overdue", "Overdue"),
    lapsing_states=frozenset({"issued", "sent", "partially_paid", "paid"}),
)
