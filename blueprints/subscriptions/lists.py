"""What the list of subscriptions is made of: filters from the query string, rows, and the children of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, or_

from blueprints.asked import phrase, whole
from blueprints.paging import Page, Sort, paged
from blueprints.subscriptions.frame import KINDS
from extensions import db
from models import Customer, Expense, Subscription, Transaction
from models.customer import name_key
from models.subscription import SUBSCRIPTION_STATES

SORTS = (Sort("name", Subscription.name),)
#: what a list can be narrowed to beside the stored states
PROBLEM = "problem"
STATES = {**SUBSCRIPTION_STATES, PROBLEM: "With a problem"}


@dataclass(frozen=True, slots=True)
class SubscriptionFilter:
    """Which subscriptions; None and "" mean all."""

    q: str = ""
    state: str = ""
    kind: str = ""
    customer_id: int | None = None
    project_id: int | None = None

    @classmethod
    def read(cls, args: Mapping[str, str]) -> SubscriptionFilter:
        """Read a query string; what makes no sense is left aside."""
        state, kind = args.get("state", ""), args.get("kind", "")
        return cls(
            phrase(args.get("q")), state if state in STATES else "", kind if kind in KINDS else "",
            whole(args.get("customer_id")), whole(args.get("project_id")),
        )  # fmt: skip

    @property
    def is_set(self) -> bool:
        """Whether anything is filtered at all."""
        return self != SubscriptionFilter()

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what a statement over subscriptions must say."""
        found: list[ColumnElement[bool]] = []
        if self.state == PROBLEM:
            found.append(Subscription.problem != "")
        elif self.state:
            found.append(Subscription.status == self.state)
        for column, value in ((Subscription.kind, self.kind or None), (Subscription.customer_id, self.customer_id),
                              (Subscription.project_id, self.project_id)):  # fmt: skip
            if value is not None:
                found.append(column == value)
        if self.q:
            theirs = db.select(Customer.id).where(Customer.name_key.contains(name_key(self.q), autoescape=True))
            named = Subscription.name.icontains(self.q, autoescape=True)
            found.append(or_(named, Subscription.customer_id.in_(theirs)))
        return found


def subscription_page(chosen: SubscriptionFilter) -> Page:
    """Return one page of (subscription, customer's name), by name."""
    statement: Select[Any] = db.select(Subscription, Customer.name.label("customer"))
    statement = statement.outerjoin(Customer, Customer.id == Subscription.customer_id).where(*chosen.conditions())
    return paged(statement, Subscription.id, SORTS)


def child_page(subscription: Subscription) -> Page:
    """Return one page of what it made, newest first: transactions or expenses."""
    child: Any = Transaction if subscription.kind == "invoice" else Expense
    statement = db.select(child).where(child.subscription_id == subscription.id)
    by_period = (Sort("period", child.period_start, date.fromisoformat, descending=True),)
    return paged(statement, child.id, by_period)


def amount_in(subscription: Subscription) -> Decimal:
    """Return what each child comes to, as it was when the subscription was saved."""
    return Decimal(subscription.template.get("comes_to", "0"))
