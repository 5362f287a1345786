"""Keeping a stored transaction's sums and its rounding lines in step with its lines."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, func, select

from billing.bulk import among, insert_rows
from billing.money import ZERO
from billing.sums.totals import LineInput, Totals, WholeInput, totals
from billing.types import type_of
from extensions import db
from models import Tax, Transaction, TransactionLine

#: columns that every inserted line fills
LINE_COLUMNS = (
    "transaction_id", "position", "kind", "project_id", "group_key", "name", "description", "quantity", "unit",
    "logged_seconds", "seconds", "rate", "tax_id", "tax_percent", "amount",
)  # fmt: skip
ROUNDING_NAME = "Rounding difference"


def input_of(line: TransactionLine) -> LineInput:
    """Return what the sum needs to know of a stored line."""
    return LineInput(
        line.rate, line.quantity, line.unit, line.seconds, line.project_id, line.tax_id, line.tax_percent,
        line.discount_percent,
    )  # fmt: skip


def whole_of(transaction: Transaction) -> WholeInput:
    """Return what applies to the whole of a stored transaction."""
    used = {line.tax_id for line in transaction.lines} | {transaction.shipping_tax_id}
    return WholeInput(
        tax_mode=transaction.tax_mode, discount_kind=transaction.discount_kind,
        discount_value=transaction.discount_value, shipping=transaction.shipping,
        shipping_tax_id=transaction.shipping_tax_id, shipping_tax_percent=transaction.shipping_tax_percent,
        adjustment=transaction.adjustment, categories=categories_of(used),
    )  # fmt: skip


def categories_of(tax_ids: Iterable[int | None]) -> dict[int, str]:
    """Return the category of each tax; a tax never changes once it is there."""
    ids = {tax_id for tax_id in tax_ids if tax_id is not None}
    if not ids:
        return {}
    found = db.session.execute(select(Tax.id, Tax.category).where(among(Tax.id, ids)))
    return {tax_id: category for tax_id, category in found}


def inputs_of(transaction: Transaction) -> list[LineInput]:
    """Return the lines that sums are made of: all but the derived rounding lines."""
    return [input_of(line) for line in transaction.lines if line.kind != "rounding"]


def totals_of(transaction: Transaction) -> Totals:
    """Return the sums of a stored transaction; the same as its columns say."""
    return totals(inputs_of(transaction), transaction.currency, whole_of(transaction))


def reload_lines(transaction: Transaction) -> None:
    """Read the lines again after they were written past the session."""
    db.session.expire(transaction, ["lines"])


def store_sums(transaction: Transaction) -> Totals:
    """Write amounts, rounding lines and sums of a draft from its lines as they stand."""
    lines = [line for line in transaction.lines if line.kind != "rounding"]
    sums = totals([input_of(line) for line in lines], transaction.currency, whole_of(transaction))
    for line, amount in zip(lines, sums.lines, strict=True):
        line.amount = amount
    db.session.flush()
    replace_rounding(transaction, sums)
    set_sums(transaction, sums)
    return sums


def replace_rounding(transaction: Transaction, sums: Totals) -> None:
    """Drop the rounding lines and lay those that the sums ask for, after all others."""
    own = TransactionLine.transaction_id == transaction.id
    drop = delete(TransactionLine).where(own, TransactionLine.kind == "rounding")
    db.session.execute(drop, execution_options={"synchronize_session": False})
    last = db.session.scalar(select(func.max(TransactionLine.position)).where(own)) or 0
    rows = [
        (transaction.id, last + place, "rounding", None, "", ROUNDING_NAME, "", 1, "", None, None, difference.amount,
         difference.tax_id, difference.tax_percent, difference.amount)
        for place, difference in enumerate(sums.rounding, start=1)
    ]  # fmt: skip
    if rows:
        insert_rows(TransactionLine, LINE_COLUMNS, rows)
    reload_lines(transaction)


def set_sums(transaction: Transaction, sums: Totals) -> None:
    """Put the sums on the transaction; nothing is paid yet, so the balance of what is owed is the total."""
    transaction.subtotal, transaction.discount_total = sums.subtotal, sums.discount_total
    transaction.tax_total = sums.tax_total
    transaction.total = sums.total
    transaction.balance = sums.total if type_of(transaction).is_owed else ZERO
    db.session.flush()
