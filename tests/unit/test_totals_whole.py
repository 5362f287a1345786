"""Discounts, shipping, tax inside prices, adjustment: the sums of EN 16931 hold, to the last unit of any currency."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.money import digits, round_money
from billing.sums.shares import share, split
from billing.sums.totals import LineInput, Totals, WholeInput, totals

CURRENCIES = ["EUR", "USD", "JPY", "KWD", "CHF", "CLF"]
#: tax id → per cent; None: no tax
TAXES = {None: Decimal(0), 1: Decimal(19), 2: Decimal(7), 3: Decimal("8.875"), 4: Decimal(0)}

amounts = st.decimals(Decimal("-5000"), Decimal(100_000), places=4)
percents = st.decimals(0, 100, places=2)
hours = st.builds(
    lambda rate, seconds, tax, off, project: LineInput(
        rate, unit="hours", seconds=seconds, project_id=project, tax_id=tax, tax_percent=TAXES[tax],
        discount_percent=off,
    ),
    st.decimals(0, 300, places=4), st.integers(0, 400_000), st.sampled_from(list(TAXES)),
    st.sampled_from([Decimal(0), Decimal("12.5")]), st.sampled_from([1, 2]),
)  # fmt: skip
free = st.builds(
    lambda rate, quantity, tax, off: LineInput(
        rate, quantity, tax_id=tax, tax_percent=TAXES[tax], discount_percent=off
    ),
    amounts, st.decimals(0, 50, places=3), st.sampled_from(list(TAXES)), percents,
)  # fmt: skip
wholes = st.builds(
    lambda mode, kind, value, shipping, tax, adjustment: WholeInput(
        mode, kind, value if kind == "amount" else min(value, Decimal(100)), shipping, tax, TAXES[tax], adjustment
    ),
    st.sampled_from(["exclusive", "inclusive"]), st.sampled_from(["percent", "amount"]),
    st.decimals(0, 20_000, places=4), st.decimals(0, 500, places=4), st.sampled_from(list(TAXES)),
    st.decimals(-10, 10, places=4),
)  # fmt: skip
cases = st.tuples(st.lists(st.one_of(hours, free), max_size=8), st.sampled_from(CURRENCIES), wholes)


def _figures(found: Totals) -> list[Decimal]:
    own = [found.subtotal, found.discount_total, found.shipping, found.adjustment, found.tax_total, found.total]
    nets = [found.lines_net, found.discount_net, found.shipping_net, found.net_total, found.total_with_tax]
    groups = [x for group in found.taxes for x in (group.net, group.tax, group.lines_net, group.discount)]
    rounding = [x for line in found.rounding for x in (line.amount, line.net)]
    return [*own, *nets, *groups, *rounding, *found.lines, *found.line_nets, *found.line_discounts]


@pytest.mark.req("R-14")
@given(cases)
def test_every_sum_of_an_invoice_holds_to_the_last_unit(case):
    lines, currency, whole = case

    found = totals(lines, currency, whole)

    shown = found.subtotal - found.discount_total + found.shipping + found.adjustment
    assert found.subtotal == sum(found.lines) + sum(line.amount for line in found.rounding)
    assert found.total == shown + (0 if found.is_inclusive else found.tax_total)
    assert found.lines_net == sum(found.line_nets) + sum(line.net for line in found.rounding)
    assert found.net_total == found.lines_net - found.discount_net + found.shipping_net
    assert found.total_with_tax == found.net_total + found.tax_total
    assert found.tax_total == sum(group.tax for group in found.taxes)
    for group in found.taxes:
        assert group.net == group.lines_net - group.discount + group.shipping


@pytest.mark.req("R-14")
@given(cases)
def test_each_figure_is_a_whole_number_of_the_currencys_units_and_never_minus_zero(case):
    lines, currency, whole = case

    figures = _figures(totals(lines, currency, whole))

    assert [x for x in figures if x != round_money(x, currency)] == []
    assert [x for x in figures if x.is_zero() and x.is_signed()] == []


@pytest.mark.req("R-14")
@given(cases)
def test_tax_is_the_rate_of_what_is_taxed_rounded_once_per_group(case):
    lines, currency, whole = case
    unit = Decimal(1).scaleb(-digits(currency))

    found = totals(lines, currency, whole)

    for group in found.taxes:
        exact = round_money(group.net * group.percent / 100, currency)
        assert abs(group.tax - exact) <= (unit if found.is_inclusive else 0)


@pytest.mark.req("R-14")
@given(cases)
def test_no_line_is_off_its_own_price_without_tax_by_a_whole_unit(case):
    lines, currency, whole = case
    unit = Decimal(1).scaleb(-digits(currency))

    found = totals(lines, currency, whole)

    for line, amount, net in zip(lines, found.lines, found.line_nets, strict=True):
        percent = line.tax_percent if found.is_inclusive else 0
        assert abs(net - amount * 100 / (100 + percent)) < unit


@pytest.mark.req("R-14")
@given(cases)
def test_a_discount_is_never_more_than_there_is(case):
    lines, currency, whole = case

    found = totals(lines, currency, whole)

    assert 0 <= found.discount_total <= max(found.subtotal, Decimal(0))


@pytest.mark.req("T-14")
@given(st.lists(st.integers(1, 40_000), min_size=1, max_size=12), st.decimals(1, 300, places=4),
       st.sampled_from(CURRENCIES), wholes, percents)  # fmt: skip
def test_the_total_is_the_same_whichever_layout_with_any_discount_and_tax_mode(seconds, rate, currency, whole, off):
    def hours_of(parts: list[int]) -> list[LineInput]:
        facts: dict[str, Any] = {"unit": "hours", "project_id": 1, "tax_id": 1, "tax_percent": TAXES[1]}
        return [LineInput(rate, seconds=part, discount_percent=off, **facts) for part in parts]

    apart, together = totals(hours_of(seconds), currency, whole), totals(hours_of([sum(seconds)]), currency, whole)

    assert (apart.total, apart.tax_total, apart.subtotal) == (together.total, together.tax_total, together.subtotal)
    assert apart.net_total == together.net_total


@given(st.decimals(0, 100_000, places=2), st.lists(st.decimals(0, 1000, places=2), min_size=1, max_size=20))
def test_shares_add_up_and_follow_their_weights(whole, weights):
    parts = share(whole, weights, "EUR")

    base = sum(weights)
    assert sum(parts) == (whole if base else 0)
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if not weight)
    assert all(abs(part - whole * w / base) < Decimal("0.01") for part, w in zip(parts, weights, strict=True) if base)


@given(st.lists(st.decimals(-1000, 1000, places=7), max_size=20), st.sampled_from(CURRENCIES))
def test_split_parts_add_up_to_their_rounded_sum(exact, currency):
    parts = split(exact, currency)

    assert sum(parts) == round_money(sum(exact, Decimal(0)), currency)


@pytest.mark.req("R-14")
def test_a_discount_on_the_whole_is_shared_over_the_rates_by_largest_remainder():
    lines = [
        LineInput(Decimal(100), tax_id=1, tax_percent=Decimal(19)),
        LineInput(Decimal(100), tax_id=2, tax_percent=Decimal(7)),
        LineInput(Decimal(100)),
    ]

    found = totals(lines, "EUR", WholeInput(discount_kind="amount", discount_value=Decimal(100)))

    assert [group.discount for group in found.taxes] == [Decimal("33.34"), Decimal("33.33"), Decimal("33.33")]
    assert [group.net for group in found.taxes] == [Decimal("66.66"), Decimal("66.67"), Decimal("66.67")]
    assert [group.tax for group in found.taxes] == [Decimal("12.67"), Decimal("4.67"), Decimal("0.00")]
    assert found.total == Decimal("217.34")


@pytest.mark.req("R-14")
def test_prices_with_tax_come_to_exactly_what_they_say():
    lines = [
        LineInput(Decimal("119.00"), tax_id=1, tax_percent=Decimal(19)),
        LineInput(Decimal("10.70"), tax_id=2, tax_percent=Decimal(7)),
    ]
    whole = WholeInput("inclusive", "percent", Decimal(10), Decimal("11.90"), 1, Decimal(19))

    found = totals(lines, "EUR", whole)

    assert (found.subtotal, found.discount_total, found.total) == (
        Decimal("129.70"), Decimal("12.97"), Decimal("128.63"),
    )  # fmt: skip
    assert [(group.net, group.tax) for group in found.taxes] == [
        (Decimal("100.00"), Decimal("19.00")), (Decimal("9.00"), Decimal("0.63")),
    ]  # fmt: skip
    assert found.line_nets == (Decimal("100.00"), Decimal("10.00"))
    assert (found.discount_net, found.shipping_net) == (Decimal("11.00"), Decimal("10.00"))


@pytest.mark.req("R-04")
def test_a_line_with_a_discount_recomputes_by_hand():
    line = LineInput(Decimal("95"), unit="hours", seconds=4500, discount_percent=Decimal("12.5"))

    found = totals([line], "EUR")

    assert (found.lines, found.line_discounts) == ((Decimal("103.91"),), (Decimal("14.84"),))


@pytest.mark.req("R-14")
def test_the_adjustment_has_no_tax_and_comes_last():
    line = LineInput(Decimal("99.99"), tax_id=1, tax_percent=Decimal("7.7"))

    found = totals([line], "CHF", WholeInput(adjustment=Decimal("0.01")))

    assert (found.tax_total, found.total_with_tax, found.total) == (
        Decimal("7.70"), Decimal("107.69"), Decimal("107.70"),
    )  # fmt: skip


def test_groups_of_one_category_and_rate_are_put_together_for_an_e_invoice():
    vat = Decimal(19)
    lines = [LineInput(Decimal(10), tax_id=1, tax_percent=vat), LineInput(Decimal(20), tax_id=7, tax_percent=vat),
             LineInput(Decimal(5), tax_id=8), LineInput(Decimal(1))]  # fmt: skip

    found = totals(lines, "EUR", WholeInput(categories={8: "AE"}))

    groups = [(group.category, group.percent, group.net, group.tax) for group in found.by_category]
    assert groups == [
        ("S", vat, Decimal("30.00"), Decimal("5.70")), ("O", 0, Decimal("1.00"), 0), ("AE", 0, Decimal("5.00"), 0),
    ]  # fmt: skip
