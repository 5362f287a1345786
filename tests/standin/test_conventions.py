"""What holds for all of Zoho Projects V3: credentials, errors, pages, throttle (zoho-projects-wire §2)."""

from __future__ import annotations

import json

import pytest

from tests.standin.conftest import Parts, Stranger, title


@pytest.mark.parametrize("scheme", ["Zoho-oauthtoken", "Bearer"])
def test_both_authorization_schemes_are_accepted(remote: Stranger, scheme: str) -> None:
    remote.scheme = scheme

    assert remote.get("/api/v3/portals").status_code == 200


def test_no_credential_is_an_invalid_ticket(remote: Stranger) -> None:
    remote.token = ""

    assert title(remote.get("/projects")) == (401, "INVALID_TICKET")


def test_a_garbage_token_is_an_invalid_token(remote: Stranger) -> None:
    remote.token = "1000.x.y"

    answer = remote.get("/projects")

    assert title(answer) == (401, "INVALID_OAUTHTOKEN")
    assert answer.get_json()["error"]["status_code"] == "401"


def test_a_missing_scope_is_told(remote: Stranger) -> None:
    remote.sign_in("ZohoProjects.projects.READ")

    assert remote.get("/projects").status_code == 200
    assert title(remote.get("/tasks")) == (401, "INVALID_OAUTHSCOPE")


def test_a_missing_scope_can_be_disguised_as_a_wrong_url(remote: Stranger) -> None:
    remote.sign_in("ZohoProjects.projects.READ")
    remote.http.post("/_standin/quirks", json={"missing_scope_as_wrong_url": True})

    assert title(remote.get("/tasks")) == (400, "URL_RULE_NOT_CONFIGURED")


@pytest.mark.parametrize("path", ["/nothing", "/bugs", "/projects/", "/logs/7"])
def test_unknown_paths_are_url_rules_not_configured(remote: Stranger, path: str) -> None:
    assert title(remote.get(path)) == (400, "URL_RULE_NOT_CONFIGURED")


def test_the_plural_portals_prefix_is_unknown(remote: Stranger) -> None:
    path = remote.portal.replace("/portal/", "/portals/") + "/projects"

    assert title(remote.get(path)) == (400, "URL_RULE_NOT_CONFIGURED")


def test_a_wrong_verb_is_an_invalid_method(remote: Stranger) -> None:
    answer = remote.call("PUT", "/projects", json={})

    assert title(answer) == (400, "INVALID_METHOD")
    assert answer.get_json()["error"]["details"][0]["field_name"] == "PUT"
    assert title(remote.get("/logs")) == (400, "INVALID_METHOD")


def test_an_unknown_key_is_refused(remote: Stranger, parts: Parts) -> None:
    answer = remote.call("PATCH", f"/projects/{parts.project}", json={"colour": "red"})

    assert title(answer) == (400, "EXTRA_KEY_FOUND_IN_JSON")


def test_flat_id_keys_are_accepted_and_ignored(remote: Stranger, parts: Parts) -> None:
    answer = remote.call("PATCH", f"/projects/{parts.project}/tasks/{parts.task}", json={"tasklist_id": "1"})

    assert answer.status_code == 200
    assert answer.get_json()["tasklist"]["name"] == "General"


@pytest.mark.parametrize(
    ("body", "error"), [("", "INVALID_INPUTSTREAM"), ("{", "INVALID_INPUTSTREAM"), ("[]", "JSON_PARSE_ERROR")]
)
def test_an_unreadable_body_is_refused(remote: Stranger, parts: Parts, body: str, error: str) -> None:
    assert title(remote.call("PATCH", f"/projects/{parts.project}", data=body)) == (400, error)


def test_a_missing_required_key_is_below_the_minimum(remote: Stranger) -> None:
    answer = remote.call("POST", "/projects", json={"description": "x"})

    assert title(answer) == (400, "LESS_THAN_MIN_OCCURANCE")
    assert answer.get_json()["error"]["details"] == [{"message": "Input Parameter Missing", "field_name": "name"}]


def test_per_page_without_page_is_refused(remote: Stranger) -> None:
    answer = remote.get("/issues", per_page=2)

    assert title(answer) == (400, "LESS_THAN_MIN_OCCURANCE")
    assert answer.get_json()["error"]["details"][0]["field_name"] == "page"
    assert remote.get("/issues").status_code == 200


@pytest.mark.parametrize("size", ["0", "201", "many"])
def test_a_page_holds_one_to_two_hundred(remote: Stranger, size: str) -> None:
    assert title(remote.get("/tasks", page=1, per_page=size)) == (400, "INVALID_PARAMETER_VALUE")


def test_page_info_counts_this_page_and_tells_of_more(remote: Stranger, parts: Parts) -> None:
    remote.edit("task.add", project=parts.project, name="Build")

    first = remote.get("/tasks", page=1, per_page=1).get_json()["page_info"]
    second = remote.get("/tasks", page=2, per_page=1).get_json()["page_info"]

    assert first == {"page": 1, "per_page": 1, "page_count": 1, "has_next_page": True}
    assert second["has_next_page"] is False


def test_the_more_flag_can_be_a_text(remote: Stranger) -> None:
    remote.http.post("/_standin/quirks", json={"more_flag_as_text": True})

    assert remote.get("/tasks").get_json()["page_info"]["has_next_page"] == "false"


def test_unknown_parameters_are_ignored(remote: Stranger, parts: Parts) -> None:
    assert len(remote.rows("/tasks", "tasks", search="nothing like it", parent_task="7")) == 1


def test_rate_headers_stand_on_every_answer(remote: Stranger) -> None:
    answer = remote.get("/projects")

    assert answer.headers["RateLimit"] == "200"
    assert answer.headers["RateLimit-Remaining"] == "199"
    assert answer.headers["RateLimit-Window"] == "120"
    assert answer.headers["RateLimit-Window-Unit"] == "seconds"
    assert "Retry-After" not in answer.headers


def test_the_documented_throttle_is_429_with_retry_after(remote: Stranger) -> None:
    for _ in range(200):
        remote.get("/roles")

    refused = remote.get("/roles")

    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "600"
    assert isinstance(refused.get_json()["error"]["details"], dict)
    assert remote.get("/profiles").status_code == 200


def test_the_measured_throttle_is_400_with_a_sentence(remote: Stranger) -> None:
    remote.http.post("/_standin/quirks", json={"throttle": "measured"})
    for _ in range(100):
        remote.get("/roles")

    refused = remote.get("/roles")

    assert title(refused) == (400, "URL_ROLLING_THROTTLES_LIMIT_EXCEEDED")
    assert "Try again after 30 minutes" in refused.get_json()["error"]["details"]["message"]
    assert refused.get_json()["error"]["status_code"] == 400


def test_a_block_is_lifted_in_time(remote: Stranger) -> None:
    remote.http.post("/_standin/quirks", json={"throttle": "measured"})
    for _ in range(101):
        remote.get("/roles")
    remote.http.post("/_standin/clock", json={"advance": 1801})

    assert remote.get("/roles").status_code == 200


def test_the_bucket_is_the_url_pattern(remote: Stranger, parts: Parts) -> None:
    other = remote.edit("task.add", project=parts.project, name="Other")["id"]

    remote.get(f"/projects/{parts.project}/tasks/{parts.task}")
    answer = remote.get(f"/projects/{parts.project}/tasks/{other}")

    assert answer.headers["RateLimit-Remaining"] == "198"


def test_a_filter_joins_criteria_by_a_pattern(remote: Stranger, parts: Parts) -> None:
    remote.edit("task.add", project=parts.project, name="Deploy", priority="high")
    criteria = [
        {"field_name": "name", "criteria_condition": "contains", "value": ["de"]},
        {"field_name": "priority", "criteria_condition": "is", "value": ["high"]},
        {"field_name": "assignee", "criteria_condition": "is", "value": [parts.people[0]]},
    ]

    both = remote.rows("/tasks", "tasks", filter=json.dumps({"criteria": criteria, "pattern": "1 AND (2 OR 3)"}))
    none = remote.rows("/tasks", "tasks", filter=json.dumps({"criteria": criteria, "pattern": "1 AND 2 AND 3"}))

    assert {task["name"] for task in both} == {"Design", "Deploy"}
    assert none == []


def criterion(field: str = "name", condition: str = "is", value: object = ("x",)) -> dict[str, object]:
    return {"field_name": field, "criteria_condition": condition, "value": value}


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"criteria": [criterion()]}, "LESS_THAN_MIN_OCCURANCE"),
        ({"criteria": [criterion("last_modified_time", "after")], "pattern": "1"}, "INVALID_PARAMETER_VALUE"),
        ({"criteria": [criterion()], "pattern": "2"}, "INVALID_PARAMETER_VALUE"),
        ({"criteria": [criterion(value="x")], "pattern": "1"}, "JSON_PARSE_ERROR"),
    ],
)
def test_a_wrong_filter_is_refused(remote: Stranger, wrong: object, error: str) -> None:
    assert title(remote.get("/tasks", filter=json.dumps(wrong))) == (400, error)
