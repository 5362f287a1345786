"""The invoice assistant: hours of a period and expenses of one customer, looked at before an invoice is made (M-14).

What is shown is priced by the functions that make the draft, over the same entries, so the totals are the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, or_, select

from billing import expenses, transactions
from billing.bulk import among
from billing.errors import MoveRefused
from billing.expenses import billed_amount
from billing.hours.budgets import Budget, budgets_of
from billing.hours.time_entries import NOT_ROUNDED, PricedWork, TimeChoice, is_open, price_work
from billing.money import ZERO
from billing.sums.totals import LineInput, Totals, WholeInput, totals
from extensions import db
from models import Expense, Project, TimeEntry, Transaction
from models.audit import Actor

#: which hours → words
PERIODS = {
    "last_month": _l("Last month"),
    "this_month": _l("This month"),
    "until_today": _l("Everything until today"),
    "chosen": _l("Chosen days"),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What goes on the invoice: hours as a `TimeChoice`, and expenses by id."""

    choice: TimeChoice
    expense_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Late:
    """Ready hours from before the period, or from days that an earlier invoice covered already."""

    entries: int
    seconds: int
    oldest: date
    #: of them, how many are on this invoice
    taken: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a wish comes to; nothing of it is stored. `impact`: what rounding time adds in money, before tax."""

    work: PricedWork
    expenses: tuple[Expense, ...]
    totals: Totals
    impact: Decimal
    late: Late | None
    budgets: dict[int, Budget]

    @property
    def currency(self) -> str:
        """Currency of the invoice."""
        return self.work.projects[0].currency

    @property
    def logged(self) -> int:
        """Seconds as logged."""
        return sum(line.logged_seconds for line in self.work.lines)

    @property
    def billed(self) -> int:
        """Seconds after rounding."""
        return sum(line.seconds for line in self.work.lines)

    @property
    def entries(self) -> int:
        """How many entries are on it."""
        return sum(len(line.entry_ids) for line in self.work.lines)

    @property
    def seen(self) -> str:
        """What tells this outlook from another one."""
        return f"{self.totals.total}:{self.logged}:{self.billed}"

    @property
    def overrun(self) -> list[tuple[Project, Budget]]:
        """Projects whose budget is over."""
        found = ((project, self.budgets.get(project.id)) for project in self.work.projects)
        return [(project, budget) for project, budget in found if budget is not None and budget.is_over]


def days_of(period: str, today: date) -> tuple[date | None, date | None]:
    """Return first and last day of a period; None: open on that side, or chosen by a person."""
    first = today.replace(day=1)
    if period == "last_month":
        last = first - timedelta(days=1)
        return last.replace(day=1), last
    return {"this_month": (first, today), "until_today": (None, today)}.get(period, (None, None))


def look(wish: Wish, late_since: date | None = None) -> Outlook:
    """Price a wish; writes nothing. `late_since`: the period's first day, where earlier hours are taken along."""
    work = price_work(wish.choice)
    plain = work
    if wish.choice.rounding != NOT_ROUNDED:
        plain = price_work(replace(wish.choice, rounding=NOT_ROUNDED))
    chosen = _expenses(wish, work.projects)
    return Outlook(
        work, chosen, _totals(wish.choice, work, chosen), work.totals.subtotal - plain.totals.subtotal,
        _late(wish.choice, late_since), budgets_of(work.projects),
    )  # fmt: skip


def _expenses(wish: Wish, projects: Sequence[Project]) -> tuple[Expense, ...]:
    """Return the chosen expenses in the order of their lines."""
    if not wish.expense_ids:
        return ()
    known = {expense.id: expense for expense in offered(projects)}
    if set(wish.expense_ids) - known.keys():
        raise MoveRefused(_("Some of the expenses are not unbilled any more. Reload the page and choose again."))
    return tuple(expense for key, expense in known.items() if key in wish.expense_ids)


def offered(projects: Sequence[Project]) -> list[Expense]:
    """Return unbilled expenses of these projects and their customer, in the projects' currency, oldest first."""
    ids = {project.id for project in projects}
    found = expenses.unbilled(projects[0].customer_id)
    return [e for e in found if e.project_id in ids and e.currency == projects[0].currency]


def _totals(choice: TimeChoice, work: PricedWork, chosen: Sequence[Expense]) -> Totals:
    if not chosen:
        return work.totals
    percent = work.totals.taxes[0].percent if work.totals.taxes else ZERO
    tax_id, currency = choice.tax_id, work.projects[0].currency
    lines = [LineInput(x.rate, x.quantity, x.unit, x.seconds, x.project_id, tax_id, percent) for x in work.lines]
    lines += [
        LineInput(billed_amount(expense, currency), project_id=expense.project_id, tax_id=expense.tax_id,
                  tax_percent=expense.tax.percent if expense.tax else ZERO)
        for expense in chosen
    ]  # fmt: skip
    return totals(lines, currency, WholeInput(choice.tax_mode))


def _late(choice: TimeChoice, late_since: date | None) -> Late | None:
    """Return ready hours from before the period or the last invoice's end; one statement and one for that end."""
    mine = among(TimeEntry.project_id, choice.project_ids)
    latest = select(func.max(TimeEntry.date)).where(mine, TimeEntry.billing_state == "invoiced")
    billed_until = db.session.scalar(latest)
    since = choice.since or late_since
    before = [TimeEntry.date < since] if since else []
    before += [TimeEntry.date <= billed_until] if billed_until else []
    if not before:
        return None
    is_taken = [TimeEntry.date >= choice.since] if choice.since else []
    is_taken += [TimeEntry.date <= choice.until] if choice.until else []
    taken = func.count().filter(*is_taken) if is_taken else func.count()
    columns = (func.count(), func.coalesce(func.sum(TimeEntry.seconds), 0), func.min(TimeEntry.date), taken)
    entries, seconds, oldest, number = db.session.execute(select(*columns).where(mine, is_open(), or_(*before))).one()
    return Late(entries, int(seconds), oldest, number) if entries else None


def make(wish: Wish, seen: str, actor: Actor) -> Transaction:
    """Make the draft of exactly what was `seen`, or refuse: something changed meanwhile. Does not commit."""
    outlook = look(wish)
    if seen and outlook.seen != seen:
        raise MoveRefused(_("The unbilled hours changed after you looked. This is how they are now; look again."))
    if outlook.work.lines:
        draft = transactions.start_from_time(wish.choice, actor)
        if wish.expense_ids:
            expenses.take(draft, wish.expense_ids, actor)
    else:
        draft = expenses.start_from_expenses(wish.expense_ids, actor)
    if draft.total != outlook.totals.total:
        raise MoveRefused(_("The unbilled hours changed after you looked. This is how they are now; look again."))
    return draft
