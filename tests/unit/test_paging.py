"""Cursors and sort words of a list: what is read from a query string is either right or ignored."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blueprints.paging import Count, Cursor, Order, Sort, order_from, read_cursor, write_cursor
from models import Customer, TimeEntry, Transaction

NAME = Sort("name", Customer.name_key)
DAY = Sort("date", TimeEntry.date, date.fromisoformat, descending=True)
TOTAL = Sort("total", Transaction.total, Decimal)
SORTS = (DAY, NAME)


def token_of(*parts: object) -> str:
    return urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


@given(
    st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=200),
    st.integers(1, 2**63 - 1),
)
def test_a_cursor_comes_back_as_it_was_written(name: str, row_id: int) -> None:
    order = Order(NAME, descending=False)

    token = write_cursor(Cursor(name, row_id, is_before=True), order)

    assert read_cursor(token, order) == Cursor(name, row_id, is_before=True)


def test_a_date_comes_back_as_a_date() -> None:
    order = Order(DAY, descending=True)

    token = write_cursor(Cursor(date(2026, 2, 28), 7), order)

    assert read_cursor(token, order) == Cursor(date(2026, 2, 28), 7)


@pytest.mark.parametrize(
    "token",
    [
        "", "end", "%%%", "AAAA", "é", "x" * 5000, token_of(), token_of("name", "a", "x"),
        token_of("name", "a", "x", "7"),
        token_of("name", "a", "x", 0), token_of("name", "a", "x", -1), token_of("name", "a", "x", 2**63),
        token_of("name", "a", "x", True), token_of("name", "z", "x", 7), token_of("-name", "a", "x", 7),
        token_of("name", "a", 5, 7), token_of("name", "a", "\ud800", 7), token_of("name", "a", "nul\x00", 7),
        urlsafe_b64encode(b"[" * 1000).decode(), urlsafe_b64encode(b"\xff\xfe").decode(),
    ],
)  # fmt: skip
def test_a_cursor_that_was_not_written_for_this_list_is_ignored(token: str) -> None:
    order = Order(NAME, descending=False)

    cursor = read_cursor(token, order)

    assert cursor is None


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1.23456", "1e30", "much"])
def test_a_value_that_the_column_could_not_hold_is_ignored(value: str) -> None:
    order = Order(TOTAL, descending=False)

    cursor = read_cursor(token_of("total", "a", value, 7), order)

    assert cursor is None


@given(st.binary(max_size=300))
def test_no_bytes_at_all_break_the_reader(noise: bytes) -> None:
    token = urlsafe_b64encode(noise).decode()

    for sort in (NAME, DAY, TOTAL):
        read_cursor(token, Order(sort, descending=False))


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("name", "name"),
        ("-name", "-name"),
        ("date", "date"),
        ("", "-date"),
        ("password_hash", "-date"),
        ("--name", "-date"),
    ],
)
def test_only_listed_columns_can_be_sorted_by(word: str, expected: str) -> None:
    order = order_from(word, SORTS)

    assert order.word == expected


def test_a_capped_count_says_that_there_are_more() -> None:
    few, many = Count(31), Count(1000, is_capped=True)

    assert (few.is_capped, many.is_capped) == (False, True)
