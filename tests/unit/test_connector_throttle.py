"""Staying below a remote's limit, and one page ahead."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from connectors.prefetch import one_ahead
from connectors.throttle import Throttle, pattern
from tests.unit.connector_kit import HeldClock


def test_ids_are_collapsed_in_the_pattern_that_remotes_count_by() -> None:
    assert pattern("/api/v3/portal/600/projects/18174520000001/tasks") == "/api/v3/portal/{id}/projects/{id}/tasks"


def stamps(throttle: Throttle, clock: HeldClock, calls: int, headers: dict[str, str]) -> list[float]:
    found = []
    for _ in range(calls):
        throttle.enter("k")
        found.append(clock.now().timestamp())
        throttle.leave("k", headers)
    return found


@pytest.mark.parametrize(("headers", "limit"), [({}, 100), ({"RateLimit": "200", "RateLimit-Window": "120"}, 200)])
def test_no_window_ever_holds_more_calls_than_the_limit_and_little_is_given_away(
    headers: dict[str, str], limit: int
) -> None:
    clock = HeldClock()
    found = stamps(Throttle(clock.now, clock.sleep), clock, 1000, headers)

    for at in range(len(found) - limit):
        assert found[at + limit] - found[at] >= 120
    assert found[-1] - found[0] <= 1.15 * 1000 / limit * 120


def test_calls_that_others_made_count_against_us() -> None:
    clock = HeldClock()
    throttle = Throttle(clock.now, clock.sleep)
    throttle.enter("k")
    throttle.leave("k", {"RateLimit": "100", "RateLimit-Remaining": "5", "RateLimit-Window": "120"})

    assert throttle.enter("k") > 100


def test_another_pattern_has_its_own_window_and_a_clock_set_back_costs_one_window_at_most() -> None:
    clock = HeldClock()
    throttle = Throttle(clock.now, clock.sleep)
    stamps(throttle, clock, 90, {})

    assert throttle.enter("other") == 0
    clock.at = clock.at.replace(hour=9)
    assert throttle.enter("k") <= 120


def test_the_next_item_is_made_while_this_one_is_used_and_never_two_ahead() -> None:
    made: list[int] = []
    second = threading.Event()

    def items() -> Iterator[int]:
        for number in range(4):
            made.append(number)
            if number == 1:
                second.set()
            yield number

    ahead = one_ahead(items())
    assert next(ahead) == 0
    assert second.wait(2)
    assert made == [0, 1]
    assert list(ahead) == [1, 2, 3]


def test_an_error_comes_in_its_place_and_giving_up_closes_the_source() -> None:
    closed = threading.Event()

    def items() -> Iterator[int]:
        try:
            yield 1
            raise ValueError("second")
        finally:
            closed.set()

    ahead = one_ahead(items())
    assert next(ahead) == 1
    with pytest.raises(ValueError, match="second"):
        next(ahead)
    assert closed.wait(2)

    closed.clear()
    ahead = one_ahead(items())
    next(ahead)
    ahead.close()  # type: ignore[attr-defined]
    assert closed.wait(2)
