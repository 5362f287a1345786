"""What lists of transactions are made of: filters from the query string, rows, and sums by currency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, union
from sqlalchemy.orm import load_only

from billing.transactions import visible
from billing.types import TransactionType
from blueprints.asked import SUM_CAP, MoneySums, day, money_sums, phrase, whole
from blueprints.paging import Count, Page, Sort, paged
from extensions import db
from models import Customer, Transaction
from models.customer import name_key

SORTS = (Sort("date", Transaction.date, date.fromisoformat, descending=True),)


@dataclass(frozen=True, slots=True)
class TransactionFilter:
    """Which transactions of one type; None and "" mean all. `today` is the organisation's."""

    kind: TransactionType
    today: date
    q: str = ""
    state: str = ""
    customer_id: int | None = None
    since: date | None = None
    until: date | None = None

    @classmethod
    def read(cls, kind: TransactionType, today: date, args: Mapping[str, str]) -> TransactionFilter:
        """Read a query string; what makes no sense is left aside."""
        state = args.get("state", "")
        return cls(
            kind, today,
            q=phrase(args.get("q")),
            state=state if state in state_words(kind) else "",
            customer_id=whole(args.get("customer_id")),
            since=day(args.get("since")),
            until=day(args.get("until")),
        )  # fmt: skip

    @property
    def is_set(self) -> bool:
        """Whether anything is filtered at all."""
        return self != TransactionFilter(self.kind, self.today)

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what a statement over transactions must say."""
        found: list[ColumnElement[bool]] = [Transaction.type == self.kind.key]
        found += self._state()
        if self.customer_id is not None:
            found.append(Transaction.customer_id == self.customer_id)
        if self.since:
            found.append(Transaction.date >= self.since)
        if self.until:
            found.append(Transaction.date <= self.until)
        return [*found, Transaction.id.in_(self._named())] if self.q else found

    def _state(self) -> list[ColumnElement[bool]]:
        if self.state and self.state == self.kind.lapsed[0]:
            return [_has_lapsed(self.kind, self.today)]
        return [Transaction.status == self.state] if self.state else [visible()]

    def _named(self) -> Any:
        """Return ids of those whose number or customer holds the text; both are looked up in narrow indexes."""
        ids = db.select(Transaction.id).where(Transaction.type == self.kind.key)
        ways = {self.q, self.q.upper()}
        numbered = [ids.where(Transaction.number.contains(way, autoescape=True)) for way in sorted(ways)]
        customers = db.select(Customer.id).where(Customer.name_key.contains(name_key(self.q), autoescape=True))
        return union(*numbered, ids.where(Transaction.customer_id.in_(customers)))


def state_words(kind: TransactionType) -> dict[str, str]:
    """Return the statuses of a type that a list can be narrowed to, with their words; the one read from a date too."""
    return {**kind.states, kind.lapsed[0]: kind.lapsed[1]} if kind.lapsing_states else dict(kind.states)


def _has_lapsed(kind: TransactionType, today: date) -> ColumnElement[bool]:
    """Return what `billing.types.has_lapsed` says, as a condition."""
    lapsed = Transaction.status.in_(sorted(kind.lapsing_states)) & (Transaction.due_date < today)
    return lapsed & (Transaction.balance > 0) if kind.is_owed else lapsed


def transaction_sums(chosen: TransactionFilter) -> MoneySums:
    """Add up what is chosen; one statement that reads at most `SUM_CAP` rows."""
    columns = (Transaction.currency, Transaction.status, Transaction.total, Transaction.balance)
    some = db.select(*columns).where(*chosen.conditions()).limit(SUM_CAP + 1).subquery()
    issued = some.c.status.in_(sorted(chosen.kind.issued_states))
    rows = db.session.execute(
        db.select(
            some.c.currency,
            func.count(),
            func.sum(some.c.total).filter(some.c.status != "void"),
            func.sum(some.c.balance).filter(issued),
        )
        .group_by(some.c.currency)
        .order_by(some.c.currency)
    ).all()
    return money_sums(tuple(row) for row in rows)


def transaction_page(chosen: TransactionFilter, total: Count) -> Page:
    """Return one page of (transaction, customer's name), newest first; one statement."""
    statement: Select[Any] = db.select(Transaction, Customer.name.label("customer"))
    statement = statement.join(Customer, Customer.id == Transaction.customer_id).where(*chosen.conditions())
    shown = load_only(
        Transaction.type, Transaction.number, Transaction.status, Transaction.date, Transaction.due_date,
        Transaction.currency, Transaction.total, Transaction.balance, Transaction.credit, Transaction.reference,
    )  # fmt: skip
    return paged(statement, Transaction.id, SORTS, options=(shown,), total=total)
