"""The commands at a terminal: people without mail, a sync whose exit code says how it went."""

from __future__ import annotations

import json
import re

import pytest
from sqlalchemy import text

from extensions import db, utcnow
from models import AuditEntry, SyncRun, User
from models.lease import own_name
from models.passwords import is_right
from sync import lease
from tests.factories import make_integration, make_run
from tests.syncing import connect


@pytest.fixture
def portal(standin, organisation):
    """A connected portal with one project."""
    portal = connect(standin)
    project = portal.project("Website relaunch", portal.client("Zylker Inc"))
    portal.log(project, portal.task(project, "Design"))
    return portal


def person(email):
    return db.session.scalar(db.select(User).where(User.email_key == email))


def test_a_person_made_here_signs_in_with_the_given_password(organisation, command, client):
    answer = command(
        "user", "create", "--email", "Nora@x.example", "--name", "Nora Quist", "--role", "admin", "--password-stdin",
        typed="a few unrelated words\n",
    )  # fmt: skip

    nora = person("nora@x.example")
    assert answer.exit_code == 0, answer.output
    assert (nora.role, nora.status, nora.is_active) == ("admin", "active", True)
    assert is_right("a few unrelated words", nora.password_hash)
    assert "words" not in answer.output


def test_a_person_without_a_password_gets_a_link_that_opens(olga, command, client):
    answer = command("user", "create", "--email", "nora@x.example", "--name", "Nora Quist")

    path = re.search(r"http://127.0.0.1:8000(/\S+)", answer.output)[1]
    assert person("nora@x.example").status == "invited"
    assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    ("arguments", "typed", "sentence"),
    [
        (("--email", "olga.marsh@brightline.example", "--name", "Olga"), None, "already here"),
        (("--email", "nobody", "--name", "Olga"), None, "not an e-mail address"),
        (("--email", "n@x.example", "--name", "Nora", "--password-stdin"), "short\n", "at least"),
        (("--email", "n@x.example", "--name", "Nora", "--role", "king"), None, "king"),
    ],
)
def test_a_person_that_cannot_be_made_is_refused_with_the_reason(people, command, arguments, typed, sentence):
    answer = command("user", "create", *arguments, typed=typed)

    assert answer.exit_code != 0
    assert sentence in answer.output
    assert person("n@x.example") is None


def test_a_reset_link_ends_the_one_before_it(people, command, client):
    first, second = (
        re.search(r"http://127.0.0.1:8000(/\S+)", command("user", "reset-password", people.olga.email).output)[1]
        for _time in range(2)
    )

    assert client.get(first).status_code == 410
    assert client.get(second).status_code == 200


@pytest.mark.req("R-12")
def test_what_is_done_at_the_terminal_stands_in_the_audit_log(people, command):
    command("user", "reset-password", people.tim.email)

    entry = db.session.scalars(db.select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert (entry.actor_kind, entry.verb, entry.subject_id) == ("command", "user.reset_link_made", people.tim.id)


def test_nobody_gets_a_reset_link_for_a_name_that_cannot_sign_in(people, command):
    people.tim.status = "inactive"

    answer = command("user", "reset-password", people.tim.email)

    assert answer.exit_code == 1
    assert "only stands behind fetched hours" in answer.output


def test_a_sync_from_the_terminal_brings_everything_and_exits_with_0(portal, command):
    answer = command("sync", "zoho_projects", "--full", "--json")

    told = json.loads(answer.output)
    assert answer.exit_code == 0, answer.output
    assert told["state"] == "ok"
    assert told["modules"]["projects"]["added"] == 1
    assert told["modules"]["time_entries"]["added"] == 1


def test_a_sync_for_people_ends_with_a_line_per_module_and_the_outcome(portal, command):
    answer = command("sync")

    assert re.search(r"Projects +1 added", answer.output)
    assert answer.output.rstrip().endswith("Completed.")


def test_records_that_fail_make_the_exit_code_1(portal, command):
    portal.project("Orphan")

    assert command("sync", "--full").exit_code == 1


def test_a_run_that_fails_makes_the_exit_code_2(portal, command):
    portal.edit("grant.revoke")

    answer = command("sync", "--full")

    assert answer.exit_code == 2
    assert "Failed." in answer.output


@pytest.mark.req("R-16")
def test_a_sync_that_goes_on_already_is_not_started_twice(portal, command):
    run = make_run(portal.integration, state="running", ended_at=None)
    portal.integration.lease_owner = own_name()
    portal.integration.lease_until = utcnow() + lease.LIFE
    db.session.commit()

    answer = command("sync")

    assert answer.exit_code == 3
    assert "already running" in answer.output
    assert db.session.get(SyncRun, run.id).state == "running"


@pytest.mark.parametrize(
    ("state", "sentence"), [("disabled", "not active"), ("needs_reauth", "Update the credentials")]
)
def test_a_connection_that_rests_is_not_synced(organisation, db_session, command, state, sentence):
    make_integration(state=state)

    answer = command("sync")

    assert answer.exit_code == 4
    assert sentence in answer.output


def test_without_an_integration_the_terminal_says_where_to_connect_one(organisation, command):
    answer = command("sync")

    assert answer.exit_code == 4
    assert "Connect one under Settings" in answer.output


def test_without_a_database_the_terminal_says_what_to_start(db_session, command):
    db_session.execute(text("DELETE FROM alembic_version"))
    db_session.execute(text("INSERT INTO alembic_version VALUES ('old')"))

    for arguments in (["sync"], ["user", "reset-password", "x@y.example"]):
        answer = command(*arguments)

        assert answer.exit_code == 1
        assert "Start ./crossbill up once" in answer.output
