"""The list of projects as a file, with the filters of the list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Response, request
from flask_babel import gettext as _
from sqlalchemy import Select

from billing.tables import Column, Table
from blueprints.access import needs
from blueprints.asked import whole
from blueprints.downloads import send_table
from blueprints.projects.frame import blueprint
from blueprints.projects.lists import STATES, project_list, project_rows
from extensions import db
from models import Project
from models.project import BILLING_METHODS
from sync.sources import source_name


@blueprint.get("/export.<any(csv, xlsx):format>")
@needs("projects.view")
def export(format: str) -> Response:
    """Give the listed projects as a file."""
    args, state = request.args, request.args.get("state", "active")
    more = project_rows().add_columns(
        Project.status, Project.start_date, Project.end_date, Project.rate, Project.fixed_amount
    )
    q = args.get("q", "").strip()[:200]
    statement = project_list(more, q, state if state in STATES else "active", whole(args.get("customer_id")))
    words = {key: str(_(word)) for key, word in BILLING_METHODS.items()}
    words |= {"active": str(_("Active")), "closed": str(_("Closed"))}
    return send_table(Table(_("Projects"), _columns(), _rows(statement, words)), format, "projects")


def _columns() -> list[Column]:
    return [
        Column("name", _("Name")), Column("key", _("Key")), Column("customer", _("Customer")),
        Column("state", _("State")), Column("status", _("Status")), Column("start", _("Start"), "date"),
        Column("end", _("End"), "date"), Column("method", _("Billing method")), Column("currency", _("Currency")),
        Column("rate", _("Rate"), "amount", currency_in="currency"),
        Column("fixed", _("Fixed price"), "amount", currency_in="currency"),
        Column("budget_time", _("Budget of hours"), "duration"),
        Column("budget_amount", _("Budget of cost"), "amount", currency_in="currency"),
        Column("unbilled", _("Unbilled time"), "duration"), Column("source", _("Origin")),
    ]  # fmt: skip


def _rows(statement: Select[Any], words: dict[str, str]) -> Iterator[list[Any]]:
    ordered = statement.order_by(Project.name, Project.id).execution_options(yield_per=500)
    for row in db.session.execute(ordered):
        yield [
            row.name, row.key, row.customer, words["active" if row.is_active else "closed"], row.status,
            row.start_date, row.end_date, words[row.billing_method], row.currency, row.rate, row.fixed_amount,
            row.budget_seconds, row.budget_amount, int(row.unbilled or 0), source_name(row.source),
        ]  # fmt: skip
