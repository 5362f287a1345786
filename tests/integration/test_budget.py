"""The budget of calls: counted, foretold, and a run that has to wait says for what (M-21)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import current_app
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError

from connectors import CONNECTORS
from connectors.throttle import Throttle
from extensions import db, utcnow
from models import RemoteCalls, SyncRun
from standin import World
from sync import budget, connection
from sync.budget import forecasting, watching
from tests.browsing import words_of
from tests.conftest import serve_world
from tests.syncing import connect

pytestmark = pytest.mark.usefixtures("people")

PAGE = "/settings/integrations/zoho_projects/budget"
PORTAL = "GET /api/v3/portal/{id}"
ZOHO = CONNECTORS["zoho_projects"]


@pytest.fixture
def website(portal):
    client = portal.client("Zylker Inc")
    project = portal.project("Website relaunch", client)
    task = portal.task(project, "Design")
    return {"client": client, "project": project, "task": task, "log": portal.log(project, task)}


@pytest.fixture
def sized(app, people, db_session):
    """A portal with some thousand records."""
    world = World.sized(7, customers=30, projects=60, time_entries=3_000)
    for standin in serve_world(app, world):
        yield connect(standin)


class Clock:
    """Passes at once when somebody waits, and notes what the runs' rows say meanwhile."""

    def __init__(self):
        self.engine = db.engine
        self.ahead = timedelta()
        self.slept = []
        self.messages = []

    def now(self):
        return utcnow() + self.ahead

    def sleep(self, seconds):
        self.slept.append(seconds)
        with self.engine.connect() as database:
            self.messages += database.scalars(select(SyncRun.message).where(SyncRun.state == "running"))
        self.ahead += timedelta(seconds=seconds)


@pytest.fixture
def clock(portal):
    made = Clock()
    current_app.config["REMOTE_TIMING"] = (made.now, made.sleep)
    return made


def calls_at_the_standin(portal):
    return [entry for entry in portal.standin.world.requests if entry["path"].startswith("/api")]


def counted():
    return {row[0]: row[1] for row in db.session.execute(select(RemoteCalls.endpoint, RemoteCalls.calls))}


def page(browser_of, person):
    return words_of(browser_of(person).get(PAGE))


@pytest.mark.both_databases
@pytest.mark.req("M-21")
def test_every_call_is_counted_by_day_and_endpoint(portal, website):
    before = len(calls_at_the_standin(portal))
    full, quick = portal.sync(), portal.sync("quick")

    made = len(calls_at_the_standin(portal)) - before
    assert made == sum(counted().values()) == full.calls + quick.calls
    assert counted()[f"{PORTAL}/clients"] == 2
    today = budget.days(portal.integration, utcnow().date())[-1]
    assert today.total == made
    assert today.calls["customers"] == 3  # two lists, and one project's customers


@pytest.mark.req("M-21")
@pytest.mark.parametrize(
    ("trouble", "status", "said"),
    [
        ({"kind": "throttle_429", "retry_after": "seconds", "seconds": 40}, 429, ""),
        ({"kind": "throttle_400", "seconds": 60}, 400, "Cannot execute more than 100 requests per API in 2 minutes"),
    ],
)
def test_both_ways_of_refusing_are_waited_for_said_and_shown(
    portal, website, clock, ada, browser_of, trouble, status, said
):
    portal.standin.world.troubles.add({**trouble, "path": "/timelogs", "count": 1})

    run = portal.sync()

    assert run.state == "ok"
    wait = f"Waiting {trouble['seconds']} s for Zoho's limit on time entries. It goes on by itself."
    assert wait in clock.messages
    assert run.message == ""
    refusal = budget.refusals(portal.integration, utcnow().date())[0]
    assert (refusal.status, refusal.seconds, refusal.times) == (status, trouble["seconds"], 1)
    assert refusal.said.startswith(said)
    shown = page(browser_of, ada)
    assert "When Zoho refused" in shown
    assert refusal.said in shown
    assert f"{trouble['seconds']} s" in shown
    assert "Zoho refused 1 calls in the last 24 hours." in shown


@pytest.mark.req("M-21")
def test_a_long_refusal_makes_the_run_wait_and_the_page_say_until_when(portal, website, clock, ada, browser_of):
    portal.standin.world.troubles.add(
        {"kind": "throttle_429", "retry_after": "seconds", "seconds": 900, "path": "/timelogs", "count": 1}
    )

    run = portal.sync()

    assert run.state == "waiting"
    shown = page(browser_of, ada)
    assert "asks us to make a pause" in shown
    assert "It goes on at" in shown
    assert "Zoho asks for a pause of 15 min more" in shown


@pytest.mark.req("M-21")
def test_a_run_holds_itself_back_before_the_limit_and_says_so(portal, clock):
    client = portal.client("Zylker Inc")
    for number in range(100):
        portal.project(f"Project {number}", client)

    run = portal.sync()

    assert run.state == "ok"
    assert any("for Zoho's limit on customers" in message for message in clock.messages)
    assert all(entry["status"] == 200 for entry in calls_at_the_standin(portal))
    row = db.session.get(RemoteCalls, (portal.integration.id, utcnow().date(), f"{PORTAL}/projects/{{id}}/clients"))
    assert row.calls == 100
    assert 100 <= row.waited_seconds <= 130
    assert row.throttled == 0


def test_a_wait_that_cannot_be_written_down_does_not_end_the_run(portal, website, clock, monkeypatch, caplog):
    def busy(self, *_args, **_values):
        raise OperationalError("UPDATE", {}, Exception("database is locked"))

    monkeypatch.setattr(watching.RunWatcher, "_note", busy)
    portal.standin.world.troubles.add({"kind": "throttle_400", "seconds": 60, "path": "/timelogs", "count": 1})

    assert portal.sync().state == "ok"
    assert "could not be noted" in caplog.text


def test_a_sentence_of_somebody_else_is_not_taken_off(portal, website):
    run = portal.sync()
    watcher = budget.RunWatcher(portal.integration, run.id)
    run.state = "running"
    db.session.commit()
    watcher.waits(f"{PORTAL}/tasks", 30)
    db.session.execute(db.update(SyncRun).values(message="Another thing"))
    db.session.commit()

    watcher.goes_on(f"{PORTAL}/tasks")

    db.session.expire_all()
    assert run.message == "Another thing"


@pytest.mark.req("M-21")
@pytest.mark.parametrize(
    "trouble", [{"kind": "throttle_429", "retry_after": "seconds", "seconds": 900}, {"kind": "revoked_token"}]
)
def test_the_calls_of_a_run_that_stops_early_are_counted_too(portal, website, clock, trouble):
    portal.standin.world.troubles.add({**trouble, "path": "/timelogs", "count": 1})

    portal.sync()

    assert sum(counted().values()) == len(calls_at_the_standin(portal))


def close(foretold, actual):
    return abs(foretold - actual) <= max(1, actual * 0.1)


@pytest.mark.req("M-21")
def test_the_next_runs_take_what_was_foretold_within_a_tenth(sized):
    foretell = lambda kind: budget.forecast(sized.integration, kind, None).calls  # noqa: E731
    assert budget.forecast(sized.integration, "full", None) is None
    sized.sync()
    for kind in ("quick", "full", "quick", "full"):
        foretold = foretell(kind)
        actual = sized.sync(kind).calls
        assert close(foretold, actual), (kind, foretold, actual)


@pytest.mark.req("M-21")
def test_what_has_grown_since_is_foretold_too(sized):
    sized.sync()
    sized.sync("quick")
    client, project = (
        str(next(iter(shelf))) for shelf in (sized.standin.world.main.clients, sized.standin.world.main.projects)
    )
    sized.edit("logs.add", project=project, type="general", date="2026-06-15", minutes=60, billable=True,
               approval="Approved", count=2_600)  # fmt: skip
    for number in range(25):
        sized.project(f"New {number}", client)
    sized.sync("quick")

    foretold = budget.forecast(sized.integration, "full", None).calls
    actual = sized.sync().calls

    assert close(foretold, actual), (foretold, actual)


def test_the_least_time_is_told_by_the_windows_that_must_pass():
    limits = {"a": (95, 120.0), "b": (190, 120.0)}

    assert forecasting.limit_seconds({"a": 95, "b": 190}, limits) == 0
    assert forecasting.limit_seconds({"a": 96, "b": 190}, limits) == 120
    assert forecasting.limit_seconds({"a": 951, "c": 91}, limits) == 10 * 120 + 120


def test_the_forecast_says_when_it_starts_and_when_it_will_be_done(sized):
    run = sized.sync()
    run.started_at = run.ended_at - timedelta(seconds=50)
    db.session.commit()
    start = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)

    found = budget.forecast(sized.integration, "full", start)

    assert found.parts[f"{PORTAL}/projects/{{id}}/clients"] == 60
    assert found.limit_seconds == 0
    assert (found.last_seconds, found.done_at) == (50, start + timedelta(seconds=50))


def test_the_next_full_run_is_a_whole_number_of_days_after_connecting(portal):
    portal.integration.connected_at = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)

    found = budget.next_full_at(portal.integration, datetime(2026, 11, 24, 11, 0, tzinfo=UTC))

    assert found == datetime(2026, 11, 25, 8, 30, tzinfo=UTC)


ENDPOINTS = {
    "/portals": None, "/portal/{id}/clients": "customers", "/portal/{id}/projects": "projects",
    "/portal/{id}/projects/{id}": "projects", "/portal/{id}/projects/{id}/clients": "customers",
    "/portal/{id}/timelogs": "time_entries", "/portal/{id}/projects/{id}/timelogs": "time_entries",
    "/portal/{id}/projects/{id}/logs/{id}": "time_entries", "/portal/{id}/projects/{id}/issues/{id}": "bugs",
    "/portal/{id}/phases": "milestones", "/portal/{id}/projects/{id}/tasks/{id}": "tasks",
    "/portal/{id}/users": "users", "/portal/{id}/settings/fields": None,
}  # fmt: skip


@pytest.mark.parametrize("path", ENDPOINTS)
def test_an_endpoint_belongs_to_a_module(path):
    assert ZOHO.module_of(f"GET /api/v3{path}") == ENDPOINTS[path]


def told(calls, seconds, kind="quick"):
    return budget.Forecast(kind, calls, {}, seconds, None, None)


CHOICES = (15, 60, 360, 720, 1440)


@pytest.mark.req("M-21")
def test_a_longer_interval_is_advised_where_the_limit_takes_much_of_it():
    (advice,) = budget.advise(15, CHOICES, told(312, 360), None, 0)

    assert (advice.code, advice.minutes, advice.calls) == ("longer_interval", 60, 312)


def test_no_advice_is_given_where_there_is_room():
    assert [one.code for one in budget.advise(60, CHOICES, told(14, 0), told(90, 0, "full"), 0)] == ["fine"]


def test_refusals_and_very_long_full_runs_are_advised_about():
    found = budget.advise(60, CHOICES, told(14, 0), told(60_000, 70_000, "full"), 3)

    assert [one.code for one in found] == ["shared_limit", "long_full"]


@pytest.mark.req("M-21")
def test_the_page_advises_in_words(portal, website, ada, browser_of, monkeypatch):
    portal.sync()
    monkeypatch.setattr(forecasting, "_limit_seconds", lambda *_: 1800)

    shown = page(browser_of, ada)

    assert "Raise the interval to 6 h: a quick sync of your portal needs 10 calls, which Zoho's limit spreads" in shown


@pytest.mark.req("M-21")
def test_the_page_shows_calls_limits_and_forecasts(portal, website, ada, browser_of):
    portal.sync()

    shown = page(browser_of, ada)

    assert "The limits now" in shown
    assert "Time entries /timelogs" in shown
    assert "Next quick sync" in shown
    assert "Next full sync" in shown
    assert "Nothing to do: a quick sync needs" in shown
    assert "Zoho refused nothing" in shown


def test_the_page_before_the_first_sync_says_so(portal, ada, browser_of):
    shown = page(browser_of, ada)

    assert "No calls yet" in shown
    assert "All limits are free" in shown


def test_the_page_polls_only_while_something_waits(portal, website, clock, ada, browser_of):
    portal.sync()
    assert 'hx-trigger="every 5s"' not in browser_of(ada).get(PAGE).text
    portal.standin.world.troubles.add({"kind": "throttle_400", "seconds": 900, "path": "/tasks", "count": 1})
    portal.sync()

    assert 'hx-trigger="every 5s"' in browser_of(ada).get(PAGE).text
    piece = browser_of(ada).get(PAGE, headers={"HX-Request": "true"}).text
    assert piece.strip().startswith('<div id="budget-now"')


def test_the_page_asks_a_bounded_number_of_questions(portal, website, ada, browser_of):
    portal.sync()
    rows = [
        RemoteCalls(
            integration_id=portal.integration.id, day=utcnow().date() - timedelta(days=day), endpoint=f"GET /{n}",
            calls=5,
        )
        for day in range(1, 25) for n in range(15)
    ]  # fmt: skip
    db.session.add_all(rows)
    db.session.commit()
    browser = browser_of(ada)
    browser.get(PAGE)
    seen = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: seen.append(args[2]))

    browser.get(PAGE)

    assert len([one for one in seen if one.startswith("SELECT")]) <= 18, "\n".join(seen)


def test_staff_do_not_see_the_budget(portal, bruno, browser_of):
    assert browser_of(bruno).get(PAGE).status_code == 403


def test_looking_at_the_throttle_changes_nothing():
    now = [1_000.0]
    throttle = Throttle(lambda: datetime.fromtimestamp(now[0], UTC), lambda seconds: None)
    for _call in range(90):
        throttle.enter("x")
        throttle.leave("x", {})

    first, second = throttle.snapshot(), throttle.snapshot()

    assert first == second
    assert (first[0].used, first[0].limit, first[0].opens_in) == (90, 90, 120.0)
    now[0] += 121
    assert throttle.snapshot()[0].used == 0


def test_connection_gives_levels_of_this_integration_only(portal, website):
    portal.sync()

    keys = {level.key for level in connection.access.levels(portal.integration)}

    assert f"{PORTAL}/timelogs" in keys
