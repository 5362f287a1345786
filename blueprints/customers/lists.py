"""What the lists of customers and a customer's page are made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ScalarSelect, Select, and_, false, func, or_

from billing.transactions import visible
from billing.types import TYPES
from blueprints.choosing import like
from blueprints.paging import Page, Sort, paged
from blueprints.projects.lists import project_rows
from extensions import db
from models import AuditEntry, Customer, Project, TimeEntry, Transaction
from models.customer import name_key

STATES: dict[str, Any] = {"active": [Customer.is_active], "inactive": [~Customer.is_active], "all": []}
SORTS = (Sort("name", Customer.name_key),)
PROJECT_SORTS = (Sort("name", Project.name),)
TRANSACTION_SORTS = (Sort("date", Transaction.date, date.fromisoformat, descending=True),)
#: how much of a customer's story is told
STORY = 40


def owed() -> ScalarSelect[Any]:
    """Sum what a customer still owes, in the customer's currency."""
    kinds = [
        and_(Transaction.type == kind.key, Transaction.status.in_(sorted(kind.issued_states)))
        for kind in TYPES.values()
        if kind.is_owed
    ]
    of_customer = (Transaction.customer_id == Customer.id) & (Transaction.currency == Customer.currency)
    statement = db.select(func.sum(Transaction.balance)).where(of_customer, or_(false(), *kinds))
    sums: ScalarSelect[Any] = statement.correlate(Customer).scalar_subquery()
    return sums


def unbilled() -> ScalarSelect[Any]:
    """Sum a customer's billable unbilled seconds; read from an index alone.

    Project by project, because a join lets SQLite walk all unbilled entries for each customer.
    """
    of_project = db.select(func.sum(TimeEntry.seconds)).where(
        TimeEntry.project_id == Project.id, TimeEntry.billing_state == "unbilled", TimeEntry.is_billable
    )
    each = of_project.correlate(Project).scalar_subquery()
    statement = db.select(func.sum(each)).where(Project.customer_id == Customer.id).select_from(Project)
    sums: ScalarSelect[Any] = statement.correlate(Customer).scalar_subquery()
    return sums


def customer_page(q: str, state: str) -> Page:
    """Return one page of plain columns of customers, with unbilled seconds and the amount owed."""
    columns = (Customer.id, Customer.name, Customer.city, Customer.email, Customer.currency, Customer.source)
    sums = (unbilled().label("unbilled"), owed().label("owed"))
    statement: Select[Any] = db.select(*columns, Customer.is_active, *sums).where(*STATES[state])
    if q:
        statement = statement.where(Customer.name_key.like(like(name_key(q)), escape="/"))
    return paged(statement, Customer.id, SORTS)


@dataclass(frozen=True, slots=True)
class CustomerSums:
    """What hangs on a customer: billable unbilled seconds, money owed, active projects."""

    unbilled: int
    owed: Decimal
    projects: int


def customer_sums(customer: Customer) -> CustomerSums:
    """Add up what hangs on a customer; one statement."""
    active = db.select(func.count()).where(Project.customer_id == Customer.id, Project.is_active)
    counted = active.correlate(Customer).scalar_subquery()
    row = db.session.execute(db.select(unbilled(), owed(), counted).where(Customer.id == customer.id)).one()
    return CustomerSums(int(row[0] or 0), row[1] or Decimal(0), row[2])


def projects_page(customer: Customer) -> Page:
    """Return one page of the customer's projects, as rows of `project_rows`."""
    return paged(project_rows().where(Project.customer_id == customer.id), Project.id, PROJECT_SORTS)


def transactions_page(customer: Customer) -> Page:
    """Return one page of the customer's transactions, newest first."""
    statement: Select[Any] = db.select(Transaction).where(Transaction.customer_id == customer.id, visible())
    return paged(statement, Transaction.id, TRANSACTION_SORTS)


@dataclass(frozen=True, slots=True)
class StoryEvent:
    """One thing that happened with a customer."""

    at: datetime
    #: key of the sentence the page says
    kind: str
    who: str
    transaction: Transaction | None = None


def story(customer: Customer) -> list[StoryEvent]:
    """Return the latest of what happened with a customer, newest first."""
    told = db.select(AuditEntry).where(AuditEntry.subject == "customer", AuditEntry.subject_id == customer.id)
    audit = db.session.scalars(told.order_by(AuditEntry.id.desc()).limit(STORY))
    events = [StoryEvent(entry.at, entry.verb, entry.actor) for entry in audit]
    if not any(event.kind == "customer.added" for event in events):
        events.append(StoryEvent(customer.created_at, "customer.arrived", ""))
    money = db.select(Transaction).where(Transaction.customer_id == customer.id, visible())
    for transaction in db.session.scalars(money.order_by(Transaction.id.desc()).limit(STORY)):
        events += _moments(transaction)
    return sorted(events, key=lambda event: event.at, reverse=True)[:STORY]


def _moments(transaction: Transaction) -> list[StoryEvent]:
    moments = {
        "transaction.started": transaction.created_at, "transaction.issued": transaction.issued_at,
        "transaction.sent": transaction.sent_at, "transaction.voided": transaction.voided_at,
        f"transaction.{transaction.status}": transaction.answered_at,
    }  # fmt: skip
    return [StoryEvent(at, kind, "", transaction) for kind, at in moments.items() if at is not None]
