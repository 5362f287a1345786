"""What lists of expenses are made of: filters from the query string, rows, and sums by currency."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func

from blueprints.asked import SUM_CAP, MoneySums, day, money_sums, phrase, whole
from blueprints.paging import Count, Page, Sort, paged
from extensions import db
from models import Customer, Expense, ExpenseAllocation, ExpenseCategory, Project, Transaction, User
from models.customer import name_key
from models.expense import EXPENSE_STATES
from models.finding import begin_so

SORTS = (Sort("date", Expense.date, date.fromisoformat, descending=True),)


@dataclass(frozen=True, slots=True)
class ExpenseFilter:
    """Which expenses; None and "" mean all. `q`: how the expense or its vendor begins."""

    q: str = ""
    state: str = ""
    customer_id: int | None = None
    project_id: int | None = None
    category_id: int | None = None
    since: date | None = None
    until: date | None = None

    @classmethod
    def read(cls, args: Mapping[str, str]) -> ExpenseFilter:
        """Read a query string; what makes no sense is left aside."""
        return cls(
            q=phrase(args.get("q")),
            state=args.get("state", "") if args.get("state") in EXPENSE_STATES else "",
            customer_id=whole(args.get("customer_id")),
            project_id=whole(args.get("project_id")),
            category_id=whole(args.get("category_id")),
            since=day(args.get("since")),
            until=day(args.get("until")),
        )

    @property
    def is_set(self) -> bool:
        """Whether anything is filtered at all."""
        return self != ExpenseFilter()

    def words(self) -> dict[str, str]:
        """Return the filter as a query string says it."""
        names = ("q", "state", "customer_id", "project_id", "category_id", "since", "until")
        return {name: str(getattr(self, name)) for name in names if getattr(self, name) not in (None, "")}

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what a statement over expenses must say."""
        equal = (
            (Expense.billing_state, self.state or None),
            (Expense.customer_id, self.customer_id),
            (Expense.project_id, self.project_id),
            (Expense.category_id, self.category_id),
        )
        found: list[ColumnElement[bool]] = [Expense.deleted_at.is_(None)]
        found += [column == value for column, value in equal if value is not None]
        if self.since:
            found.append(Expense.date >= self.since)
        if self.until:
            found.append(Expense.date <= self.until)
        return [*found, Expense.id.in_(begin_so(name_key(self.q)))] if self.q else found


def expense_sums(chosen: ExpenseFilter) -> MoneySums:
    """Add up what is chosen; one statement that reads at most `SUM_CAP` rows."""
    columns = (Expense.currency, Expense.billing_state, Expense.total)
    newest = db.select(*columns).where(*chosen.conditions()).order_by(Expense.date.desc(), Expense.id.desc())
    some = newest.limit(SUM_CAP + 1).subquery()
    is_open = some.c.billing_state == "unbilled"
    sums = (func.count(), func.sum(some.c.total), func.sum(some.c.total).filter(is_open))
    rows = db.session.execute(
        db.select(some.c.currency, *sums).group_by(some.c.currency).order_by(some.c.currency)
    ).all()  # fmt: skip
    return money_sums(tuple(row) for row in rows)


#: what a row of the list shows: plain columns
COLUMNS = (
    Expense.id, Expense.date, Expense.vendor, Expense.description, Expense.currency, Expense.amount, Expense.net,
    Expense.tax_amount, Expense.total, Expense.billing_state, Expense.markup_percent, Expense.receipt_file,
    ExpenseCategory.name.label("category"), Customer.name.label("customer"), Project.name.label("project"),
    User.name.label("person"), Transaction.id.label("transaction_id"), Transaction.number.label("transaction_number"),
)  # fmt: skip


def _rows(chosen: ExpenseFilter) -> Select[Any]:
    """Select the rows with the transaction they are on; the partial unique index allows one live allocation."""
    live = and_(ExpenseAllocation.expense_id == Expense.id, ExpenseAllocation.released_at.is_(None))
    statement: Select[Any] = db.select(*COLUMNS)
    named = (
        (ExpenseCategory, Expense.category_id), (Customer, Expense.customer_id), (Project, Expense.project_id),
        (User, Expense.paid_by_id),
    )  # fmt: skip
    for model, key in named:  # outer joins, so that the walk begins at the expenses in their order
        statement = statement.outerjoin(model, model.id == key)
    statement = statement.outerjoin(ExpenseAllocation, live)
    statement = statement.outerjoin(Transaction, Transaction.id == ExpenseAllocation.transaction_id)
    return statement.where(*chosen.conditions())


def expense_page(chosen: ExpenseFilter, total: Count) -> Page:
    """Return one page of rows with `COLUMNS`, newest first; one statement."""
    return paged(_rows(chosen), Expense.id, SORTS, total=total)


def expense_tab(chosen: ExpenseFilter) -> dict[str, Any]:
    """Return what the tab of a project or customer tells of its expenses; two statements."""
    sums = expense_sums(chosen)
    return {"page": expense_page(chosen, sums.count), "sums": sums}


def every_expense(chosen: ExpenseFilter) -> Iterator[Any]:
    """Give all chosen rows, newest first, as they are read."""
    ordered = _rows(chosen).order_by(Expense.date.desc(), Expense.id.desc())
    yield from db.session.execute(ordered.execution_options(yield_per=500))


def categories(*, is_all: bool = False) -> list[ExpenseCategory]:
    """Return the organisation's categories by name; those that are no longer offered only when all are asked for."""
    query = db.select(ExpenseCategory).order_by(ExpenseCategory.name_key)
    return list(db.session.scalars(query if is_all else query.where(ExpenseCategory.is_active)))
