"""What the lists of customers and a customer's page are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ScalarSelect, Select, func

from billing.payments import Credit
from billing.transactions import visible
from billing.types import TYPES, is_issued
from blueprints.choosing import like
from blueprints.paging import Page, Sort, paged
from blueprints.projects.lists import project_rows
from extensions import db
from models import Customer, Project, TimeEntry, Transaction
from models.customer import name_key

STATES: dict[str, Any] = {"active": [Customer.is_active], "inactive": [~Customer.is_active], "all": []}
SORTS = (Sort("name", Customer.name_key),)
PROJECT_SORTS = (Sort("name", Project.name),)
TRANSACTION_SORTS = (Sort("date", Transaction.date, date.fromisoformat, descending=True),)


def owed() -> ScalarSelect[Any]:
    """Sum what a customer still owes, in the customer's currency."""
    issued = is_issued(kind for kind in TYPES.values() if kind.is_owed)
    of_customer = (Transaction.customer_id == Customer.id) & (Transaction.currency == Customer.currency)
    statement = db.select(func.sum(Transaction.balance)).where(of_customer, issued)
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
    """What hangs on a customer: billable unbilled seconds, money owed, credit, active projects."""

    unbilled: int
    owed: Decimal
    projects: int
    credit: Decimal


def customer_sums(customer: Customer, credits: Sequence[Credit]) -> CustomerSums:
    """Add up what hangs on a customer; one statement. `credits`: what the customer may still use, by currency."""
    active = db.select(func.count()).where(Project.customer_id == Customer.id, Project.is_active)
    counted = active.correlate(Customer).scalar_subquery()
    row = db.session.execute(db.select(unbilled(), owed(), counted).where(Customer.id == customer.id)).one()
    own = next((credit.amount for credit in credits if credit.currency == customer.currency), Decimal(0))
    return CustomerSums(int(row[0] or 0), row[1] or Decimal(0), row[2], own)


def projects_page(customer: Customer) -> Page:
    """Return one page of the customer's projects, as rows of `project_rows`."""
    return paged(project_rows().where(Project.customer_id == customer.id), Project.id, PROJECT_SORTS)


def transactions_page(customer: Customer) -> Page:
    """Return one page of the customer's transactions, newest first."""
    statement: Select[Any] = db.select(Transaction).where(Transaction.customer_id == customer.id, visible())
    return paged(statement, Transaction.id, TRANSACTION_SORTS)
