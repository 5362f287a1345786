"""The stand-in's pages let a person change what a connector will find."""

from __future__ import annotations

import pytest

from tests.standin.conftest import Parts, Stranger


@pytest.mark.parametrize("path", ["/", "/projects", "/people", "/troubles", "/self-client"])
def test_every_page_says_that_it_is_the_stand_in(remote: Stranger, parts: Parts, path: str) -> None:
    page = remote.http.get(path)

    assert page.status_code == 200
    assert "Stand-in for Zoho Projects" in page.text


def test_a_project_is_added_and_renamed_by_hand(remote: Stranger, parts: Parts) -> None:
    remote.http.post("/projects", data={"name": "By hand", "client": parts.client})
    made = remote.get("/projects").get_json()[-1]
    remote.http.post(f"/projects/{made['id']}", data={"name": "Renamed", "currency": "eur"})

    changed = remote.get(f"/projects/{made['id']}").get_json()
    customers = remote.rows(f"/projects/{made['id']}/clients", "clients")

    assert (changed["name"], changed["budget_info"]["currency"]) == ("Renamed", "EUR")
    assert [row["is_primary"] for row in customers] == [True]


def test_the_primary_client_is_taken_away_by_hand(remote: Stranger, parts: Parts) -> None:
    remote.http.post(f"/projects/{parts.project}/primary", data={"client": ""})

    assert [row["is_primary"] for row in remote.rows(f"/projects/{parts.project}/clients", "clients")] == [False]


def test_a_project_goes_to_the_bin_and_back_by_hand(remote: Stranger, parts: Parts) -> None:
    remote.http.post(f"/projects/{parts.project}/trash")
    gone = remote.get(f"/projects/{parts.project}").status_code
    remote.http.post(f"/projects/{parts.project}/restore")

    assert (gone, remote.get(f"/projects/{parts.project}").status_code) == (410, 200)


def test_hours_are_added_approved_and_made_billable_by_hand(remote: Stranger, parts: Parts) -> None:
    path = f"/projects/{parts.project}"
    remote.http.post(
        f"{path}/logs", data={"date": "2026-11-18", "hours": "1,5", "item": parts.task, "notes": "by hand"}
    )
    log = remote.logs()[0]
    for change in ("approve", "billable"):
        remote.http.post(f"{path}/logs/change", data={"log": [log["id"]], "change": change})

    after = remote.logs()[0]

    assert (log["log_hour"], log["billing_status"], log["approval"]["status"]) == (
        "01:30",
        "Non Billable",
        "Unapproved",
    )
    assert (after["billing_status"], after["approval"]["status"]) == ("Billable", "Approved")


def test_nonsense_typed_into_a_form_is_told_and_changes_nothing(remote: Stranger, parts: Parts) -> None:
    page = remote.http.post(
        f"/projects/{parts.project}/logs", data={"date": "2026-11-18", "hours": "soon"}, follow_redirects=True
    )

    assert "That did not work" in page.text
    assert remote.logs(kind="general") == []


def test_a_project_page_shows_tasks_and_hours_escaped(remote: Stranger, parts: Parts) -> None:
    remote.edit("log.add", type="task", item=parts.task, date="2026-11-18", notes="<script>alert(1)</script>")

    page = remote.http.get(f"/projects/{parts.project}").text

    assert "&lt;script&gt;" in page
    assert "<script>" not in page


def test_the_switches_throttle_revoke_and_delete(remote: Stranger, parts: Parts) -> None:
    remote.http.post("/troubles/on/throttle_400")
    throttled = remote.get("/projects").status_code
    remote.http.post("/troubles/off")
    remote.http.post("/troubles/delete-projects")
    left = remote.get("/projects").get_json()
    remote.http.post("/troubles/restore-projects")
    back = len(remote.get("/projects").get_json())
    remote.http.post("/troubles/revoke")

    assert (throttled, left, back) == (400, [], 1)
    assert remote.refresh().get_json() == {"error": "invalid_code"}


def test_a_currency_clash_is_made_by_hand(remote: Stranger, parts: Parts) -> None:
    remote.http.post("/troubles/currency-clash")

    assert remote.get(f"/projects/{parts.project}").get_json()["budget_info"]["currency"] == "EUR"


def test_a_person_is_deactivated_by_hand(remote: Stranger, parts: Parts) -> None:
    remote.http.post(f"/people/{parts.people[3]}", data={"active": "no"})

    assert remote.get(f"/users/{parts.people[3]}").get_json()["is_active"] is False


def test_the_clock_is_moved_by_hand(remote: Stranger) -> None:
    remote.http.post("/clock", data={"hours": "2"})

    assert remote.http.get("/_standin/clock").get_json()["now"] == "2026-11-18T19:00:00+00:00"
