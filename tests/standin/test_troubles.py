"""Every fault can be switched on, strikes what it should, and leaves again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.standin.conftest import Parts, Stranger, title


@pytest.fixture
def tasks(remote: Stranger, parts: Parts) -> list[str]:
    """Six tasks, for pages of two."""
    more = [remote.edit("task.add", project=parts.project, name=f"Task {number}")["id"] for number in range(5)]
    return [parts.task, *more]


def page(remote: Stranger, number: int) -> list[str]:
    return [task["id"] for task in remote.rows("/tasks", "tasks", page=number, per_page=2)]


def test_a_status_comes_in_zohos_words_or_as_html(remote: Stranger) -> None:
    remote.trouble("status", status=503, count=1)
    remote.trouble("status", status=502, body="html", skip=1, count=1)

    first, second, third = (remote.get("/projects") for _ in range(3))

    assert title(first) == (503, "INTERNAL_SERVER_ERROR")
    assert (second.status_code, second.mimetype) == (502, "text/html")
    assert third.status_code == 200


def test_the_nth_matching_call_is_struck(remote: Stranger) -> None:
    remote.trouble("status", path="/projects$", nth=2)

    assert [remote.get("/projects").status_code for _ in range(3)] == [200, 500, 200]
    assert remote.get("/tasks").status_code == 200


def test_a_trouble_may_strike_one_method_only(remote: Stranger) -> None:
    remote.trouble("status", method="POST")

    assert remote.get("/projects").status_code == 200
    assert remote.call("POST", "/projects", json={"name": "x"}).status_code == 500


def test_chance_follows_from_the_seed(remote: Stranger) -> None:
    def run() -> list[int]:
        remote.http.delete("/_standin/troubles")
        remote.trouble("status", probability=0.4)
        return [remote.get("/projects").status_code for _ in range(20)]

    assert run() == run()


@pytest.mark.parametrize(
    ("style", "header"),
    [
        ("seconds", "7"),
        ("date", "Wed, 18 Nov 2026 17:00:07 GMT"),
        ("none", None),
        ("huge", "86400"),
        ("junk", "soon, please"),
    ],
)
def test_a_throttle_says_when_in_many_ways(remote: Stranger, style: str, header: str | None) -> None:
    remote.trouble("throttle_429", retry_after=style, seconds=7)

    answer = remote.get("/projects")

    assert (answer.status_code, answer.headers.get("Retry-After")) == (429, header)


def test_a_throttle_can_be_a_400(remote: Stranger) -> None:
    remote.trouble("throttle_400", seconds=1320)

    answer = remote.get("/projects")

    assert title(answer) == (400, "URL_ROLLING_THROTTLES_LIMIT_EXCEEDED")
    assert "Try again after 22 minutes" in answer.text


def test_the_accounts_server_may_deny_with_200(remote: Stranger) -> None:
    remote.trouble("access_denied_200", path="/oauth/v2/token")

    assert (remote.refresh().status_code, remote.refresh().get_json()["error"]) == (200, "Access Denied")


def test_consent_can_be_withdrawn_in_the_middle(remote: Stranger) -> None:
    remote.trouble("revoked_token", nth=2)

    assert [remote.get("/projects").status_code for _ in range(2)] == [200, 401]
    assert remote.refresh().get_json() == {"error": "invalid_code"}


@pytest.mark.parametrize("kind", ["reset_before", "reset_mid", "lost_reply"])
def test_a_connection_breaks(remote: Stranger, kind: str) -> None:
    remote.trouble(kind, count=1)

    with pytest.raises(ConnectionResetError):
        _ = remote.get("/projects").data

    assert remote.get("/projects").status_code == 200


def test_a_lost_reply_has_done_its_work(remote: Stranger) -> None:
    remote.trouble("lost_reply", method="POST", count=1)

    with pytest.raises(ConnectionResetError):
        remote.call("POST", "/projects", json={"name": "Made anyway"})

    assert [row["name"] for row in remote.get("/projects").get_json()] == ["Made anyway"]


@pytest.mark.parametrize(
    ("kind", "body"),
    [("empty_body", b""), ("null_json", b"null"), ("list_json", b"[]"), ("object_json", b"{}")],
)
def test_a_body_is_not_what_it_should_be(remote: Stranger, kind: str, body: bytes) -> None:
    remote.trouble(kind)

    answer = remote.get("/tasks")

    assert (answer.status_code, answer.data) == (200, body)


@pytest.mark.parametrize(
    "kind", ["cut_json", "trailing_garbage", "html_200", "html_as_json", "nan", "latin1", "bom", "deep_json"]
)
def test_a_body_is_no_proper_json(remote: Stranger, parts: Parts, kind: str) -> None:
    remote.trouble(kind)

    answer = remote.get("/users")

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    assert answer.status_code == 200
    with pytest.raises((ValueError, RecursionError)):
        json.loads(answer.data.decode(), parse_constant=refuse)


def test_a_content_type_is_wrong_or_absent(remote: Stranger) -> None:
    remote.trouble("wrong_ct", count=1)
    remote.trouble("no_ct", skip=1)

    assert remote.get("/projects").mimetype == "text/plain"
    assert "Content-Type" not in remote.get("/projects").headers


def test_a_dead_list_looks_like_an_empty_portal(remote: Stranger, tasks: list[str]) -> None:
    remote.trouble("dead_list")

    assert remote.rows("/tasks", "tasks") == []
    assert remote.get("/projects").get_json() == []


def test_a_row_comes_twice_over_two_pages(remote: Stranger, tasks: list[str]) -> None:
    remote.trouble("dup_rows")

    assert page(remote, 2)[0] == tasks[1]


def test_a_shifted_page_never_serves_one_row(remote: Stranger, tasks: list[str]) -> None:
    remote.trouble("shift_page")

    found = [key for number in (1, 2, 3) for key in page(remote, number)]

    assert set(tasks) - set(found) == {tasks[2], tasks[4]}


def test_a_page_never_ends(remote: Stranger, tasks: list[str]) -> None:
    remote.trouble("endless_page", at=2)

    body = remote.get("/tasks", page=50, per_page=2).get_json()

    assert [task["id"] for task in body["tasks"]] == tasks[2:4]
    assert body["page_info"]["has_next_page"] is True


def test_the_more_flag_lies(remote: Stranger, tasks: list[str]) -> None:
    remote.trouble("more_flag_lies")

    assert remote.get("/tasks").get_json()["page_info"]["has_next_page"] is True
    assert remote.get("/phases").get_json()["page_info"][0]["has_next_page"] == "true"


def test_an_empty_page_in_the_middle_promises_more(remote: Stranger, tasks: list[str]) -> None:
    remote.trouble("empty_page", at=2)

    assert [len(page(remote, number)) for number in (1, 2, 3)] == [2, 0, 2]


def shown(remote: Stranger) -> dict[str, Any]:
    return remote.rows("/tasks", "tasks")[0]


def test_fields_come_go_and_change(remote: Stranger, parts: Parts) -> None:
    remote.trouble("extra_field", field="cf_new", value=7)
    remote.trouble("drop_field", field="priority")
    remote.trouble("type_flip", field="name")
    remote.trouble("set_field", field="created_time", value=None)

    task = shown(remote)

    assert (task["cf_new"], task["name"], task["created_time"]) == (7, {"value": "Design"}, None)
    assert "priority" not in task


def test_ids_may_turn_into_numbers(remote: Stranger, parts: Parts) -> None:
    remote.trouble("id_as_number")

    assert shown(remote)["id"] == int(parts.task)
    assert remote.get(f"/projects/{parts.project}").get_json()["id"] == int(parts.project)


def test_rows_of_time_logs_are_struck_too(remote: Stranger, parts: Parts) -> None:
    remote.edit("log.add", type="task", item=parts.task, date="2026-11-18")
    remote.trouble("set_field", field="log_hour", value="-01:00")

    assert remote.logs()[0]["log_hour"] == "-01:00"


def test_the_list_of_troubles_counts_and_can_be_cleared(remote: Stranger) -> None:
    kept = remote.trouble("status", path="/tasks")
    gone = remote.trouble("status", path="/projects")
    remote.get("/tasks")

    remote.http.delete(f"/_standin/troubles/{gone['id']}")

    listed = remote.http.get("/_standin/troubles").get_json()["troubles"]
    assert [(row["id"], row["seen"], row["struck"]) for row in listed] == [(kept["id"], 1, 1)]
    assert remote.get("/projects").status_code == 200


def test_an_unknown_trouble_is_refused(remote: Stranger) -> None:
    assert "no trouble is called" in remote.trouble("earthquake")["error"]
