"""Whom a draft is for, and for which project (requirements T-09)."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from billing.errors import MoveRefused
from extensions import db
from models import Customer, Project, Transaction


@dataclass(frozen=True, slots=True)
class Party:
    """A customer, and perhaps one of the customer's projects."""

    customer_id: int
    project_id: int | None = None


def can_change_party(transaction: Transaction) -> bool:
    """Say whether a draft may go to another customer: no hours on it, and no quote that it was made from."""
    is_free = all(line.kind in ("free", "rounding") for line in transaction.lines)
    return is_free and transaction.converted_from_id is None and transaction.credits_id is None


def set_party(transaction: Transaction, party: Party) -> None:
    """Give a draft another customer or project; its currency becomes theirs, its rates stay as they are written."""
    if party == Party(transaction.customer_id, transaction.project_id):
        return
    if not can_change_party(transaction):
        raise MoveRefused(_("Hours or a quote stand behind this draft, so its customer and project stay."))
    customer = db.session.get(Customer, party.customer_id)
    project = None if party.project_id is None else db.session.get(Project, party.project_id)
    if customer is None or (party.project_id is not None and project is None):
        raise MoveRefused(_("The customer or the project is not there any more. Choose again."))
    if project is not None and project.customer_id != customer.id:
        raise MoveRefused(_("%(project)s is a project of %(customer)s. Choose that customer, or no project.",
                            project=project.name, customer=project.customer.name))  # fmt: skip
    currency = project.currency if project is not None else customer.currency
    if currency != transaction.currency:
        transaction.currency, transaction.exchange_source = currency, ""
    transaction.customer_id, transaction.project_id = customer.id, party.project_id
    db.session.flush()
    db.session.expire(transaction, ["customer", "project"])
