"""Writing expenses down, changing and deleting them, with the categories and the receipts (requirements T-05, T-24)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from billing import outbox
from billing.bulk import is_sqlite
from billing.errors import MoveRefused
from billing.money import ZERO, round_money
from billing.receipts import Receipt
from extensions import db, utcnow
from models import Expense, ExpenseAllocation, ExpenseCategory, Tax
from models.audit import Actor, record
from models.customer import name_key

_LONGEST_KEY = 120


@dataclass(frozen=True, slots=True)
class ExpenseValues:
    """An expense as a form says it. `category` is a name: a new one joins the organisation's list."""

    date: dt.date
    category: str
    vendor: str
    description: str
    currency: str
    amount: Decimal
    tax_id: int | None = None
    tax_is_included: bool = True
    paid_by_id: int | None = None
    customer_id: int | None = None
    project_id: int | None = None
    is_billable: bool = False
    markup_percent: Decimal = ZERO


def net_and_tax(amount: Decimal, percent: Decimal, is_included: bool, currency: str) -> tuple[Decimal, Decimal]:
    """Split what stands on a receipt into net and tax, each rounded; their sum is `amount` when it holds the tax."""
    if is_included:
        net = round_money(amount * 100 / (100 + percent), currency)
        return net, round_money(amount, currency) - net
    net = round_money(amount, currency)
    return net, round_money(net * percent / 100, currency)


def add(values: ExpenseValues, actor: Actor) -> Expense:
    """Write an expense down."""
    expense = Expense(created_by=actor.id if actor.kind == "person" else None)
    _fill(expense, values)
    db.session.add(expense)
    db.session.flush()
    record(actor, "expense.added", ("expense", expense.id), expense.title, (None, _facts(expense)))
    _note(expense, "created", actor)
    return expense


def change(expense: Expense, values: ExpenseValues, actor: Actor, version: int | None = None) -> None:
    """Bring an expense to what the form says (T-05). `version` is the one the form was filled from."""
    _claim(expense, version)
    before = _facts(expense)
    _fill(expense, values)
    db.session.flush()
    if before != _facts(expense):
        _note(expense, "changed", actor)
        record(actor, "expense.changed", ("expense", expense.id), expense.title, (before, _facts(expense)))


def delete(expense: Expense, actor: Actor, version: int | None = None) -> str:
    """Delete an expense; returns the receipt's file, to be dropped after the commit, or nothing.

    One that a transaction ever named stays, hidden, with its receipt: history names it. So does one that a
    subscription made: its period is taken (requirements R-07).
    """
    _claim(expense, version)
    record(actor, "expense.deleted", ("expense", expense.id), expense.title, (_facts(expense), None))
    _note(expense, "deleted", actor)
    is_named = select(ExpenseAllocation.id).where(ExpenseAllocation.expense_id == expense.id).limit(1)
    if expense.subscription_id is not None or db.session.scalar(is_named) is not None:
        expense.deleted_at = utcnow()
        db.session.flush()
        return ""
    file = expense.receipt_file
    db.session.delete(expense)
    db.session.flush()
    return file


def _note(expense: Expense, event: str, actor: Actor) -> None:
    """Leave word of an expense of a project for those who tell it elsewhere (T-04)."""
    if expense.project_id is None:
        return
    about = outbox.Subject("expense", expense.id, expense.project_id)
    outbox.put(about, event, outbox.expense_facts(expense), actor)


def set_receipt(expense: Expense, receipt: Receipt | None, actor: Actor) -> str:
    """Put a receipt on an expense, or take it off; returns the file to be dropped after the commit, if any."""
    old = {"receipt": expense.receipt_name}
    file = expense.receipt_file
    expense.receipt_file, expense.receipt_name = (receipt.file, receipt.name) if receipt else ("", "")
    expense.receipt_type, expense.receipt_size = (receipt.type, receipt.size) if receipt else ("", 0)
    db.session.flush()
    record(
        actor, "expense.changed", ("expense", expense.id), expense.title, (old, {"receipt": expense.receipt_name})
    )  # fmt: skip
    return file


def why_locked(expense: Expense) -> str:
    """Return why an expense can be neither changed nor deleted now, and what to do; empty when it can."""
    reasons = {
        "on_draft": _("This expense is on a draft. Take its line off the draft first."),
        "invoiced": _("This expense is invoiced. Void the invoice first if it is wrong."),
    }
    return str(reasons.get(expense.billing_state, ""))


def _claim(expense: Expense, version: int | None) -> None:
    """Take the row: nobody changed it since it was seen, and no line holds it."""
    if locked := why_locked(expense):
        raise MoveRefused(locked)
    seen = expense.version if version is None else version
    db.session.flush()
    statement = (
        update(Expense)
        .where(Expense.id == expense.id, Expense.version == seen, Expense.billing_state == expense.billing_state)
        .where(Expense.deleted_at.is_(None))
        .values(version=Expense.version + 1)
    )
    done = db.session.execute(statement, execution_options={"synchronize_session": False})
    if done.rowcount != 1:  # type: ignore[attr-defined]
        raise MoveRefused(_("Somebody changed this expense meanwhile. Look at it again, then try once more."))
    db.session.refresh(expense)


def _fill(expense: Expense, values: ExpenseValues) -> None:
    if values.is_billable and values.customer_id is None:
        raise MoveRefused(_("A billable expense needs a customer. Choose one, or leave Billable out."))
    tax = None if values.tax_id is None else db.session.get(Tax, values.tax_id)
    if tax is None:
        expense.tax_percent = ZERO
    elif expense.tax_id != tax.id:
        expense.tax_percent = tax.percent  # one that was chosen already stays as it was
    expense.tax_id, expense.tax_is_included = tax.id if tax else None, values.tax_is_included
    expense.date, expense.currency, expense.amount = values.date, values.currency, values.amount
    expense.category = _category(values.category)
    expense.vendor, expense.vendor_key = values.vendor, name_key(values.vendor)
    expense.description, expense.paid_by_id = values.description, values.paid_by_id
    expense.title_key = name_key(expense.title)[:_LONGEST_KEY]
    expense.customer_id, expense.project_id = values.customer_id, values.project_id
    expense.billing_state = "unbilled" if values.is_billable else "not_billable"
    expense.markup_percent = values.markup_percent
    net, tax_amount = net_and_tax(values.amount, expense.tax_percent, values.tax_is_included, values.currency)
    expense.net, expense.tax_amount, expense.total = net, tax_amount, net + tax_amount


def _category(name: str) -> ExpenseCategory:
    """Return the category of this name; two people who make the same one at once share it."""
    wanted = select(ExpenseCategory).where(ExpenseCategory.name_key == name_key(name))
    found = db.session.scalar(wanted)
    if found is None:
        insert = _insert(ExpenseCategory).values(name=name, name_key=name_key(name), is_active=True)
        db.session.execute(insert.on_conflict_do_nothing(index_elements=["name_key"]))
        found = db.session.scalars(wanted).one()
    found.is_active = True
    return found


def _insert(model: Any) -> Any:
    """Return the insert of the database at hand that knows conflicts."""
    return (sqlite_insert if is_sqlite() else postgres_insert)(model)


def _facts(expense: Expense) -> dict[str, Any]:
    """Return what the audit log compares."""
    names = (
        "date", "vendor", "description", "currency", "amount", "tax_id", "tax_percent", "tax_is_included", "total",
        "paid_by_id", "customer_id", "project_id", "billing_state", "markup_percent",
    )  # fmt: skip
    return {"category": expense.category.name} | {name: _plain(getattr(expense, name)) for name in names}


def _plain(value: Any) -> str:
    """Write a value the same way before and after it was stored."""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)
