"""Reading exchange rates from the bank's table and from pasted lines."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from billing.exchange import DayRate
from billing.exchange_files import UnknownFormatError, read_rates

#: as the bank hands it out, with its blank after each comma and at the end of each line
HISTORY = """Date,USD,JPY,GBP,ISK,
2026-11-20,1.0842,163.17,0.8312,N/A,
2026-11-19,1.0900,162.00,0.8300,149.1,
"""
DAILY = "Date, USD, JPY, GBP, \n20 November 2026, 1.0842, 163.17, 0.8312, \n"


@pytest.mark.req("R-06")
def test_the_banks_table_says_what_a_unit_is_worth_in_euro():
    read = read_rates(HISTORY, "EUR", ["USD", "ISK", "CHF"])

    assert read.is_bank
    assert read.rates == (
        DayRate("USD", date(2026, 11, 20), Decimal("0.92233905")),
        DayRate("ISK", date(2026, 11, 19), Decimal("0.00670691")),
        DayRate("USD", date(2026, 11, 19), Decimal("0.91743119")),
    )


@pytest.mark.req("R-06")
def test_another_base_currency_goes_by_way_of_the_euro():
    read = read_rates(DAILY, "USD", ["EUR", "GBP", "USD"])

    assert read.rates == (
        DayRate("EUR", date(2026, 11, 20), Decimal("1.08420000")),
        DayRate("GBP", date(2026, 11, 20), Decimal("1.30437921")),
    )


@pytest.mark.parametrize(
    "text",
    [
        "currency,date,rate\nEUR,2026-11-20,1.0842\nGBP,2026-11-20,1.25",
        "EUR;20.11.2026;1,0842\r\nGBP;20 Nov 2026;1.25\r\n",
        "\ufeffeur\t2026-11-20\t1.0842\ngbp\t2026-11-20\t1.25",
    ],
)
def test_pasted_lines_are_read_however_they_are_separated(text):
    read = read_rates(text, "USD", [])

    assert not read.is_bank
    assert [(rate.currency, rate.date, rate.rate) for rate in read.rates] == [
        ("EUR", date(2026, 11, 20), Decimal("1.0842")), ("GBP", date(2026, 11, 20), Decimal("1.25")),
    ]  # fmt: skip


def test_lines_that_make_no_sense_are_named_and_the_others_taken():
    text = "EUR;2026-11-20;1.08\nEUR;2026-02-30;1.08\n\nUSD;2026-11-20;1\nEUR;2026-11-21;-3\nEUR;2026-11-22;nan\nx;y;z"

    read = read_rates(text, "USD", [])

    assert len(read.rates) == 1
    assert read.unread == (2, 4, 5, 6, 7)


def test_a_day_on_which_the_bank_does_not_know_the_base_currency_is_left_out():
    read = read_rates("Date,USD,ISK\n2026-11-20,1.08,N/A\n2026-11-19,1.08,149", "ISK", ["USD"])

    assert [rate.date for rate in read.rates] == [date(2026, 11, 19)]
    assert read.unread == (2,)


@pytest.mark.parametrize("text", ["", "   \n", "hello", "a,b\n1,2", "<xml/>"])
def test_anything_else_is_refused(text):
    with pytest.raises(UnknownFormatError):
        read_rates(text, "USD", [])
