"""A list of transactions as a file, with the filters of the list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Response, request
from flask_babel import gettext as _
from sqlalchemy.orm import load_only

from billing.money import round_money
from billing.tables import Column, Table
from billing.types import TransactionType, status_of
from blueprints.access import needs
from blueprints.downloads import send_table
from blueprints.filters import this_organisation
from blueprints.transactions.frame import PATHS, blueprint
from blueprints.transactions.lists import TransactionFilter, state_words
from extensions import db
from models import Customer, Project, Transaction

#: amounts in the transaction's currency
_AMOUNTS = ("subtotal", "discount_total", "shipping", "tax_total", "adjustment", "total")


@blueprint.get("/export.<any(csv, xlsx):format>")
@needs("transactions.view")
def export(type_path: str, format: str) -> Response:
    """Give the listed transactions of a type as a file."""
    kind, found = PATHS[type_path], this_organisation()
    chosen = TransactionFilter.read(kind, found.today(), request.args)
    words = {key: str(_(word)) for key, word in state_words(kind).items()}
    rows = _rows(chosen, words, found.base_currency)
    return send_table(
        Table(_(kind.title_plural), _columns(kind), rows, currency=found.base_currency), format, kind.path
    )


def _columns(kind: TransactionType) -> list[Column]:
    words = {
        "subtotal": _("Subtotal"), "discount_total": _("Discount"), "shipping": _("Shipping"),
        "tax_total": _("Tax"), "adjustment": _("Adjustment"), "total": _("Total"),
    }  # fmt: skip
    columns = [
        Column("number", _("Number")), Column("state", _("State")), Column("customer", _("Customer")),
        Column("project", _("Project")), Column("reference", _("Reference")), Column("date", _("Date"), "date"),
    ]  # fmt: skip
    columns += [Column("until", _(kind.until_word), "date")] if kind.has_until else []
    columns.append(Column("currency", _("Currency")))
    columns += [Column(name, words[name], "money", currency_in="currency") for name in _AMOUNTS]
    columns += [Column("open", _("Open"), "money", currency_in="currency")] if kind.is_owed else []
    columns += [Column("credit", _("Credit left"), "money", currency_in="currency")] if kind.gives_credit else []
    return [*columns, Column("rate", _("Exchange rate"), "amount", currency_in="none"),
            Column("in_base", _("Total in base currency"), "money")]  # fmt: skip


def _rows(chosen: TransactionFilter, words: dict[str, str], base: str) -> Iterator[list[Any]]:
    kind = chosen.kind
    statement = (
        db.select(Transaction, Customer.name, Project.name)
        .join(Customer, Customer.id == Transaction.customer_id)
        .outerjoin(Project, Project.id == Transaction.project_id)
        .where(*chosen.conditions())
        .options(load_only(
            Transaction.type, Transaction.number, Transaction.status, Transaction.reference, Transaction.date,
            Transaction.due_date, Transaction.currency, Transaction.exchange_rate, Transaction.balance,
            Transaction.credit, *(getattr(Transaction, name) for name in _AMOUNTS),
        ))
        .order_by(Transaction.date.desc(), Transaction.id.desc())
    )  # fmt: skip
    for one, customer, project in db.session.execute(statement.execution_options(yield_per=500)):
        yield [
            one.number, words.get(status_of(one, chosen.today)[0]), customer, project, one.reference, one.date,
            *([one.due_date] if kind.has_until else ()), one.currency, *(getattr(one, name) for name in _AMOUNTS),
            *([one.balance] if kind.is_owed else ()), *([one.credit] if kind.gives_credit else ()),
            one.exchange_rate, round_money(one.total * one.exchange_rate, base),
        ]  # fmt: skip
