"""Sender and receiver as they stand on paper, from frozen facts. Pure."""

from __future__ import annotations

from typing import Any

from billing.paper.document import PaperParty
from billing.paper.figures import Figures


def sender(facts: dict[str, Any], figures: Figures) -> PaperParty:
    """Return the organisation: its address, its numbers, and the contacts at the foot of each page."""
    contact = tuple(part for part in (facts["name"], facts["email"], facts["phone"], facts["website"]) if part)
    return PaperParty(facts["name"], (*_address(facts), *_numbers(facts, figures)), contact)


def receiver(facts: dict[str, Any], figures: Figures) -> PaperParty:
    """Return the customer: address and numbers."""
    return PaperParty(facts["name"], (*facts["address_lines"], *_numbers(facts, figures)))


def delivery_lines(facts: dict[str, Any]) -> tuple[str, ...]:
    """Return where deliveries go; none where that is the address above."""
    return tuple(line for line in facts.get("delivery_address", "").splitlines() if line.strip())


def _numbers(facts: dict[str, Any], figures: Figures) -> tuple[str, ...]:
    phrases = {"tax_id": "Tax ID {number}", "registration_id": "Registration number {number}"}
    return tuple(figures.say(phrase, number=facts[key]) for key, phrase in phrases.items() if facts.get(key))


def _address(facts: dict[str, Any]) -> tuple[str, ...]:
    """Return the address as it was written, else from its parts."""
    if facts["address"].strip():
        return tuple(facts["address"].splitlines())
    city = " ".join(part for part in (facts.get("zip_code"), facts.get("city"), facts.get("state")) if part)
    return tuple(line for line in (*facts.get("street", "").splitlines(), city) if line.strip())
