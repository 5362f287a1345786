"""What is true at issue and stays true on a document: parties, tax, language, look (requirements R-05)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from sqlalchemy import func, select

from billing.brand import brand_of
from billing.bulk import among
from billing.languages import locale_of
from billing.money import round_money
from extensions import db
from models import Allocation, Customer, Organisation, Tax, TimeEntry, Transaction

#: columns of the organisation that documents and e-invoices show
_SENDER = (
    "name", "address", "email", "phone", "website", "tax_id", "bank_details", "street", "zip_code", "city", "state",
    "country", "registration_id", "electronic_address", "electronic_scheme", "bank_name", "account_holder", "iban",
    "bic",
)  # fmt: skip
_RECEIVER = (
    "name", "tax_id", "street", "zip_code", "city", "state", "country", "email", "registration_id",
    "electronic_address", "electronic_scheme", "buyer_reference", "delivery_address",
)  # fmt: skip


def frozen_facts(transaction: Transaction, organisation: Organisation) -> dict[str, Any]:
    """Return what is true now and must stay true on this document."""
    customer = transaction.customer
    taxes = _taxes(transaction)
    return {
        "organisation": sender_facts(organisation),
        "customer": receiver_facts(customer),
        "locale": locale_of((transaction.language, customer.language, organisation.language), organisation.locale),
        "base_currency": organisation.base_currency,
        "tax_names": {tax_id: facts["name"] for tax_id, facts in taxes.items()},
        "taxes": taxes,
        "paper": {
            "layout": transaction.paper_layout or organisation.paper_layout,
            "color": brand_of(organisation.brand_color).color,
            "logo": organisation.logo_file,
        },
        "payment_link": payment_link(transaction, organisation),
        "has_e_invoices": organisation.has_e_invoices,
        "credits": _credited(transaction),
        "period": period_of(transaction),
    }


def sender_facts(organisation: Organisation) -> dict[str, Any]:
    """Return what documents show of the organisation."""
    return {name: getattr(organisation, name) for name in _SENDER}


def receiver_facts(customer: Customer) -> dict[str, Any]:
    """Return what documents show of a customer."""
    return {"address_lines": customer.address_lines()} | {name: getattr(customer, name) for name in _RECEIVER}


def _taxes(transaction: Transaction) -> dict[str, dict[str, str]]:
    """Return the taxes of the lines and of the shipping, by id as text (JSON keys are text)."""
    ids = {line.tax_id for line in transaction.lines} | {transaction.shipping_tax_id}
    rows = db.session.execute(
        select(Tax.id, Tax.name, Tax.category, Tax.sentence).where(among(Tax.id, {i for i in ids if i is not None}))
    )
    return {str(row.id): {"name": row.name, "category": row.category, "sentence": row.sentence} for row in rows}


def payment_link(transaction: Transaction, organisation: Organisation) -> str:
    """Return where this one can be paid: its own address, else the organisation's with its names filled in."""
    pattern = transaction.payment_link or organisation.payment_link
    facts = {
        "{number}": transaction.number or "",
        "{amount}": format(round_money(transaction.balance, transaction.currency), "f"),
        "{currency}": transaction.currency,
    }
    for name, value in facts.items():
        pattern = pattern.replace(name, quote(value, safe=""))
    return pattern


def _credited(transaction: Transaction) -> dict[str, str] | None:
    """Return number and date of the invoice that a credit note is for."""
    if transaction.credits_id is None:
        return None
    credited = db.session.get_one(Transaction, transaction.credits_id)
    return {"number": credited.number or "", "date": credited.date.isoformat()}


def period_of(transaction: Transaction) -> list[str] | None:
    """Return the first and last day of the hours on it, as ISO dates; None without hours."""
    if all(line.seconds is None for line in transaction.lines):
        return None
    held = Allocation.released_at.is_(None), Allocation.transaction_id == transaction.id
    query = select(func.min(TimeEntry.date), func.max(TimeEntry.date)).join(
        Allocation, Allocation.time_entry_id == TimeEntry.id
    )
    first, last = db.session.execute(query.where(*held)).one()
    return [first.isoformat(), last.isoformat()] if first is not None else None
