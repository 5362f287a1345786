"""Time logs with all their traps (zoho-projects-wire §5)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from standin import World, create_standin
from tests.standin.conftest import Parts, Stranger, title


@pytest.fixture
def logs(remote: Stranger, parts: Parts) -> list[str]:
    """Logs on Monday 9, Sunday 15, Monday 16 and Wednesday 18 November; the last is of the issue's week."""
    dates = ("2026-11-09", "2026-11-15", "2026-11-16", "2026-11-18")
    return [remote.edit("log.add", type="task", item=parts.task, date=day, minutes=150)["id"] for day in dates]


def bulk(remote: Stranger, *rows: dict[str, Any]) -> Any:
    return remote.call("POST", "/addbulktimelogs", data={"log_object": json.dumps(rows)})


def test_the_module_is_mandatory(remote: Stranger) -> None:
    answer = remote.get("/timelogs", view_type="projectspan")

    assert title(answer) == (400, "LESS_THAN_MIN_OCCURANCE")
    assert answer.get_json()["error"]["details"][0]["field_name"] == "module"


@pytest.mark.parametrize("kind", ["bug", "all", "milestone"])
def test_other_kinds_do_not_match_the_pattern(remote: Stranger, kind: str) -> None:
    assert title(remote.get("/timelogs", module=json.dumps({"type": kind}))) == (400, "PATTERN_NOT_MATCHED")


def test_without_view_type_the_week_of_the_start_is_shown_and_the_end_ignored(
    remote: Stranger, logs: list[str]
) -> None:
    found = remote.logs(start_date="2026-11-12", end_date="2026-11-30")

    assert [log["date"] for log in found] == ["2026-11-09", "2026-11-15"]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"view_type": "day", "start_date": "2026-11-15"}, 1),
        ({"view_type": "week", "start_date": "2026-11-18"}, 2),
        ({"view_type": "month", "start_date": "2026-11-30"}, 4),
        ({"view_type": "customdate", "start_date": "2026-11-15", "end_date": "2026-11-16"}, 2),
        ({"view_type": "projectspan"}, 4),
        ({}, 2),
    ],
)
def test_the_view_type_chooses_the_days(remote: Stranger, logs: list[str], query: dict[str, str], count: int) -> None:
    assert len(remote.logs(**query)) == count


def test_custom_dates_need_both_ends(remote: Stranger) -> None:
    answer = remote.get("/timelogs", module='{"type":"task"}', view_type="customdate", start_date="2026-11-15")

    assert title(answer) == (400, "LESS_THAN_MIN_OCCURANCE")


def test_portal_logs_always_claim_more(remote: Stranger, logs: list[str]) -> None:
    body = remote.get("/timelogs", module='{"type":"task"}', view_type="projectspan", page=9, per_page=50).get_json()

    assert body["time_logs"] == []
    assert body["page_info"] == {"page": 9, "per_page": 50, "page_count": 100, "has_next_page": True}


def test_project_logs_tell_the_truth_about_more(remote: Stranger, parts: Parts, logs: list[str]) -> None:
    query = {"module": '{"type":"task"}', "view_type": "projectspan", "page": 1, "per_page": 3}

    info = remote.get(f"/projects/{parts.project}/timelogs", **query).get_json()["page_info"]

    assert (info["page_count"], info["has_next_page"]) == (3, True)


def test_timesheet_is_another_word_for_timelogs(remote: Stranger, parts: Parts, logs: list[str]) -> None:
    assert len(remote.logs("/timesheet", view_type="projectspan")) == 4
    assert len(remote.logs(f"/projects/{parts.project}/timesheet", view_type="projectspan")) == 4


def test_a_log_has_the_shape_of_the_wire(remote: Stranger, parts: Parts, logs: list[str]) -> None:
    log = remote.get(f"/projects/{parts.project}/logs/{logs[0]}", type="task").get_json()

    assert log["log_hour"] == "02:30"
    assert log["billing_status"] == "Billable"
    assert log["approval"] == {"status": "Unapproved"}
    assert log["module_detail"] == {"id": parts.task, "name": "Design", "type": "task"}
    assert log["start_time"] == ""
    assert set(log["owner"]) == {"zuid", "zpuid", "name", "email", "first_name", "last_name", "full_name"}


def test_general_logs_have_no_entity(remote: Stranger, parts: Parts) -> None:
    remote.edit("log.add", type="general", project=parts.project, date="2026-11-18", name="Stand-up")

    log = remote.logs(kind="general")[0]

    assert "id" not in log["module_detail"]
    assert log["log_name"] == "Stand-up"


def test_each_kind_is_listed_apart(remote: Stranger, parts: Parts, logs: list[str]) -> None:
    remote.edit("log.add", type="issue", item=parts.issue, date="2026-11-18")

    assert [len(remote.logs(kind=kind, view_type="projectspan")) for kind in ("task", "issue", "general")] == [4, 1, 0]
    assert len(remote.logs(item=parts.task, view_type="projectspan")) == 4


def test_sums_are_of_the_whole_listing(remote: Stranger, logs: list[str]) -> None:
    body = remote.get("/timelogs", module='{"type":"task"}', view_type="projectspan", page=1, per_page=1).get_json()

    assert body["log_hours"] == {"total_hours": "10:00", "billable_hours": "10:00", "non_billable_hours": "00:00"}


def test_logs_are_fetched_by_modified_time_on_the_project(remote: Stranger, parts: Parts, logs: list[str]) -> None:
    remote.http.post("/_standin/clock", json={"now": "2026-11-25T12:00:00Z"})
    remote.edit("log.set", id=logs[0], notes="late change")
    remote.sign_in()
    query = {
        "view_type": "customdate",
        "start_date": "2026-11-25",
        "end_date": "2026-11-25",
        "fetch_by_modified_time": "true",
    }

    assert [log["id"] for log in remote.logs(f"/projects/{parts.project}/timelogs", **query)] == [logs[0]]
    assert remote.logs(**query) == []


def test_logs_are_filtered_by_project_and_approval(remote: Stranger, parts: Parts, logs: list[str]) -> None:
    remote.edit("log.set", id=logs[1], approval="Approved")
    criteria = [
        {"field_name": "project", "custom_feild": "-", "criteria_condition": "contains", "value": [parts.project]},
        {"field_name": "approvaltype", "criteria_condition": "is", "value": ["Approved"]},
    ]
    asked = json.dumps({"project": "-", "criteria": criteria, "pattern": "1 AND 2"})

    assert [log["id"] for log in remote.logs(view_type="projectspan", filter=asked)] == [logs[1]]


def test_logs_are_added_in_bulk_by_form(remote: Stranger, parts: Parts) -> None:
    row = {"project_id": parts.project, "item_id": parts.task, "type": "task", "date": "2026-11-17", "hours": "2.5"}

    answer = bulk(remote, {**row, "bill_status": "Non Billable", "owner_zpuid": parts.people[1]}, row)

    made = [log for group in answer.get_json()["time_logs"] for log in group["log_details"]]
    assert [(log["log_hour"], log["billing_status"]) for log in made] == [
        ("02:30", "Non Billable"),
        ("02:30", "Billable"),
    ]
    assert made[0]["owner"]["zpuid"] == parts.people[1]


def test_bulk_logs_as_json_are_input_missing(remote: Stranger) -> None:
    assert title(remote.call("POST", "/addbulktimelogs", json=[])) == (400, "LESS_THAN_MIN_OCCURANCE")


def test_only_owners_of_a_task_log_on_it(remote: Stranger, parts: Parts) -> None:
    row = {"project_id": parts.project, "item_id": parts.task, "type": "task", "date": "2026-11-17", "hours": "1"}

    answer = bulk(remote, {**row, "owner_zpuid": parts.people[5]})

    assert title(answer) == (400, "INVALID_PARAMETER_VALUE")
    assert "task owner(s)" in answer.get_json()["error"]["details"][0]["message"]


def test_a_bulk_with_one_bad_row_adds_nothing(remote: Stranger, parts: Parts) -> None:
    row = {"project_id": parts.project, "item_id": parts.task, "type": "task", "date": "2026-11-17", "hours": "1"}

    answer = bulk(remote, row, {**row, "hours": "soon"})

    assert answer.status_code == 400
    assert remote.logs(view_type="projectspan") == []


def test_a_single_log_is_posted_unless_the_server_is_in_that_mood(remote: Stranger, parts: Parts) -> None:
    path = f"/projects/{parts.project}/log"
    body = {
        "date": "2026-11-17",
        "hours": "1:15",
        "bill_status": "Billable",
        "module": {"type": "issue", "id": parts.issue},
    }

    made = remote.call("POST", path, json=body)
    remote.http.post("/_standin/quirks", json={"single_log_post_fails": True})

    assert (made.status_code, made.get_json()["log_hour"]) == (201, "01:15")
    assert title(remote.call("POST", path, json=body)) == (500, "INTERNAL_SERVER_ERROR")


def test_changing_a_log_needs_its_module(remote: Stranger, parts: Parts, logs: list[str]) -> None:
    path = f"/projects/{parts.project}/logs/{logs[0]}"

    refused = remote.call("PATCH", path, json={"notes": "x"})
    changed = remote.call(
        "PATCH", path, json={"notes": "x", "bill_status": "Non Billable", "module": {"type": "task"}}
    ).get_json()

    assert title(refused) == (400, "LESS_THAN_MIN_OCCURANCE")
    assert (changed["notes"], changed["billing_status"]) == ("x", "Non Billable")


def test_deleting_a_log_needs_a_json_body(remote: Stranger, parts: Parts, logs: list[str]) -> None:
    path = f"/projects/{parts.project}/logs/{logs[0]}"

    assert title(remote.call("DELETE", path)) == (400, "INVALID_INPUTSTREAM")
    assert remote.call("DELETE", path, json={"module": "task"}).status_code == 204
    assert len(remote.logs(view_type="projectspan")) == 3


def test_logs_are_approved_in_bulk(remote: Stranger, logs: list[str]) -> None:
    rows = [{"id": key, "module": "task", "approval_status": "Approved"} for key in logs[:2]]

    answer = remote.call("PATCH", "/logs", json=rows)

    assert answer.status_code == 200
    found = {log["id"]: log["approval"]["status"] for log in remote.logs(view_type="projectspan")}
    assert [found[key] for key in logs] == ["Approved", "Approved", "Unapproved", "Unapproved"]


def test_moving_a_log_to_another_day_moves_it_in_the_list(remote: Stranger, logs: list[str]) -> None:
    remote.edit("log.set", id=logs[0], date="2026-11-30")

    assert [log["id"] for log in remote.logs(view_type="projectspan")] == [*logs[1:], logs[0]]


def test_every_log_of_a_large_world_is_served_once() -> None:
    world = World.sized(3, customers=5, projects=20, time_entries=3000)
    remote = Stranger(world, create_standin(world).test_client()).sign_in()

    found = [
        log["id"]
        for kind in ("task", "issue", "general")
        for page in range(1, 15)
        for log in remote.logs(kind=kind, view_type="projectspan", page=page, per_page=200)
    ]

    assert len(found) == len(set(found)) == 3000
