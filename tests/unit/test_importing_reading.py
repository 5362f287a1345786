"""Files of other tools, read column by column."""

from __future__ import annotations

from datetime import date

import pytest

from sync.importing import ENTRIES, TRANSACTIONS, BadFile, is_old, read

ZOHO = (
    "Invoice Number,Invoice Date,Customer Name,Project Name,Currency Code,Total,Balance,Invoice Status\n"
    'INV-0007,2018-03-01,Zylker Inc,Website,usd,"1,200.50",0.00,Paid\n'
)


@pytest.mark.req("L-01")
@pytest.mark.parametrize(
    ("switched_on", "expected"),
    [(date(2018, 10, 21), True), (date(2018, 10, 22), False), (date(2018, 10, 23), False), (None, False)],
)
def test_an_integration_from_before_22_october_2018_is_an_old_one(switched_on: date | None, expected: bool) -> None:
    assert is_old(switched_on) is expected


@pytest.mark.req("L-06")
def test_an_export_of_zoho_invoice_is_understood_as_it_is() -> None:
    assert read(ZOHO.encode(), TRANSACTIONS) == [
        {
            "number": "INV-0007", "date": "2018-03-01", "customer": "Zylker Inc", "project": "Website",
            "currency": "USD", "total": "1200.50", "balance": "0.00", "status": "paid",
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "total"),
    [("1200.50", "1200.50"), ("1,200.50", "1200.50"), ("1.200,50", "1200.50"), ("12,5", "12.5"), ("$ 7", "7"),
     ("1,200", "1200"), ("-5.00", "-5.00")],
)  # fmt: skip
def test_amounts_are_read_as_people_of_either_side_write_them(text: str, total: str) -> None:
    content = f'number;date;total\nA;2020-01-01;"{text}"\n'

    assert read(content.encode(), TRANSACTIONS)[0]["total"] == total


def test_semicolons_a_byte_order_mark_and_blank_lines_are_no_trouble() -> None:
    content = "\ufeffTime Entry ID;Invoice Number\r\n\r\n1817452000000100102;INV-1\r\n;\r\n"

    assert read(content.encode(), ENTRIES) == [{"id": "1817452000000100102", "number": "INV-1"}]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "lacks these columns: number, date, total"),
        (b"number,total\nA,1\n", "lacks these columns: date"),
        (b"number,date,total\n", "no lines below its header"),
        (b"number,date,total\nA,03/04/2018,1\n", "Line 2: .03/04/2018. is not a date like 2018-03-31"),
        (b"number,date,total\n,2018-03-01,1\n", "Line 2: number is empty"),
        (b"number,date,total\nA,2018-03-01,lots\n", "is not an amount"),
        (b"number,date,total,currency\nA,2018-03-01,1,dollars\n", "is not a currency code like USD"),
        (b"\xff\xfe\x00", "not text in UTF-8"),
    ],
)
def test_what_cannot_be_read_is_said_line_by_line(content: bytes, sentence: str) -> None:
    with pytest.raises(BadFile, match=sentence):
        read(content, TRANSACTIONS)


def test_an_id_that_a_spreadsheet_has_spoilt_is_refused() -> None:
    with pytest.raises(BadFile, match="write the column as text"):
        read(b"id\n1.81745E+18\n", ENTRIES)


def test_many_wrong_lines_are_counted_after_the_first_twenty() -> None:
    lines = "\n".join("A,bad,1" for _ in range(30))

    with pytest.raises(BadFile, match="And 10 more lines"):
        read(f"number,date,total\n{lines}\n".encode(), TRANSACTIONS)
