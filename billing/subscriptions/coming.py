"""What a subscription will make next: days and amounts, from its own rule. Reads, never writes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from billing.bulk import among
from billing.expenses import net_and_tax
from billing.money import ZERO
from billing.subscriptions.recurrence import Schedule, next_step
from billing.subscriptions.templates import InvoiceTemplate, as_transaction, expense_values
from billing.sums.totals import Totals
from billing.transactions import totals_of
from extensions import db
from models import Tax

#: how many are foretold
SHOWN = 6


@dataclass(frozen=True, slots=True)
class Left:
    """What is still to be made: from which period on, how many at most (None: no limit), the rule for missed ones."""

    index: int
    most: int | None = None
    catch_up: str = "each"


@dataclass(frozen=True, slots=True)
class Coming:
    """One that will be made. `when`: past (its day has gone by, so it is made at once), today, or empty for later."""

    day: dt.date
    amount: Decimal
    when: str


def coming(schedule: Schedule, left: Left, amount: Decimal, today: dt.date) -> list[Coming]:
    """Return the next few, without missed ones that the rule passes over."""
    step = next_step(schedule, left.index, today, left.catch_up)
    index = left.index if step is None else step.next_index if step.make is None else step.make
    count = SHOWN if left.most is None else max(0, min(SHOWN, left.most))
    return [Coming(day, amount, _when(day, today)) for day in schedule.coming(index, count)]


def _when(day: dt.date, today: dt.date) -> str:
    if day == today:
        return "today"
    return "past" if day < today else ""


def amount_of(kind: str, template: dict[str, Any], currency: str) -> Decimal:
    """Return what each child comes to, without hours that may join."""
    if kind == "expense":
        values = expense_values(template, dt.date.min, currency)
        tax = None if values.tax_id is None else db.session.get(Tax, values.tax_id)
        parts = net_and_tax(values.amount, tax.percent if tax else ZERO, values.tax_is_included, currency)
        return sum(parts, ZERO)
    return sums_of(InvoiceTemplate.read(template), currency).total


def sums_of(template: InvoiceTemplate, currency: str) -> Totals:
    """Add up an invoice's template by the one rule of transactions (requirements R-14)."""
    rows = db.session.scalars(select(Tax).where(among(Tax.id, template.tax_ids())))
    return totals_of(as_transaction(template, currency, {tax.id: tax for tax in rows}))
