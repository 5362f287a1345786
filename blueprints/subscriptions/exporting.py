"""The list of subscriptions as a file, with the filters of the list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from billing.tables import Column, Table
from blueprints.access import needs
from blueprints.downloads import send_table
from blueprints.subscriptions.frame import KINDS, blueprint
from blueprints.subscriptions.lists import SubscriptionFilter, amount_in
from extensions import db
from models import Customer, Project, Subscription
from models.subscription import PERIOD_UNITS, SUBSCRIPTION_STATES


@blueprint.get("/export.<any(csv, xlsx):format>")
@needs("transactions.view")
def export(format: str) -> Response:
    """Give the listed subscriptions as a file."""
    words = {key: str(_(word)) for key, word in (KINDS | SUBSCRIPTION_STATES | PERIOD_UNITS).items()}
    table = Table(_("Subscriptions"), _columns(), _rows(SubscriptionFilter.read(request.args), words))
    return send_table(table, format, "subscriptions")


def _columns() -> list[Column]:
    return [
        Column("name", _("Name")), Column("kind", _("Makes")), Column("customer", _("Customer")),
        Column("project", _("Project")), Column("state", _("State")), Column("every", _("Every"), "count"),
        Column("unit", _("Unit")), Column("start", _("Start"), "date"), Column("end", _("End"), "date"),
        Column("next", _("Next"), "date"), Column("currency", _("Currency")),
        Column("amount", _("Comes to"), "money", currency_in="currency"), Column("problem", _("Problem")),
    ]  # fmt: skip


def _rows(chosen: SubscriptionFilter, words: dict[str, str]) -> Iterator[list[Any]]:
    statement = (
        db.select(Subscription, Customer.name, Project.name)
        .outerjoin(Customer, Customer.id == Subscription.customer_id)
        .outerjoin(Project, Project.id == Subscription.project_id)
        .where(*chosen.conditions())
        .order_by(Subscription.name, Subscription.id)
    )
    for one, customer, project in db.session.execute(statement.execution_options(yield_per=500)):
        yield [
            one.name, words[one.kind], customer, project, words[one.status], one.every, words[one.unit],
            one.start_date, one.end_date, one.next_date, one.currency, amount_in(one), one.problem,
        ]  # fmt: skip
