"""Finding customers, projects and invoices by what people type: the first letters, or a word further on."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, or_
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from extensions import db
from models.billing import Transaction
from models.customer import Customer, name_key
from models.project import Project

#: how many of each kind are shown
MOST = 5
#: longer texts are cut
LONGEST = 100
#: sorts behind everything that starts alike
_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, at most `MOST` of each kind."""

    customers: list[Customer]
    projects: list[Project]
    invoices: list[Transaction]

    def __bool__(self) -> bool:
        return bool(self.customers or self.projects or self.invoices)


def find(text: str) -> Found:
    """Look, in at most five statements; nothing for empty text."""
    text = " ".join(unicodedata.normalize("NFC", text.replace("\x00", ""))[:LONGEST].split())
    if not text:
        return Found([], [], [])
    customers = _customers(name_key(text))
    return Found(customers, _projects(text), _invoices(text, [customer.id for customer in customers]))


def _starts_with(column: InstrumentedAttribute[Any], text: str) -> ColumnElement[bool]:
    return (column >= text) & (column < text + _LAST)


def _customers(key: str) -> list[Customer]:
    """First letters by the index; only when these are few, words further on from the narrow index on names."""
    starts = db.select(Customer).where(_starts_with(Customer.name_key, key)).order_by(Customer.name_key)
    first = list(db.session.scalars(starts.limit(MOST)))
    if len(first) == MOST:
        return first
    words = db.select(Customer).where(Customer.name_key.contains(f" {key}", autoescape=True)).limit(MOST)
    known = {customer.id for customer in first}
    more = [customer for customer in db.session.scalars(words) if customer.id not in known]
    return first + more[: MOST - len(first)]


def _projects(text: str) -> list[Project]:
    fits = or_(
        Project.name.istartswith(text, autoescape=True), Project.name.icontains(f" {text}", autoescape=True),
        Project.key == text.upper(),
    )  # fmt: skip
    return list(db.session.scalars(db.select(Project).where(fits).order_by(Project.name, Project.id).limit(MOST)))


def _invoices(text: str, customer_ids: list[int]) -> list[Transaction]:
    """Numbers that start so, then the newest invoices of the customers that were found."""
    is_invoice = (Transaction.type == "invoice") & (Transaction.status != "deleted")
    spelt = {text, text.upper()}
    invoices = db.select(Transaction).options(joinedload(Transaction.customer)).where(is_invoice)
    numbered = invoices.where(or_(*(_starts_with(Transaction.number, way) for way in spelt)))
    found = list(db.session.scalars(numbered.order_by(Transaction.number.desc()).limit(MOST)))
    if not customer_ids or len(found) == MOST:
        return found
    theirs = invoices.where(Transaction.customer_id.in_(customer_ids),
                            Transaction.id.not_in([invoice.id for invoice in found]))  # fmt: skip
    newest = theirs.order_by(Transaction.date.desc(), Transaction.id.desc()).limit(MOST - len(found))
    return found + list(db.session.scalars(newest))
