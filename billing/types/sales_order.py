"""The sales order: what a customer ordered; it is invoiced in whole or piece by piece (requirements T-02, T-25)."""

from __future__ import annotations

from billing.types.base import TransactionType

SALES_ORDER = TransactionType(
    key="sales_order",
    title="Sales order",
    title_plural="Sales orders",
    icon="shopping-cart",
    pattern="SO-{year}-{number:05}",
    states={
        "draft": "Draft",
        "issued": "Issued",
        "sent": "Sent",
        "partly_invoiced": "Partly invoiced",
        "invoiced": "Invoiced",
        "void": "Void",
    },
    moves={
        "edit": frozenset({"draft"}),
        "delete": frozenset({"draft"}),
        "issue": frozenset({"draft"}),
        "send": frozenset({"issued", "sent", "partly_invoiced", "invoiced"}),
        "convert": frozenset({"issued", "sent", "partly_invoiced"}),
        "free": frozenset({"partly_invoiced", "invoiced"}),
        "void": frozenset({"issued", "sent"}),
    },
    takes_hours=False,
    freezes_at_issue=True,
    is_owed=False,
    about="Confirm what a customer ordered, then invoice it at once or piece by piece.",
    until_word="Expected by",
    days_word="Expected in",
    usual_days=30,
    conversions={"invoice": ("partly_invoiced", "invoiced")},
)
