"""The dials under /_standin, the worlds, and what survives a restart."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from urllib.request import Request

import pytest

from standin import World, create_standin
from standin.__main__ import _parser, build_world
from standin.clock import Clock
from standin.world import parse_moment
from tests.standin.conftest import NOON, Parts, Stranger


def test_the_clock_is_set_moved_and_held(remote: Stranger) -> None:
    remote.http.post("/_standin/clock", json={"now": "2027-01-01T00:00:00Z", "frozen": True})
    moved = remote.http.post("/_standin/clock", json={"advance": 90}).get_json()

    assert moved == {"now": "2027-01-01T00:01:30+00:00", "frozen": True}
    assert remote.http.post("/_standin/clock", json={"now": "yesterday"}).status_code == 400


def test_a_clock_that_is_not_held_ticks() -> None:
    clock = Clock(NOON)

    assert clock.now() > NOON


def test_requests_are_written_down_without_those_of_the_dials(remote: Stranger) -> None:
    remote.http.delete("/_standin/requests")
    remote.get("/tasks", page=1, per_page=2)
    remote.get("/bugs")

    told = remote.http.get("/_standin/requests").get_json()

    assert told["count"] == 2
    assert [(row["method"], row["status"]) for row in told["requests"]] == [("GET", 200), ("GET", 400)]
    assert told["requests"][0]["query"] == "page=1&per_page=2"


def test_a_broken_connection_is_written_down_too(remote: Stranger) -> None:
    remote.http.delete("/_standin/requests")
    remote.trouble("reset_before")

    with pytest.raises(ConnectionResetError):
        remote.get("/tasks")

    assert remote.world.requests[0]["status"] == 0


def test_an_edit_stamps_the_modified_time_unless_told(remote: Stranger, parts: Parts) -> None:
    remote.http.post("/_standin/clock", json={"advance": 60})

    now = remote.edit("task.set", id=parts.task, name="Now")
    old = remote.edit("task.set", id=parts.task, name="Old", modified="2020-01-01T00:00:00+00:00")

    assert now["last_modified_time"] == "2026-11-18T17:01:00.000Z"
    assert old["last_modified_time"] == "2020-01-01T00:00:00.000Z"


def test_poison_is_laid_over_a_record(remote: Stranger, parts: Parts) -> None:
    remote.edit("task.set", id=parts.task, raw={"name": "nul \u0000 and \ud83d\ude00", "priority": None, "odd": [1]})

    task = remote.rows("/tasks", "tasks")[0]

    assert (task["name"], task["odd"]) == ("nul \u0000 and \U0001f600", [1])
    assert "priority" not in task


def test_many_logs_are_added_at_once(remote: Stranger, parts: Parts) -> None:
    remote.edit("logs.add", count=500, type="task", item=parts.task, date="2026-11-18", minutes=-30)

    found = remote.logs(page=3, per_page=200)

    assert len(found) == 100
    assert found[0]["log_hour"] == "-00:30"


@pytest.mark.parametrize(
    "edit",
    [
        {"verb": "explode"},
        {"verb": "task.set", "id": "1", "name": "x"},
        {"verb": "project.add", "name": "x", "colour": "red"},
        {"verb": "project.add"},
        {"verb": "log.add", "type": "bug"},
    ],
)
def test_a_senseless_edit_is_refused_with_a_reason(remote: Stranger, edit: dict[str, str]) -> None:
    answer = remote.http.post("/_standin/world", json=edit)

    assert answer.status_code == 400
    assert answer.get_json()["error"]


def test_a_reset_brings_back_the_seed(remote: Stranger, parts: Parts) -> None:
    remote.trouble("status")

    remote.http.post("/_standin/reset")

    assert remote.sign_in().get("/projects").get_json() == []
    assert remote.told["refresh_token"] == remote.http.get("/_standin").get_json()["refresh_token"]


def test_tokens_are_expired_or_revoked_by_hand(remote: Stranger) -> None:
    remote.http.post("/_standin/tokens/expire")
    after_expiry = remote.get("/projects").status_code
    can_refresh = "access_token" in remote.refresh().get_json()
    remote.http.post("/_standin/tokens/revoke")

    assert (after_expiry, can_refresh) == (401, True)
    assert remote.refresh().get_json() == {"error": "invalid_code"}


def test_the_demo_is_an_agency_with_two_years_of_work() -> None:
    demo = World.demo(clock=Clock(NOON, frozen=True)).main

    assert len(demo.clients) == 14
    assert {client.currency for client in demo.clients.values()} == {"USD", "EUR", "GBP"}
    assert 25 <= len(demo.projects) <= 30
    assert 500 <= len(demo.tasks) <= 700
    assert 100 <= len(demo.issues) <= 150
    logs = list(demo.book.by_id.values())
    assert 5_500 <= len(logs) <= 7_500
    assert {log.kind for log in logs} == {"task", "issue", "general"}
    assert {log.approval for log in logs} == {"Approved", "Unapproved", "Rejected"}
    assert sum(log.minutes > 24 * 60 for log in logs) == 3
    assert max(log.day for log in logs) <= NOON.date().toordinal()


def test_the_demo_holds_the_cases_that_need_a_person() -> None:
    projects = [project for project in World.demo(clock=Clock(NOON)).main.projects.values() if not project.trashed]

    assert [project for project in projects if project.primary is None]
    assert [project for project in projects if len(project.clients) == 2]
    assert [p for p in projects if p.primary and p.budget["currency"] != p.primary.currency]


def test_the_same_seed_and_day_give_the_same_ids() -> None:
    def ids(seed: int, hour: int) -> list[tuple[int, int, str]]:
        clock = Clock(datetime(2026, 11, 18, hour, tzinfo=UTC), frozen=True)
        logs = World.demo(seed, clock=clock).main.book.by_id.values()
        return [(log.id, log.minutes, log.notes) for log in logs][:6000]

    assert ids(7, 9) == ids(7, 15)
    assert ids(7, 9) != ids(8, 9)


def test_edits_and_permissions_survive_a_restart(tmp_path: Path) -> None:
    state = str(tmp_path / "state.jsonl")

    def start() -> Stranger:
        asked = _parser().parse_args(["--customers", "2", "--projects", "3", "--time-entries", "20", "--state", state])
        return Stranger(*(lambda world: (world, create_standin(world).test_client()))(build_world(asked)))

    first = start().sign_in()
    code = first.http.post("/_standin/self-client-code", json={}).get_json()["code"]
    granted = first.ask_token(grant_type="authorization_code", code=code).get_json()["refresh_token"]
    made = first.call("POST", "/projects", json={"name": "Kept"}).get_json()
    first.http.post("/_standin/world", json={"verb": "explode"})
    doomed = first.get("/projects").get_json()[0]["id"]
    first.call("POST", f"/projects/{doomed}/trash")

    second = start()
    second.told["refresh_token"] = granted
    second.sign_in()

    projects = second.get("/projects").get_json()
    assert made in projects
    assert doomed not in [project["id"] for project in projects]


def test_another_worlds_state_is_not_taken(tmp_path: Path) -> None:
    state = str(tmp_path / "state.jsonl")
    small = ["--customers", "1", "--projects", "1", "--time-entries", "1", "--state", state]
    build_world(_parser().parse_args(small)).edit("project.add", name="Kept")

    other = build_world(_parser().parse_args(["--seed", "8", *small]))

    assert [project.name for project in other.main.projects.values()] == ["Project 00001"]


def test_a_world_can_be_built_for_another_day() -> None:
    asked = _parser().parse_args(["--today", "2025-03-01"])

    assert build_world(asked).built_at == parse_moment("2025-03-01")


def test_a_rule_calls_its_address_with_what_the_person_typed(remote: Stranger, parts: Parts) -> None:
    sent: list[tuple[str, str]] = []
    rule = {
        "events": ["timelog.updated"],
        "url": "http://app.example/hook",
        "parameters": {"log": "${id}", "project": "${project.id}", "what": "${event}", "token": "s3"},
    }
    remote.http.post("/_standin/webhooks", json=rule)
    arrived = Event()

    def deliver(call: Request) -> int:
        sent.append((call.full_url, call.data.decode()))
        arrived.set()
        return 200

    remote.world.rules.deliver = deliver
    log = remote.edit("log.add", type="task", item=parts.task, date="2026-11-18")["id"]
    remote.edit("log.set", id=log, notes="x")

    assert arrived.wait(5)
    assert sent == [("http://app.example/hook", f"log={log}&project={parts.project}&what=timelog.updated&token=s3")]


def test_a_rule_for_an_unknown_event_is_refused(remote: Stranger) -> None:
    answer = remote.http.post("/_standin/webhooks", json={"events": ["moon.full"], "url": "http://app.example/"})

    assert answer.status_code == 400
