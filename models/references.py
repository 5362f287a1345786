"""Which rows of other tables name a row. The schema itself is asked, so that a new table is respected by itself."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any

from flask_babel import ngettext
from sqlalchemy import Column, Table, func, select

from extensions import Base, db


@cache
def referring(target: Table) -> tuple[tuple[Table, Column[Any]], ...]:
    """Return the columns of all tables that name rows of this one."""
    return tuple(
        (table, key.parent)
        for table in Base.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table is target
    )


def naming(target: Table, row_id: int, without: Collection[str] = ()) -> dict[str, int]:
    """Count the rows that name this one, by table; tables in `without` go along with the row and do not count."""
    found: dict[str, int] = {}
    for table, column in referring(target):
        if table.name in without:
            continue
        number = db.session.scalar(select(func.count()).select_from(table).where(column == row_id)) or 0
        if number:
            found[table.name] = found.get(table.name, 0) + number
    return found


def counted(found: dict[str, int]) -> str:
    """Say what names a row: “2 projects, 1 transaction”."""
    return ", ".join(_words(table, number) for table, number in sorted(found.items()))


def _words(table: str, n: int) -> str:
    words = {
        "projects": ngettext("%(num)d project", "%(num)d projects", n),
        "transactions": ngettext("%(num)d transaction", "%(num)d transactions", n),
        "transaction_lines": ngettext("%(num)d line of a transaction", "%(num)d lines of transactions", n),
        "payments": ngettext("%(num)d payment", "%(num)d payments", n),
        "expenses": ngettext("%(num)d expense", "%(num)d expenses", n),
        "subscriptions": ngettext("%(num)d subscription", "%(num)d subscriptions", n),
        "imported_transactions": ngettext(
            "%(num)d transaction of the former tool", "%(num)d transactions of the former tool", n
        ),
        "customers": ngettext("%(num)d merged customer", "%(num)d merged customers", n),
        "contact_persons": ngettext("%(num)d contact person", "%(num)d contact persons", n),
        "customer_merges": ngettext("%(num)d merge", "%(num)d merges", n),
    }
    return str(words.get(table) or ngettext("%(num)d other record", "%(num)d other records", n))
