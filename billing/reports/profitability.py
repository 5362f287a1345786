"""Project profitability: sold, worked, what the work and the expenses cost, and what is left."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from billing.hours.costs import Cost, costs_by
from billing.money import ZERO
from billing.reports.base import Chart, Drill, Filters, Report, Result, Row, added, highest
from billing.reports.expenses import Spent, spent_by, unknown_note
from billing.reports.income import Earned
from billing.reports.income_by_project import earned_by_project, project_names
from billing.reports.time_by_person import entry_conditions
from billing.tables import Column, clock
from models import Expense, TimeEntry


def build(filters: Filters) -> Result:
    """One row per project, largest margin first; four statements."""
    earned = earned_by_project(filters)
    costs = costs_by(TimeEntry.project_id.expression, entry_conditions(filters))
    spent = {key: of for key, of in spent_by(filters, Expense.project_id).items() if key is not None}
    keys = [key for key in {*earned, *costs, *spent} if key is not None]
    names = project_names(keys)
    columns = [
        Column("name", _("Project")), Column("customer", _("Customer")), Column("worked", _("Worked"), "duration"),
        Column("sold", _("Sold"), "money"), Column("cost", _("Cost of work"), "money"),
        Column("expenses", _("Expenses"), "money"), Column("margin", _("Margin"), "money"),
        Column("share", _("Margin in %"), "percent"),
    ]  # fmt: skip
    made = [
        _row(key, names[key], (earned.get(key), costs.get(key), spent.get(key))) for key in keys if key in names
    ]  # fmt: skip
    rows = sorted(made, key=lambda row: (-row.cells[6], row.cells[0]))
    totals = added(columns, rows, "worked", "sold", "cost", "expenses", "margin")
    totals["share"] = _percent(totals["margin"] or ZERO, totals["sold"] or ZERO) if rows else None
    return Result(
        columns, rows, totals, Chart(highest(rows, 6)), [*_notes(costs.values()), *unknown_note([*spent.values()])]
    )


def _row(key: int, name: tuple[str, str], parts: tuple[Earned | None, Cost | None, Spent | None]) -> Row:
    earned, cost, spent = parts
    sold = earned.net if earned else ZERO
    work = cost.amount if cost else ZERO
    outlay = spent.net if spent else ZERO
    margin = sold - work - outlay
    seconds = cost.seconds if cost else 0
    is_known = not cost or cost.unknown < cost.seconds
    cells = (*name, seconds, sold, work if is_known else None, outlay, margin, _percent(margin, sold))
    return Row(cells, Drill("project", {"id": key}))


def _percent(margin: Decimal, sold: Decimal) -> Decimal | None:
    return (100 * margin / sold).quantize(Decimal("0.1")) if sold > 0 else None


def _notes(costs: Iterable[Cost]) -> list[str]:
    unknown = sum(cost.unknown for cost in costs)
    notes = [_("Sold is what was invoiced in the period without tax; worked is what was logged in it.")]
    if unknown:
        notes.append(
            _("For %(time)s of this work nobody has entered what it costs, so it counts as nothing. "
              "Costs are entered with each person.", time=clock(unknown))
        )  # fmt: skip
    return notes


REPORT = Report("profitability", _l("Project profitability"), _l("What each project leaves over."), "trending-up",
                build, frozenset({"period", "customer", "project"}))  # fmt: skip
