"""Webhooks: the address that Zoho calls believes nothing but ids, and the page that explains it (P-40)."""

from __future__ import annotations

import io
import json
import re
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from extensions import db, limiter, utcnow
from models import AuditEntry, Hint, UserSession
from sync import hints
from sync.connection import webhook
from tests.browsing import send, token_of, words_of
from tests.syncing import TEST

pytestmark = pytest.mark.usefixtures("people")

HOOK = "/hooks/zoho_projects"
PAGE = "/settings/integrations/zoho_projects/webhooks"


@pytest.fixture
def secret(portal):
    webhook.new_secret(portal.integration, TEST)
    db.session.commit()
    return webhook.secret_of(portal.integration)


def told(secret, **values):
    return {"event": "timelog.updated", "project_id": "11", "task_id": "22", "log_id": "33", "token": secret, **values}


def kept():
    db.session.expire_all()
    return db.session.scalars(db.select(Hint).order_by(Hint.id)).all()


@contextmanager
def throttled(app):
    app.config["RATELIMIT_ENABLED"] = True
    limiter.init_app(app)
    limiter.reset()
    try:
        yield
    finally:
        limiter.reset()
        limiter.enabled = False


SENT = {
    "a form": lambda client, values: client.post(HOOK, data=values),
    "JSON": lambda client, values: client.post(HOOK, json=values),
    "JSON as text": lambda client, values: client.post(HOOK, data=json.dumps(values), content_type="text/plain"),
    "pairs as text": lambda client, values: client.post(
        HOOK, data="&".join(f"{name}={value}" for name, value in values.items()), content_type="text/plain"
    ),
    "a query by GET": lambda client, values: client.get(HOOK, query_string=values),
    "a query by POST": lambda client, values: client.post(HOOK, query_string=values),
    "numbers in JSON": lambda client, values: client.post(HOOK, json={**values, "log_id": 33, "project_id": 11}),
}


@pytest.mark.both_databases
@pytest.mark.req("P-40")
@pytest.mark.parametrize("how", SENT)
def test_a_hint_is_taken_down_however_it_is_sent(client, secret, how):
    answer = SENT[how](client, told(secret))

    assert (answer.status_code, answer.data) == (204, b"")
    hint = kept()[0]
    assert (hint.module, hint.remote_id, hint.project_id, hint.task_id) == ("time_entries", "33", "11", "22")


@pytest.mark.req("P-40")
def test_hints_about_one_record_collapse_while_they_wait(client, secret):
    for _replay in range(5):
        client.post(HOOK, data=told(secret))
    client.post(HOOK, data=told(secret, log_id="34"))

    assert [(hint.remote_id, hint.times) for hint in kept()] == [("33", 5), ("34", 1)]


@pytest.mark.parametrize(
    "change",
    [{"token": "wrong"}, {"token": ""}, {"token": "n\u00f6-\u2603"}, {"portal_id": "999"}, {"token": "x" * 5_000}],
)
def test_a_wrong_call_learns_nothing_and_leaves_nothing(client, secret, change):
    answer = client.post(HOOK, data=told(secret, **change))

    assert (answer.status_code, answer.data) == (404, b"There is nothing here.\n")
    assert kept() == []


def test_an_unknown_connector_a_missing_secret_and_a_wrong_token_look_alike(client, portal, organisation):
    answers = [client.post("/hooks/moonbase", data=told("x")), client.post(HOOK, data=told("x"))]
    webhook.new_secret(portal.integration, TEST)
    answers.append(client.post(HOOK, data=told("x")))

    assert len({(answer.status_code, answer.data, answer.mimetype) for answer in answers}) == 1


def test_the_right_portal_may_be_named(client, portal, secret):
    answer = client.post(HOOK, data=told(secret, portal_id=portal.integration.scope_id))

    assert answer.status_code == 204
    assert len(kept()) == 1


def test_an_old_secret_no_longer_opens_anything(client, portal, secret):
    webhook.new_secret(portal.integration, TEST)

    assert client.post(HOOK, data=told(secret)).status_code == 404
    assert client.post(HOOK, data=told(webhook.secret_of(portal.integration))).status_code == 204


def test_a_switched_off_or_disabled_integration_hears_nothing(client, portal, secret):
    portal.integration.state = "disabled"
    assert client.post(HOOK, data=told(secret)).status_code == 404
    portal.integration.state = "active"
    webhook.switch_off(portal.integration, TEST)

    assert client.post(HOOK, data=told(secret)).status_code == 404
    assert kept() == []


def test_a_paused_integration_keeps_hints_for_later(client, portal, secret):
    portal.integration.state = "paused"
    client.post(HOOK, data=told(secret))

    assert hints.drain(utcnow() + hints.QUIET) == 0
    assert len(kept()) == 1


HOSTILE = {
    "script in an id": {"log_id": "<script>alert(1)</script>"},
    "a placeholder that was not filled in": {"log_id": "${Time Log ID}", "task_id": "", "project_id": ""},
    "a negative id": {"log_id": "-7", "task_id": "", "project_id": ""},
    "an id longer than any": {"log_id": "9" * 40, "task_id": "", "project_id": ""},
    "digits of another script": {"log_id": "\u0663\u0663", "task_id": "", "project_id": ""},
    "an event of another world": {"event": "tasklist.updated"},
    "a comment": {"event": "task.commented"},
    "SQL": {"event": "x'); DROP TABLE hints; --", "log_id": "1 OR 1=1", "task_id": "", "project_id": ""},
}


@pytest.mark.parametrize("oddity", HOSTILE)
def test_what_is_odd_is_ignored_and_never_stored(client, secret, oddity):
    answer = client.post(HOOK, data=told(secret, **HOSTILE[oddity]))

    assert answer.status_code == 204
    stored = [text for hint in kept() for text in (hint.module, hint.remote_id, hint.project_id, hint.event)]
    assert all(re.fullmatch(r"[a-z_]*|[0-9]{0,19}", text) for text in stored)
    assert all(hint.remote_id != HOSTILE[oddity].get("log_id") for hint in kept())


BODIES = {
    "deep": b"[" * 8_000 + b"]" * 8_000, "deep objects": b'{"a":' * 2_500 + b"1" + b"}" * 2_500,
    "cut": b'{"event": "ti',
    "bytes": bytes(range(256)), "NaN": b'{"log_id": NaN}', "a list": b"[1, 2, 3]", "null": b"null",
    "nested ids": b'{"log_id": {"id": "33"}, "task_id": ["1"]}', "truth": b'{"log_id": true}',
    "a huge number": b'{"log_id": ' + b"9" * 4_000 + b"}", "lone surrogate": b'{"event": "\\ud800"}',
    "XML": b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
    "many fields": b"&".join(b"a=1" for _ in range(4_000)),
}  # fmt: skip


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/x-www-form-urlencoded", ""])
def test_a_hostile_body_with_the_right_token_does_no_harm(client, secret, body, kind):
    answer = client.post(f"{HOOK}?token={secret}", data=BODIES[body], content_type=kind)

    assert answer.status_code in {204, 404}
    assert kept() == []


def test_a_body_that_is_too_large_is_not_read(client, secret):
    for data in (b"x" * 40_000, json.dumps(told(secret, filler="y" * 40_000)).encode()):
        assert client.post(HOOK, data=data, content_type="application/json").status_code == 404
        assert client.post(HOOK, data=data, content_type="application/x-www-form-urlencoded").status_code == 404
    files = {"file": (io.BytesIO(b"z" * 40_000), "a.bin"), **told(secret)}
    assert client.post(HOOK, data=files, content_type="multipart/form-data").status_code == 404

    assert kept() == []


def test_wrong_calls_from_one_address_are_stopped_but_right_ones_are_not(app, client, secret):
    with throttled(app):
        wrong = [client.post(HOOK, data=told("guess")).status_code for _try in range(31)]
        right = client.post(HOOK, data=told(secret)).status_code
        elsewhere = client.post(HOOK, data=told("guess"), environ_overrides={"REMOTE_ADDR": "203.0.113.9"}).status_code

    assert wrong == [404] * 30 + [429]
    assert right == 204
    assert elsewhere == 404


def test_looking_without_reading_writes_nothing(client, secret):
    client.head(HOOK, query_string=told(secret))

    assert kept() == []


@pytest.mark.req("P-40")
def test_a_flood_becomes_one_wish_for_a_quick_run(client, portal, secret, monkeypatch):
    monkeypatch.setattr(hints.keeping, "MOST_WAITING", 20)
    for number in range(1, 61):
        assert client.post(HOOK, data=told(secret, log_id=str(number))).status_code == 204

    rows = kept()
    assert len(rows) == 21
    assert [(row.module, row.times) for row in rows if row.module == ""] == [("", 40)]


@pytest.fixture
def statements(app, client):
    """What the database is asked from here on; the first request of a process looks whether set-up is done."""
    client.get("/healthz")
    client.post(HOOK)
    seen = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    return seen


def test_an_answer_takes_few_statements(client, secret, statements):
    client.post(HOOK, data=told(secret))

    assert len(statements) <= 5, statements


def test_a_wrong_call_never_waits_for_a_writer(client, secret, statements):
    client.post(HOOK, data=told("guess"))

    assert "BEGIN IMMEDIATE" not in statements


def proven(person):
    """Let the password of somebody's session count as proven just now."""
    db.session.execute(db.update(UserSession).where(UserSession.user_id == person.id).values(confirmed_at=utcnow()))
    db.session.commit()


@pytest.mark.req("P-40")
def test_an_admin_switches_webhooks_on_and_reads_what_to_type_into_zoho(portal, ada, browser_of):
    browser = browser_of(ada)
    proven(ada)
    assert "Webhooks are off" in words_of(browser.get(PAGE))

    answer = send(browser, PAGE, {}, f"{PAGE}/renew", follow_redirects=True)

    page, secret = words_of(answer), webhook.secret_of(portal.integration)
    assert "Associate Webhook" in page
    assert "http://127.0.0.1:8000/hooks/zoho_projects" in page
    assert f"event=timelog.updated&amp;portal_id={portal.integration.scope_id}&amp;token={secret}" in answer.text
    assert "&amp;log_id=${Time Log ID}" in answer.text
    assert "Nothing received yet" in page


def test_the_secret_is_shown_only_to_who_proved_the_password(portal, secret, ada, browser_of):
    browser = browser_of(ada)
    assert secret not in browser.get(PAGE).text
    db.session.execute(db.update(UserSession).values(confirmed_at=utcnow().replace(year=2020)))

    answer = browser.get(f"{PAGE}/secret")

    assert answer.status_code == 303
    assert "/confirm" in answer.location
    proven(ada)
    assert secret in browser.get(f"{PAGE}/secret").text


def test_the_secret_is_sealed_at_rest_and_absent_from_the_audit_log(portal, secret):
    assert secret not in portal.integration.webhook_secret
    entries = db.session.scalars(db.select(AuditEntry).where(AuditEntry.verb.startswith("integration.webhook"))).all()

    assert [entry.verb for entry in entries] == ["integration.webhook_made"]
    assert all(secret not in json.dumps([entry.summary, entry.before, entry.after]) for entry in entries)


def test_a_new_secret_and_switching_off_need_a_press(portal, secret, ada, browser_of):
    browser = browser_of(ada)
    proven(ada)
    answer = send(browser, PAGE, {}, f"{PAGE}/renew", follow_redirects=True)
    assert "the old one no longer works" in words_of(answer)
    assert secret not in answer.text

    answer = browser.post(f"{PAGE}/off", data={"csrf_token": token_of(browser, PAGE)}, follow_redirects=True)

    assert "Webhooks are off" in words_of(answer)
    db.session.expire_all()
    assert portal.integration.webhook_secret is None


def test_staff_cannot_see_the_page(portal, secret, bruno, browser_of):
    assert browser_of(bruno).get(PAGE).status_code == 403
    assert browser_of(bruno).get(f"{PAGE}/secret").status_code == 403


def test_the_page_tells_what_was_received(client, portal, secret, ada, browser_of):
    client.post(HOOK, data=told(secret))
    client.post(HOOK, data=told(secret))

    page = words_of(browser_of(ada).get(PAGE))

    assert "Last received" in page
    assert "33 Time entries" in page
    assert "changed 2 times" in page
    assert "Waiting" in page


def test_the_page_asks_few_questions_with_many_hints(app, client, portal, secret, ada, browser_of):
    for number in range(1, 60):
        client.post(HOOK, data=told(secret, log_id=str(number)))
    browser = browser_of(ada)

    answer = browser.get(PAGE, headers={"HX-Request": "true"})

    assert answer.text.startswith('<div id="webhook-received"') or 'id="webhook-received"' in answer.text[:400]
    assert answer.text.count("<tr id=") == 20
