"""What each child of a subscription starts with, as plain values, and the words in it that name the period.

A template is stored as JSON: amounts are text, so that they stay exact.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

from babel.dates import format_date

from billing.expenses import ExpenseValues
from billing.money import ZERO
from models import Tax, Transaction, TransactionLine

#: words that may stand in texts, and what they become
PLACES = ("{month}", "{year}", "{from}", "{until}")
#: kinds of lines that a template may keep: hours and expenses are others each time
_LASTING_KINDS = ("free", "item")


@dataclass(frozen=True, slots=True)
class TemplateLine:
    """One line. `name` and `description` may hold `PLACES`."""

    name: str
    description: str = ""
    quantity: Decimal = Decimal(1)
    unit: str = ""
    rate: Decimal = ZERO
    discount_percent: Decimal = ZERO
    tax_id: int | None = None
    item_id: int | None = None


@dataclass(frozen=True, slots=True)
class InvoiceTemplate:
    """Head and lines of the invoices that a subscription makes; names are those of `Transaction`'s columns."""

    lines: tuple[TemplateLine, ...] = ()
    #: the tax of the project's hours, where they join
    hours_tax_id: int | None = None
    reference: str = ""
    notes: str = ""
    terms: str = ""
    tax_mode: str = "exclusive"
    discount_kind: str = "percent"
    discount_value: Decimal = ZERO
    shipping: Decimal = ZERO
    shipping_tax_id: int | None = None
    adjustment: Decimal = ZERO
    adjustment_name: str = ""
    language: str = ""
    paper_layout: str = ""
    payment_link: str = ""

    @classmethod
    def of(cls, transaction: Transaction) -> Self:
        """Take over what of an invoice comes again: its head and its free lines."""
        head = {name: getattr(transaction, name) for name in HEAD}
        lines = [line for line in transaction.lines if line.kind in _LASTING_KINDS]
        names = [field.name for field in dataclasses.fields(TemplateLine)]
        kept = (TemplateLine(**{name: getattr(line, name) for name in names}) for line in lines)
        return cls(lines=tuple(kept), **head)

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        """Read what `plain` wrote; what an older version did not know has its usual value."""
        lines = tuple(TemplateLine(**_typed(TemplateLine, line)) for line in data.get("lines", ()))
        return cls(**(_typed(cls, data) | {"lines": lines}))

    def tax_ids(self) -> set[int]:
        """Return all taxes that are named."""
        named = {line.tax_id for line in self.lines} | {self.shipping_tax_id, self.hours_tax_id}
        return {tax_id for tax_id in named if tax_id is not None}


#: columns of a transaction that a template keeps
HEAD = tuple(
    field.name for field in dataclasses.fields(InvoiceTemplate) if field.name not in {"lines", "hours_tax_id"}
)  # fmt: skip
#: what of an expense comes again; customer, project and currency are the subscription's own
EXPENSE = (
    "category", "vendor", "description", "amount", "tax_id", "tax_is_included", "paid_by_id", "is_billable",
    "markup_percent",
)  # fmt: skip


def plain(template: InvoiceTemplate) -> dict[str, Any]:
    """Write an invoice's template for its JSON column."""
    return _texts(dataclasses.asdict(template))


def plain_expense(values: ExpenseValues) -> dict[str, Any]:
    """Write an expense's template for its JSON column."""
    return _texts({name: getattr(values, name) for name in EXPENSE})


def expense_values(data: Mapping[str, Any], day: dt.date, currency: str) -> ExpenseValues:
    """Read an expense's template as the values of the expense of one day."""
    known: dict[str, Any] = {name: data[name] for name in EXPENSE if name in data}
    known |= {name: Decimal(known[name]) for name in ("amount", "markup_percent") if name in known}
    return ExpenseValues(date=day, currency=currency, **known)


def _texts(values: dict[str, Any]) -> dict[str, Any]:
    """Turn amounts into text, in whatever depth."""
    return {name: _text(value) for name, value in values.items()}


def _text(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, dict):
        return _texts(value)
    return [_text(one) for one in value] if isinstance(value, (list, tuple)) else value


def _typed(kind: Any, data: Mapping[str, Any]) -> dict[str, Any]:
    """Pick a dataclass's own fields, amounts as decimals again."""
    amounts = {field.name for field in dataclasses.fields(kind) if isinstance(field.default, Decimal)}
    names = {field.name for field in dataclasses.fields(kind)}
    return {name: Decimal(value) if name in amounts else value for name, value in data.items() if name in names}


def filled(text: str, first: dt.date, last: dt.date, locale: str) -> str:
    """Put the period into a text: month and year of its first day, its first and last day."""
    words = {
        "{month}": format_date(first, "LLLL", locale=locale),
        "{year}": str(first.year),
        "{from}": format_date(first, "medium", locale=locale),
        "{until}": format_date(last, "medium", locale=locale),
    }
    for place, word in words.items():
        text = text.replace(place, str(word))
    return text


def as_transaction(template: InvoiceTemplate, currency: str, taxes: Mapping[int, Tax]) -> Transaction:
    """Return an invoice of this template that no database knows, so that the one rule for sums can add it up."""
    head = {name: getattr(template, name) for name in HEAD}
    shipping_percent = _percent(template.shipping_tax_id, taxes)
    lines = [
        _plain_row(
            TransactionLine, position=position, kind="free", tax_percent=_percent(line.tax_id, taxes),
            **{field.name: getattr(line, field.name) for field in dataclasses.fields(line)},
        )
        for position, line in enumerate(template.lines, start=1)
    ]  # fmt: skip
    found: Transaction = _plain_row(
        Transaction, type="invoice", currency=currency, shipping_tax_percent=shipping_percent, lines=lines, **head
    )
    return found


def _percent(tax_id: int | None, taxes: Mapping[int, Tax]) -> Decimal:
    tax = taxes.get(tax_id or 0)
    return tax.percent if tax else ZERO


def _plain_row(model: Any, **values: Any) -> Any:
    """Build a row with the defaults that the database would give it."""
    defaults = {
        column.name: column.default.arg
        for column in model.__table__.columns
        if column.default is not None and column.default.is_scalar
    }
    return model(**(defaults | values))
