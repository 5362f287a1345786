"""What a report is: a name, the filters it takes, and how its rows come about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from billing.tables import Column, Kind, Table
from extensions import db
from models import Organisation


@dataclass(frozen=True, slots=True)
class Filters:
    """What a report is asked for; both days are included. `choice`: a key of the report's own choices."""

    since: date
    until: date
    today: date
    customer_id: int | None = None
    project_id: int | None = None
    #: ISO 4217: only what is in this currency
    currency: str = ""
    choice: str = ""


@dataclass(frozen=True, slots=True)
class Drill:
    """Where the figures of a row come from: customer, project, transaction, transactions, time, expenses, payments,
    or another report. Pages turn it into an address.
    """

    target: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """Cells in the order of the columns."""

    cells: Sequence[Any]
    drill: Drill | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """One bar of the chart."""

    label: str
    value: Decimal | int
    drill: Drill | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """`shape`: ranked (the largest), bars (in order), ageing (parts of a whole). `kind`: what its values are."""

    points: Sequence[Point]
    kind: Kind = "money"
    shape: str = "ranked"


@dataclass(frozen=True, slots=True)
class Result:
    """What a report found. Money columns are in base currency unless they say theirs; `notes` are sentences."""

    columns: Sequence[Column]
    rows: Sequence[Row]
    totals: Mapping[str, Any]
    chart: Chart
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """`takes`: which of period, customer, project and currency narrow it. `choices`: key → words, the usual first."""

    key: str
    title: Any
    #: the question it answers
    about: Any
    icon: str
    build: Callable[[Filters], Result]
    takes: frozenset[str] = frozenset({"period", "customer", "currency"})
    choices: Mapping[str, Any] = field(default_factory=dict)
    #: what the choice is about
    choice_word: Any = ""

    def table(self, result: Result) -> Table:
        """Return what was found as a table to keep."""
        rows = [row.cells for row in result.rows]
        return Table(str(self.title), result.columns, rows, result.totals, base_currency())


def base_currency() -> str:
    """Return the organisation's currency."""
    return db.session.get_one(Organisation, 1).base_currency


def added(columns: Sequence[Column], rows: Sequence[Row], *keys: str) -> dict[str, Any]:
    """Add up columns; a column with no value at all stays empty."""
    totals: dict[str, Any] = {}
    for place, column in enumerate(columns):
        if column.key in keys:
            values = [row.cells[place] for row in rows if row.cells[place] is not None]
            totals[column.key] = sum(values[1:], values[0]) if values else None
    return totals


def highest(rows: Sequence[Row], place: int, most: int = 12) -> tuple[Point, ...]:
    """Return the rows with the largest values as points of a chart, in the order of the rows; the first cell names."""
    wanted = sorted((row for row in rows if row.cells[place]), key=lambda row: -row.cells[place])[:most]
    return tuple(Point(str(row.cells[0]), row.cells[place], row.drill) for row in wanted)
