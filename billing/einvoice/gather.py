"""Gathering what an e-invoice is made of from a transaction and the facts frozen with it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from billing.einvoice.source import Source, SourceLine
from billing.einvoice.units import ONE, code_of, time_quantity
from billing.hours.rates import UNIT_SECONDS
from billing.languages import language_of
from billing.money import ZERO
from billing.paper import facts_of
from billing.sums.totals import Totals
from billing.transactions import totals_of
from billing.types import type_of
from models import Transaction, TransactionLine


def document_code(transaction: Transaction) -> str:
    """Return what it is by UNTDID 1001; empty for what is no invoice, or one of a former tool."""
    kind = type_of(transaction)
    if transaction.is_opening:
        return ""
    if kind.is_owed:
        return "386" if kind.gives_credit else "380"
    return "381" if kind.gives_credit else ""


def source_of(transaction: Transaction) -> Source:
    """Return a transaction as an e-invoice needs it; sums are the stored ones."""
    facts, sums, code = facts_of(transaction), totals_of(transaction), document_code(transaction)
    is_owed = type_of(transaction).is_owed and transaction.number is not None
    return Source(
        code=code,
        number=transaction.number or "",
        date=transaction.date,
        due_date=transaction.due_date if type_of(transaction).is_owed else None,
        currency=transaction.currency,
        base_currency=facts["base_currency"],
        exchange_rate=transaction.exchange_rate,
        reference=transaction.reference,
        notes=transaction.notes,
        terms=transaction.terms,
        total=transaction.total,
        payable=transaction.balance if is_owed else transaction.total,
        sums=sums,
        lines=tuple(_lines(transaction, sums, language_of(facts["locale"]).say("Rounding difference"))),
        seller=facts["organisation"],
        buyer=facts["customer"],
        taxes=facts.get("taxes", {}),
        credits=_credited(facts),
        period=_period(facts),
        words=_words(facts),
    )


def _credited(facts: dict[str, Any]) -> tuple[str, date] | None:
    found = facts.get("credits")
    return (found["number"], date.fromisoformat(found["date"])) if found else None


def _period(facts: dict[str, Any]) -> tuple[date, date] | None:
    found = facts.get("period")
    return (date.fromisoformat(found[0]), date.fromisoformat(found[1])) if found else None


def _words(facts: dict[str, Any]) -> dict[str, str]:
    say = language_of(facts["locale"]).say
    phrases = {"discount": "Discount", "shipping": "Shipping", "item": "Item", "terms": "Nothing is to be paid."}
    return {key: say(phrase) for key, phrase in phrases.items()}


def _lines(transaction: Transaction, sums: Totals, rounding_name: str) -> Iterator[SourceLine]:
    """Yield the lines with their net amounts, rounding lines after them, as the sums have them."""
    own = [line for line in transaction.lines if line.kind != "rounding"]
    for line, net, discount in zip(own, sums.line_nets, sums.line_discounts, strict=True):
        yield _line(line, net, discount)
    for part in sums.rounding:
        yield SourceLine(
            rounding_name, "", Decimal(1), ONE, part.net, Decimal(1), part.net, part.amount, ZERO, ZERO, part.tax_id,
            part.tax_percent,
        )  # fmt: skip


def _line(line: TransactionLine, net: Decimal, discount: Decimal) -> SourceLine:
    per = None if line.seconds is None else UNIT_SECONDS.get(line.unit)
    quantity, unit, base = line.quantity, code_of(line.unit), Decimal(1)
    if per is not None and line.seconds is not None:
        quantity, unit, base = time_quantity(line.seconds, per)
    return SourceLine(
        line.name, line.description, quantity, unit, line.rate, base, net, line.amount + discount, discount,
        line.discount_percent, line.tax_id, line.tax_percent,
    )  # fmt: skip
