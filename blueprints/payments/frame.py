"""The area of payments: its blueprint, and what its pages share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

from flask import Blueprint, abort
from sqlalchemy.orm import joinedload

from blueprints.menu import MenuEntry, NewEntry
from extensions import db
from forms.payments import amount_of
from forms.transactions.numbers import plain
from models import Payment

Key = TypeVar("Key", int, str)
ID = "int(max=2147483647)"
blueprint = Blueprint("payments", __name__, url_prefix="/payments")
MENU = (MenuEntry("money", "Payments", "cash", "payments.index", "payments.view"),)
NEW = (NewEntry("Payment", "cash", "payments.new", "payments.edit"),)


def payment_or_404(payment_id: int) -> Payment:
    """Return a payment or refund with its customer."""
    return db.session.get(Payment, payment_id, options=[joinedload(Payment.customer)]) or abort(404)


def read_amounts(texts: Mapping[Key, str]) -> tuple[dict[Key, Decimal], dict[Key, str]]:
    """Return the amounts that were typed, and what is wrong with the others; empty texts and zeros are no amounts."""
    amounts, problems = {}, {}
    for key, text in texts.items():
        if text.strip("0.,") == "":
            continue
        try:
            amounts[key] = amount_of(text)
        except ValueError as problem:
            problems[key] = str(problem)
    return amounts, problems


@dataclass
class Puts:
    """The amounts that were typed beside open transactions: as text, as numbers, and what is wrong with them."""

    texts: dict[int, str] = field(default_factory=dict)
    amounts: dict[int, Decimal] = field(default_factory=dict)
    problems: dict[int, str] = field(default_factory=dict)

    @classmethod
    def read(cls, data: Mapping[str, str], ids: Iterable[int]) -> Puts:
        """Read the fields `put-<id>`; empty ones and zeros put nothing."""
        texts = {key: data.get(f"put-{key}", "").strip() for key in ids}
        return cls(texts, *read_amounts(texts))

    @classmethod
    def of(cls, amounts: Mapping[int, Decimal]) -> Puts:
        """Return what is suggested before anybody typed."""
        return cls({key: plain(amount) for key, amount in amounts.items()}, dict(amounts))
