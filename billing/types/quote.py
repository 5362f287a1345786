"""The quote: what work would cost; the customer accepts or declines it, and an accepted one becomes an invoice."""

from __future__ import annotations

from billing.types.base import TransactionType

QUOTE = TransactionType(
    key="quote",
    title="Quote",
    title_plural="Quotes",
    icon="file-text",
    pattern="QT-{year}-{number:05}",
    states={
        "draft": "Draft",
        "issued": "Issued",
        "sent": "Sent",
        "accepted": "Accepted",
        "declined": "Declined",
        "invoiced": "Invoiced",
    },
    moves={
        "edit": frozenset({"draft"}),
        "delete": frozenset({"draft"}),
        "issue": frozenset({"draft"}),
        "send": frozenset({"issued", "sent", "accepted"}),
        "accept": frozenset({"issued", "sent"}),
        "decline": frozenset({"issued", "sent"}),
        "convert": frozenset({"accepted"}),
        # its invoice was voided or deleted
        "free": frozenset({"invoiced"}),
    },
    takes_hours=False,
    freezes_at_issue=True,
    is_owed=False,
    until_word="Valid until",
    days_word="Valid for",
    lapsed=("expired", "Expired"),
    lapsing_states=frozenset({"issued", "sent"}),
    usual_days=30,
    becomes="invoice",
)
