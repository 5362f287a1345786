"""Files of spreadsheets: encodings, separators, numbers and days as people write them, names of columns."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask_babel import Babel
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from billing.importing import cells
from billing.importing.cells import Manner, manner_of
from billing.importing.grid import MOST_ROWS, BadFile, read_grid
from billing.importing.heads import Field, match


@pytest.fixture(autouse=True)
def words() -> Any:
    """Sentences need a language."""
    app = Flask(__name__)
    Babel(app)
    with app.test_request_context():
        yield


@pytest.mark.parametrize(
    ("content", "mark"),
    [
        ("Name,City\nZürich Velo,Zürich\n".encode(), "."),
        ("\ufeffName;City\r\nZürich Velo;Zürich\r\n".encode(), ","),
        ("Name\tCity\nZürich Velo\tZürich\n".encode("utf-16"), "."),
        ("Name;City\nZürich Velo;Zürich".encode("cp1252"), ","),
        ('\n\n"Name, full"|City\nZürich Velo|Zürich\n'.encode(), "."),
    ],
)
def test_text_files_are_read_whatever_their_encoding_and_separator(content: bytes, mark: str) -> None:
    grid = read_grid(content)

    assert grid.rows == [["Zürich Velo", "Zürich"]]
    assert grid.header[1] == "City"
    assert grid.decimal_mark == mark


def test_a_row_says_in_which_line_of_the_file_it_stands() -> None:
    grid = read_grid(b"Name,City\n\nA,\n,,\nB,Ulm,beyond\n")

    assert grid.rows == [["A", ""], ["B", "Ulm"]]
    assert grid.lines == [3, 5]


def book(rows: list[list[Any]]) -> bytes:
    made = Workbook()
    for row in rows:
        made.active.append(row)
    kept = io.BytesIO()
    made.save(kept)
    return kept.getvalue()


def test_a_workbook_keeps_days_and_exact_numbers() -> None:
    grid = read_grid(book([["Day", "Amount", "Paid"], [date(2026, 3, 31), 0.1, True], [None, 12, None]]))

    assert grid.rows == [["2026-03-31", "0.1", "yes"], ["", "12", ""]]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty."), (b"Name,City\n", "no lines below its header"),
        (b"PK\x03\x04broken", "no XLSX file that can be read"), (b"a" * 5_000_001, "larger than 5 MB"),
        (b"Name\n" + b"x\n" * (MOST_ROWS + 1), "more than 10000 lines"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_in_words(content: bytes, words: str) -> None:
    with pytest.raises(BadFile, match=words):
        read_grid(content)


@pytest.mark.parametrize(
    ("column", "usual", "values"),
    [
        (["1,234.50", "12"], ".", ["1234.50", "12"]), (["1.234,50", "1.234"], ".", ["1234.50", "1234"]),
        (["1.234", "2.5"], ",", ["1.234", "2.5"]), (["1.234"], ",", ["1234"]), (["1.234"], ".", ["1.234"]),
        (["1 234,50 €", "-7,00"], ".", ["1234.50", "-7.00"]), (["(12.00)", "$3.10"], ".", ["-12.00", "3.10"]),
        (["1,234,567"], ".", ["1234567"]), (["1'234.50"], ".", ["1234.50"]),
    ],
)  # fmt: skip
def test_a_column_tells_its_decimal_mark(column: list[str], usual: str, values: list[str]) -> None:
    manner = manner_of(column, usual)

    assert [cells.number(cell, manner) for cell in column] == [Decimal(value) for value in values]


@pytest.mark.parametrize(
    ("column", "days"),
    [
        (["2026-03-04"], [date(2026, 3, 4)]), (["04.03.2026"], [date(2026, 3, 4)]),
        (["03/04/2026", "31/01/2026"], [date(2026, 4, 3), date(2026, 1, 31)]),
        (["03/04/2026", "01/31/2026"], [date(2026, 3, 4), date(2026, 1, 31)]),
        (["2026-03-04T00:00:00"], [date(2026, 3, 4)]), (["05/05/2026"], [date(2026, 5, 5)]),
    ],
)  # fmt: skip
def test_a_column_tells_which_comes_first_day_or_month(column: list[str], days: list[date]) -> None:
    manner = manner_of(column)

    assert [cells.day(cell, manner) for cell in column] == days


@pytest.mark.parametrize("cell", ["03/04/2026", "31.02.2026", "yesterday", "2026-13-01"])
def test_a_day_that_could_be_two_or_none_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match="“"):
        cells.day(cell, manner_of([cell]))


@given(st.decimals(min_value=0, max_value=10**9, places=2), st.sampled_from([",", "."]))
def test_every_amount_survives_being_written_with_either_mark(amount: Decimal, mark: str) -> None:
    text = f"{amount:,.2f}"
    written = text if mark == "." else text.translate(str.maketrans(",.", ".,"))

    assert cells.number(written, Manner(mark)) == amount


FIELDS = [Field("name", "Name", ("customer name",)), Field("zip", "Postal code", ("zip code", "plz")),
          Field("vat", "Tax number", ("vat id", "ust idnr"))]  # fmt: skip


@pytest.mark.parametrize(
    "header",
    [["Name", "Postal code", "Tax number"], ["customer_name", "ZIP-Code", "VAT ID"], ["NAME", "PLZ", "USt-IdNr."],
     ["Custmer name", "Postal  code", "Tax numbr"]],
)  # fmt: skip
def test_columns_are_known_by_many_names_also_misspelt(header: list[str]) -> None:
    assert match(header, FIELDS) == {"name": 0, "zip": 1, "vat": 2}


def test_a_column_feeds_one_field_and_strangers_none() -> None:
    assert match(["Name", "Name", "Shoe size"], FIELDS) == {"name": 0}
