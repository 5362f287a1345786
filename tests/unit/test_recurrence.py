"""When periods begin, and which are made after the machine was off."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from billing.subscriptions.recurrence import Schedule, next_step

DAYS = st.dates(date(1995, 1, 1), date(2060, 12, 31))
SCHEDULES = st.builds(
    Schedule, DAYS, st.integers(1, 30), st.sampled_from(["day", "week", "month", "year"]),
    st.none() | st.dates(date(2020, 1, 1), date(2070, 1, 1)),
)  # fmt: skip


def days_of(schedule: Schedule, until: date) -> list[date]:
    """All periods until a day, counted one by one: the definition, slow and plain."""
    unit, found, n = f"{schedule.unit}s", [], 0
    while (day := schedule.start + relativedelta(**{unit: n * schedule.every})) <= until:
        if schedule.end is None or day <= schedule.end:
            found.append(day)
        n += 1
    return found


@pytest.mark.req("R-07")
def test_the_31st_comes_back_after_a_short_month():
    schedule = Schedule(date(2026, 1, 31), 1, "month")

    days = list(schedule.coming(0, 5))

    assert [day.isoformat() for day in days] == ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]


def test_the_29th_of_february_comes_back_in_a_leap_year():
    schedule = Schedule(date(2024, 2, 29), 1, "year")

    days = list(schedule.coming(0, 5))

    assert [day.isoformat() for day in days] == ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]


def test_nothing_begins_behind_the_end_or_the_calendar():
    assert list(Schedule(date(2026, 1, 1), 1, "month", date(2026, 2, 28)).coming(0, 6)) == [
        date(2026, 1, 1), date(2026, 2, 1),
    ]  # fmt: skip
    assert len(list(Schedule(date(9990, 1, 1), 5, "year").coming(0, 6))) == 2


@pytest.mark.parametrize(
    ("catch_up", "made"),
    [("each", ["03-01", "04-01", "05-01", "06-01"]), ("last", ["06-01"]), ("none", [])],
)
@pytest.mark.req("R-07")
def test_a_machine_that_was_off_from_spring_to_june_makes_what_the_rule_says(catch_up, made):
    schedule = Schedule(date(2026, 3, 1), 1, "month")

    found, index = run(schedule, 0, date(2026, 6, 10), catch_up)

    assert [f"{day:%m-%d}" for day in found] == made
    assert schedule.begins(index) == date(2026, 7, 1)


def test_on_the_very_day_every_rule_makes_one():
    schedule = Schedule(date(2026, 3, 1), 1, "month")

    assert [run(schedule, 3, date(2026, 6, 1), rule) for rule in ("each", "last", "none")] == [
        ([date(2026, 6, 1)], 4)
    ] * 3  # fmt: skip


def run(schedule: Schedule, index: int, today: date, catch_up: str) -> tuple[list[date], int]:
    """Take all steps of one day."""
    found = []
    while (step := next_step(schedule, index, today, catch_up)) is not None:
        assert step.next_index > index
        if step.make is not None:
            found.append(schedule.begins(step.make))
        index = step.next_index
    return found, index


@pytest.mark.req("R-07")
@given(SCHEDULES, DAYS)
def test_counting_at_once_agrees_with_counting_one_by_one(schedule, day):
    day = min(day, schedule.start + timedelta(days=4000))

    all_of_them = days_of(schedule, day)

    latest = schedule.latest_until(day)
    assert (latest is None) == (not all_of_them)
    if latest is not None:
        assert schedule.begins(latest) == all_of_them[-1]
    first = Schedule(schedule.start, schedule.every, schedule.unit).first_from(day)
    assert first == sum(found < day for found in days_of(Schedule(schedule.start, schedule.every, schedule.unit), day))


@pytest.mark.req("R-07")
@given(SCHEDULES, st.sampled_from(["each", "last", "none"]), st.lists(st.integers(0, 200), min_size=1, max_size=12))
def test_whatever_the_downtimes_the_rule_decides_what_is_made_and_nothing_twice(schedule, catch_up, pauses):
    wakings, day = [], schedule.start - timedelta(days=3)
    for pause in pauses:
        day += timedelta(days=pause)
        wakings.append(day)

    made, index = [], 0
    for waking in wakings:
        found, index = run(schedule, index, waking, catch_up)
        made += found

    assert made == sorted(set(made))
    due = days_of(schedule, wakings[-1])
    if catch_up == "each":
        assert made == due
    else:
        before, expected = date.min, []
        for waking in wakings:
            fresh = [found for found in due if before < found <= waking]
            expected += [found for found in fresh[-1:] if catch_up == "last" or found == waking]
            before = max(before, waking)
        assert made == expected
    following = schedule.begins(index)
    assert following is None or following > wakings[-1]
