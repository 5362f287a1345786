"""Subscriptions for tests, made in one line each."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from billing import subscriptions
from billing.expenses import ExpenseValues
from billing.subscriptions import InvoiceTemplate, SubscriptionValues, TemplateLine
from models import Customer, Subscription
from models.audit import Actor
from tests import factories

OLGA = Actor("person", "Olga Marsh")


def make_subscription(customer: Customer | None = None, template: InvoiceTemplate | None = None, **values: Any) -> Any:
    """A monthly invoice over 250 from 1 March 2026 on."""
    customer = customer or factories.make_customer("Kestrel Books")
    template = template or InvoiceTemplate(lines=(TemplateLine("Hosting, {month} {year}", rate=Decimal(250)),))
    usual: dict[str, Any] = {
        "name": "Hosting", "kind": "invoice", "currency": customer.currency, "start_date": date(2026, 3, 1), "every": 1,
        "unit": "month", "customer_id": customer.id, "template": subscriptions.plain(template),
    }  # fmt: skip
    return subscriptions.create(SubscriptionValues(**(usual | values)), OLGA)


def make_expense_subscription(**values: Any) -> Subscription:
    """Rent of 900, each month from 31 January 2026 on."""
    rent = ExpenseValues(date(2026, 1, 31), "Rent", "Landlord", "Office", "USD", Decimal(900))
    usual: dict[str, Any] = {
        "name": "Office rent", "kind": "expense", "currency": "USD", "start_date": date(2026, 1, 31), "every": 1,
        "unit": "month", "template": subscriptions.plain_expense(rent),
    }  # fmt: skip
    return subscriptions.create(SubscriptionValues(**(usual | values)), OLGA)
