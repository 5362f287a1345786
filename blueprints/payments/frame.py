"""The area of payments: its blueprint, and what its pages share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from flask import Blueprint, abort, url_for
from sqlalchemy.orm import joinedload

from billing.errors import MoveRefused
from billing.types import type_of
from blueprints.filters import organisation
from blueprints.menu import MenuEntry, NewEntry
from extensions import db
from forms.payments import amount_of
from forms.transactions.numbers import plain
from models import Organisation, Payment, Transaction

ID = "int(max=2147483647)"
blueprint = Blueprint("payments", __name__, url_prefix="/payments")
MENU = (MenuEntry("money", "Payments", "cash", "payments.index", "payments.view"),)
NEW = (NewEntry("Payment", "cash", "payments.new", "payments.edit"),)


def this_organisation() -> Organisation:
    """Return the organisation; before set-up is finished there are no such pages."""
    return organisation() or abort(404)


def payment_or_404(payment_id: int) -> Payment:
    """Return a payment or refund with its customer."""
    return db.session.get(Payment, payment_id, options=[joinedload(Payment.customer)]) or abort(404)


def show_url(transaction: Transaction) -> str:
    """Return the address of a transaction's page."""
    path = type_of(transaction).path
    return url_for("transactions.show", type_path=path, transaction_id=transaction.id)


def said(refusal: MoveRefused) -> str:
    """Drop what was begun and return the sentence for the person."""
    db.session.rollback()
    return str(refusal)


@dataclass
class Puts:
    """The amounts that were typed beside open transactions: as text, as numbers, and what is wrong with them."""

    texts: dict[int, str] = field(default_factory=dict)
    amounts: dict[int, Decimal] = field(default_factory=dict)
    problems: dict[int, str] = field(default_factory=dict)

    @classmethod
    def read(cls, data: Mapping[str, str], ids: Iterable[int]) -> Puts:
        """Read the fields `put-<id>`; empty ones and zeros put nothing."""
        found = cls()
        for key in ids:
            text = data.get(f"put-{key}", "").strip()
            found.texts[key] = text
            if text.strip("0.,") == "":
                continue
            try:
                found.amounts[key] = amount_of(text)
            except ValueError as problem:
                found.problems[key] = str(problem)
        return found

    @classmethod
    def of(cls, amounts: Mapping[int, Decimal]) -> Puts:
        """Return what is suggested before anybody typed."""
        return cls({key: plain(amount) for key, amount in amounts.items()}, dict(amounts))
