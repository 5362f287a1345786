"""The quote: what work would cost. The customer answers it; an accepted one becomes sales orders or invoices (T-25)."""

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
        "partly_ordered": "Partly ordered",
        "ordered": "Ordered",
        "partly_invoiced": "Partly invoiced",
        "invoiced": "Invoiced",
    },
    moves={
        "edit": frozenset({"draft"}),
        "delete": frozenset({"draft"}),
        "issue": frozenset({"draft"}),
        "send": frozenset({"issued", "sent", "accepted"}),
        "accept": frozenset({"issued", "sent"}),
        "decline": frozenset({"issued", "sent"}),
        "convert": frozenset({"accepted", "partly_ordered", "partly_invoiced"}),
        # what it became was voided, deleted or changed
        "free": frozenset({"partly_ordered", "ordered", "partly_invoiced", "invoiced"}),
    },
    takes_hours=False,
    freezes_at_issue=True,
    is_owed=False,
    about="Write down what the work would cost and send it; the customer accepts it by a link.",
    until_word="Valid until",
    days_word="Valid for",
    lapsed=("expired", "Expired"),
    lapsing_states=frozenset({"issued", "sent"}),
    usual_days=30,
    conversions={"sales_order": ("partly_ordered", "ordered"), "invoice": ("partly_invoiced", "invoiced")},
    open_state="accepted",
)
