"""Sums: one rounding rule for lines, for hours over many lines, and for tax; and how numbers look."""

from __future__ import annotations

from decimal import Decimal

import pytest

from billing.numbering import format_number, is_pattern
from billing.paper import fit_text, hours_text
from billing.sums.totals import LineInput, totals
from billing.types import TYPES


@pytest.mark.req("R-14")
def test_tax_is_computed_once_per_rate_on_the_sum_of_rounded_lines():
    vat, reduced = Decimal(19), Decimal(7)
    lines = [
        LineInput(Decimal("0.03"), tax_id=1, tax_percent=vat),
        LineInput(Decimal("0.03"), tax_id=1, tax_percent=vat),
        LineInput(Decimal("140.98"), tax_id=2, tax_percent=reduced),
        LineInput(Decimal(10)),
    ]

    found = totals(lines, "EUR")

    assert [(group.tax_id, group.percent, group.net, group.tax) for group in found.taxes] == [
        (1, vat, Decimal("0.06"), Decimal("0.01")),
        (2, reduced, Decimal("140.98"), Decimal("9.87")),
        (None, Decimal(0), Decimal("10.00"), Decimal("0.00")),
    ]
    assert (found.subtotal, found.tax_total, found.total) == (Decimal("151.04"), Decimal("9.88"), Decimal("160.92"))


@pytest.mark.req("R-14")
@pytest.mark.parametrize(
    ("currency", "rate", "amount"),
    [("USD", "0.125", "0.13"), ("USD", "0.135", "0.14"), ("JPY", "100.5", "101"), ("KWD", "1.0005", "1.001"),
     ("USD", "-0.125", "-0.13")],
)  # fmt: skip
def test_money_is_rounded_half_up_to_the_precision_of_its_currency(currency, rate, amount):
    assert totals([LineInput(Decimal(rate))], currency).total == Decimal(amount)


@pytest.mark.req("R-14")
def test_a_quantity_times_a_rate_is_rounded_once():
    assert totals([LineInput(Decimal("3.333"), Decimal("1.5"), "km")], "EUR").lines == (Decimal("5.00"),)


@pytest.mark.req("R-08")
@pytest.mark.parametrize(
    ("pattern", "number"),
    [("INV-{year}-{number:05}", "INV-2026-00012"), ("{number}", "12"), ("R{number:03}/{year}", "R012/2026")],
)
def test_a_number_looks_as_its_pattern_says(pattern, number):
    assert is_pattern(pattern)
    assert format_number(pattern, 2026, 12) == number


@pytest.mark.parametrize(
    "pattern", ["INV", "{year}", "{number}{number}", "{number.__class__}", "{number:>9}", "{x}{number}"]
)
def test_a_pattern_that_makes_no_numbers_is_told_apart(pattern):
    assert not is_pattern(pattern)


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (4500, "1:15"), (360_000, "100:00"), (61, "0:01:01")])
def test_a_duration_is_written_exactly(seconds, text):
    assert hours_text(seconds) == text


def test_text_for_paper_loses_control_characters_and_breaks_endless_words():
    found = fit_text("a\x00b\x1b" + "x" * 70 + "\r\nend")

    assert found.startswith("ab")
    assert found.endswith("\nend")
    assert "\u200b" in found
    assert len(fit_text("y " * 9000)) <= 4000


@pytest.mark.parametrize("kind", TYPES.values(), ids=TYPES)
def test_every_type_knows_its_states_and_moves(kind):
    assert TYPES[kind.key] is kind
    assert is_pattern(kind.pattern)
    assert set().union(*kind.moves.values()) <= set(kind.states)
    assert kind.may("edit", "draft")
    assert not kind.may("edit", "void")
    assert not kind.may("no such verb", "draft")
