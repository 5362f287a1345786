"""What placeholders stand for, ready written: the figures are the very strings that stand on the paper."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date
from sqlalchemy import select

from billing import paper
from billing.bulk import among
from billing.links import customer_link
from billing.mail.words import say
from billing.money import format_money
from billing.types import type_of
from extensions import db
from models import ContactPerson, Customer, Organisation, Transaction


@dataclass(frozen=True, slots=True)
class Reader:
    """Who an e-mail is written to."""

    first_name: str = ""
    name: str = ""
    email: str = ""


def locale_of(transaction: Transaction) -> str:
    """Return the locale of a transaction's figures: what its paper was frozen with."""
    return str(paper.facts_of(transaction)["locale"])


def reader_of(customer: Customer) -> Reader:
    """Return the primary contact person with an address, else the customer itself."""
    return readers_of([customer])[customer.id]


def readers_of(customers: Iterable[Customer]) -> dict[int, Reader]:
    """Return customer id → who is written to; one statement for all of them."""
    found = {customer.id: Reader(email=customer.email) for customer in customers}
    statement = (
        select(ContactPerson)
        .where(among(ContactPerson.customer_id, found), ContactPerson.email != "")
        .order_by(ContactPerson.is_primary, ContactPerson.id.desc())  # of one customer the last one counts
    )
    for person in db.session.scalars(statement):
        name = f"{person.first_name} {person.last_name}".strip()
        found[person.customer_id] = Reader(person.first_name, name, person.email)
    return found


def facts_of(transaction: Transaction, language: str, number: str = "") -> dict[str, str]:
    """Return placeholder → text for a transaction. `number`: what a draft is called until it has its own."""
    organisation, locale = db.session.get_one(Organisation, 1), locale_of(transaction)
    due = transaction.due_date
    late = (organisation.today() - due).days if due else 0
    return {
        "number": transaction.number or number,
        "title": say(type_of(transaction).title, language),
        "total": format_money(transaction.total, transaction.currency, locale),
        "balance": format_money(transaction.balance, transaction.currency, locale),
        "date": day(transaction.date, locale),
        "due_date": day(due, locale),
        "days_overdue": str(max(late, 0)),
        "reference": transaction.reference,
        "project": transaction.project.name if transaction.project else "",
        "link": customer_link(transaction),
        **people_of(transaction.customer),
    }  # fmt: skip


def people_of(customer: Customer) -> dict[str, str]:
    """Return the facts about reader and sender that every e-mail knows."""
    reader, organisation = reader_of(customer), db.session.get_one(Organisation, 1)
    return {
        "customer": customer.name, "contact_first_name": reader.first_name, "contact_name": reader.name,
        "organisation": organisation.name,
    }  # fmt: skip


def day(value: date | None, locale: str) -> str:
    """Write a date as papers do."""
    return format_date(value, "medium", locale=locale) if value else ""


#: what placeholders stand for where there is no transaction to show: in the preview of a template
SAMPLE: Mapping[str, str] = {
    "number": "INV-2026-00042", "title": "Invoice", "total": "€1,190.00", "balance": "€1,190.00",
    "date": "1 Jun 2026", "due_date": "15 Jun 2026", "days_overdue": "9", "reference": "PO 4711",
    "project": "Spring catalogue", "amount_paid": "€500.00", "paid_on": "12 Jun 2026", "customer": "Aurora Outdoor",
    "contact_first_name": "Carla", "contact_name": "Carla Reyes", "organisation": "", "link": "",
}  # fmt: skip
