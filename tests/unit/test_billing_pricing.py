"""Entries become lines: layouts, rounding of time, rates by billing method."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.hours.pricing import LAYOUTS, EntryForBilling, Rounding, price, with_fixed_prices
from billing.hours.rates import EntryRates, ProjectRates, Rate, Unit, resolve
from billing.sums.totals import LineInput, totals

MONEY = {"USD": 2, "JPY": 0, "KWD": 3}


HUNDRED = Rate(Decimal(100), Unit.HOURS, "project")


def entry(number: int, seconds: int = 3600, rate: Rate = HUNDRED, **values) -> EntryForBilling:
    plain = {
        "project_id": 1, "project_name": "Rebrand", "task_id": 7, "task_name": "Design", "bug_id": None,
        "bug_title": None, "user_id": 3, "user_name": "Tim Okafor", "date": date(2026, 6, 1) + timedelta(number % 28),
        "notes": "", "rate": rate,
    }  # fmt: skip
    return EntryForBilling(id=number, seconds=seconds, **(plain | values))


NOT_ROUNDED = Rounding()


def sums(entries, layout, rounding=NOT_ROUNDED, currency="USD"):
    lines = price(entries, layout, rounding)
    percent = Decimal("8.875")
    return totals([LineInput(x.rate, x.quantity, x.unit, x.seconds, x.project_id, 1, percent) for x in lines], currency)


RATES = st.sampled_from(["100", "33.3333", "0.01", "95.5", "0", "1000.0001"])
UNITS = st.sampled_from([Unit.HOURS, Unit.DAYS])
ENTRIES = st.lists(
    st.builds(
        lambda seconds, project, task, user, rate, unit: (seconds, project, task, user, rate, unit),
        st.integers(1, 90_000), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), RATES, UNITS,
    ),
    min_size=1, max_size=40,
)  # fmt: skip
ROUNDINGS = st.builds(Rounding, st.sampled_from(["none", "up", "down", "nearest"]), st.sampled_from([0, 1, 6, 15, 60]))


def entries_of(rows) -> list[EntryForBilling]:
    return [
        entry(
            number, seconds, project_id=project, project_name=f"P{project}", task_id=task, task_name=f"T{task}",
            user_id=user, user_name=f"U{user}", rate=Rate(Decimal(rate), unit, "staff"),
        )
        for number, (seconds, project, task, user, rate, unit) in enumerate(rows, start=1)
    ]  # fmt: skip


@pytest.mark.req("T-14", "M-14", "T-16", "R-14")
@settings(max_examples=300, deadline=None)
@given(ENTRIES, ROUNDINGS, st.sampled_from(list(MONEY)))
def test_the_total_is_the_same_whichever_layout(rows, rounding, currency):
    entries = entries_of(rows)

    found = [sums(entries, layout, rounding, currency) for layout in LAYOUTS]

    assert {(x.subtotal, x.tax_total, x.total) for x in found} == {
        (found[0].subtotal, found[0].tax_total, found[0].total)
    }


@pytest.mark.req("R-04")
@settings(max_examples=200, deadline=None)
@given(ENTRIES, ROUNDINGS, st.sampled_from(list(LAYOUTS)), st.sampled_from(list(MONEY)))
def test_every_line_recomputes_by_hand_and_the_sum_is_that_of_the_lines(rows, rounding, layout, currency):
    lines = price(entries_of(rows), layout, rounding)

    found = totals([LineInput(x.rate, x.quantity, x.unit, x.seconds, x.project_id) for x in lines], currency)

    cent = Decimal(1).scaleb(-MONEY[currency])
    for line, amount in zip(lines, found.lines, strict=True):
        by_hand = Decimal(line.seconds) / (3600 if line.unit is Unit.HOURS else 28800) * line.rate
        assert amount == by_hand.quantize(cent, ROUND_HALF_UP)
    assert found.subtotal == sum(found.lines) + sum(x.amount for x in found.rounding)


@pytest.mark.req("R-01", "T-14")
@given(ENTRIES, st.sampled_from(list(LAYOUTS)))
def test_every_entry_is_on_exactly_one_line_and_no_line_mixes_rates(rows, layout):
    entries = entries_of(rows)

    lines = price(entries, layout, Rounding())

    assert sorted(i for line in lines for i in line.entry_ids) == sorted(x.id for x in entries)
    by_id = {x.id: x for x in entries}
    for line in lines:
        held = [by_id[i] for i in line.entry_ids]
        assert {(x.project_id, x.rate.amount, x.rate.unit) for x in held} == {(line.project_id, line.rate, line.unit)}
        assert line.logged_seconds == sum(x.seconds for x in held)


@pytest.mark.req("T-14")
@pytest.mark.parametrize(
    ("layout", "names"),
    [
        ("project", ["Rebrand"]),
        ("entry", ["Design", "Design", "Build", "Broken form"]),
        ("task", ["Design", "Build", "Broken form"]),
        ("user", ["Tim Okafor", "Petra Novak"]),
        ("task_user", ["Design", "Design", "Build", "Broken form"]),
    ],
)
def test_a_layout_says_what_shares_a_line(layout, names):
    petra = {"user_id": 4, "user_name": "Petra Novak"}
    entries = [
        entry(1), entry(2, **petra), entry(3, task_id=8, task_name="Build"),
        entry(4, task_id=None, task_name=None, bug_id=5, bug_title="Broken form", **petra),
    ]  # fmt: skip

    lines = price(entries, layout, Rounding())

    assert [line.name for line in lines] == names


@pytest.mark.req("T-16", "R-04")
@pytest.mark.parametrize(
    ("mode", "logged", "billed"),
    [
        ("none", 1201, 1201), ("up", 1, 900), ("up", 900, 900), ("up", 901, 1800), ("down", 899, 0),
        ("down", 1799, 900), ("nearest", 449, 0), ("nearest", 450, 900), ("nearest", 1349, 900),
    ],
)  # fmt: skip
def test_time_is_rounded_per_entry_to_quarters_of_an_hour(mode, logged, billed):
    line = price([entry(1, logged)], "task", Rounding(mode, 15))[0]

    assert (line.logged_seconds, line.seconds) == (logged, billed)


@pytest.mark.req("T-16")
def test_three_thirds_of_an_hour_are_one_hour():
    entries = [entry(number, 1200) for number in (1, 2, 3)]

    by_entry, together = sums(entries, "entry"), sums(entries, "project")

    assert by_entry.lines == (Decimal("33.33"),) * 3
    assert [x.amount for x in by_entry.rounding] == [Decimal("0.01")]
    assert by_entry.subtotal == together.subtotal == Decimal("100.00")


def rates(method: str, **values) -> ProjectRates:
    plain = {"currency": "USD", "base_currency": "USD", "own_rate": None, "default_rate": Decimal(80)}
    return ProjectRates(method=method, **(plain | values))


ALL = EntryRates(task=Decimal(120), staff=Decimal(130), person=Decimal(140))


@pytest.mark.req("T-12")
@pytest.mark.parametrize(
    ("project", "own", "amount", "source"),
    [
        (rates("project_hours", own_rate=Decimal(90)), ALL, 90, "project"),
        (rates("project_hours"), ALL, 80, "organisation"),
        (rates("task_hours", own_rate=Decimal(90)), ALL, 120, "task"),
        (rates("task_hours", own_rate=Decimal(90)), EntryRates(), 90, "project"),
        (rates("task_hours"), EntryRates(task=Decimal(0)), 0, "task"),
        (rates("staff_hours", own_rate=Decimal(90)), ALL, 130, "staff"),
        (rates("staff_hours", own_rate=Decimal(90)), EntryRates(person=Decimal(140)), 140, "person"),
        (rates("staff_hours"), EntryRates(), 80, "organisation"),
        (rates("daily_rate", own_rate=Decimal(720)), ALL, 720, "project"),
        (rates("daily_rate"), ALL, 640, "organisation"),
        (rates("fixed"), ALL, 0, "project"),
        (rates("project_hours", default_rate=Decimal(0)), ALL, 0, "missing"),
        (rates("project_hours", currency="EUR"), ALL, 0, "missing"),
        (rates("project_hours", currency="EUR", exchange_rate=Decimal("1.6")), ALL, 50, "organisation"),
        (rates("staff_hours", currency="EUR", exchange_rate=Decimal(2)), EntryRates(person=Decimal(140)), 70, "person"),
    ],
)
def test_a_billing_method_says_whose_rate_counts(project, own, amount, source):
    found = resolve(project, own)

    assert (found.amount, found.source) == (Decimal(amount), source)


@pytest.mark.req("T-12")
def test_a_day_is_eight_hours():
    half_day = entry(1, 4 * 3600, rate=Rate(Decimal(720), Unit.DAYS, "project"))

    line = price([half_day], "task", Rounding())[0]

    assert line.quantity == Decimal("0.5")
    assert sums([half_day], "task").subtotal == Decimal("360.00")


@pytest.mark.req("T-12", "T-14")
@pytest.mark.parametrize("layout", list(LAYOUTS))
def test_a_fixed_cost_project_is_one_line_whatever_the_layout(layout):
    fixed = Rate(Decimal(0), Unit.FIXED, "project")
    entries = [entry(1, rate=fixed), entry(2, task_id=9, task_name="Other", user_id=8, rate=fixed)]

    lines = with_fixed_prices(price(entries, layout, Rounding()), {1: ("Rebrand", Decimal(5000))})

    assert [(line.name, line.rate, line.entry_ids) for line in lines] == [("Rebrand", Decimal(5000), (1, 2))]


@pytest.mark.req("T-14")
def test_a_stage_of_a_fixed_price_needs_no_hours_but_some_price_left():
    left = {1: ("Rebrand", Decimal(2000)), 2: ("Website", Decimal(0))}

    lines = with_fixed_prices([], left)

    assert [(line.name, line.rate, line.entry_ids) for line in lines] == [("Rebrand", Decimal(2000), ())]
