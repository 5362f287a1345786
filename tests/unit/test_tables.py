"""Tables as files: what a spreadsheet reads is what was in the table, and nothing in it runs."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook

from billing import tables
from billing.tables import Column, Table, clock, csv_pieces, neutral, plain, to_csv, to_xlsx

COLUMNS = (
    Column("name", "Name"), Column("day", "Date", "date"), Column("currency", "Currency"),
    Column("total", "Total", "money", currency_in="currency"), Column("base", "In base currency", "money"),
    Column("time", "Time", "duration"), Column("share", "Share", "percent"), Column("entries", "Entries", "count"),
)  # fmt: skip
ROW = ["Aurora", date(2026, 11, 3), "KWD", Decimal("12.5000"), Decimal("38.10"), 5400, Decimal("8.875"), 1200]


def table(*rows: Any, totals: dict[str, Any] | None = None) -> Table:
    return Table("Income", COLUMNS, rows, totals, "EUR")


def read_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def read_xlsx(content: bytes) -> Any:
    return load_workbook(io.BytesIO(content))


@pytest.mark.req("R-14")
def test_a_csv_holds_exact_amounts_in_each_currencys_precision() -> None:
    heads, row = read_csv(to_csv(table(ROW)))

    assert heads[3:5] == ["Total", "In base currency (EUR)"]
    assert row == ["Aurora", "2026-11-03", "KWD", "12.500", "38.10", "1:30:00", "8.875", "1200"]


def test_a_csv_opens_as_utf_8_in_spreadsheets() -> None:
    content = to_csv(Table("T", (Column("n", "Näme"),), [["Öl & Söhne"]]))

    assert content.startswith(b"\xef\xbb\xbf")
    assert read_csv(content) == [["Näme"], ["Öl & Söhne"]]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum", "\t=1", "\r=1", "\n=1", " =cmd|' /C calc'!A0", "＝1+1"])
def test_a_text_that_would_be_a_formula_is_only_text(text: str) -> None:
    spreadsheet = Table("T", (Column("n", "=Head"),), [[text]])

    heads, row = read_csv(to_csv(spreadsheet))
    cell = read_xlsx(to_xlsx(spreadsheet)).active["A2"]

    assert heads[0] == "'=Head"
    assert row[0].startswith("'")
    assert cell.data_type == "s"
    assert cell._style.quotePrefix


def test_a_number_below_zero_stays_a_number() -> None:
    credit = table(["Credit", None, "EUR", Decimal("-5"), Decimal("-5"), -60, None, -1])

    row = read_csv(to_csv(credit))[1]
    sheet = read_xlsx(to_xlsx(credit)).active

    assert row[3:] == ["-5.00", "-5.00", "-0:01:00", "", "-1"]
    assert (sheet["D2"].value, sheet["H2"].value) == (-5, -1)


def test_a_workbook_has_typed_cells_a_frozen_head_and_totals() -> None:
    book = read_xlsx(to_xlsx(table(ROW, totals={"base": Decimal("38.10"), "time": 5400})))

    sheet = book.active
    assert sheet.freeze_panes == "A2"
    assert [cell.value for cell in sheet[1]][4] == "In base currency (EUR)"
    assert sheet["B2"].value.date() == date(2026, 11, 3)
    assert (sheet["D2"].value, sheet["D2"].number_format) == (12.5, "#,##0.000")
    assert (sheet["F2"].number_format, sheet["G2"].value) == ("[h]:mm:ss", 0.08875)
    assert [sheet["A3"].value, sheet["B3"].value, sheet["E3"].value] == ["Total", None, 38.1]
    assert sheet["A3"].font.bold


def test_totals_stand_in_the_last_line_of_a_csv() -> None:
    written = read_csv(to_csv(table(ROW, totals={"base": Decimal("38.1")}), "Summe"))

    assert written[-1] == ["Summe", "", "", "", "38.10", "", "", ""]


@pytest.mark.req("R-14")
def test_an_amount_that_a_float_would_change_is_written_as_text() -> None:
    huge = Decimal("123456789012345678.01")

    sheet = read_xlsx(to_xlsx(Table("T", (Column("a", "A", "money"),), [[huge]], currency="EUR"))).active

    assert sheet["A2"].value == "123456789012345678.01"


def test_a_long_csv_is_given_while_its_rows_are_read() -> None:
    read: list[int] = []

    def rows() -> Any:
        for number in range(tables.CSV_ROWS * 3):
            read.append(number)
            yield [number]

    pieces = csv_pieces(Table("T", (Column("n", "N", "count"),), rows()))
    next(pieces), next(pieces)

    assert len(read) == tables.CSV_ROWS


def test_more_rows_than_a_sheet_holds_go_on_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "SHEET_ROWS", 2)
    count = Table("In/come: [all]", (Column("n", "N", "count"),), ([n] for n in range(5)), {"n": 10})

    book = read_xlsx(to_xlsx(count))

    assert book.sheetnames == ["In come   all", "In come   all 2", "In come   all 3"]
    assert [[cell.value for cell in sheet["A"]] for sheet in book] == [["N", 0, 1], ["N", 2, 3], ["N", 4, 10]]


def test_a_day_before_spreadsheets_begin_is_text() -> None:
    sheet = read_xlsx(to_xlsx(Table("T", (Column("d", "D", "date"),), [[date(1815, 12, 10)]]))).active

    assert sheet["A2"].value == "1815-12-10"


def test_a_row_that_does_not_fit_the_columns_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        to_csv(Table("T", COLUMNS, [["only one"]]))


def test_small_words() -> None:
    assert (clock(0), clock(360_061), clock(-59)) == ("0:00:00", "100:01:01", "-0:00:59")
    assert (plain(Decimal("95.0000"), ""), plain(Decimal("2.675"), "EUR"), plain(Decimal(100), "")) == (
        "95", "2.68", "100",
    )  # fmt: skip
    assert neutral("plain") == "plain"
