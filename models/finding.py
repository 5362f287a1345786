"""Finding customers, projects and transactions by what people type: the first letters, or a word further on."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, or_, union
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from extensions import db
from models.billing import Transaction
from models.customer import Customer, name_key
from models.expense import Expense
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
    transactions: list[Transaction]
    expenses: list[Expense] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.customers or self.projects or self.transactions or self.expenses)


def find(text: str, types: Sequence[str]) -> Found:
    """Look, in at most six statements; nothing for empty text. `types`: which transactions."""
    text = " ".join(unicodedata.normalize("NFC", text.replace("\x00", ""))[:LONGEST].split())
    if not text:
        return Found([], [], [])
    customers = _customers(name_key(text))
    transactions = _transactions(text, types, [customer.id for customer in customers])
    return Found(customers, _projects(text), transactions, _expenses(name_key(text)))


def _starts_with(column: InstrumentedAttribute[Any], text: str) -> ColumnElement[bool]:
    return (column >= text) & (column < text + _LAST)


def _expenses(key: str) -> list[Expense]:
    """The newest of those that begin so, or whose vendor does."""
    found = db.select(Expense).options(joinedload(Expense.category)).where(Expense.id.in_(begin_so(key)))
    newest = found.where(Expense.deleted_at.is_(None)).order_by(Expense.date.desc(), Expense.id.desc())
    return list(db.session.scalars(newest.limit(MOST)))


def begin_so(key: str) -> Any:
    """Return ids of expenses that begin so, or whose vendor does; two ranges of narrow indexes."""
    ids = db.select(Expense.id)
    return union(*(ids.where(_starts_with(column, key)) for column in (Expense.title_key, Expense.vendor_key)))


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


def _transactions(text: str, types: Sequence[str], customer_ids: list[int]) -> list[Transaction]:
    """Numbers that start so, then the newest transactions of the customers that were found."""
    is_one = Transaction.type.in_(types) & (Transaction.status != "deleted")
    spelt = {text, text.upper()}
    transactions = db.select(Transaction).options(joinedload(Transaction.customer)).where(is_one)
    numbered = transactions.where(or_(*(_starts_with(Transaction.number, way) for way in spelt)))
    found = list(db.session.scalars(numbered.order_by(Transaction.number.desc()).limit(MOST)))
    if not customer_ids or len(found) == MOST:
        return found
    theirs = transactions.where(Transaction.customer_id.in_(customer_ids),
                                Transaction.id.not_in([item.id for item in found]))  # fmt: skip
    newest = theirs.order_by(Transaction.date.desc(), Transaction.id.desc()).limit(MOST - len(found))
    return found + list(db.session.scalars(newest))
