"""A list or report as a file that spreadsheets open: plain typed cells, the same table as CSV or XLSX."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from billing.money import digits, round_money

#: text · money and amount: Decimal, in the currency that `Table.currency` or `Column.currency_in` says, else as it is
#: · count: whole number · duration: whole seconds · date · moment: datetime, in the organisation's zone · percent: 19
Kind = Literal["text", "money", "amount", "count", "duration", "date", "moment", "percent"]
FIGURES: frozenset[Kind] = frozenset({"money", "amount", "count", "duration", "percent"})

#: what a spreadsheet would take for a formula, at the beginning of a cell
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠\t\r\n]")
#: a spreadsheet counts in floats, which keep so many digits; longer numbers are written as text
_EXACT_DIGITS = 15
#: rows on one sheet; the format ends at 1,048,576
SHEET_ROWS = 1_000_000
_LONGEST_TEXT = 32_767
_LONGEST_NAME = 31
_EPOCH = date(1900, 3, 1)
#: row and column of a cell, from 0
Place = tuple[int, int]
CSV_ROWS = 500


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `currency_in`: key of the column that holds the currency of each row's amount; `currency`: of all."""

    key: str
    title: str
    kind: Kind = "text"
    currency_in: str = ""
    currency: str = ""

    @property
    def is_figure(self) -> bool:
        """Whether it is aligned right."""
        return self.kind in FIGURES


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of plain values in the order of the columns; None is an empty cell. `rows` may be read only once.

    `totals`: column key → value of the last row. `currency` is that of money columns whose rows do not say theirs.
    """

    title: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Any]]
    totals: Mapping[str, Any] | None = None
    currency: str = ""

    def head(self, column: Column) -> str:
        """Return a column's title, with the currency its amounts are in: `Total (EUR)`."""
        has_one = column.kind in {"money", "amount"} and not column.currency_in
        currency = (column.currency or self.currency) if has_one else ""
        return f"{column.title} ({currency})" if currency else column.title

    def currency_of(self, column: Column, row: Sequence[Any]) -> str:
        """Return the currency of an amount; empty where it is no money of one, such as a quantity."""
        if not column.currency_in:
            return column.currency or self.currency
        return next((row[at] or "" for at, other in enumerate(self.columns) if other.key == column.currency_in), "")

    def total_row(self, word: str = "Total") -> list[Any] | None:
        """Return the cells of the last row, with `word` in the first column; None where nothing is added up."""
        if self.totals is None:
            return None
        cells = [self.totals.get(column.key) for column in self.columns]
        return cells if cells[0] is not None else [word, *cells[1:]]


def neutral(text: str) -> str:
    """Return text that no spreadsheet takes for a formula (spec stack.md)."""
    return f"'{text}" if _FORMULA.match(text) else text


def to_csv(table: Table, total_word: str = "Total") -> bytes:
    """Return the table as CSV whatever the locale: UTF-8 with its mark, commas, points, ISO dates, h:mm:ss."""
    return b"".join(csv_pieces(table, total_word))


def csv_pieces(table: Table, total_word: str = "Total") -> Iterator[bytes]:
    """Yield what `to_csv` returns, while the rows are read."""
    yield b"\xef\xbb\xbf" + _csv([[neutral(table.head(column)) for column in table.columns]])
    batch: list[list[str]] = []
    for row in _with_totals(table, total_word):
        batch.append(_csv_cells(table, row))
        if len(batch) == CSV_ROWS:
            yield _csv(batch)
            batch = []
    if batch:
        yield _csv(batch)


def _with_totals(table: Table, total_word: str) -> Iterator[Sequence[Any]]:
    yield from table.rows
    if (last := table.total_row(total_word)) is not None:
        yield last


def _csv(rows: Iterable[Iterable[str]]) -> bytes:
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue().encode()


def _csv_cells(table: Table, row: Sequence[Any]) -> list[str]:
    return [_csv_cell(table, column, row, value) for column, value in zip(table.columns, row, strict=True)]


def _csv_cell(table: Table, column: Column, row: Sequence[Any], value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):  # also where a total says a word
        return neutral(value)
    if column.kind == "duration":
        return clock(value)
    if column.kind in {"money", "amount"}:
        return plain(value, table.currency_of(column, row))
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return plain(value, "") if isinstance(value, Decimal | int) else neutral(str(value))


def clock(seconds: int) -> str:
    """Write seconds as h:mm:ss, which spreadsheets read as a duration and which loses nothing (requirements R-04)."""
    hours, rest = divmod(abs(seconds), 3600)
    return f"{'-' if seconds < 0 else ''}{hours}:{rest // 60:02}:{rest % 60:02}"


def plain(value: Decimal | int, currency: str) -> str:
    """Write a number with a point: in the precision of its currency, else without needless noughts."""
    if currency:
        return f"{round_money(Decimal(value), currency):.{digits(currency)}f}"
    text = f"{Decimal(value):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def to_xlsx(table: Table, total_word: str = "Total") -> bytes:
    """Return the table as a workbook: typed cells, a head that stays in view, totals; a row at a time in memory."""
    written = io.BytesIO()
    with Workbook(written, {"constant_memory": True, "remove_timezone": True}) as book:
        book.set_properties({"title": table.title})
        _Sheets(book, table).write(total_word)
    return written.getvalue()


class _Sheets:
    """Writes one table; starts another sheet where one is full."""

    def __init__(self, book: Workbook, table: Table) -> None:
        self.book, self.table = book, table
        self._formats: dict[tuple[tuple[str, Any], ...], Format] = {}
        self._rows = iter(table.rows)
        self._writers: Mapping[Kind, Callable[..., None]] = {
            "count": self._number, "percent": self._percent, "duration": self._duration, "date": self._date,
            "moment": self._date, "text": self._text,
        }  # fmt: skip

    def write(self, total_word: str) -> None:
        """Write all rows, then the totals."""
        sheet, at = self._sheet(1), 0
        for number, row in enumerate(self._rows):
            if number and number % SHEET_ROWS == 0:
                sheet, at = self._sheet(number // SHEET_ROWS + 1), 0
            at += 1
            self._row(sheet, at, row)
        last = self.table.total_row(total_word)
        if last is not None:
            self._row(sheet, at + 1, last, bold=True, top=1)

    def _sheet(self, number: int) -> Worksheet:
        name = re.sub(r"[\[\]:*?/\\]", " ", self.table.title).strip(" '")[: _LONGEST_NAME - 5] or "Table"
        sheet = self.book.add_worksheet(name if number == 1 else f"{name} {number}")
        sheet.freeze_panes(1, 0)
        for at, column in enumerate(self.table.columns):
            sheet.set_column(at, at, 14 if column.is_figure or column.kind in {"date", "moment"} else 26)
        for at, column in enumerate(self.table.columns):
            look = {"bold": True, "bottom": 1, "align": "right" if column.is_figure else "left", "text_wrap": True}
            sheet.write_string(0, at, self.table.head(column), self._format(**look, quote_prefix=True))
        sheet.repeat_rows(0)
        sheet.set_landscape()
        return sheet

    def _row(self, sheet: Worksheet, at: int, row: Sequence[Any], **look: Any) -> None:
        for number, (column, value) in enumerate(zip(self.table.columns, row, strict=True)):
            if value is None:
                continue
            place = (at, number)
            if isinstance(value, str):
                self._text(sheet, place, value, look)
            elif column.kind in {"money", "amount"}:
                self._money(sheet, place, value, look, self.table.currency_of(column, row))
            else:
                self._writers[column.kind](sheet, place, value, look)

    def _format(self, **look: Any) -> Format:
        key = tuple(sorted(look.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format(look)
        return self._formats[key]

    def _figure(self, sheet: Worksheet, place: Place, value: Decimal, shown: str, look: dict[str, Any]) -> None:
        """Write a number; one that a float would change is written as text instead."""
        if len(value.normalize().as_tuple().digits) > _EXACT_DIGITS:
            sheet.write_string(*place, plain(value, ""), self._format(**look, align="right"))
        else:
            sheet.write_number(*place, float(value), self._format(**look, num_format=shown))

    def _money(self, sheet: Worksheet, place: Place, value: Decimal, look: dict[str, Any], currency: str) -> None:
        if not currency:
            self._figure(sheet, place, Decimal(value), "#,##0.######", look)
            return
        places = digits(currency)
        shown = "#,##0" + ("." + "0" * places if places else "")
        self._figure(sheet, place, round_money(Decimal(value), currency), shown, look)

    def _number(self, sheet: Worksheet, place: Place, value: int, look: dict[str, Any]) -> None:
        self._figure(sheet, place, Decimal(value), "#,##0", look)

    def _percent(self, sheet: Worksheet, place: Place, value: Decimal, look: dict[str, Any]) -> None:
        self._figure(sheet, place, Decimal(value) / 100, "0.00%", look)

    def _duration(self, sheet: Worksheet, place: Place, value: int, look: dict[str, Any]) -> None:
        """A spreadsheet counts time in days; it shows no time below zero, so that is text."""
        if value < 0:
            sheet.write_string(*place, clock(value), self._format(**look, align="right"))
        else:
            sheet.write_number(*place, value / 86400, self._format(**look, num_format="[h]:mm:ss"))

    def _date(self, sheet: Worksheet, place: Place, value: date, look: dict[str, Any]) -> None:
        is_moment = isinstance(value, datetime)
        day = value.date() if isinstance(value, datetime) else value
        if day < _EPOCH:  # spreadsheets know no earlier days
            self._text(sheet, place, value.isoformat(), look)
            return
        shown = "yyyy-mm-dd hh:mm" if is_moment else "yyyy-mm-dd"
        sheet.write_datetime(*place, value, self._format(**look, num_format=shown, align="left"))

    def _text(self, sheet: Worksheet, place: Place, value: Any, look: dict[str, Any]) -> None:
        """A cell of text is never run; the prefix keeps it so when somebody edits it."""
        text = str(value)[:_LONGEST_TEXT]
        if _FORMULA.match(text):
            look = look | {"quote_prefix": True}
        sheet.write_string(*place, text, self._format(**look) if look else None)
