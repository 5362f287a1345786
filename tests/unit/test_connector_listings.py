"""Listings of Zoho Projects: where they end, what they cost, what they never believe."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime
from typing import Any

import pytest

from connectors.base import ChangedSince, Page, Query
from connectors.errors import PortalUnreachable, RemoteUnavailable, ScopeMissing
from connectors.zoho_projects import ZohoProjects
from tests.unit.connector_kit import (
    PORTAL,
    ROOT,
    THROTTLE,
    Behaviour,
    Call,
    HeldClock,
    Remote,
    Reply,
    by_kind,
    connect,
    listed,
    log,
    logged,
    refusal,
    task,
)

TASKS = f"{ROOT}/tasks"
LOGS = f"{ROOT}/timelogs"


def full(first: int = 0, plural: str = "tasks", **info: Any) -> Reply:
    return listed(plural, [task(first + at) for at in range(200)], **info)


def read(connector: ZohoProjects, module: str = "tasks", cursor: str | None = None, **query: Any) -> list[Page]:
    return list(connector.pages(Query(module, PORTAL, **query), cursor))


def ids(pages: list[Page]) -> list[str]:
    return [record.id for page in pages for record in page.records]


def test_a_short_page_ends_the_list_without_another_call() -> None:
    remote = Remote().on(TASKS, [full(), listed("tasks", [task(500)])])

    pages = read(connect(remote))

    assert len(ids(pages)) == 201
    assert pages[-1].next_cursor is None
    assert [call.query for call in remote.to(TASKS)] == [
        {"page": "1", "per_page": "200"}, {"page": "2", "per_page": "200"},
    ]  # fmt: skip


def test_a_flag_that_wrongly_says_no_more_ends_nothing() -> None:
    remote = Remote().on(TASKS, [full(has_next_page=False), full(200), listed("tasks", [task(900)])])
    assert len(ids(read(connect(remote)))) == 401


def test_a_flag_that_always_promises_more_ends_with_two_pages_of_nothing_new() -> None:
    remote = Remote().on(TASKS, [full(has_next_page="true"), full(200, has_next_page="true")])
    assert len(set(ids(read(connect(remote))))) == 400
    assert len(remote.to(TASKS)) == 4


def test_an_empty_page_in_the_middle_is_passed_over() -> None:
    remote = Remote().on(
        TASKS, [full(has_next_page=True), listed("tasks", [], has_next_page=True), full(200), listed("tasks", [])]
    )
    assert len(ids(read(connect(remote)))) == 400


def test_the_same_page_served_twice_loses_nothing() -> None:
    remote = Remote().on(TASKS, [full(), full(), full(200), listed("tasks", [task(900)])])
    assert len(set(ids(read(connect(remote))))) == 401


def test_a_page_with_the_number_of_another_is_asked_for_again() -> None:
    remote = Remote().on(TASKS, [full(page=1), full(page=1), full(200, page=2), listed("tasks", [], page=3)])
    assert len(set(ids(read(connect(remote))))) == 400


def test_a_server_that_gives_smaller_pages_than_asked_is_read_to_its_end() -> None:
    half = [task(at) for at in range(100)]
    told = Remote().on(TASKS, [listed("tasks", half, per_page=100), listed("tasks", [task(500)], per_page=100)])
    silent = Remote().on(f"{ROOT}/projects", [Reply(half), Reply([task(500)])])

    assert len(ids(read(connect(told)))) == 101
    assert len(ids(read(connect(silent), "projects"))) == 101


def test_projects_are_a_bare_array_and_milestones_bring_their_page_info_in_a_list() -> None:
    remote = Remote().on(f"{ROOT}/projects", Reply([task(1)]))
    remote.on(
        f"{ROOT}/phases",
        Reply({"milestones": [task(2), task(3, isTrashed="1")], "page_info": [{"has_next_page": "false"}]}),
    )

    assert ids(read(connect(remote), "projects")) == ["1"]
    assert ids(read(connect(remote), "milestones")) == ["2"]
    assert len(remote.to(f"{ROOT}/projects")) == len(remote.to(f"{ROOT}/phases")) == 1


@pytest.mark.parametrize(
    "bad",
    [
        Reply({}), Reply(None), Reply([]), Reply("OK"), Reply({"tasks": None}), Reply({"tasks": {}}), Reply(b"", 204),
        Reply({"status": "error"}), Reply(b"<html>login</html>"), Reply(b"<html>", content_type="text/html"),
    ],
)  # fmt: skip
def test_what_is_no_list_is_never_an_empty_one(bad: Reply) -> None:
    remote = Remote().on(TASKS, bad)
    with pytest.raises(RemoteUnavailable):
        read(connect(remote))
    assert len(remote.to(TASKS)) == 4


@pytest.mark.parametrize("bad", [Reply([]), Reply({"time_logs": [{"date": "2026-11-03"}]}), Reply({"time_logs": None})])
def test_what_is_no_list_of_time_logs_is_never_an_empty_one(bad: Reply) -> None:
    with pytest.raises(RemoteUnavailable):
        read(connect(Remote().on(LOGS, bad)), "time_entries")


def test_a_fault_in_the_middle_is_asked_again_and_no_page_is_half_read() -> None:
    remote = Remote().on(TASKS, [full(), Reply(b'{"tasks": [{"id"'), Reply(b"", 502), listed("tasks", [task(900)])])
    assert len(ids(read(connect(remote)))) == 201


def test_one_bad_record_leaves_the_others_whole() -> None:
    rows = [task(1), task(2, start_date="31/12/2026"), {"name": "no id"}, "text", task(1817452000000100001), task(5)]
    page = read(connect(Remote().on(TASKS, listed("tasks", rows))))[0]

    assert [record.id for record in page.records] == ["1", "1817452000000100001", "5"]
    assert [bad.id for bad in page.unreadable] == ["2", "tasks, page 1, row 3", "tasks, page 1, row 4"]
    assert all(bad.problem.endswith(".") for bad in page.unreadable)


def test_a_record_that_carries_two_ids_is_not_guessed_at() -> None:
    twice = b'{"id":"1","name":"T","id":"2","project":{"id":"7"}}'
    page = read(connect(Remote().on(TASKS, Reply(b'{"tasks":[' + twice + b"]}"))))[0]
    assert [bad.problem for bad in page.unreadable] == ["It carries two different ids."]

    body = logged([log(1), log(2)]).content().replace(b'"id": "1"', b'"id": "1", "id": "3"')
    page = read(connect(Remote().on(LOGS, by_kind(task=[Reply(body)]))), "time_entries")[0]
    assert [record.id for record in page.records] == ["2"]
    assert [bad.problem for bad in page.unreadable] == ["It carries two different ids."]


def test_time_logs_are_read_in_three_passes_that_believe_no_promise() -> None:
    rows = [log(at) for at in range(250)]
    remote = Remote().on(LOGS, by_kind(task=[logged(rows[:200]), logged(rows[200:])], issue=[logged([log(900)])]))

    pages = read(connect(remote), "time_entries", first_date=date(2026, 1, 1))

    assert len(ids(pages)) == 251
    assert len(remote.to(LOGS)) == 4
    assert {call.query["view_type"] for call in remote.to(LOGS)} == {"customdate"}
    assert remote.to(LOGS)[0].query["start_date"] == "2026-01-01"
    assert remote.to(LOGS)[0].query["end_date"] == "2027-11-23"
    assert pages[-1].next_cursor is None


def summed(rows: list[Any], total: str) -> Reply:
    body = {
        "log_hours": {"total_hours": total},
        "time_logs": [{"date": "2026-11-03", "log_details": rows}] if rows else [],
    }
    return Reply(body | {"page_info": {"has_next_page": True}})


def test_a_short_or_empty_page_is_doubted_while_hours_are_missing() -> None:
    first = [log(at) for at in range(150)]
    short = by_kind(task=[summed(first, "400:00"), summed([log(at) for at in range(200, 210)], "400:00")])
    pages = read(connect(Remote().on(LOGS, short)), "time_entries")
    assert len(ids(pages)) == 160

    empty_once = [summed([], "05:00"), summed([log(1), log(2)], "05:00")]
    remote = Remote().on(LOGS, lambda call: empty_once.pop(0) if empty_once else logged([]))
    assert len(ids(read(connect(remote), "time_entries"))) == 2
    assert len(remote.to(LOGS)) == 4


def test_a_sum_that_is_never_reached_costs_a_few_calls_once() -> None:
    remote = Remote().on(LOGS, lambda call: summed([log(1)] if call.query["page"] == "1" else [], "99:00"))
    assert len(read(connect(remote), "time_entries")) == 5
    assert len(remote.to(LOGS)) <= 7


def test_an_empty_page_after_a_full_one_is_asked_for_again() -> None:
    rows = [log(at) for at in range(250)]
    replies = [logged(rows[:200]), logged([]), logged(rows[200:])]
    remote = Remote().on(LOGS, lambda call: replies.pop(0) if replies else logged([]))

    assert len(ids(read(connect(remote), "time_entries"))) == 250
    assert [call.query["page"] for call in remote.to(LOGS)] == ["1", "2", "2", "1", "1"]


def test_a_listing_goes_on_from_its_cursor() -> None:
    rows = [log(at) for at in range(250)]
    remote = Remote().on(LOGS, by_kind(task=[logged(rows[:200]), logged(rows[200:])], general=[logged([log(900)])]))
    connector = connect(remote)
    every = read(connector, "time_entries")

    for at, page in enumerate(every[:-1]):
        assert page.next_cursor is not None
        assert ids(read(connector, "time_entries", page.next_cursor)) == ids(every[at + 1 :])


def honest(**pages: list[Reply]) -> Behaviour:
    """Lists of one project: what has no logs says that there is no more."""
    nothing = [logged([], has_next_page=False)]
    return by_kind(**{"task": nothing, "issue": nothing, "general": nothing, **pages})


def test_what_changed_is_asked_per_project_where_that_is_cheaper() -> None:
    window = f"{ROOT}/projects/7/timelogs"
    remote = Remote().on(window, honest(task=[logged([log(1)], has_next_page=False)])).on(LOGS, by_kind())
    connector = connect(remote)
    since = datetime(2026, 11, 20, 3, tzinfo=UTC)

    pages = read(connector, "time_entries", since=since, parents=["7"], known=100_000)

    assert ids(pages) == ["1"]
    assert len(remote.to(window)) == 3
    assert remote.to(LOGS) == []
    asked = remote.to(window)[0].query
    assert (asked["start_date"], asked["end_date"], asked["fetch_by_modified_time"]) == (
        "2026-11-19",
        "2026-11-23",
        "true",
    )

    read(connector, "time_entries", since=since, parents=[str(at) for at in range(50)], known=1000)
    assert len(remote.to(LOGS)) == 3
    assert connector.capabilities("time_entries").changed_since is ChangedSince.WINDOW


def test_a_project_that_went_is_passed_over_and_a_hidden_one_makes_the_whole_portal_be_read() -> None:
    remote = Remote().on(LOGS, by_kind(task=[logged([log(5)])])).on(f"{ROOT}/projects/8/timelogs", refusal("X", 410))
    remote.on(f"{ROOT}/projects/7/timelogs", honest(task=[logged([log(1)], has_next_page=False)]))
    query = {"since": datetime(2026, 11, 20, tzinfo=UTC), "known": 100_000}

    gone = read(connect(remote), "time_entries", parents=["7", "8"], **query)
    assert ids(gone) == ["1"]
    assert gone[-1].next_cursor is None

    remote.on(f"{ROOT}/projects/8/timelogs", refusal("FORBIDDEN", 403))
    assert ids(read(connect(remote), "time_entries", parents=["8"], **query)) == ["5"]


def test_the_next_page_is_fetched_while_this_one_is_used_and_none_after_the_last() -> None:
    asked = threading.Event()

    def tasks(call: Call) -> Reply:
        if call.query["page"] == "2":
            asked.set()
            return listed("tasks", [task(900)])
        return full()

    remote = Remote().on(TASKS, tasks)
    pages = connect(remote).pages(Query("tasks", PORTAL))
    next(pages)
    assert asked.wait(2)
    assert len(list(pages)) == 1
    assert len(remote.to(TASKS)) == 2


def test_an_error_comes_after_the_pages_before_it() -> None:
    pages = connect(Remote().on(TASKS, [full(), refusal("FORBIDDEN", 403)])).pages(Query("tasks", PORTAL))
    assert len(next(pages).records) == 200
    with pytest.raises(ScopeMissing, match="may not read tasks"):
        next(pages)


def test_a_lost_portal_is_told_from_an_empty_one() -> None:
    with pytest.raises(PortalUnreachable):
        read(connect(Remote()))


def test_a_long_listing_waits_for_its_window_and_is_never_refused() -> None:
    clock, calls = HeldClock(), []

    def tasks(call: Call) -> Reply:
        now = clock.now().timestamp()
        calls.append(now)
        if len([at for at in calls if now - at < 120]) > 100:
            return refusal(THROTTLE, 400, "Try again after 22 minutes.")
        number = int(call.query["page"])
        return full(number * 200) if number < 130 else listed("tasks", [])

    assert len(ids(read(connect(Remote().on(TASKS, tasks), clock)))) == 129 * 200
    assert calls[-1] - calls[0] <= 1.15 * 130 / 100 * 120
