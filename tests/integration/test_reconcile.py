"""The weekly comparison: finds what differs, writes nothing, and pulls what a person chooses (requirement M-16)."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from billing import transactions
from billing.transactions import TimeChoice
from extensions import db, to_json, utcnow
from models import Project, SyncRun, TimeEntry
from sync import connection, engine, reconcile, schedule
from tests.browsing import send, words_of
from tests.databases import Base
from tests.syncing import TEST, Portal, connect

HOME = "/settings/integrations/zoho_projects"
#: what a run writes about itself
OWN = {"sync_runs", "sync_run_modules", "remote_calls", "credentials", "audit_entries", "integrations", "user_sessions"}
pytestmark = pytest.mark.req("M-16")


@pytest.fixture
def portal(standin: Any, people: Any) -> Portal:
    """A portal with two projects, a task and three hours, all of it here."""
    portal = connect(standin)
    client = portal.client("Zylker Inc")
    for name in ("Voyage", "Harbour"):
        portal.ids[name] = portal.project(name, client)
    portal.ids["task"] = portal.task(portal.ids["Voyage"], "Design")
    portal.ids["log"] = portal.log(portal.ids["Voyage"], portal.ids["task"])
    portal.ids["other"] = portal.log(portal.ids["Voyage"], portal.ids["task"], minutes=30)
    portal.ids["third"] = portal.log(portal.ids["Harbour"])
    portal.sync()
    return portal


def compared(portal: Portal) -> dict[str, list[tuple[str, str]]]:
    """Compare now; module → (remote id, how it differs)."""
    run, is_new = reconcile.compare(portal.integration, "instant", TEST)
    db.session.commit()
    assert is_new
    done = engine.perform(run.id)
    assert done is not None
    assert done.state == "ok", done.message
    found = reconcile.differences(done)
    return {key: [(one["id"], one["outcome"]) for one in part["records"]] for key, part in found.items()}


def everything() -> str:
    """A hash over all rows of the business."""
    db.session.rollback()
    tables = [table for table in Base.metadata.sorted_tables if table.name not in OWN]
    rows = {table.name: sorted(map(str, db.session.execute(table.select()).all())) for table in tables}
    return hashlib.sha256(to_json(rows).encode()).hexdigest()


@pytest.mark.both_databases
def test_after_a_sync_nothing_differs(portal: Portal) -> None:
    assert compared(portal) == {}
    portal.sync()
    assert compared(portal) == {}


@pytest.mark.both_databases
def test_every_kind_of_difference_is_found_and_nothing_is_written(portal: Portal) -> None:
    new = portal.log(portal.ids["Harbour"], minutes=15)
    portal.edit("log.set", id=portal.ids["log"], minutes=90)
    portal.edit("log.delete", id=portal.ids["third"])
    portal.local(TimeEntry, "time_entries", portal.ids["other"]).notes = "Changed here by some accident"
    db.session.commit()
    before = everything()

    found = compared(portal)

    assert sorted(found["time_entries"]) == sorted([
        (new, "missing"), (portal.ids["log"], "different"), (portal.ids["third"], "gone"),
        (portal.ids["other"], "different"),
    ])  # fmt: skip
    assert everything() == before


def test_what_is_chosen_is_pulled_and_the_rest_stays(portal: Portal) -> None:
    new = portal.log(portal.ids["Harbour"], minutes=15)
    portal.edit("log.set", id=portal.ids["log"], minutes=90)
    portal.local(TimeEntry, "time_entries", portal.ids["other"]).notes = "Changed here by some accident"
    db.session.commit()
    compared(portal)

    run, _is_new = reconcile.pull(portal.integration, {"time_entries": [new, portal.ids["other"]]}, TEST)
    db.session.commit()
    engine.perform(run.id)

    assert portal.local(TimeEntry, "time_entries", new).seconds == 900
    assert portal.local(TimeEntry, "time_entries", portal.ids["other"]).notes != "Changed here by some accident"
    assert portal.local(TimeEntry, "time_entries", portal.ids["log"]).seconds == 3600
    assert compared(portal) == {"time_entries": [(portal.ids["log"], "different")]}


def test_what_is_gone_there_can_be_pulled_too(portal: Portal) -> None:
    portal.edit("log.delete", id=portal.ids["third"])
    compared(portal)

    run, _is_new = reconcile.pull(portal.integration, {"time_entries": [portal.ids["third"]]}, TEST)
    db.session.commit()
    engine.perform(run.id)

    assert portal.local(TimeEntry, "time_entries", portal.ids["third"]) is None
    assert compared(portal) == {}


def test_an_invoiced_hour_that_differs_is_told_and_not_offered(portal: Portal) -> None:
    project = portal.local(Project, "projects", portal.ids["Voyage"])
    transactions.start_from_time(TimeChoice((project.id,)), TEST)
    portal.edit("log.set", id=portal.ids["log"], minutes=90)
    db.session.commit()

    assert (portal.ids["log"], "kept") in compared(portal)["time_entries"]
    with pytest.raises(connection.SetupRefused):
        reconcile.pull(portal.integration, {"time_entries": [portal.ids["log"]]}, TEST)


def test_many_differences_are_counted_and_not_all_listed(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconcile, "MOST", 2)
    for _ in range(4):
        portal.log(portal.ids["Harbour"])

    listed = compared(portal)["time_entries"]
    run = reconcile.last_comparison(portal.integration)
    assert run is not None

    assert len(listed) == 2
    assert Counter(reconcile.differences(run)["time_entries"]["counts"]) == {"missing": 4}


def test_it_comes_once_a_week_by_itself(portal: Portal) -> None:
    integration = portal.integration
    integration.hot_minutes = 0
    integration.interval_minutes = 60 * 24 * 365
    connected = integration.connected_at or utcnow()
    integration.last_full_at = connected + timedelta(days=60)
    db.session.commit()

    early = reconcile.is_due(integration, connected + timedelta(days=6, hours=23))
    assert schedule.enqueue_due(connected + timedelta(days=7)) == 1
    run = reconcile.last_comparison(integration)
    assert run is not None
    engine.perform(run.id)
    soon = reconcile.is_due(integration, run.queued_at + timedelta(days=6))
    again = reconcile.is_due(integration, run.queued_at + timedelta(days=7))

    assert (early, soon, again) == (False, False, True)
    assert (run.kind, run.trigger) == ("preview", "schedule")
    assert connection.last_preview(integration) is None


def test_an_interrupted_comparison_goes_on_as_one(portal: Portal) -> None:
    run, _is_new = reconcile.compare(portal.integration, "instant", TEST)
    run.state, run.heartbeat_at = "running", utcnow() - timedelta(hours=1)
    run.started_at = run.heartbeat_at
    db.session.commit()

    engine.recover(utcnow())
    db.session.commit()
    again = reconcile.last_comparison(portal.integration)
    assert again is not None
    done = engine.perform(again.id)

    assert again.id != run.id
    assert done is not None
    assert done.state == "ok"
    assert "differences" in (done.result or {})


def test_the_page_compares_shows_and_pulls(portal: Portal, browser_of: Any, olga: Any) -> None:
    browser = browser_of(olga)
    portal.edit("log.set", id=portal.ids["log"], minutes=90)
    assert "Nothing was compared yet" in words_of(browser.get(f"{HOME}/compare"))

    send(browser, f"{HOME}/compare", {})
    waiting = browser.get(f"{HOME}/compare")
    live = reconcile.last_comparison(portal.integration)
    assert live is not None
    engine.perform(live.id)
    page = browser.get(f"{HOME}/compare")
    sent = send(browser, f"{HOME}/compare", {"pull": f"time_entries:{portal.ids['log']}"}, f"{HOME}/compare/pull")

    assert 'hx-trigger="every 2s"' in waiting.text
    assert "Not everything is the same" in words_of(page)
    assert "Nothing can be pushed" in words_of(page)
    assert "1:00 1:30" in words_of(page)
    queued = db.session.scalar(db.select(SyncRun).order_by(SyncRun.id.desc()).limit(1))
    assert queued is not None
    assert queued.kind == "touch"
    assert sent.status_code == 303


def test_pulling_nothing_or_something_else_is_refused(portal: Portal, browser_of: Any, olga: Any) -> None:
    compared(portal)
    runs = db.session.scalar(db.select(db.func.count()).select_from(SyncRun))

    send(browser_of(olga), f"{HOME}/compare", {"pull": "time_entries:1"}, f"{HOME}/compare/pull")
    told = words_of(browser_of(olga).get(f"{HOME}/compare"))

    assert db.session.scalar(db.select(db.func.count()).select_from(SyncRun)) == runs
    assert "everything is the same" in told
