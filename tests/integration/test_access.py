"""Who may open what: every route × every role, grown from the app itself, so a new area is tested by being there."""

from __future__ import annotations

import pytest
from werkzeug.routing import Rule

from blueprints.access import PERMISSIONS, permission_of
from models import User
from tests.browsing import words_of

ROLES = ("owner", "admin", "staff", "timesheet", "nobody")
#: what stands in an address for each kind of converter; no such record exists
SAMPLES = {"IntegerConverter": 999_999, "UnicodeConverter": "nothing", "PathConverter": "nothing",
           "UUIDConverter": "00000000-0000-0000-0000-000000000000", "FloatConverter": 9.5}  # fmt: skip
#: people whose hours are fetched must not be signed out by the test that walks all POST routes
ENDS_THE_SESSION = {"auth.sign_out", "auth.sign_out_everywhere"}


def rules(app, method: str) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if method in rule.methods and rule.endpoint != "static"]


def address(app, rule: Rule) -> str:
    values = {name: SAMPLES.get(type(kind).__name__, "nothing") for name, kind in rule._converters.items()}
    for name, kind in rule._converters.items():
        if type(kind).__name__ == "AnyConverter":
            values[name] = sorted(kind.items)[0]
    with app.test_request_context():
        return rule.build({**values, **(rule.defaults or {})})[1]


def may(role: str, permission: str) -> bool:
    return permission in PERMISSIONS.get(role, frozenset())


@pytest.fixture
def browsers(app, people, browser_of):
    who = {"owner": people.olga, "admin": people.ada, "staff": people.bruno, "timesheet": people.tim}
    return {role: browser_of(person) for role, person in who.items()} | {"nobody": app.test_client()}


def test_every_route_declares_what_it_needs(app):
    endpoints = [rule.endpoint for rule in app.url_map.iter_rules() if rule.endpoint != "static"]
    undeclared = [endpoint for endpoint in endpoints if not hasattr(app.view_functions[endpoint], "permission")]

    assert undeclared == []


def test_every_declared_permission_is_in_the_table(app):
    known = frozenset().union(*PERMISSIONS.values())
    declared = {permission_of(app, rule.endpoint) for rule in app.url_map.iter_rules()} - {None}

    assert declared - known == set()


def test_a_stronger_role_may_do_all_that_a_weaker_one_may():
    assert PERMISSIONS["timesheet"] <= PERMISSIONS["staff"] < PERMISSIONS["admin"] < PERMISSIONS["owner"]


@pytest.mark.parametrize("role", ROLES)
def test_every_page_opens_for_its_roles_and_for_nobody_else(app, browsers, role):
    wrong = []
    for rule in rules(app, "GET"):
        permission = permission_of(app, rule.endpoint)
        if permission is None:
            continue
        answer = browsers[role].get(address(app, rule), buffered=True)
        if role == "nobody":
            is_right = answer.status_code == 303 and answer.location.startswith(
                ("/sign-in?next=", "/finance/sign-in?next=")
            )
        elif may(role, permission):
            is_right = answer.status_code in {200, 302, 303, 308, 404, 410}
        else:
            is_right = answer.status_code == 403
        if not is_right:
            wrong.append(f"{rule.rule} needs {permission}: {answer.status_code} {answer.location or ''}")

    assert wrong == []


@pytest.mark.parametrize("role", ROLES)
def test_every_verb_is_refused_before_anything_else_to_who_may_not(app, browsers, role):
    app.config["WTF_CSRF_ENABLED"] = False
    wrong = []
    for rule in rules(app, "POST"):
        permission = permission_of(app, rule.endpoint)
        if permission is None or rule.endpoint in ENDS_THE_SESSION:
            continue
        answer = browsers[role].post(address(app, rule), buffered=True)
        if role == "nobody":
            is_right = answer.status_code == 303 and answer.location.startswith(("/sign-in", "/finance/sign-in"))
        else:
            is_right = (answer.status_code != 403) == may(role, permission) and answer.status_code < 500
        if not is_right:
            wrong.append(f"{rule.rule} needs {permission}: {answer.status_code}")

    assert wrong == []


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_no_form_is_taken_without_its_token(app, browsers, headers):
    exempt = {"webhooks"}
    taken = []
    for rule in rules(app, "POST"):
        if rule.endpoint.partition(".")[0] in exempt:
            continue
        for token in (None, "made-up", "nö-ascii-☃"):
            fields = {} if token is None else {"csrf_token": token}
            answer = browsers["owner"].post(address(app, rule), data=fields, headers=headers)
            if answer.status_code != 400 or (headers and answer.headers.get("HX-Refresh") != "true"):
                taken.append(f"{rule.rule} with {token!r}: {answer.status_code}")

    assert taken == []


def test_a_stale_form_says_what_to_do(client, people):
    answer = client.post("/sign-in", data={"email": "a", "password": "b"})

    assert "This page was open for too long" in words_of(answer)
    assert "Nothing was changed." in words_of(answer)


def test_a_refused_person_is_told_whom_to_ask(people, browser_of):
    answer = browser_of(people.bruno).get("/settings/users")

    assert answer.status_code == 403
    assert "Ask an owner or admin of your organisation for access." in words_of(answer)


def test_no_page_changes_anything_by_being_looked_at(app, browsers, db_session):
    from tests.databases import Base

    def everything():
        db_session.rollback()
        tables = [table for table in Base.metadata.sorted_tables if table.name != "user_sessions"]
        return {table.name: db_session.execute(table.select()).all() for table in tables}

    before = everything()
    for rule in rules(app, "GET"):
        browsers["owner"].get(address(app, rule), buffered=True)

    assert everything() == before


def test_a_new_role_holds_from_the_next_click_on(people, browser_of, db_session):
    browser = browser_of(people.ada)
    assert browser.get("/settings/users").status_code == 200

    db_session.get(User, people.ada.id).role = "staff"

    assert browser.get("/settings/users").status_code == 403


def test_every_answer_carries_the_headers_that_protect_it(app, browsers):
    for path in ("/", "/settings/", "/nowhere", "/sign-in", "/healthz"):
        headers = browsers["owner"].get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "no-store"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
