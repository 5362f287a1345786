"""Telling the remote: exactly one post per note, whatever is lost, killed, throttled or refused on the way."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from billing import transactions
from connectors.throttle import Throttle
from extensions import db, utcnow
from models import Credential, Outbox, RemoteCalls, SyncRun
from sync import connection, credentials
from sync.outbox import notes, push
from tests.telling import OLGA, Teller, notes_of, teller, the_note


class Killed(BaseException):
    """The process is gone; nothing of ours catches it."""


@contextmanager
def killed_at(nth: int) -> Iterator[list[int]]:
    """Kill this process at its nth statement or commit; yields how many of them there were."""
    seen = [0]

    def strike(*_given: Any) -> None:
        seen[0] += 1
        if seen[0] == nth:
            raise Killed

    event.listen(db.engine, "before_cursor_execute", strike)
    event.listen(db.engine, "commit", strike)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", strike)
        event.remove(db.engine, "commit", strike)


@pytest.fixture
def told(standin: Any, organisation: Any) -> Teller:
    return teller(standin)


def exactly_once(told: Teller) -> None:
    """Each note that was told stands in its feed once, and nothing else does."""
    done = db.session.scalars(db.select(Outbox).where(Outbox.state == "done")).all()
    lines = [line for project in told.projects for line in told.feed(project)]
    for note in done:
        assert sum(note.reference in line for line in lines) == 1, note.reference
    assert len(lines) == len(done)


@pytest.mark.req("T-04")
def test_an_invoice_is_in_the_feed_at_the_next_tick(told):
    invoice = told.invoice()

    assert told.tell() == 1

    assert len(told.feed()) == 1
    note = the_note(invoice)
    assert (note.state, note.attempts, note.problem) == ("done", 1, "")
    assert note.remote_id == str(told.portal.standin.world.main.live_projects()[0].feed[0].id)
    assert told.tell() == 0, "nothing is left"
    assert told.calls("POST") == 1
    assert told.calls("GET") == 0, "it is looked for only when something was lost"


@pytest.mark.req("R-10")
def test_a_lost_reply_is_looked_for_and_adopted(told):
    told.trouble(kind="lost_reply", method="POST", count=1)
    invoice = told.invoice()
    told.tell()
    assert the_note(invoice).state == "unsure"
    assert "broke off the answer" in the_note(invoice).problem
    assert told.tell() == 0, "what may still be under way is not looked for at once"

    told.later(seconds=90)
    told.tell()

    assert notes_of(invoice)[-1] == ("issued", "done")
    assert (told.calls("POST"), told.calls("GET")) == (1, 1)
    exactly_once(told)


@pytest.mark.req("R-10")
def test_a_post_that_never_arrived_is_sent_again(told):
    told.trouble(kind="reset_before", method="POST", count=1)
    invoice = told.invoice()
    told.tell()
    told.later(seconds=90)

    told.tell()

    assert the_note(invoice).state == "done"
    assert told.calls("POST") == 2
    exactly_once(told)


@pytest.mark.req("R-10")
@pytest.mark.parametrize("seed", range(4))
def test_with_half_of_all_replies_lost_there_is_one_post_per_note(told, seed):
    told.portal.standin.world.troubles._random.seed(seed)
    projects = [told.project(f"Project {number}") for number in range(3)]
    told.trouble(kind="lost_reply", method="POST", probability=0.5)
    told.trouble(kind="lost_reply", method="GET", probability=0.5)
    found = [told.note(projects[number % 3]) for number in range(30)]

    told.tell_all(400)

    assert [note.state for note in found] == ["done"] * 30
    exactly_once(told)
    assert told.calls("POST") == 30, "what arrived was never sent twice"
    assert told.calls("GET") > 5, "some replies were lost indeed"


@pytest.mark.req("R-10")
@pytest.mark.parametrize(
    "trouble",
    [
        {"kind": "status", "status": 500}, {"kind": "status", "status": 504, "body": "html"}, {"kind": "html_200"},
        {"kind": "html_as_json"}, {"kind": "empty_body"}, {"kind": "null_json"}, {"kind": "cut_json"},
        {"kind": "error_200"}, {"kind": "redirect"}, {"kind": "reset_mid"}, {"kind": "wrong_ct", "type": "text/html"},
        {"kind": "drop_field", "field": "id"}, {"kind": "object_json"}, {"kind": "list_json"},
        {"kind": "status", "status": 401, "title": "INVALID_OAUTHTOKEN"}, {"kind": "bad_gzip"},
    ],
    ids=lambda trouble: "-".join(str(part) for part in trouble.values()),
)  # fmt: skip
def test_whatever_comes_instead_of_an_answer_there_is_one_post(told, trouble):
    told.trouble(**trouble, method="POST", count=1)
    invoice = told.invoice()

    told.tell_all()

    assert the_note(invoice).state == "done"
    exactly_once(told)


@pytest.mark.req("R-10")
def test_after_a_restore_what_was_told_since_the_backup_is_not_told_again(told):
    invoice = told.invoice()
    told.tell()
    note = the_note(invoice)
    note.state, note.remote_id, note.may_be_there, note.attempts, note.done_at = "pending", None, False, 0, None
    db.session.commit()
    told.later(minutes=10)

    told.tell()

    assert the_note(invoice).state == "done"
    assert (told.calls("POST"), told.calls("GET")) == (1, 1)
    exactly_once(told)


@pytest.mark.req("R-10")
def test_an_empty_list_from_a_dead_key_is_no_proof_of_absence(told):
    told.trouble(kind="lost_reply", method="POST", count=1)
    invoice = told.invoice()
    told.tell()
    told.portal.standin.world.troubles.add({"kind": "dead_list", "count": 2})
    told.later(minutes=5)
    told.tell()
    assert the_note(invoice).state == "unsure"

    told.later(minutes=5)
    told.tell()

    assert the_note(invoice).state == "done"
    exactly_once(told)


@pytest.mark.req("R-10", "R-15")
def test_a_push_killed_at_any_statement_still_posts_once(told):
    told.note()
    told.tell()  # keeps an access token, which no later push writes again
    told.note()
    with killed_at(10**9) as seen:
        told.tell()
    total = seen[0]
    assert total > 20

    for nth in range(1, total + 1):
        note = told.note()
        with killed_at(nth):
            try:
                told.tell()
            except Killed:
                db.session.rollback()
        told.later(minutes=20)
        told.tell_all()

        assert note.state == "done", f"killed at {nth} of {total}"
        assert sum(note.reference in line for line in told.feed()) == 1, f"killed at {nth} of {total}"
    exactly_once(told)


@pytest.mark.req("R-10", "R-15")
def test_a_look_killed_at_any_statement_still_posts_once(told):
    told.note()
    told.tell()
    for nth in range(1, 31):
        told.trouble(kind="lost_reply", method="POST", count=1)
        note = told.note()
        told.tell()
        told.later(minutes=2)
        with killed_at(nth):
            try:
                told.tell()
            except Killed:
                db.session.rollback()
        told.later(minutes=20)
        told.tell_all()
        told.calm()

        assert note.state == "done", f"killed at {nth}"
    exactly_once(told)


@pytest.mark.req("R-10")
def test_a_claim_of_a_process_that_died_is_found_at_once(told):
    invoice = told.invoice()
    note = the_note(invoice)
    machine = push.own_name().rsplit(" ", 3)[0]
    note.state, note.claimed_by, note.claimed_at = "sending", f"{machine} 999999999 1 abcd", utcnow()
    note.may_be_there = True
    db.session.commit()

    told.tell()

    assert the_note(invoice).state == "done"
    assert told.calls("GET") == 1, "it is looked for first"


@pytest.mark.req("R-10")
def test_a_note_that_is_being_told_is_left_alone(told):
    invoice = told.invoice()
    note = the_note(invoice)
    note.state, note.claimed_by, note.claimed_at = "sending", push.own_name(), utcnow()
    db.session.commit()

    told.tell()

    assert the_note(invoice).state == "sending"
    assert told.calls("POST") == 0


@pytest.mark.req("R-10")
def test_many_processes_that_race_for_the_same_notes_tell_each_once(app: Flask, told):
    told.note()
    told.tell()  # keeps an access token, so that the race is about the notes
    found = [told.note() for _ in range(12)]
    db.session.rollback()
    barrier = Barrier(4)

    def tick() -> int:
        with app.app_context():
            barrier.wait(timeout=30)
            try:
                return sum(push.drain() for _ in range(6))
            finally:
                db.session.remove()

    with ThreadPoolExecutor(4) as pool:
        counts = [future.result(timeout=120) for future in [pool.submit(tick) for _ in range(4)]]
    told.tell_all()

    assert sum(counts) <= 12
    assert told.calls("POST") == 13
    assert [note.state for note in found] == ["done"] * 12
    exactly_once(told)


@pytest.mark.req("R-10")
def test_whoever_was_taken_over_does_not_write_over_the_other(told):
    invoice = told.invoice()
    note = the_note(invoice)
    note.state, note.remote_id = "done", "77"
    db.session.commit()

    push._write_down(note.id, "somebody else", push.Outcome("failed", "late"), utcnow())
    db.session.commit()

    assert (the_note(invoice).state, the_note(invoice).remote_id) == ("done", "77")


@pytest.mark.req("R-10")
def test_a_rate_limit_makes_everything_wait_as_long_as_told(told):
    told.trouble(kind="throttle_400", seconds=1320, method="POST", count=1)
    first, second = told.invoice(), told.invoice()
    told.tell()
    assert the_note(first).state == the_note(second).state == "pending"
    assert the_note(first).attempts == 0, "waiting as told is no failed try"
    told.later(seconds=1200)
    assert told.tell() == 0
    assert told.calls("POST") == 1, "the remote is left in peace"

    told.later(seconds=200)
    told.portal.standin.world.clock.advance(1400)
    pass_time(told, 1400)
    told.tell()

    assert (the_note(first).state, the_note(second).state) == ("done", "done")
    exactly_once(told)


def pass_time(told: Teller, seconds: float) -> None:
    """Let the clock that our calls wait by run on."""
    _now, sleep = connection.access.timing()
    sleep(seconds)


@pytest.mark.req("R-10")
def test_an_outage_is_waited_out_longer_each_time_and_then_a_person_is_asked(told):
    told.trouble(kind="status", status=503)
    invoice = told.invoice()
    waits = []
    for _ in range(push.MOST_ATTEMPTS):
        told.tell()
        waits.append((the_note(invoice).not_before - told.now()).total_seconds())
        told.later(hours=8)

    assert waits[0] < waits[3] < waits[6]
    assert max(waits) <= push.LONGEST_PAUSE * 1.2
    assert the_note(invoice).state == "failed"
    assert told.tell() == 0

    told.calm()
    notes.retry(the_note(invoice), OLGA)
    db.session.commit()
    told.tell()
    assert the_note(invoice).state == "done"
    exactly_once(told)


@pytest.mark.req("P-53")
def test_dead_credentials_park_everything_and_ask_the_owner(told):
    told.portal.standin.world.accounts.expire_access_tokens()
    told.portal.standin.world.edit("grant.revoke")
    first, second = told.invoice(), told.invoice()

    told.tell()
    calls = len(told.portal.standin.world.requests)
    told.tell()
    told.later(hours=5)
    told.tell()

    assert told.portal.integration.state == "needs_reauth"
    assert "no longer accepts this authorisation" in told.portal.integration.problem
    assert the_note(first).state == the_note(second).state == "parked"
    assert len(told.portal.standin.world.requests) == calls, "a dead credential is not tried again and again"


@pytest.mark.req("P-53")
def test_after_authorising_again_the_parked_notes_are_told(told):
    told.portal.integration.state, invoice = "needs_reauth", told.invoice()
    db.session.commit()
    told.tell()
    told.portal.integration.state = "active"
    db.session.commit()

    told.tell_all()

    assert the_note(invoice).state == "done"


def limit_scopes(told: Teller, *scopes: str) -> None:
    accounts = told.portal.standin.world.accounts
    accounts.refresh_tokens[accounts.default_refresh_token].scopes = scopes
    accounts.expire_access_tokens()


@pytest.mark.req("R-10")
def test_a_missing_permission_parks_and_names_the_remedy_until_the_credentials_are_new(told):
    limit_scopes(told, "ZohoProjects.portals.READ")
    told.portal.standin.world.quirks.missing_scope_as_wrong_url = True
    first, second = told.invoice(), told.invoice()
    told.tell()
    told.tell()
    assert the_note(first).state == the_note(second).state == "parked"
    assert "Update the credentials" in the_note(first).problem
    assert told.calls("POST") <= 1, "what is refused is not tried note by note"

    limit_scopes(told, "ZohoProjects.status.ALL", "ZohoProjects.portals.READ")
    told.later(minutes=1)
    told.tell()
    assert the_note(first).state == "parked", "nobody has touched the credentials"
    renew_credentials(told)
    told.tell_all()

    assert the_note(first).state == the_note(second).state == "done"
    exactly_once(told)


def renew_credentials(told: Teller) -> None:
    """What authorising again does."""
    secrets = credentials.read(told.portal.integration)
    fresh = replace(secrets, access_token="", expires_at=None, scopes=())
    credentials.write(told.portal.integration, fresh)
    db.session.flush()
    row = db.session.get(Credential, told.portal.integration.id)
    row.updated_at = told.now()
    db.session.commit()


def test_permissions_that_are_known_to_lack_cost_no_call(told):
    secrets = credentials.read(told.portal.integration)
    less = replace(secrets, scopes=("ZohoProjects.portals.READ",))
    credentials.write(told.portal.integration, less)
    invoice = told.invoice()

    told.tell()

    assert the_note(invoice).state == "parked"
    assert "ZohoProjects.status.CREATE" in the_note(invoice).problem
    assert told.calls("POST") == 0


@pytest.mark.req("R-10")
@pytest.mark.parametrize("verb", ["project.trash", "project.purge"])
def test_a_project_that_is_gone_there_fails_with_a_sentence_and_the_others_go_on(told, verb):
    gone = told.project("Gone")
    lost, kept = told.invoice(gone), told.invoice(told.projects[0])
    remote = next(row.id for row in told.portal.standin.world.main.live_projects() if row.name == "Gone")
    told.portal.edit("project.trash", id=str(remote))
    if verb == "project.purge":
        told.portal.edit("project.purge", id=str(remote))

    told.tell_all()

    assert the_note(lost).state == "failed"
    assert "no longer there in Zoho Projects" in the_note(lost).problem
    assert the_note(kept).state == "done"


@pytest.mark.req("P-53")
def test_an_integration_disabled_between_looking_and_claiming_is_not_told(told, monkeypatch):
    invoice = told.invoice()
    settle = notes.settle

    def settle_then_disable(now: Any) -> None:
        settle(now)
        told.portal.integration.state = "disabling"

    monkeypatch.setattr(notes, "settle", settle_then_disable)

    told.tell()

    assert told.calls("POST") == 0
    assert the_note(invoice).state == "pending"


@pytest.mark.req("R-10")
def test_a_newer_note_waits_until_it_is_known_what_became_of_the_older(told):
    told.trouble(kind="lost_reply", method="POST", count=1)
    invoice = told.invoice()
    told.tell()
    push_later = the_note(invoice)
    transactions.void(invoice, "Wrong", OLGA)
    db.session.commit()
    assert told.tell() == 0

    told.later(minutes=5)
    told.tell_all()

    assert db.session.get(Outbox, push_later.id).state == "done"
    assert [line.partition(" (")[0] for line in told.feed()] == [
        "Invoice INV-2026-00001 was issued", "Invoice INV-2026-00001 was voided",
    ]  # fmt: skip


@pytest.mark.req("R-10")
def test_an_older_note_that_never_arrived_is_not_told_after_all(told):
    told.trouble(kind="reset_before", method="POST", count=1)
    invoice = told.invoice()
    told.tell()
    transactions.void(invoice, "Wrong", OLGA)
    db.session.commit()
    told.later(minutes=5)

    told.tell_all()

    assert [line.partition(" (")[0] for line in told.feed()] == ["Invoice INV-2026-00001 was voided"]
    assert ("issued", "dropped") in notes_of(invoice)


@pytest.mark.req("R-10")
def test_a_bug_of_ours_is_logged_and_the_note_is_looked_for(told, monkeypatch, caplog):
    invoice = told.invoice()
    made = connection.open_connector

    @contextmanager
    def broken(*given: Any) -> Iterator[Any]:
        with made(*given) as connector:
            monkeypatch.setattr(connector, "write_back", lambda *_: 1 / 0)
            yield connector

    monkeypatch.setattr(connection, "open_connector", broken)
    told.tell()
    monkeypatch.undo()
    assert the_note(invoice).state == "unsure"
    assert "Something broke on our side" in the_note(invoice).problem
    assert "ZeroDivisionError" in caplog.text

    told.later(minutes=5)
    told.tell()

    assert the_note(invoice).state == "done"
    exactly_once(told)


@pytest.mark.req("R-10")
def test_a_sync_run_and_a_push_share_one_throttle_and_one_meter(app: Flask, told, monkeypatch):
    seen: list[Throttle] = []
    enter = Throttle.enter
    monkeypatch.setattr(Throttle, "enter", lambda self, *told: (seen.append(self), enter(self, *told))[1])
    told.invoice()

    told.portal.sync()
    runs = len(seen)
    told.tell()

    assert len(seen) > runs
    assert len({id(one) for one in seen}) == 1
    posts = db.session.scalars(db.select(RemoteCalls).where(RemoteCalls.endpoint.startswith("POST /api"))).one()
    assert posts.calls == 1
    assert all(run.state in {"ok", "partial"} for run in db.session.scalars(db.select(SyncRun)))


def test_a_tick_with_nothing_to_do_writes_nothing(told):
    told.invoice()
    told.tell_all()
    statements: list[str] = []
    listen = lambda *args: statements.append(args[2].split()[0])  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", listen)
    try:
        told.tell()
    finally:
        event.remove(db.engine, "before_cursor_execute", listen)

    assert set(statements) <= {"SELECT"}
    assert len(statements) <= 2
