"""A report's cells as people read them, and where its rows lead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from flask import current_app, url_for
from flask_babel import gettext as _

from billing.reports import Drill, Result
from billing.tables import Column, Table, plain
from billing.types import TYPES
from blueprints.filters import amount, count, day, duration, locale_name, money
from blueprints.reports.asked import Asked

#: rows on a page; all of them are in the file
SHOWN = 300


@dataclass(frozen=True, slots=True)
class Shown:
    """A row as its page shows it."""

    cells: Sequence[str]
    url: str


def written(table: Table, column: Column, row: Sequence[Any], value: Any) -> str:
    """Write a cell in the organisation's format; empty for none."""
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        return value
    if column.kind in {"money", "amount"}:
        currency = table.currency_of(column, row)
        return amount(value, currency) if currency else plain(value, "")
    if column.kind == "percent":
        return f"{plain(value, '')} %"
    if isinstance(value, date):
        return day(value)
    return duration(value) if column.kind == "duration" else count(value)


def rows_of(table: Table, result: Result, asked: Asked) -> list[Shown]:
    """Return the rows of the page; at most `SHOWN`."""
    return [Shown(cells_of(table, row.cells), address(row.drill, asked)) for row in result.rows[:SHOWN]]


def cells_of(table: Table, row: Sequence[Any]) -> list[str]:
    """Write all cells of a row."""
    return [written(table, column, row, value) for column, value in zip(table.columns, row, strict=True)]


def points_of(table: Table, result: Result, asked: Asked) -> list[tuple[Any, ...]]:
    """Return the chart's points as its macro wants them: label, value, value in words, and the address but for bars."""
    chart, shape = result.chart, result.chart.shape
    found: list[tuple[Any, ...]] = []
    for place, point in enumerate(chart.points):
        is_money = chart.kind == "money"
        words = money(Decimal(point.value), table.currency) if is_money else duration(int(point.value))
        if shape == "bars":
            found.append((_month(point.label, is_first=not place), point.value, words))
        else:
            value = max(point.value, 0) if shape == "ageing" else point.value
            found.append((point.label, value, words, address(point.drill, asked)))
    return found


def _month(label: str, *, is_first: bool) -> str:
    """Write `2026-11` in short words; the year only where one begins."""
    month = date(int(label[:4]), int(label[5:]), 1)
    return str(format_date(month, "MMM yy" if is_first or month.month == 1 else "MMM", locale=locale_name()))


def address(drill: Drill | None, asked: Asked) -> str:
    """Return where a row leads; empty where nothing is behind it."""
    return "" if drill is None else _TARGETS[drill.target](_said(drill.values), asked)


def _said(values: Any) -> dict[str, Any]:
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in values.items()}


def _transactions(values: dict[str, Any], asked: Asked) -> str:
    """The list of the type that adds to income."""
    kind = next(kind for kind in TYPES.values() if kind.income_sign > 0)
    return url_for("transactions.index", type_path=kind.path, **values)


def _transaction(values: dict[str, Any], asked: Asked) -> str:
    return url_for("transactions.show", type_path=TYPES[values["kind"]].path, transaction_id=values["id"])


def _report(values: dict[str, Any], asked: Asked) -> str:
    return url_for("reports.show", key=asked.report.key, **(asked.words() | values))


def _payments(values: dict[str, Any], asked: Asked) -> str:
    return url_for("payments.index", **values) if "payments.index" in current_app.view_functions else ""


_TARGETS: dict[str, Callable[[dict[str, Any], Asked], str]] = {
    "transactions": _transactions, "transaction": _transaction, "report": _report, "payments": _payments,
    "project": lambda values, asked: url_for("projects.show", project_id=values["id"]),
    "item": lambda values, asked: url_for("items.show", item_id=values["id"]),
    "time": lambda values, asked: url_for("time.index", **values),
    "expenses": lambda values, asked: url_for("expenses.index", **values),
}  # fmt: skip


def more_words(result: Result) -> str:
    """Say how many rows are only in the file; empty when all are shown."""
    hidden = len(result.rows) - SHOWN
    if hidden <= 0:
        return ""
    return str(_("%(number)s more rows are in the export; the sums hold them too.", number=count(hidden)))
