"""Income by project: each line belongs to its own project, or to the one its transaction was started from."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from billing.bulk import among
from billing.reports.base import Chart, Drill, Filters, Report, Result, Row, highest
from billing.reports.income import Earned, by_line, currencies_of, foreign_cells, foreign_columns, totals_of
from billing.tables import Column
from extensions import db
from models import Customer, Project, Transaction, TransactionLine


def earned_by_project(filters: Filters) -> dict[int | None, Earned]:
    """Return income per project id; None: what belongs to no project. One statement."""
    found = by_line(filters, func.coalesce(TransactionLine.project_id, Transaction.project_id))
    if filters.project_id is not None:
        return {key: group for key, group in found.items() if key == filters.project_id}
    return found


def project_names(ids: Any) -> dict[int, tuple[str, str]]:
    """Return id → (project, its customer)."""
    statement = select(Project.id, Project.name, Customer.name).join(Customer, Customer.id == Project.customer_id)
    found = db.session.execute(statement.where(among(Project.id, [number for number in ids if number is not None])))
    return {number: (name, customer) for number, name, customer in found}


def build(filters: Filters) -> Result:
    """One row per project, most income first; two statements."""
    groups = earned_by_project(filters)
    names = project_names(groups)
    others = currencies_of(groups.values())
    columns = [
        Column("name", _("Project")), Column("customer", _("Customer")), Column("count", _("Transactions"), "count"),
        Column("net", _("Income"), "money"), *foreign_columns(others),
    ]  # fmt: skip
    nowhere = (_("Without a project"), "")
    ordered = sorted(groups.items(), key=lambda item: (-item[1].net, item[0] or 0))
    rows = [
        Row(
            (*(names[key] if key is not None else nowhere), of.count, of.net, *foreign_cells(of, others)),
            Drill("project", {"id": key}) if key is not None else None,
        )
        for key, of in ordered
    ]
    return Result(columns, rows, totals_of(columns, rows, "net"), Chart(highest(rows, 3)), (shared_note(),))


def shared_note() -> str:
    """Say how what stands on no line is shared."""
    return str(_("A discount on the whole, shipping and an adjustment are shared over the lines by their amounts."))


REPORT = Report(
    "income-by-project", _l("Income by project"), _l("Which work the money comes from."), "briefcase", build,
    frozenset({"period", "customer", "project", "currency"}),
)  # fmt: skip
