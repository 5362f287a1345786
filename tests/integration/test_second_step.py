"""Two-step sign-in: a code of the person's device, recovery codes, and an organisation that asks everybody."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
import time_machine

from blueprints.auth.second_step import HALF_LIFE
from extensions import limiter
from models import AuditEntry, Organisation, RecoveryCode, SecondStep
from models.one_time_links import issue
from tests.browsing import send, words_of
from tests.factories import PASSWORD
from tests.integration.test_auth import NEW_PASSWORD, enter, is_signed_in

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as travel:
        yield travel


def secret_on(page):
    return re.search(r"<code>([A-Z2-7 ]+)</code>", page.text)[1].replace(" ", "")


def code_of(secret, later=timedelta(0)):
    return pyotp.TOTP(secret).at(datetime.now(UTC) + later)


def hidden(page, name):
    return re.search(rf'name="{name}"[^>]*value="([^"]+)"', page.text)[1]


def set_up(client, address="/account/two-step"):
    """Set a device up; returns its secret and the page with the recovery codes."""
    page = client.get(address)
    secret = secret_on(page)
    fields = {"csrf_token": hidden(page, "csrf_token"), "device": hidden(page, "device"), "code": code_of(secret)}
    return secret, client.post(address, data=fields)


def codes_on(page):
    return re.findall(r"<code>([a-z2-9]{5}-[a-z2-9]{5})</code>", page.text)


@pytest.fixture
def device(clock, client, olga, sign_in):
    """Olga's device: its secret and the codes on paper; nobody is signed in, and its first code is past."""
    sign_in(client, olga)
    secret, page = set_up(client)
    send(client, "/account", {}, to="/sign-out")
    clock.shift(90)
    return secret, codes_on(page)


@pytest.mark.both_databases
def test_a_device_counts_once_its_first_code_was_right(clock, client, olga, sign_in, db_session):
    sign_in(client, olga)
    page = client.get("/account/two-step")
    secret = secret_on(page)
    fields = {"csrf_token": hidden(page, "csrf_token"), "device": hidden(page, "device")}

    wrong = client.post("/account/two-step", data=fields | {"code": "000000"})
    assert (wrong.status_code, secret_on(wrong)) == (422, secret)
    assert "This code is not right" in words_of(wrong)
    assert db_session.query(SecondStep).count() == 0

    right = client.post("/account/two-step", data=fields | {"code": code_of(secret)})
    assert len(codes_on(right)) == 10
    assert secret not in db_session.query(SecondStep).one().secret
    assert not {row.code_hash for row in db_session.query(RecoveryCode)} & set(codes_on(right))


def test_a_secret_that_this_house_did_not_make_is_not_taken(clock, client, olga, sign_in, db_session):
    sign_in(client, olga)
    foreign = pyotp.random_base32()

    answer = send(client, "/account/two-step", {"device": foreign, "code": code_of(foreign)})

    assert answer.status_code == 422
    assert db_session.query(SecondStep).count() == 0


def test_the_password_alone_opens_nothing_any_more(client, olga, device):
    secret, _codes = device

    answer = enter(client, olga.email, next="/quotes")
    assert (answer.status_code, answer.location) == (303, "/sign-in/code")
    assert not is_signed_in(client)

    done = send(client, "/sign-in/code", {"code": code_of(secret)})
    assert (done.status_code, done.location) == (303, "/quotes")
    assert is_signed_in(client)


@pytest.mark.both_databases
def test_a_code_works_once(app, client, olga, device):
    secret, _codes = device
    code, other = code_of(secret), app.test_client()
    enter(client, olga.email)
    enter(other, olga.email)

    first = send(client, "/sign-in/code", {"code": code})
    second = send(other, "/sign-in/code", {"code": code})

    assert (first.status_code, second.status_code) == (303, 422)
    assert not is_signed_in(other)


@pytest.mark.parametrize(("seconds", "status"), [(-60, 422), (-30, 303), (30, 303), (60, 422)])
def test_a_clock_may_go_wrong_by_half_a_minute(client, olga, device, seconds, status):
    secret, _codes = device
    enter(client, olga.email)

    answer = send(client, "/sign-in/code", {"code": code_of(secret, timedelta(seconds=seconds))})

    assert answer.status_code == status


def test_a_recovery_code_works_once_however_it_is_typed(client, olga, device, db_session):
    _secret, codes = device
    typed = codes[0].replace("-", " ").upper()

    enter(client, olga.email)
    first = send(client, "/sign-in/code", {"code": typed})
    assert first.status_code == 303
    assert "9 are left" in words_of(client.get("/account"))
    send(client, "/account", {}, to="/sign-out")

    enter(client, olga.email)
    assert send(client, "/sign-in/code", {"code": codes[0]}).status_code == 422
    verbs = {entry.verb for entry in db_session.query(AuditEntry)}
    assert {"user.recovery_code_used", "user.code_refused"} <= verbs


def test_a_right_password_waits_five_minutes_for_its_code(clock, client, olga, device):
    secret, _codes = device
    enter(client, olga.email)
    clock.shift(HALF_LIFE + timedelta(seconds=1))

    answer = client.get("/sign-in/code")

    assert (answer.status_code, answer.location) == (303, "/sign-in")
    assert not is_signed_in(client)
    assert secret


def test_nobody_gets_to_the_code_page_without_a_password(client, olga, device):
    secret, _codes = device

    page = client.get("/sign-in")
    answer = client.post("/sign-in/code", data={"csrf_token": hidden(page, "csrf_token"), "code": code_of(secret)})

    assert answer.location == "/sign-in"
    assert not is_signed_in(client)


def test_a_reset_link_does_not_go_round_the_second_step(client, olga, device, db_session):
    _secret, codes = device
    token = issue(olga.id, "reset")
    db_session.commit()

    answer = send(client, f"/reset/{token}", {"password": NEW_PASSWORD})
    assert answer.location == "/sign-in/code"
    assert not is_signed_in(client)

    assert send(client, "/sign-in/code", {"code": codes[3]}).status_code == 303
    assert is_signed_in(client)


class TestTries:
    @pytest.fixture(autouse=True)
    def throttled(self, app):
        app.config["RATELIMIT_ENABLED"] = True
        limiter.init_app(app)
        limiter.reset()
        yield
        limiter.reset()
        limiter.enabled = False

    def test_the_sixth_wrong_code_in_a_minute_is_turned_away(self, client, olga, device):
        secret, _codes = device
        enter(client, olga.email)

        answers = [send(client, "/sign-in/code", {"code": "000000"}).status_code for _ in range(5)]
        page = client.get("/sign-in/code")
        last = client.post("/sign-in/code", data={"csrf_token": hidden(page, "csrf_token"), "code": code_of(secret)})

        assert answers == [422] * 5
        assert last.status_code == 429


def test_setting_it_up_signs_every_other_browser_out(app, clock, client, olga, sign_in):
    other = sign_in(app.test_client(), olga)
    sign_in(client, olga)

    set_up(client)

    assert is_signed_in(client)
    assert not is_signed_in(other)


def test_new_codes_end_the_earlier_ones_and_off_ends_them_all(clock, client, olga, device):
    secret, old = device
    enter(client, olga.email)
    send(client, "/sign-in/code", {"code": code_of(secret)})

    new = codes_on(send(client, "/account/two-step", {}, to="/account/two-step/codes"))
    assert not set(new) & set(old)
    send(client, "/account", {}, to="/sign-out")
    enter(client, olga.email)
    assert send(client, "/sign-in/code", {"code": old[1]}).status_code == 422
    assert send(client, "/sign-in/code", {"code": new[1]}).status_code == 303

    send(client, "/account/two-step", {}, to="/account/two-step/off")
    send(client, "/account", {}, to="/sign-out")
    assert enter(client, olga.email).location == "/"


def test_who_asks_everybody_for_it_takes_it_first(client, olga, organisation, sign_in, db_session):
    sign_in(client, olga)

    answer = send(client, "/settings/users", {"asks": "1"}, to="/settings/users/second-step")

    assert answer.location == "/account/two-step"
    assert not db_session.get(Organisation, 1, populate_existing=True).asks_second_step


def test_once_everybody_is_asked_a_person_sets_it_up_before_being_signed_in(
    app, clock, client, olga, bruno, organisation, sign_in
):
    brunos = sign_in(app.test_client(), bruno)
    sign_in(client, olga)
    set_up(client)
    send(client, "/settings/users", {"asks": "1"}, to="/settings/users/second-step")
    assert not is_signed_in(brunos)

    answer = enter(brunos, bruno.email, PASSWORD)
    assert answer.location == "/sign-in/device"
    assert not is_signed_in(brunos)

    _secret, page = set_up(brunos, "/sign-in/device")
    assert len(codes_on(page)) == 10
    assert is_signed_in(brunos)
    refused = send(brunos, "/account/two-step", {}, to="/account/two-step/off")
    assert refused.location == "/account/two-step"
    assert "is on" in words_of(brunos.get("/account/two-step"))


def test_only_an_owner_decides_for_everybody(client, bruno, sign_in):
    sign_in(client, bruno)

    answer = send(client, "/account", {"asks": "1"}, to="/settings/users/second-step")

    assert answer.status_code == 403


def test_a_lost_device_is_forgotten_at_the_terminal(client, olga, device, command):
    answer = command("user", "turn-off-second-step", olga.email)

    assert answer.exit_code == 0, answer.output
    assert "password alone" in answer.output
    assert enter(client, olga.email).location == "/"
    assert command("user", "turn-off-second-step", olga.email).exit_code == 1
