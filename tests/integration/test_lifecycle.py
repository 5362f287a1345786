"""Disabling, re-enabling and deleting an integration: what stops, what stays, and what comes back."""

from __future__ import annotations

import contextvars
import json
import logging
from datetime import UTC, date, datetime, timedelta

import httpx2
import pytest
from sqlalchemy import func

from billing import transactions
from billing.proof import proof
from connectors import CONNECTORS
from connectors.base import Scope
from extensions import db, utcnow
from jobs import recover_runs
from models import Allocation, Credential, Customer, Integration, Link, Project, SyncRun, Task, TimeEntry, User
from models.audit import Actor
from models.integration import CONNECTION_STATES
from sync import connection, credentials, engine, sources
from sync.connection import SetupRefused
from sync.connection.states import TRANSITIONS, move
from sync.invariants import broken_invariants
from tests.factories import make_customer, make_integration, make_time_entry
from tests.integration.test_connection import asked_of
from tests.syncing import Portal, connect

OLGA = Actor("person", "Olga Marsh")
KEY = "zoho_projects"


@pytest.fixture
def portal(organisation, standin):
    """A connected portal with one project of one customer, one task, an hour on it and a general one; all synced."""
    found = connect(standin)
    project = found.project(client=found.client(email="office@zylker.example"))
    task = found.task(project)
    found.ids = {"project": project, "task": task, "log": found.log(project, task), "general": found.log(project)}
    assert found.sync().state == "ok"
    return found


def self_client_code(standin) -> str:
    """A code from the API console, also after the stand-in forgot the access it began with."""
    asked = {"scope": ",".join(CONNECTORS[KEY].REQUESTED_SCOPES)}
    return standin.app.test_client().post("/_standin/self-client-code", json=asked).get_json()["code"]


def deleted(portal: Portal) -> None:
    """Delete the integration as its page does."""
    grant = connection.delete(portal.integration, OLGA)
    db.session.commit()
    connection.forget(grant)


def reconnected(standin, **settings) -> Portal:
    """Connect the owned portal once more, as set-up does, and perform the first sync."""
    integration, _stale = connection.begin(KEY, asked_of(standin), OLGA)
    db.session.commit()
    connection.use_self_client_code(integration, self_client_code(standin), OLGA)
    db.session.commit()
    connection.choose_scope(integration, str(standin.world.main.id), OLGA)
    connection.save_settings(integration, {connection.CHOSEN: True, **settings}, OLGA)
    run = connection.save_and_sync(integration, OLGA)
    db.session.commit()
    assert engine.perform(run.id).state == "ok"
    return Portal(standin, integration)


def rows() -> dict[str, list[int]]:
    """The ids of all local rows."""
    db.session.rollback()
    models = (Customer, Project, User, Task, TimeEntry)
    return {model.__name__: sorted(db.session.scalars(db.select(model.id))) for model in models}


class During(httpx2.BaseTransport):
    """Carries requests, and does something once, when the first one to a path comes by."""

    def __init__(self, app, inner, part, work):
        self.app, self.inner, self.part, self.work = app, inner, part, work

    def handle_request(self, request):
        if self.work and self.part in request.url.path:
            work, self.work = self.work, None
            contextvars.Context().run(self._do, work)
        return self.inner.handle_request(request)

    def _do(self, work):
        with self.app.app_context():
            work()
            db.session.commit()


def during(app, part, work):
    """Let somebody do something while a run reads `part`."""
    app.config["REMOTE_TRANSPORT"] = During(app, app.config["REMOTE_TRANSPORT"], part, work)


def the_live_one() -> Integration:
    return connection.live_integration(KEY)


# ── The states ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_state_has_its_row_in_the_table():
    assert set(TRANSITIONS) == set(CONNECTION_STATES)
    assert set().union(*TRANSITIONS.values()) <= set(CONNECTION_STATES)


@pytest.mark.parametrize(("before", "after"), [(a, b) for a in CONNECTION_STATES for b in CONNECTION_STATES])
def test_a_connection_takes_the_steps_of_the_table_and_no_other(app, before, after):
    integration = Integration(connector=KEY, state=before)

    with app.app_context():
        if after in TRANSITIONS[before]:
            move(integration, after)
        else:
            with pytest.raises(SetupRefused, match="so that cannot be done now"):
                move(integration, after)

    assert integration.state == (after if after in TRANSITIONS[before] else before)


def test_nothing_follows_a_deletion(organisation):
    integration = make_integration(state="deleted")

    for verb in (connection.disable, connection.enable, connection.delete):
        with pytest.raises(SetupRefused):
            verb(integration, OLGA)


# ── Disable ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("P-50", "P-51", "P-52")
def test_disabling_keeps_what_was_fetched_and_nothing_is_synced_from_then_on(portal, standin):
    before = rows()

    connection.disable(portal.integration, OLGA)
    db.session.commit()
    standin.world.forget_requests()

    assert portal.integration.state == "disabled"
    with pytest.raises(SetupRefused, match="not active"):
        connection.enqueue(portal.integration, "quick", "instant", OLGA)
    assert engine.perform_next(utcnow() + timedelta(days=3)) is None
    assert standin.world.request_count == 0
    assert rows() == before
    assert broken_invariants() == []


@pytest.mark.req("P-51")
def test_the_clock_leaves_a_disabled_integration_out_and_says_so_in_the_log(portal, caplog):
    connection.disable(portal.integration, OLGA)
    db.session.commit()
    due = portal.integration.disabled_at + timedelta(minutes=portal.integration.interval_minutes, seconds=5)

    with caplog.at_level(logging.INFO):
        connection.log_skipped(due, timedelta(seconds=30))
        connection.log_skipped(due + timedelta(seconds=60), timedelta(seconds=30))

    assert [row.message for row in caplog.records if "disabled" in row.message] == [
        "zoho_projects is disabled: the sync that is due is left out."
    ]


@pytest.mark.req("P-52")
def test_while_disabled_records_can_be_edited_here(portal):
    project = portal.local(Project, "projects", portal.ids["project"])
    assert "name" in sources.fed_fields(project.source, "projects")

    connection.disable(portal.integration, OLGA)
    db.session.commit()

    assert sources.fed_fields(project.source, "projects") == frozenset()


@pytest.mark.req("P-51")
def test_a_run_that_is_going_on_ends_before_the_integration_is_disabled(portal, app):
    fresh = portal.task(portal.ids["project"], "Later")
    seen = []

    def disable():
        integration = the_live_one()
        connection.disable(integration, OLGA)
        seen.append(integration.state)

    during(app, "/tasks", disable)
    run = portal.sync()
    db.session.refresh(portal.integration)

    assert seen == ["disabling"]
    assert run.state == "ok"
    assert portal.local(Task, "tasks", fresh) is not None
    assert portal.integration.state == "disabled"


@pytest.mark.req("P-51")
@pytest.mark.parametrize("state", ["queued", "waiting"])
def test_a_run_that_only_waits_is_stopped_at_once(portal, state):
    run, _is_new = connection.enqueue(portal.integration, "quick", "instant", OLGA)
    run.state = state
    db.session.commit()

    connection.disable(portal.integration, OLGA)
    db.session.commit()

    db.session.refresh(run)
    assert (run.state, run.message) == ("stopped", "The integration was disabled.")
    assert portal.integration.state == "disabled"


def test_a_process_that_died_while_disabling_leaves_it_disabled_after_the_next_start(portal):
    run, _is_new = connection.enqueue(portal.integration, "full", "instant", OLGA)
    run.state = "running"
    portal.integration.state = "disabling"
    portal.integration.disabled_at = utcnow()
    db.session.commit()

    recover_runs()

    db.session.expire_all()
    assert (portal.integration.state, run.state) == ("disabled", "interrupted")
    assert connection.live_run(portal.integration) is None


# ── Re-enable ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("P-54", "P-56")
def test_re_enabling_syncs_by_itself_from_the_last_success_and_asks_for_nothing_older(portal, standin):
    portal.integration.synced_until = datetime(2026, 11, 10, 12, tzinfo=UTC)
    connection.disable(portal.integration, OLGA)
    db.session.commit()
    late = portal.log(portal.ids["project"], portal.ids["task"], date="2026-11-12", minutes=30)
    standin.world.forget_requests()

    run = connection.enable(portal.integration, OLGA)
    db.session.commit()
    done = engine.perform_next()

    assert done.id == run.id
    assert (done.kind, done.state, done.since) == ("quick", "ok", datetime(2026, 11, 10, 12, tzinfo=UTC))
    assert portal.entry(late).seconds == 1800
    asked = [row["query"] for row in standin.world.requests if "timelogs" in row["path"] and row["method"] == "GET"]
    changed_since = [query for query in asked if "fetch_by_modified_time" in str(query)]
    # dates are the portal's and the instant is UTC: a day before covers every zone
    assert changed_since
    assert all("2026-11-09" in str(query) for query in changed_since)
    assert portal.integration.state == "active"
    assert portal.integration.disabled_at is None


@pytest.mark.req("P-55", "PORTAL-MISMATCH")
def test_re_enabling_is_refused_when_the_account_lost_the_portal(portal, monkeypatch):
    connection.disable(portal.integration, OLGA)
    db.session.commit()
    monkeypatch.setattr(CONNECTORS[KEY], "scopes", lambda self: [Scope("1", "Another", "UTC")])

    with pytest.raises(connection.PortalMismatch, match="delete this integration and connect new") as refused:
        connection.enable(portal.integration, OLGA)

    db.session.rollback()
    assert refused.value.code == "PORTAL-MISMATCH"
    assert portal.integration.state == "disabled"
    assert connection.live_run(portal.integration) is None


@pytest.mark.req("P-55")
def test_authorising_with_another_portal_is_refused_while_disabled(portal, standin, monkeypatch):
    connection.disable(portal.integration, OLGA)
    db.session.commit()
    old = credentials.read(portal.integration).refresh_token
    monkeypatch.setattr(CONNECTORS[KEY], "scopes", lambda self: [Scope("1", "Another", "UTC")])

    with pytest.raises(SetupRefused, match="delete the integration first"):
        connection.use_self_client_code(portal.integration, self_client_code(standin), OLGA)

    db.session.rollback()
    assert portal.integration.state == "disabled"
    assert credentials.read(portal.integration).refresh_token == old


@pytest.mark.req("P-54")
def test_a_dead_access_says_to_update_the_credentials_and_then_it_goes_on(portal, standin):
    connection.disable(portal.integration, OLGA)
    db.session.commit()
    standin.world.edit("grant.revoke")

    with pytest.raises(SetupRefused, match="Update the credentials, then re-enable"):
        connection.enable(portal.integration, OLGA)

    db.session.rollback()
    connection.use_self_client_code(portal.integration, self_client_code(standin), OLGA)
    db.session.commit()
    assert portal.integration.state == "disabled"
    connection.enable(portal.integration, OLGA)
    db.session.commit()
    assert engine.perform_next().state == "ok"


def test_what_was_never_synced_is_read_whole_after_re_enabling(organisation, standin):
    portal = connect(standin)
    connection.disable(portal.integration, OLGA)
    db.session.commit()

    run = connection.enable(portal.integration, OLGA)

    assert (run.kind, run.trigger) == ("full", "enable")


# ── Delete ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("P-58", "P-60", "R-11")
def test_deleting_forgets_the_access_and_keeps_records_and_links(portal, standin):
    before, links = rows(), db.session.scalar(db.select(func.count(Link.id)))
    token = credentials.read(portal.integration).refresh_token
    standin.world.forget_requests()

    deleted(portal)

    assert [row["path"] for row in standin.world.requests if "revoke" in row["path"]] == ["/oauth/v2/token/revoke"]
    assert token not in standin.world.accounts.refresh_tokens
    assert db.session.scalar(db.select(func.count(Credential.integration_id))) == 0
    assert portal.integration.state == "deleted"
    assert rows() == before
    assert db.session.scalar(db.select(func.count(Link.id))) == links
    assert connection.live_integration(KEY) is None
    assert broken_invariants() == []


@pytest.mark.req("P-59", "P-22")
def test_records_of_a_deleted_integration_are_the_houses_own(portal):
    portal.choose(restrict_project_creation=True)
    project, entry = portal.local(Project, "projects", portal.ids["project"]), portal.entry(portal.ids["log"])
    assert sources.creation_restricted_by() == "Zoho Projects"

    deleted(portal)
    db.session.expire_all()

    assert sources.source_name(project.source) == ""
    assert sources.fed_fields(project.source, "projects") == frozenset()
    assert sources.feeding_integration(entry.source) is None
    assert sources.creation_restricted_by() is None


@pytest.mark.req("P-17", "P-59")
def test_entries_invoiced_elsewhere_still_say_before_which_date(portal):
    portal.choose(cutoff="2026-07-01")
    portal.sync()
    entry = portal.entry(portal.ids["log"])

    deleted(portal)
    db.session.expire_all()

    assert sources.cutoffs()[entry.source] == date(2026, 7, 1)


@pytest.mark.req("P-60")
@pytest.mark.parametrize("access_ends_at_once", [False, True])
def test_deleting_during_a_run_stops_it_and_nothing_more_is_written(portal, app, standin, access_ends_at_once):
    fresh = portal.log(portal.ids["project"], portal.ids["task"])

    def delete():
        connection.delete(the_live_one(), OLGA)
        if access_ends_at_once:
            standin.world.edit("grant.revoke")

    during(app, "/timelogs", delete)
    run = portal.sync()

    db.session.expire_all()
    assert (run.state, run.message) == ("stopped", "The integration was deleted.")
    assert portal.integration.state == "deleted"
    assert portal.entry(fresh) is None
    assert db.session.scalars(db.select(SyncRun).where(SyncRun.state.in_(("queued", "running")))).all() == []
    assert broken_invariants() == []


def test_a_set_up_that_was_never_finished_is_cancelled_instead(organisation, standin):
    integration = make_integration(state="authorised", connected_at=None)

    with pytest.raises(SetupRefused, match="Cancel its set-up"):
        connection.delete(integration, OLGA)


def test_what_would_stay_is_counted(portal):
    assert connection.stays(portal.integration) == connection.Stays(1, 1, 2, 7200, 0)


# ── Connect again ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def invoiced(portal):
    """An issued invoice over one of the hours."""
    project, entry = portal.local(Project, "projects", portal.ids["project"]), portal.entry(portal.ids["log"])
    choice = transactions.TimeChoice(project_ids=(project.id,), entry_ids=(entry.id,))
    made = transactions.start_from_time(choice, OLGA)
    transactions.issue(made, OLGA)
    db.session.commit()
    return made


@pytest.mark.req("P-61", "M-17", "P-57")
@pytest.mark.parametrize("duplicates", ["overwrite", "clone"])
def test_the_same_portal_connected_again_finds_its_records_and_doubles_none(portal, standin, invoiced, duplicates):
    before, books = rows(), proof()
    deleted(portal)

    again = reconnected(standin, duplicates=duplicates)

    assert rows() == before
    assert proof() == books
    assert proof().is_right
    db.session.expire_all()
    live = db.session.scalars(db.select(Allocation).where(Allocation.released_at.is_(None))).all()
    assert [row.transaction_id for row in live] == [invoiced.id]
    project = again.local(Project, "projects", portal.ids["project"])
    assert sources.source_name(project.source) == "Zoho Projects"
    assert {link.integration_id for link in db.session.scalars(db.select(Link))} == {again.integration.id}
    assert broken_invariants() == []


@pytest.mark.req("P-61")
def test_already_the_preview_knows_the_records_of_the_earlier_connection(portal, standin):
    deleted(portal)
    integration, _stale = connection.begin(KEY, asked_of(standin), OLGA)
    db.session.commit()
    connection.use_self_client_code(integration, self_client_code(standin), OLGA)
    db.session.commit()
    connection.choose_scope(integration, str(standin.world.main.id), OLGA)
    connection.save_settings(integration, {connection.CHOSEN: True}, OLGA)
    run, _is_new = connection.enqueue(integration, "preview", "setup", OLGA)
    db.session.commit()

    done = engine.perform(run.id)

    assert done.state == "ok"
    assert sum(part.added for part in done.modules) == 0


@pytest.mark.req("P-61")
def test_after_connecting_again_changes_and_removals_reach_the_same_rows(portal, standin):
    entry_id, general_id = portal.entry(portal.ids["log"]).id, portal.entry(portal.ids["general"]).id
    deleted(portal)
    portal.edit("log.set", id=portal.ids["log"], minutes=90)
    portal.edit("log.delete", id=portal.ids["general"])

    reconnected(standin)

    assert db.session.get(TimeEntry, entry_id).seconds == 5400
    assert db.session.get(TimeEntry, general_id) is None


@pytest.mark.req("P-61")
def test_what_was_edited_while_it_stood_alone_is_compared_again(portal, standin):
    project = portal.local(Project, "projects", portal.ids["project"])
    deleted(portal)
    project.name = "Our own name"
    db.session.commit()

    reconnected(standin)

    db.session.refresh(project)
    assert project.name == "Website relaunch"


@pytest.mark.req("P-61", "R-11")
def test_another_portal_starts_with_nothing_and_leaves_the_old_links_alone(portal, standin):
    portal.integration.scope_id = "4711"
    old = portal.integration.id
    links = db.session.scalar(db.select(func.count(Link.id)))
    project_id = portal.local(Project, "projects", portal.ids["project"]).id
    deleted(portal)

    again = reconnected(standin)

    assert db.session.scalar(db.select(func.count(Link.id)).where(Link.integration_id == old)) == links
    assert again.integration.id != old
    assert len(rows()["Project"]) == 2
    assert sources.source_name(db.session.get(Project, project_id).source) == ""
    assert broken_invariants() == []


@pytest.mark.req("P-61")
def test_a_row_that_was_deleted_here_meanwhile_comes_in_again(portal, standin):
    entry = portal.entry(portal.ids["log"])
    deleted(portal)
    connection.forget_row("time_entries", entry.id)
    db.session.delete(entry)
    db.session.commit()

    again = reconnected(standin)

    assert again.entry(portal.ids["log"]).seconds == 3600
    assert len(rows()["TimeEntry"]) == 2


@pytest.mark.req("P-61")
def test_a_link_never_leads_to_a_row_that_got_the_id_of_a_deleted_one(portal, standin):
    newest = db.session.scalars(db.select(TimeEntry).order_by(TimeEntry.id.desc())).first()
    project, lost = db.session.get(Project, newest.project_id), newest.id
    deleted(portal)
    db.session.delete(newest)
    db.session.flush()
    make_time_entry(project, id=lost, seconds=60, notes="Logged here")
    db.session.commit()

    reconnected(standin)

    ours = db.session.get(TimeEntry, lost)
    assert (ours.seconds, ours.notes, ours.source) == (60, "Logged here", "local")
    assert len(rows()["TimeEntry"]) == 3


@pytest.mark.req("P-61")
def test_a_customer_of_ours_that_the_sync_had_found_is_found_again(organisation, standin):
    ours = make_customer("Zylker Inc")
    portal = connect(standin)
    portal.project(client=portal.client())
    portal.sync()
    deleted(portal)

    reconnected(standin, duplicates="clone")

    assert rows()["Customer"] == [ours.id]


@pytest.mark.req("R-11", "P-61")
def test_cancelling_the_new_set_up_returns_the_links(portal, standin):
    old = portal.integration.id
    links = db.session.scalar(db.select(func.count(Link.id)))
    deleted(portal)
    integration, _stale = connection.begin(KEY, asked_of(standin), OLGA)
    db.session.commit()
    connection.use_self_client_code(integration, self_client_code(standin), OLGA)
    db.session.commit()
    connection.choose_scope(integration, str(standin.world.main.id), OLGA)
    db.session.commit()
    assert db.session.scalar(db.select(func.count(Link.id)).where(Link.integration_id == integration.id)) == links

    connection.delete_unfinished(integration, OLGA)
    db.session.commit()

    assert db.session.scalar(db.select(func.count(Link.id)).where(Link.integration_id == old)) == links


@pytest.mark.req("P-61")
def test_kept_out_decisions_are_kept_until_the_next_run_decides(portal, standin):
    orphan = portal.project("Orphan")
    portal.sync()
    deleted(portal)
    integration, _stale = connection.begin(KEY, asked_of(standin), OLGA)
    db.session.commit()
    connection.use_self_client_code(integration, self_client_code(standin), OLGA)
    db.session.commit()

    connection.choose_scope(integration, str(standin.world.main.id), OLGA)
    db.session.commit()

    assert portal.link("projects", orphan).reason == "PRJ-NO-PRIMARY"


@pytest.mark.req("G-05")
def test_after_a_deletion_another_connection_may_begin(portal, standin):
    with pytest.raises(SetupRefused, match="already connected"):
        connection.begin(KEY, asked_of(standin), OLGA)
    db.session.rollback()
    deleted(portal)

    integration, _stale = connection.begin(KEY, asked_of(standin), OLGA)

    assert (integration.state, json.dumps(integration.settings)) == ("none", "{}")
