"""Portals, people, clients, projects and the work in them (zoho-projects-wire §3, §4, §6)."""

from __future__ import annotations

import json

import pytest

from tests.standin.conftest import Parts, Stranger, title


def test_portals_come_as_a_bare_array(remote: Stranger) -> None:
    portals = remote.get("/api/v3/portals").get_json()

    assert [portal["portal_name"] for portal in portals] == ["brightline", "harborandpine", "quillworks"]
    assert portals[0]["id"] == "60014242"
    assert "name" not in portals[0]


def test_one_portal_stands_in_an_envelope(remote: Stranger) -> None:
    assert remote.get("").get_json()["portal_details"]["timezone"] == "America/New_York"


def test_users_have_a_count_and_no_name(remote: Stranger) -> None:
    body = remote.get("/users").get_json()

    assert body["page_info"]["count"] == 12
    assert "name" not in body["users"][0]
    assert isinstance(body["users"][0]["zuid"], int)
    assert [user["is_active"] for user in body["users"]].count(False) == 2


def test_a_user_is_found_by_id_and_by_address(remote: Stranger, parts: Parts) -> None:
    by_id = remote.get(f"/users/{parts.people[0]}").get_json()

    assert remote.get(f"/users/{by_id['email']}").get_json() == by_id


def test_projects_come_as_a_bare_array_until_an_empty_page(remote: Stranger, parts: Parts) -> None:
    assert [row["id"] for row in remote.get("/projects", page=1, per_page=100).get_json()] == [parts.project]
    assert remote.get("/projects", page=2, per_page=100).get_json() == []


def test_a_project_says_nothing_of_its_client_and_leaves_out_empty_keys(remote: Stranger, parts: Parts) -> None:
    project = remote.get(f"/projects/{parts.project}").get_json()

    assert not [key for key in project if "client" in key]
    assert project["budget_info"]["currency"] == "USD"
    assert not {"start_date", "end_date", "tags", "description"} & set(project)
    assert None not in project.values()


def test_custom_fields_stand_flat(remote: Stranger, parts: Parts) -> None:
    remote.call("PATCH", f"/projects/{parts.project}", json={"cf_po_number": "PO-7"})

    assert remote.get(f"/projects/{parts.project}").get_json()["cf_po_number"] == "PO-7"
    fields = remote.rows("/settings/fields", "fields", module="projects")
    assert {"cf_po_number", "cf_retainer"} <= {field["api_name"] for field in fields}


def test_a_project_is_created_changed_trashed_and_restored(remote: Stranger) -> None:
    made = remote.call("POST", "/projects", json={"name": "New", "start_date": "2026-01-02"}).get_json()
    path = f"/projects/{made['id']}"

    changed = remote.call("PATCH", path, json={"name": "Newer", "project_type": "archived"}).get_json()
    trashed = remote.call("POST", f"{path}/trash")
    gone = remote.get(path)
    binned = remote.rows("/bin", "trash")
    restored = remote.call("POST", f"{path}/restore").get_json()

    assert (made["name"], made["start_date"], changed["name"], changed["project_type"]) == (
        "New",
        "2026-01-02",
        "Newer",
        "archived",
    )
    assert (trashed.status_code, trashed.data) == (204, b"")
    assert gone.status_code == 410
    assert [row["id"] for row in binned] == [made["id"]]
    assert restored["name"] == "Newer"


def test_a_project_can_be_purged_only_from_the_bin(remote: Stranger, parts: Parts) -> None:
    path = f"/projects/{parts.project}"
    before = remote.call("DELETE", path)
    remote.call("POST", f"{path}/trash")

    assert before.status_code == 404
    assert remote.call("DELETE", path).status_code == 204
    assert title(remote.get(path)) == (404, "RESOURCE_NOT_FOUND")
    assert remote.rows("/tasks", "tasks") == []


def test_what_is_in_a_trashed_project_leaves_the_portal_lists(remote: Stranger, parts: Parts) -> None:
    remote.edit("log.add", type="task", item=parts.task, date="2026-11-17")
    remote.call("POST", f"/projects/{parts.project}/trash")

    assert remote.get("/projects").get_json() == []
    assert remote.rows("/tasks", "tasks") == []
    assert remote.rows("/issues", "issues") == []
    assert remote.logs(view_type="projectspan") == []


@pytest.mark.req("P-46")
def test_the_first_client_company_becomes_the_primary_customer(remote: Stranger, parts: Parts) -> None:
    project = remote.edit("project.add", name="Bare")["id"]
    second = remote.edit("client.add", name="Second")["id"]
    remote.call(
        "POST", f"/projects/{project}/associate-client", json={"clients": [{"id": parts.client}, {"id": second}]}
    )

    rows = remote.rows(f"/projects/{project}/clients", "clients")

    assert [(row["name"], row["is_primary"]) for row in rows] == [("Alder & Finch", True), ("Second", False)]


def test_another_client_company_can_be_made_primary(remote: Stranger, parts: Parts) -> None:
    other = remote.edit("client.add", name="Other")["id"]

    rows = remote.call("POST", f"/projects/{parts.project}/primary-client/{other}").get_json()["clients"]

    assert [row["id"] for row in rows if row["is_primary"]] == [other]


def test_a_client_company_knows_its_projects(remote: Stranger, parts: Parts) -> None:
    rows = remote.rows(f"/clients/{parts.client}/projects", "projects")

    assert [row["id"] for row in rows] == [parts.project]
    assert remote.rows("/clients", "clients")[0]["currency_code"] == "USD"


def test_an_unassigned_task_shows_one_owner_with_zuid_zero(remote: Stranger, parts: Parts) -> None:
    made = remote.call("POST", f"/projects/{parts.project}/tasks", json={"name": "Loose"}).get_json()

    assert [owner["zuid"] for owner in made["owners_and_work"]["owners"]] == [0]
    assert made["tasklist"]["name"] == "General"


def test_a_task_is_assigned_through_owners_and_work(remote: Stranger, parts: Parts) -> None:
    path, person = f"/projects/{parts.project}/tasks/{parts.task}", parts.people[4]

    ignored = remote.call("PATCH", path, json={"owners": [{"zpuid": person}]}).get_json()
    changed = remote.call("PATCH", path, json={"owners_and_work": {"owners": [{"zpuid": person}]}}).get_json()

    assert len(ignored["owners_and_work"]["owners"]) == 2
    assert [owner["zpuid"] for owner in changed["owners_and_work"]["owners"]] == [person]
    assert title(remote.call("PATCH", path, json={"assignees": []})) == (400, "INVALID_PARAMETER_VALUE")
    assert title(remote.call("PATCH", path, json={"owners_and_work": []})) == (400, "JSON_PARSE_ERROR")


def test_a_task_is_deleted_with_204(remote: Stranger, parts: Parts) -> None:
    path = f"/projects/{parts.project}/tasks/{parts.task}"

    assert remote.call("DELETE", path).status_code == 204
    assert remote.get(path).status_code == 404


def test_a_comment_is_answered_as_a_bare_array(remote: Stranger, parts: Parts) -> None:
    path = f"/projects/{parts.project}/tasks/{parts.task}/comments"

    made = remote.call("POST", path, json={"comment": "Looks good"}).get_json()

    assert made[0]["comment"] == "Looks good"
    assert len(remote.rows(path, "comments")) == 1


def test_one_issue_comes_as_an_array_of_one(remote: Stranger, parts: Parts) -> None:
    found = remote.get(f"/projects/{parts.project}/issues/{parts.issue}").get_json()

    assert isinstance(found, list)
    assert set(found[0]["severity"]) == {"id", "value"}


def test_issue_lists_have_no_page_count(remote: Stranger, parts: Parts) -> None:
    assert set(remote.get("/issues").get_json()["page_info"]) == {"page", "per_page", "has_next_page"}


@pytest.mark.parametrize(("word", "verb"), [("milestones", "POST"), ("phases", "PATCH")])
def test_milestones_answer_alike_under_both_names(remote: Stranger, parts: Parts, word: str, verb: str) -> None:
    path = f"/projects/{parts.project}/{word}"
    made = remote.call(
        "POST", path, json={"name": "Launch", "start_date": "11-01-2026", "end_date": "11-30-2026"}
    ).get_json()

    changed = remote.call(verb, f"{path}/{made['id']}", json={"name": "Big launch"}).get_json()
    body = remote.get(path).get_json()

    assert (made["start_date"], changed["name"], changed["isTrashed"]) == ("2026-11-01", "Big launch", "0")
    assert body["milestones"][0]["status"]["statusName"] == "Active"
    assert body["page_info"] == [{"page": 1, "per_page": 100, "page_count": 1, "has_next_page": "false"}]


def test_task_lists_are_made_and_deleted(remote: Stranger, parts: Parts) -> None:
    path = f"/projects/{parts.project}/tasklists"
    made = remote.call("POST", path, json={"name": "Sprint"}).get_json()

    assert remote.call("PATCH", f"{path}/{made['id']}", json={"name": "Sprint 2"}).get_json()["name"] == "Sprint 2"
    assert remote.call("DELETE", f"{path}/{made['id']}").status_code == 204
    assert [row["name"] for row in remote.rows(path, "tasklists")] == ["General"]


def test_a_line_is_posted_to_the_feed(remote: Stranger, parts: Parts) -> None:
    remote.call("POST", f"/projects/{parts.project}/status", json={"content": "Invoice sent"})

    assert remote.rows(f"/projects/{parts.project}/status", "status")[0]["content"] == "Invoice sent"


def test_tags_are_made_by_form_and_hung_on_records(remote: Stranger, parts: Parts) -> None:
    made = remote.call("POST", "/tags", data={"tags": json.dumps([{"name": "hot"}])}).get_json()["tags"][0]
    hang = {"tag_id": made["id"], "entity_id": parts.task, "entityType": "5"}

    remote.call("POST", f"/projects/{parts.project}/tags/associate", data=hang)

    assert remote.get(f"/projects/{parts.project}/tasks/{parts.task}").get_json()["tags"][0]["name"] == "hot"
    assert isinstance(remote.call("PATCH", f"/tags/{made['id']}", json={"name": "cold"}).get_json()["tags"], dict)


def test_ids_are_texts_of_fifteen_digits_and_more(remote: Stranger, parts: Parts) -> None:
    task = remote.rows("/tasks", "tasks")[0]

    assert all(isinstance(task[key]["id"], str) for key in ("project", "tasklist", "status"))
    assert len(task["id"]) >= 15
