"""The credit note: what a customer need not pay after all, or gets back (requirements R-01, T-27)."""

from __future__ import annotations

from billing.types.base import TransactionType

CREDIT_NOTE = TransactionType(
    key="credit_note",
    title="Credit note",
    title_plural="Credit notes",
    icon="file-minus",
    pattern="CN-{year}-{number:05}",
    states={"draft": "Draft", "issued": "Issued", "sent": "Sent", "closed": "Used up", "void": "Void"},
    moves={
        "edit": frozenset({"draft"}),
        "delete": frozenset({"draft"}),
        "issue": frozenset({"draft"}),
        "send": frozenset({"issued", "sent", "closed"}),
        "void": frozenset({"issued", "sent", "closed"}),
        "draw": frozenset({"issued", "sent"}),
        "refund": frozenset({"issued", "sent"}),
        # what was drawn or refunded comes back
        "regain": frozenset({"issued", "sent", "closed"}),
    },
    takes_hours=False,
    freezes_at_issue=True,
    is_owed=False,
    about="Open an invoice and choose what of it to credit, or start a blank one.",
    income_sign=-1,
    gives_credit=True,
)
