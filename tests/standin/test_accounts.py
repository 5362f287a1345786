"""The accounts server keeps Zoho's OAuth habits (zoho-projects-wire §1)."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.standin.conftest import Stranger, title

BACK = "http://app.example/back"


def consent(remote: Stranger, decision: str = "allow", **more: str) -> dict[str, str]:
    asked = {
        "response_type": "code", "client_id": remote.told["client_id"], "redirect_uri": BACK,
        "scope": "ZohoProjects.portals.READ,ZohoProjects.nonsense.READ", "state": "s1", "access_type": "offline",
    } | more  # fmt: skip
    answer = remote.http.post("/oauth/v2/auth", data={**asked, "decision": decision})
    assert answer.status_code == 302
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.location).query).items()}


def by_code(remote: Stranger, code: str, **more: str) -> dict[str, str]:
    return remote.ask_token(grant_type="authorization_code", code=code, **more).get_json()


def test_the_consent_page_lists_only_scopes_that_exist(remote: Stranger) -> None:
    query = {"response_type": "code", "client_id": remote.told["client_id"], "redirect_uri": BACK}

    page = remote.http.get("/oauth/v2/auth", query_string=query | {"scope": "ZohoProjects.tasks.READ,No.such.READ"})

    assert "ZohoProjects.tasks.READ" in page.text
    assert "<code>No.such.READ</code>" not in page.text


def test_asking_for_consent_gives_nothing_away_until_a_person_decides(remote: Stranger) -> None:
    query = {
        "response_type": "code",
        "client_id": remote.told["client_id"],
        "redirect_uri": BACK,
        "scope": "ZohoProjects.tasks.READ",
    }

    answer = remote.http.get("/oauth/v2/auth", query_string=query)

    assert answer.status_code == 200
    assert not remote.world.accounts.codes


def test_allowing_goes_back_with_code_location_and_server(remote: Stranger) -> None:
    back = consent(remote)

    assert back["state"] == "s1"
    assert back["location"] == "us"
    assert back["accounts-server"] == "http://localhost"
    assert back["code"].startswith("1000.")


def test_denying_goes_back_with_access_denied(remote: Stranger) -> None:
    assert consent(remote, "deny") == {"error": "access_denied", "state": "s1"}


def test_an_unknown_application_is_not_sent_anywhere(remote: Stranger) -> None:
    answer = remote.http.get("/oauth/v2/auth", query_string={"client_id": "1000.NOBODY", "redirect_uri": BACK})

    assert answer.status_code == 400


def test_scopes_come_back_space_separated_and_unknown_ones_are_dropped(remote: Stranger) -> None:
    code = consent(remote, scope="ZohoProjects.portals.READ,ZohoProjects.tasks.READ,ZohoProjects.nonsense.READ")["code"]

    granted = by_code(remote, code, redirect_uri=BACK)

    assert granted["scope"] == "ZohoProjects.portals.READ ZohoProjects.tasks.READ"
    assert granted["expires_in"] == 3600
    assert granted["refresh_token"]


def test_a_code_works_once(remote: Stranger) -> None:
    code = consent(remote)["code"]
    by_code(remote, code, redirect_uri=BACK)

    again = remote.ask_token(grant_type="authorization_code", code=code, redirect_uri=BACK)

    assert (again.status_code, again.get_json()) == (200, {"error": "invalid_code"})


def test_a_code_lives_shortly(remote: Stranger) -> None:
    code = consent(remote)["code"]
    remote.http.post("/_standin/clock", json={"advance": 121})

    assert by_code(remote, code, redirect_uri=BACK) == {"error": "invalid_code"}


def test_a_code_is_bound_to_its_redirect_address(remote: Stranger) -> None:
    code = consent(remote)["code"]

    assert by_code(remote, code, redirect_uri="http://evil.example/") == {"error": "invalid_redirect_uri"}


def test_without_offline_access_there_is_no_refresh_token(remote: Stranger) -> None:
    code = consent(remote, access_type="online")["code"]

    assert "refresh_token" not in by_code(remote, code, redirect_uri=BACK)


def test_a_self_client_code_needs_no_redirect_address(remote: Stranger) -> None:
    code = remote.http.post("/_standin/self-client-code", json={"scope": "ZohoProjects.tasks.READ"}).get_json()["code"]

    granted = by_code(remote, code)

    assert granted["scope"] == "ZohoProjects.tasks.READ"
    assert granted["refresh_token"]


def test_a_person_generates_a_self_client_code_on_the_page(remote: Stranger) -> None:
    page = remote.http.post("/self-client", data={"scope": "ZohoProjects.tasks.READ", "minutes": "10"})

    assert next(iter(remote.world.accounts.codes)) in page.text


def test_parameters_are_taken_from_the_query_as_well(remote: Stranger) -> None:
    query = {name: remote.told[name] for name in ("client_id", "client_secret", "refresh_token")}

    answer = remote.http.post("/oauth/v2/token", query_string=query | {"grant_type": "refresh_token"})

    assert "access_token" in answer.get_json()


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"client_id": "22FE"}, "invalid_client"),
        ({"client_secret": "x"}, "invalid_client_secret"),
        ({"refresh_token": "1000.a.b"}, "invalid_code"),
    ],
)
def test_token_errors_come_with_status_200(remote: Stranger, wrong: dict[str, str], error: str) -> None:
    right = {"grant_type": "refresh_token", "refresh_token": remote.told["refresh_token"]}

    answer = remote.ask_token(**{**right, **wrong})

    assert (answer.status_code, answer.get_json()) == (200, {"error": error})


def test_a_refresh_token_does_not_rotate(remote: Stranger) -> None:
    answer = remote.refresh().get_json()

    assert "refresh_token" not in answer
    assert "access_token" in remote.refresh().get_json()


def test_the_eleventh_refresh_in_ten_minutes_is_throttled(remote: Stranger) -> None:
    for _ in range(9):
        remote.refresh()

    refused = remote.refresh()
    remote.http.post("/_standin/clock", json={"advance": 601})

    assert refused.status_code == 400
    assert refused.get_json()["error"] == "Access Denied"
    assert "access_token" in remote.refresh().get_json()


def test_the_twenty_first_refresh_token_ends_the_oldest(remote: Stranger) -> None:
    for _ in range(20):
        by_code(remote, remote.http.post("/_standin/self-client-code", json={}).get_json()["code"])

    assert remote.refresh().get_json() == {"error": "invalid_code"}


def test_client_credentials_give_no_refresh_token(remote: Stranger) -> None:
    granted = remote.ask_token(grant_type="client_credentials", scope="ZohoProjects.tasks.READ").get_json()

    assert granted["scope"] == "ZohoProjects.tasks.READ"
    assert "refresh_token" not in granted


def test_an_access_token_expires_after_an_hour(remote: Stranger) -> None:
    remote.http.post("/_standin/clock", json={"advance": 3600})

    assert title(remote.get("/api/v3/portals")) == (401, "INVALID_OAUTHTOKEN")


def test_revoking_ends_refresh_and_access_tokens(remote: Stranger) -> None:
    answer = remote.http.post("/oauth/v2/token/revoke", data={"token": remote.told["refresh_token"]})

    assert answer.get_json() == {"status": "success"}
    assert remote.refresh().get_json() == {"error": "invalid_code"}
    assert title(remote.get("/api/v3/portals")) == (401, "INVALID_OAUTHTOKEN")


def test_server_info_names_this_server(remote: Stranger) -> None:
    assert remote.http.get("/oauth/serverinfo").get_json()["locations"]["us"] == "http://localhost"


def test_the_api_domain_is_no_door_to_projects(remote: Stranger) -> None:
    domain = urlsplit(remote.refresh().get_json()["api_domain"]).path

    answer = remote.http.get(f"{domain}{remote.portal}/projects")

    assert (answer.status_code, answer.mimetype) == (400, "text/html")
