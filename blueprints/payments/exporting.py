"""The list of payments as a file, with the filters of the list; refunds stand below zero."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from billing.money import round_money
from billing.tables import Column, Table
from blueprints.access import needs
from blueprints.downloads import send_table
from blueprints.filters import this_organisation
from blueprints.payments.frame import blueprint
from blueprints.payments.pages import PaymentFilter
from extensions import db
from models import Customer, Payment
from models.payment import PAYMENT_KINDS, PAYMENT_METHODS


@blueprint.get("/export.<any(csv, xlsx):format>")
@needs("payments.view")
def export(format: str) -> Response:
    """Give the listed payments as a file."""
    words = {key: str(_(word)) for key, word in (PAYMENT_KINDS | PAYMENT_METHODS).items()}
    base = this_organisation().base_currency
    rows = _rows(PaymentFilter.read(request.args), words, base)
    return send_table(Table(_("Payments"), _columns(), rows, currency=base), format, "payments")


def _columns() -> list[Column]:
    return [
        Column("date", _("Date"), "date"), Column("kind", _("Kind")), Column("customer", _("Customer")),
        Column("method", _("Method")), Column("reference", _("Reference")), Column("currency", _("Currency")),
        Column("amount", _("Amount"), "money", currency_in="currency"),
        Column("unused", _("Unused"), "money", currency_in="currency"),
        Column("rate", _("Exchange rate"), "amount", currency_in="none"),
        Column("in_base", _("In base currency"), "money"), Column("reversed", _("Reversed"), "date"),
        Column("reason", _("Reason")), Column("notes", _("Notes")),
    ]  # fmt: skip


def _rows(chosen: PaymentFilter, words: dict[str, str], base: str) -> Iterator[list[Any]]:
    statement = db.select(Payment, Customer.name).join(Customer, Customer.id == Payment.customer_id)
    ordered = statement.where(*chosen.conditions()).order_by(Payment.date.desc(), Payment.id.desc())
    for one, customer in db.session.execute(ordered.execution_options(yield_per=500)):
        amount = -one.amount if one.kind == "refund" else one.amount
        yield [
            one.date, words[one.kind], customer, words.get(one.method, one.method), one.reference, one.currency, amount,
            one.unused, one.exchange_rate, round_money(amount * one.exchange_rate, base),
            one.reversed_at.date() if one.reversed_at else None, one.reverse_reason, one.notes,
        ]  # fmt: skip
