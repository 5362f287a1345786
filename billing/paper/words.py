"""The words that layouts set around what is on a paper. Pure."""

from __future__ import annotations

from billing.paper.figures import Figures

_PHRASES = {
    "page": "Page {page} of {pages}", "item": "Item", "quantity": "Quantity", "rate": "Rate", "tax": "Tax",
    "discount": "Discount", "amount": "Amount", "notes": "Notes", "terms": "Terms", "payment": "Payment",
    "deliver_to": "Deliver to", "carried": "Carried forward", "brought": "Brought forward",
}  # fmt: skip


def words_of(figures: Figures, *, is_owed: bool) -> dict[str, str]:
    """Return the words of a paper with lines, by key; `is_owed`: its receiver is to pay."""
    phrases = _PHRASES | {"bill_to": "Bill to" if is_owed else "For"}
    return {key: figures.say(phrase) for key, phrase in phrases.items()}
