"""First-run set-up: an owner, an organisation, mail; closed for ever once there is an owner."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from extensions import db
from models import Organisation, User
from models.organisation import EDITIONS

PASSWORD = "a long sentence to sign in with"
OWNER = {"name": "Olga Marsh", "email": "olga@brightline.example", "password": PASSWORD, "repeat": PASSWORD}
IDENTITY = {
    "name": "Brightline Studio", "email": "billing@brightline.example", "country": "US", "edition": "us",
    "base_currency": "USD", "time_zone": "America/New_York",
}  # fmt: skip


@pytest.fixture(autouse=True)
def no_tokens(app: Flask) -> None:
    """Forms are taken without their token here; test_access proves that they are not elsewhere."""
    app.config["WTF_CSRF_ENABLED"] = False


def owner_form(client: FlaskClient, **changes: str) -> dict[str, str]:
    """The fields of the first step as the page names them."""
    page = client.get("/setup").get_data(as_text=True)
    return {key: value for key, value in {**OWNER, **changes}.items() if f'name="{key}"' in page}


@pytest.mark.parametrize("path", ["/", "/customers/", "/settings/", "/sign-in", "/search?q=x"])
def test_while_there_is_no_owner_every_page_leads_to_set_up(client: FlaskClient, db_session: Any, path: str) -> None:
    response = client.get(path)

    assert response.status_code == 303
    assert response.headers["Location"].endswith("/setup")


def test_a_newcomer_becomes_owner_names_the_organisation_and_may_skip_mail(
    client: FlaskClient, db_session: Any
) -> None:
    client.post("/setup", data=owner_form(client))
    client.post("/setup/organisation", data=IDENTITY)
    done = client.post("/setup/mail", data={"mail_port": "587", "mail_security": "starttls"}, follow_redirects=True)

    assert "Crossbill is ready" in done.get_data(as_text=True)
    owner = db.session.scalars(db.select(User)).one()
    assert (owner.role, owner.email) == ("owner", "olga@brightline.example")
    assert owner.password_hash.startswith("$argon2id$")
    organisation = db.session.get_one(Organisation, 1)
    assert (organisation.edition, organisation.base_currency) == ("us", "USD")


def test_set_up_never_makes_a_second_owner(client: FlaskClient, app: Flask, olga: User) -> None:
    form = {**OWNER, "email": "mallory@evil.example"}

    response = app.test_client().post("/setup", data=form)

    assert response.status_code == 303
    assert db.session.scalars(db.select(User).where(User.email == "mallory@evil.example")).all() == []


@pytest.mark.parametrize("password", ["sh0rt-pw", "passwordpassword", "crossbill-crossbill"])
def test_a_weak_password_is_refused_beside_the_field_and_nothing_typed_is_lost(
    client: FlaskClient, db_session: Any, password: str
) -> None:
    response = client.post("/setup", data=owner_form(client, password=password, repeat=password))

    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert "olga@brightline.example" in page
    assert password not in page
    assert db.session.scalars(db.select(User)).all() == []


@pytest.mark.req("G-01")
@pytest.mark.parametrize("edition", EDITIONS)
def test_each_edition_of_the_list_can_be_chosen_and_is_stored(
    client: FlaskClient, db_session: Any, edition: str
) -> None:
    client.post("/setup", data=owner_form(client))

    client.post("/setup/organisation", data={**IDENTITY, "edition": edition})

    assert db.session.get_one(Organisation, 1).edition == edition


@pytest.mark.req("G-01")
def test_an_edition_that_is_not_on_the_list_is_refused(client: FlaskClient, db_session: Any) -> None:
    client.post("/setup", data=owner_form(client))

    response = client.post("/setup/organisation", data={**IDENTITY, "edition": "atlantis"})

    assert response.status_code == 422
    assert db.session.get(Organisation, 1) is None
    assert sorted(EDITIONS) == sorted(
        ["global", "us", "uk", "ca", "au", "in", "sa", "ae", "bh", "kw", "om", "qa", "ke", "mx"]
    )


def test_the_browsers_language_fills_in_country_and_currency(client: FlaskClient, db_session: Any) -> None:
    client.post("/setup", data=owner_form(client))

    page = client.get("/setup/organisation", headers={"Accept-Language": "de-DE"}).get_data(as_text=True)

    assert '<option selected value="DE"' in page or 'value="DE" selected' in page or 'selected value="DE"' in page
    assert 'selected value="EUR"' in page or 'value="EUR" selected' in page


@pytest.mark.both_databases
def test_of_several_who_press_at_once_one_becomes_owner(app: Flask, database_url: str) -> None:
    forms = [{**OWNER, "email": f"olga{number}@brightline.example"} for number in range(6)]

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda form: app.test_client().post("/setup", data=form), forms))

    assert {answer.status_code for answer in answers} == {303}
    with app.app_context():
        assert len(db.session.scalars(db.select(User)).all()) == 1


def test_going_back_shows_what_was_stored_until_set_up_is_over(client: FlaskClient, db_session: Any) -> None:
    client.post("/setup", data=owner_form(client))
    client.post("/setup/organisation", data=IDENTITY)

    you = client.get("/setup").get_data(as_text=True)
    organisation = client.get("/setup/organisation").get_data(as_text=True)
    client.get("/setup/done")
    afterwards = client.get("/setup/organisation")

    assert 'value="Olga Marsh"' in you
    assert 'value="Brightline Studio"' in organisation
    assert (afterwards.status_code, afterwards.headers["Location"]) == (303, "/")


def test_a_stranger_finds_the_steps_closed_while_the_owner_is_at_them(app: Flask, client: FlaskClient) -> None:
    client.post("/setup", data=owner_form(client))
    stranger = app.test_client()

    answers = [stranger.get(f"/setup/{step}").headers["Location"] for step in ("organisation", "mail", "done")]

    assert all(answer.startswith("/sign-in") for answer in answers)
