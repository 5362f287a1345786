"""Settings → Users: invitations, roles, and ending what somebody may do."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine

from billing.mail.letters import words_of as words_of_letter
from extensions import db, utcnow
from models import AuditEntry, MailMessage, OneTimeLink, User, UserSession
from tests.browsing import send, words_of
from tests.factories import make_user

PASSWORD = "seven purple tractors"
SUSAN = {"name": "Susan Park", "email": "susan@brightline.example", "role": "staff"}


@pytest.fixture
def as_olga(people, browser_of):
    return browser_of(people.olga)


@pytest.fixture
def as_ada(people, browser_of):
    return browser_of(people.ada)


def invite(browser, **changes):
    return send(browser, "/settings/users", SUSAN | changes, to="/settings/users/invite")


def shown_link(browser):
    found = re.search(r"http://127\.0\.0\.1:8000(/invitation/[\w-]+)", browser.get("/settings/users").text)
    return found and found[1]


@pytest.mark.both_databases
def test_an_invited_person_chooses_a_password_and_is_in(app, as_ada, db_session):
    invite(as_ada)
    link = shown_link(as_ada)
    susan = app.test_client()

    welcome = susan.get(link)
    send(susan, link, {"name": "Susan Park", "password": PASSWORD})

    assert "You will sign in as susan@brightline.example" in words_of(welcome)
    assert susan.get("/invoices/").status_code == 200
    person = db_session.scalar(db.select(User).where(User.email_key == SUSAN["email"]))
    assert (person.role, person.status) == ("staff", "active")


def test_without_mail_the_link_is_shown_once(as_ada):
    invite(as_ada)

    assert shown_link(as_ada) is not None
    assert shown_link(as_ada) is None


def test_with_mail_the_link_is_sent_and_never_shown(as_ada, organisation, db_session):
    organisation.mail_host = "smtp.example.com"

    invite(as_ada)

    letter = db_session.scalar(db.select(MailMessage))
    assert letter.to == SUSAN["email"]
    assert "invitation" not in letter.text + letter.html
    assert "http://127.0.0.1:8000/invitation/" in words_of_letter(letter)[0]
    assert "Ada Byrne invites you." in words_of_letter(letter)[0]
    assert shown_link(as_ada) is None


def test_an_invitation_works_once_and_for_a_day(app, as_ada, db_session):
    invite(as_ada)
    link = shown_link(as_ada)

    with time_machine.travel(utcnow() + timedelta(hours=25), tick=False):
        assert app.test_client().get(link).status_code == 410
    send(app.test_client(), link, {"name": "Susan", "password": PASSWORD})
    assert app.test_client().get(link).status_code == 410


def test_a_second_invitation_ends_the_first(app, as_ada, db_session):
    invite(as_ada)
    first = shown_link(as_ada)

    invite(as_ada)

    assert app.test_client().get(first).status_code == 410
    assert db_session.scalar(db.select(db.func.count(User.id)).where(User.email_key == SUSAN["email"])) == 1


@pytest.mark.req("P-12")
def test_inactive_timesheet_staff_take_no_seat_and_may_be_invited_later(app, as_ada, db_session):
    fetched = make_user("Susan P.", "timesheet", email=SUSAN["email"], status="inactive", password_hash=None,
                        source="zoho_projects")  # fmt: skip
    before = words_of(as_ada.get("/settings/users"))

    invite(as_ada, role="timesheet")
    send(app.test_client(), shown_link(as_ada), {"name": "Susan Park", "password": PASSWORD})

    assert "5 people can sign in." in before
    assert "6 people can sign in." in words_of(as_ada.get("/settings/users"))
    assert db_session.get(User, fetched.id).status == "active"


def test_somebody_who_is_here_already_is_not_invited_again(as_ada, people):
    answer = invite(as_ada, email=people.bruno.email.upper())

    assert answer.status_code == 422
    assert "Somebody with this address is here already." in words_of(answer)
    assert 'value="Susan Park"' in answer.text


@pytest.mark.parametrize(
    "wrong", ["susan", "a@b.example, c@d.example", "a@b.example\nBcc: c@d.example", "<a@b.example>"]
)
def test_only_one_plain_address_is_taken(as_ada, wrong):
    assert invite(as_ada, email=wrong).status_code == 422


def test_an_admin_cannot_invite_make_or_touch_an_owner(as_ada, people, db_session):
    invited = invite(as_ada, role="owner")
    send(as_ada, "/account", {"role": "owner"}, to=f"/settings/users/{people.bruno.id}/role")
    touched = [
        send(as_ada, "/account", {"role": "staff"}, to=f"/settings/users/{people.olga.id}/{verb}").status_code
        for verb in ("role", "deactivate", "activate", "end-sessions")
    ]

    assert invited.status_code == 422
    assert db_session.get(User, people.bruno.id).role == "staff"
    assert touched == [403] * 4
    assert (people.olga.role, people.olga.status) == ("owner", "active")


def test_an_owner_may_make_another_owner_and_then_step_down(as_olga, people, db_session):
    send(as_olga, "/account", {"role": "owner"}, to=f"/settings/users/{people.ada.id}/role")
    send(as_olga, "/account", {"role": "staff"}, to=f"/settings/users/{people.olga.id}/role")

    assert db_session.get(User, people.ada.id).role == "owner"
    assert db_session.get(User, people.olga.id).role == "staff"


@pytest.mark.both_databases
def test_the_last_owner_can_neither_step_down_nor_be_deactivated(as_olga, people, db_session):
    make_user("Otto Past", "owner", status="inactive")

    send(as_olga, "/account", {"role": "staff"}, to=f"/settings/users/{people.olga.id}/role")
    send(as_olga, "/account", {}, to=f"/settings/users/{people.olga.id}/deactivate")
    page = as_olga.get(f"/settings/users/{people.olga.id}")

    assert (people.olga.role, people.olga.status) == ("owner", "active")
    assert "Olga Marsh is the only owner. Make somebody else an owner first." in words_of(page)


def test_deactivating_ends_sessions_and_links_at_once(as_ada, people, browser_of, db_session):
    bruno = browser_of(people.bruno)
    assert bruno.get("/").status_code == 200

    send(as_ada, "/account", {}, to=f"/settings/users/{people.bruno.id}/deactivate")
    send(as_ada, "/account", {}, to=f"/settings/users/{people.bruno.id}/activate")

    assert bruno.get("/").status_code == 303
    assert db_session.get(User, people.bruno.id).status == "active"
    assert db_session.scalars(db.select(OneTimeLink).where(OneTimeLink.used_at.is_(None))).all() == []


def test_an_admin_signs_somebody_out_everywhere(as_ada, people, browser_of):
    bruno = browser_of(people.bruno)

    send(as_ada, "/account", {}, to=f"/settings/users/{people.bruno.id}/end-sessions")

    assert bruno.get("/").status_code == 303


def test_inviting_asks_for_the_password_when_it_was_proven_long_ago(as_ada, db_session):
    for row in db_session.scalars(db.select(UserSession)):
        row.confirmed_at = utcnow() - timedelta(minutes=16)

    answer = invite(as_ada)

    assert answer.status_code == 422
    assert "Enter your password once more" in words_of(answer)
    assert 'value="susan@brightline.example"' in answer.text


def test_every_change_is_in_the_audit_log_with_who_and_from_where(as_ada, people, db_session):
    send(as_ada, "/account", {"role": "admin"}, to=f"/settings/users/{people.bruno.id}/role")

    line = db_session.scalar(db.select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1))
    assert (line.actor, line.address, line.verb) == ("Ada Byrne", "127.0.0.1", "user.role_changed")
    assert (line.before, line.after) == ({"role": "staff"}, {"role": "admin"})
    assert "role changed" in words_of(as_ada.get("/settings/audit/"))


def test_a_field_that_no_form_names_changes_nothing(as_ada, people, db_session):
    send(as_ada, "/account", {"name": "Ada B.", "email": people.ada.email, "role": "owner", "status": "inactive",
         "password_hash": "x", "id": "1"}, to="/account/profile")  # fmt: skip

    me = db_session.get(User, people.ada.id)
    assert (me.name, me.role, me.status) == ("Ada B.", "admin", "active")


def test_long_lists_of_people_are_paged(as_ada):
    for number in range(60):
        make_user(f"Worker {number:02}", "timesheet", status="inactive", password_hash=None)

    first = as_ada.get("/settings/users", headers={"HX-Request": "true"}).text
    following = re.search(r'href="([^"]*at=[^"]*)"[^>]*>[^<]*(?:<[^>]+>)*\s*Next', first)

    assert first.count("row-link") == 50
    assert "Worker 59" not in first
    assert following is None or "Worker 59" in as_ada.get(following[1].replace("&amp;", "&")).text
