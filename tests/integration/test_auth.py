"""Signing in and out, sessions, passwords, reset links and invitations."""

from __future__ import annotations

import re
from datetime import timedelta
from threading import BoundedSemaphore

import pytest
import time_machine
from argon2 import PasswordHasher

from billing.mail.letters import words_of as words_of_letter
from blueprints.sessions import IDLE, LIFE, safe_path
from config import Config
from extensions import db, limiter, utcnow
from models import AuditEntry, MailMessage, OneTimeLink, User, UserSession, passwords
from models.one_time_links import issue
from models.passwords import problem_with
from tests.browsing import send, token_of, words_of
from tests.factories import PASSWORD, make_user

NEW_PASSWORD = "seven purple tractors"
SAME_WORDS = "This e-mail address and password do not go together."


def enter(client, email, password=PASSWORD, **fields):
    return send(client, "/sign-in", {"email": email, "password": password, **fields})


def is_signed_in(client):
    return client.get("/account").status_code == 200


@pytest.mark.both_databases
def test_the_right_password_opens_the_dashboard(client, olga):
    answer = enter(client, " OLGA.marsh@brightline.example ")

    assert (answer.status_code, answer.location) == (303, "/")
    assert "Olga Marsh" in client.get("/account").text


def test_an_unknown_person_and_a_wrong_password_are_told_the_same(client, olga):
    wrong = enter(client, olga.email, "not the password")
    unknown = enter(client, "nora@elsewhere.example", "not the password")

    assert SAME_WORDS in words_of(wrong)
    assert wrong.status_code == unknown.status_code == 422
    assert words_of(wrong) == words_of(unknown)
    assert not is_signed_in(client)


def test_what_was_typed_is_kept_but_not_the_password(client, olga):
    answer = enter(client, "olga@typo.example", "not the password")

    assert "olga@typo.example" in answer.text
    assert "not the password" not in answer.text


@pytest.mark.req("P-12")
def test_an_inactive_timesheet_person_is_refused_even_with_the_right_password(client, people):
    hours_only = make_user("Ines Vance", "timesheet", status="inactive")

    answer = enter(client, hours_only.email)

    assert answer.status_code == 422
    assert SAME_WORDS in words_of(answer)


@pytest.mark.req("P-12")
def test_a_person_fetched_without_a_password_cannot_sign_in(client, people):
    fetched = make_user("Ines Vance", "timesheet", status="inactive", password_hash=None, source="zoho_projects")

    assert enter(client, fetched.email, "").status_code == 422
    assert enter(client, fetched.email, "anything at all").status_code == 422


def test_the_password_is_compared_exactly(client, olga):
    for nearly in (PASSWORD.upper(), f"{PASSWORD} ", f" {PASSWORD}", PASSWORD[:-1]):
        assert enter(client, olga.email, nearly).status_code == 422


def test_refused_and_successful_tries_are_in_the_audit_log(client, olga, db_session):
    enter(client, olga.email, "wrong password")
    enter(client, olga.email)

    verbs = list(db_session.scalars(db.select(AuditEntry.verb).order_by(AuditEntry.id)))
    assert verbs == ["user.sign_in_refused", "user.signed_in"]


def test_the_cookie_is_out_of_reach_of_scripts_and_holds_only_a_random_token(client, olga, db_session):
    answer = enter(client, olga.email)

    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("crossbill_session="))
    token = re.match(r"crossbill_session=([^;]+)", cookie)[1]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert len(token) >= 43
    assert token not in {row.token_hash for row in db_session.scalars(db.select(UserSession))}


class TestBehindHttps:
    @pytest.fixture
    def config(self, config):
        values = {name: getattr(config, name) for name in Config.__slots__}
        return Config(**(values | {"base_url": "https://billing.example.com"}))

    def test_the_cookie_is_bound_to_the_host(self, client, olga):
        page = client.get("/sign-in", base_url="https://billing.example.com")
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)[1]

        answer = client.post(
            "/sign-in", data={"csrf_token": token, "email": olga.email, "password": PASSWORD},
            base_url="https://billing.example.com", headers={"Referer": "https://billing.example.com/sign-in"},
        )  # fmt: skip

        cookies = answer.headers.getlist("Set-Cookie")
        ours = next(line for line in cookies if line.startswith("__Host-crossbill_session="))
        assert "Secure" in ours
        assert "Path=/" in ours
        assert "Domain" not in ours


def test_signing_in_again_ends_the_session_before(client, olga, db_session):
    enter(client, olga.email)
    old = client.get_cookie("crossbill_session").value
    client.post(
        "/sign-in", data={"csrf_token": token_of(client, "/account"), "email": olga.email, "password": PASSWORD}
    )

    new = client.get_cookie("crossbill_session").value
    assert new != old
    client.set_cookie("crossbill_session", old)
    assert not is_signed_in(client)


def test_a_planted_cookie_never_becomes_a_session(client, olga):
    client.set_cookie("crossbill_session", "planted-by-a-stranger")

    enter(client, olga.email)

    assert client.get_cookie("crossbill_session").value != "planted-by-a-stranger"


def test_after_signing_out_the_old_cookie_opens_nothing(client, olga, sign_in):
    sign_in(client, olga)
    cookie = client.get_cookie("crossbill_session").value

    answer = send(client, "/account", {}, to="/sign-out")

    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    client.set_cookie("crossbill_session", cookie)
    assert not is_signed_in(client)


def test_a_session_ends_after_twelve_idle_hours(client, olga, sign_in):
    sign_in(client, olga)

    with time_machine.travel(utcnow() + IDLE - timedelta(minutes=10), tick=False):
        assert is_signed_in(client)
    with time_machine.travel(utcnow() + IDLE + timedelta(hours=5), tick=False):
        assert is_signed_in(client)
    with time_machine.travel(utcnow() + 3 * IDLE, tick=False):
        assert not is_signed_in(client)


@pytest.mark.parametrize("how", [{"headers": {"X-Poll": "1"}}, {"query_string": {"poll": "1"}}])
def test_polling_does_not_keep_a_session_alive(client, olga, sign_in, how):
    sign_in(client, olga)

    with time_machine.travel(utcnow() + timedelta(hours=7), tick=False):
        assert client.get("/account", **how).status_code == 200
    with time_machine.travel(utcnow() + timedelta(hours=13), tick=False):
        assert not is_signed_in(client)


def test_a_session_ends_after_fourteen_days_however_busy(client, olga, sign_in):
    sign_in(client, olga)
    start = utcnow()

    for half_days in range(1, 29):
        with time_machine.travel(start + half_days * timedelta(hours=11.9), tick=False):
            assert is_signed_in(client)
    with time_machine.travel(start + LIFE + timedelta(minutes=1), tick=False):
        assert not is_signed_in(client)


def test_signing_out_everywhere_ends_every_browser(app, client, olga, sign_in):
    sign_in(client, olga)
    other = sign_in(app.test_client(), olga)

    send(client, "/account", {}, to="/account/sign-out-everywhere")

    assert not is_signed_in(client)
    assert not is_signed_in(other)


def test_a_person_sees_their_browsers_and_ends_one(app, client, olga, sign_in, db_session):
    sign_in(client, olga)
    other = sign_in(app.test_client(), olga)
    page = client.get("/account")
    ends = re.findall(r'action="(/account/sessions/\d+/end)"', page.text)

    send(client, "/account", {}, to=ends[0])

    assert page.text.count("This browser") == 1
    assert len(ends) == 1
    assert is_signed_in(client)
    assert not is_signed_in(other)


def test_nobody_ends_a_session_of_somebody_else(app, client, olga, bruno, sign_in, db_session):
    sign_in(client, bruno)
    hers = sign_in(app.test_client(), olga)
    session = db_session.scalar(db.select(UserSession).where(UserSession.user_id == olga.id))

    send(client, "/account", {}, to=f"/account/sessions/{session.id}/end")

    assert is_signed_in(hers)


def test_a_deactivated_person_is_out_at_the_next_click(client, bruno, sign_in):
    sign_in(client, bruno)
    assert is_signed_in(client)

    bruno.status = "inactive"

    assert not is_signed_in(client)


def test_a_stranger_is_sent_to_sign_in_and_comes_back_to_the_page(client, olga):
    answer = client.get("/settings/mail?tab=1")
    assert (answer.status_code, answer.location) == (303, "/sign-in?next=/settings/mail?tab%3D1")

    page = client.get(answer.location)
    target = re.search(r'name="next"[^>]*value="([^"]+)"', page.text)[1]
    back = enter(client, olga.email, next=target)

    assert back.location == "/settings/mail?tab=1"


def test_htmx_is_told_to_load_the_sign_in_page_instead_of_swapping_it_in(client, people):
    answer = client.get(
        "/settings/users", headers={"HX-Request": "true", "HX-Current-URL": "http://localhost/settings/users?at=x"}
    )

    assert answer.status_code == 200
    assert answer.headers["HX-Redirect"] == "/sign-in?next=/settings/users?at%3Dx"
    assert answer.text == ""


TRICKS = [
    "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example",
    "http:evil.example", "http:/evil.example", "javascript:alert(1)", "evil.example", "/\t/evil.example",
    "\t//evil.example", " //evil.example", "/\n/evil.example", "/..//evil.example", "//evil.example@localhost/",
    "/%09/evil.example\r\nSet-Cookie: a=b", "/\x00/evil.example", "/a\\..\\..", "data:text/html,x", "",
]  # fmt: skip


@pytest.mark.parametrize("trick", TRICKS)
def test_a_trick_in_next_never_leads_elsewhere(client, olga, trick):
    answer = enter(client, olga.email, next=trick)

    assert answer.location == "/"


def test_a_plain_path_in_next_is_kept():
    assert safe_path("/projects/7?tab=hours#top") == "/projects/7?tab=hours#top"


class TestThrottle:
    @pytest.fixture(autouse=True)
    def throttled(self, app):
        app.config["RATELIMIT_ENABLED"] = True
        limiter.init_app(app)
        limiter.reset()
        yield
        limiter.reset()
        limiter.enabled = False

    def test_the_sixth_wrong_password_in_a_minute_is_turned_away(self, client, olga):
        for _try in range(5):
            assert enter(client, olga.email, "wrong").status_code == 422

        answer = enter(client, olga.email)

        assert answer.status_code == 429
        assert "Wait a minute" in words_of(answer)

    def test_a_stranger_elsewhere_does_not_lock_the_owner_out(self, client, olga):
        for _try in range(6):
            send(client, "/sign-in", {"email": olga.email, "password": "wrong"},
                 environ_overrides={"REMOTE_ADDR": "203.0.113.9"})  # fmt: skip

        assert enter(client, olga.email).status_code == 303

    def test_one_address_cannot_try_many_accounts(self, client, people):
        answers = [enter(client, f"guess{n}@brightline.example", "wrong").status_code for n in range(31)]

        assert answers == [422] * 30 + [429]

    def test_right_passwords_do_not_count(self, client, olga):
        for _try in range(8):
            client.delete_cookie("crossbill_session")
            assert enter(client, olga.email).status_code == 303


@pytest.mark.parametrize(
    "password",
    ["short", "elevenchars", "passwordpassword", "Password123456!", "P@ssw0rd!2026", "qwertyuiop123", "123456789012",
     "aaaaaaaaaaaaaaa", "crossbill2026!", "zohozohozoho", "Brightline2026!", "olga.marsh.2026", "x" * 1025],
)  # fmt: skip
def test_a_guessable_password_is_refused_with_a_reason(app, password):
    with app.test_request_context():
        problem = problem_with(password, ("Olga Marsh", "olga.marsh@brightline.example", "Brightline Studio"))

    assert problem is not None
    assert problem.endswith(".")


@pytest.mark.parametrize(
    "password", [NEW_PASSWORD, "xkqpvmzrtwfh", "  spaces count too  ", "долгий и странный пароль", "w" + "ab c1" * 200]
)
def test_a_long_unusual_password_is_taken(app, password):
    with app.test_request_context():
        assert problem_with(password, ("Olga Marsh",)) is None


def test_hashing_is_limited_to_a_few_at_once_and_the_rest_are_told_to_wait(client, olga, monkeypatch):
    monkeypatch.setattr(passwords, "_PATIENCE", 0.01)
    monkeypatch.setattr(passwords, "_slots", BoundedSemaphore(1))
    passwords._slots.acquire()

    answer = enter(client, olga.email)

    assert answer.status_code == 429
    assert "Many people are signing in just now" in words_of(answer)
    passwords._slots.release()
    assert enter(client, olga.email).status_code == 303


def test_in_earnest_passwords_are_hashed_with_argon2id_and_64_mebibytes(config):
    hasher = passwords._dear()

    assert hasher.hash("x").startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_a_hash_of_older_parameters_is_renewed_at_sign_in(client, olga, db_session):
    before = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(PASSWORD)
    olga.password_hash = before

    enter(client, olga.email)

    db_session.expire_all()
    assert olga.password_hash != before


def test_changing_the_password_asks_the_old_one_and_ends_the_other_browsers(app, client, olga, sign_in):
    sign_in(client, olga)
    other = sign_in(app.test_client(), olga)
    before = client.get_cookie("crossbill_session").value

    refused = send(client, "/account", {"old_password": "wrong", "password": NEW_PASSWORD}, to="/account/password")
    done = send(client, "/account", {"old_password": PASSWORD, "password": NEW_PASSWORD}, to="/account/password")

    assert "This is not your present password." in words_of(refused)
    assert done.status_code == 303
    assert is_signed_in(client)
    assert client.get_cookie("crossbill_session").value != before
    assert not is_signed_in(other)
    assert enter(app.test_client(), olga.email).status_code == 422
    assert enter(app.test_client(), olga.email, NEW_PASSWORD).status_code == 303


def link_in(message):
    return re.search(r"http://127\.0\.0\.1:8000(/\S+)", words_of_letter(message)[0])[1]


@pytest.mark.both_databases
def test_a_reset_link_works_once(client, olga, organisation, db_session):
    organisation.mail_host = "smtp.example.com"
    send(client, "/forgot", {"email": olga.email})
    link = link_in(db_session.scalar(db.select(MailMessage)))

    looked = client.get(link)
    used = send(client, link, {"password": NEW_PASSWORD})
    again = client.get(link)

    assert looked.status_code == 200
    assert used.status_code == 303
    assert is_signed_in(client)
    assert again.status_code == 410
    assert "does not work any more" in words_of(again)


def test_a_reset_link_ends_after_an_hour_and_opens_nothing_else(client, olga, db_session):
    token = issue(olga.id, "reset")
    db_session.commit()

    assert client.get(f"/invitation/{token}").status_code == 410
    with time_machine.travel(utcnow() + timedelta(minutes=61), tick=False):
        assert client.get(f"/reset/{token}").status_code == 410


def test_a_reset_ends_all_sessions(app, client, olga, sign_in, db_session):
    other = sign_in(app.test_client(), olga)
    token = issue(olga.id, "reset")

    send(client, f"/reset/{token}", {"password": NEW_PASSWORD})

    assert not is_signed_in(other)


def test_a_weak_password_does_not_use_the_link_up(client, olga, db_session):
    token = issue(olga.id, "reset")

    refused = send(client, f"/reset/{token}", {"password": "password1234"})

    assert refused.status_code == 422
    assert client.get(f"/reset/{token}").status_code == 200


def test_asking_for_a_reset_does_not_tell_who_is_here(client, olga, organisation, db_session):
    organisation.mail_host = "smtp.example.com"

    known = send(client, "/forgot", {"email": olga.email}, follow_redirects=True)
    unknown = send(client, "/forgot", {"email": "nora@elsewhere.example"}, follow_redirects=True)

    assert words_of(known) == words_of(unknown)
    assert [message.to for message in db_session.scalars(db.select(MailMessage))] == [olga.email]


def test_only_the_hash_of_a_link_is_stored(olga, db_session):
    token = issue(olga.id, "reset")
    db_session.flush()

    assert db_session.scalar(db.select(OneTimeLink)).token_hash != token


def test_a_reset_link_names_our_own_address_whatever_the_host_header_says(client, olga, organisation, db_session):
    organisation.mail_host = "smtp.example.com"

    send(client, "/forgot", {"email": olga.email}, base_url="http://evil.example")

    message = db_session.scalar(db.select(MailMessage))
    assert message is None or "evil.example" not in "".join(words_of_letter(message))


def test_a_person_changes_name_and_address(client, bruno, sign_in, db_session):
    sign_in(client, bruno)

    send(client, "/account", {"name": "Bruno K.", "email": "bk@brightline.example"}, to="/account/profile")

    assert db_session.get(User, bruno.id).email_key == "bk@brightline.example"


def test_an_address_of_somebody_else_is_refused(client, bruno, olga, sign_in):
    sign_in(client, bruno)

    answer = send(client, "/account", {"name": "Bruno", "email": olga.email.upper()}, to="/account/profile")

    assert answer.status_code == 422
    assert "Somebody else here has this e-mail address." in words_of(answer)


def test_a_sensitive_change_asks_for_the_password_again_and_loses_nothing(client, bruno, sign_in, db_session):
    sign_in(client, bruno)
    row = db_session.scalar(db.select(UserSession))
    row.confirmed_at = utcnow() - timedelta(minutes=16)
    typed = {"name": "Bruno K.", "email": "bk@brightline.example"}

    asked = send(client, "/account", typed, to="/account/profile")
    wrong = send(client, "/account", typed | {"confirm_password": "wrong"}, to="/account/profile")
    right = send(client, "/account", typed | {"confirm_password": PASSWORD}, to="/account/profile")

    assert 'value="bk@brightline.example"' in asked.text
    assert "This is not your password." in words_of(wrong)
    assert right.status_code == 303
    db_session.expire_all()
    assert db_session.get(User, bruno.id).name == "Bruno K."


def test_the_confirmation_page_comes_back(client, olga, sign_in):
    sign_in(client, olga)

    wrong = send(client, "/confirm?next=/settings/mail", {"password": "wrong", "next": "/settings/mail"}, to="/confirm")
    right = send(
        client, "/confirm?next=/settings/mail", {"password": PASSWORD, "next": "/settings/mail"}, to="/confirm"
    )

    assert wrong.status_code == 422
    assert right.location == "/settings/mail"
