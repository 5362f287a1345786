"""The customer's links: to one issued transaction, and to all that is open for them. Random and revocable."""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import select

from billing.types import type_of
from extensions import current_config, db, utcnow
from models import Customer, Transaction
from models.audit import Actor, record

#: a link opens for this long after issue; a later question is answered with a new link
LINK_LIFE = timedelta(days=400)


def customer_link(transaction: Transaction) -> str:
    """Return the absolute address of the customer's page; it opens once the transaction is issued."""
    return f"{current_config().base_url}/c/{transaction.link_token}"


def find(token: str) -> Transaction | None:
    """Return the transaction behind a link; None when there is none, it was revoked, is a draft or too old.

    A void one is found: its customer should read that nothing is to be paid.
    """
    if not token or not token.isascii() or len(token) > 200:
        return None
    transaction = db.session.scalar(select(Transaction).where(Transaction.link_token == token))
    if transaction is None or not hmac.compare_digest(transaction.link_token.encode(), token.encode()):
        return None
    is_public = transaction.status == "void" or transaction.status in type_of(transaction).issued_states
    if not is_public or transaction.issued_at is None:
        return None
    return transaction if utcnow() - transaction.issued_at < LINK_LIFE else None


def renew(transaction: Transaction, actor: Actor) -> None:
    """Give the transaction a new link; the old one opens nothing any more."""
    transaction.link_token = secrets.token_urlsafe(24)
    subject = ("transaction", transaction.id)
    record(actor, f"{transaction.type}.link_renewed", subject, _("New customer link; the old one is closed"))
    db.session.flush()


def customer_page(customer: Customer) -> str:
    """Return the absolute address of the page that shows everything open for a customer; made when first asked for."""
    if not customer.link_token:
        customer.link_token = secrets.token_urlsafe(24)
        db.session.flush()
    return f"{current_config().base_url}/c/all/{customer.link_token}"


def find_customer(token: str) -> Customer | None:
    """Return the customer whose page a link opens; None when there is none, it was revoked, or it was merged away."""
    if not token or not token.isascii() or len(token) > 200:
        return None
    customer = db.session.scalar(select(Customer).where(Customer.link_token == token))
    if customer is None or not hmac.compare_digest(customer.link_token.encode(), token.encode()):
        return None
    return customer if customer.merged_into_id is None else None


def close_page(customer: Customer, actor: Actor) -> None:
    """Close a customer's page: the link opens nothing any more, and the next one that is copied is another."""
    customer.link_token = ""
    record(actor, "customer.link_closed", ("customer", customer.id), _("The link to the customer's page is closed"))
    db.session.flush()
