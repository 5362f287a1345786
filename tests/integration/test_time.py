"""Time entries: the list with its sums, one entry's life, logging by hand, own hours; and the ledger page."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import event

from extensions import db
from forms.time import read_duration
from models import EntryChange, Project, TimeEntry
from tests import factories as make


@pytest.fixture(autouse=True)
def _plain_forms(app: Any) -> None:
    """Forms without the hidden token; that it is asked for is tested with the sign-in."""
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def synced(people: Any) -> Project:
    """A project that a live integration with a cut-off date keeps up to date."""
    make.make_integration(settings={"cutoff": "2026-06-01"})
    return make.make_project(make.make_customer("Aurora"), "Relaunch", source="zoho_projects")


def fields(**changed: str) -> dict[str, str]:
    """What a browser sends for a time entry."""
    return {"date": "2026-06-20", "seconds": "1:30", "task_id": "0", "notes": "Call", "is_billable": "y"} | changed


def on_line(entry: TimeEntry, **transaction: Any) -> Any:
    """Put an entry on an invoice as billing does."""
    made = make.make_transaction(entry.project.customer, subtotal=100, total=100, balance=100, **transaction)
    entry.billing_state = "invoiced" if made.number else "on_draft"
    make.make_allocation(entry, make.make_line(made, kind="free"))
    return made


@pytest.mark.req("G-09")
def test_time_is_logged_on_a_synced_project_and_says_that_it_was_logged_here(
    browser_of: Any, people: Any, synced: Project
) -> None:
    bruno = browser_of(people.bruno)

    answer = bruno.post("/time/new", data=fields(project_id=str(synced.id), user_id=str(people.petra.id)))

    entry = db.session.scalars(db.select(TimeEntry)).one()
    assert (entry.source, entry.seconds, entry.billing_state) == ("local", 5400, "unbilled")
    assert (entry.user_id, entry.project_id) == (people.petra.id, synced.id)
    assert "Logged here. A sync never changes it." in bruno.get(answer.location).text
    assert "1:30" in bruno.get("/time/?origin=local").text
    assert "Nothing fits this filter" in bruno.get("/time/?origin=synced").text


def test_logging_starts_with_the_project_and_closed_ones_are_refused(browser_of: Any, people: Any) -> None:
    closed = make.make_project(name="Old site", is_active=False)
    bruno = browser_of(people.bruno)

    first = bruno.get("/time/new")
    refused = bruno.post("/time/new", data=fields(project_id=str(closed.id)))

    assert "Choose the project first" in first.text
    assert refused.status_code == 422
    assert "Old site is closed" in refused.text
    assert db.session.scalar(db.select(db.func.count(TimeEntry.id))) == 0


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"seconds": "05:60"}, "Write hours and minutes, for example 7:30."),
        ({"seconds": "0:00"}, "Enter more than 0:00."),
        ({"seconds": "8:01"}, "At most 8:00 a day may be logged."),
        ({"date": "2026-02-30"}, "Not a valid date value."),
        ({"task_id": "999999"}, "Not a valid choice."),
        ({"user_id": "999999"}, "Not a valid choice."),
    ],
)
def test_a_wrong_entry_is_not_logged_and_loses_nothing(
    browser_of: Any, people: Any, organisation: Any, wrong: dict[str, str], sentence: str
) -> None:
    organisation.max_seconds_per_day = 8 * 3600
    project = make.make_project()
    form = fields(project_id=str(project.id), user_id=str(people.petra.id), notes="My long note") | wrong

    answer = browser_of(people.bruno).post("/time/new", data=form)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert "My long note" in answer.text
    assert db.session.scalar(db.select(db.func.count(TimeEntry.id))) == 0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7:30", 27000), ("0:05", 300), ("7.5", 27000), ("7,25", 26100), ("8", 28800), ("7h 30m", 27000), ("45m", 2700),
        ("2 h", 7200), ("", None), ("5:60", None), ("1:5", None), ("-1:00", None), ("a lot", None), ("1e5", None),
        ("٣", None), ("h", None),
    ],
)  # fmt: skip
def test_durations_are_read_in_one_documented_way(text: str, seconds: int | None) -> None:
    read = read_duration(text)

    assert read == seconds


@pytest.mark.req("G-09")
def test_a_local_entry_is_edited_until_it_is_on_a_draft(browser_of: Any, people: Any) -> None:
    entry = make.make_time_entry(user_id=people.petra.id)
    url = f"/time/{entry.id}/edit"
    form = fields(project_id=str(entry.project_id), user_id=str(people.petra.id))
    bruno = browser_of(people.bruno)

    free = bruno.post(url, data=form | {"seconds": "2:00"})
    on_line(entry)
    bound = bruno.post(url, data=form | {"seconds": "3:00"}, follow_redirects=True)

    assert free.status_code == 303
    assert entry.seconds == 7200
    assert "Take it off the draft first" in bound.text


@pytest.mark.req("G-09")
def test_a_fetched_entry_is_changed_there_not_here(browser_of: Any, people: Any, synced: Project) -> None:
    entry = make.make_time_entry(synced, source="zoho_projects")
    bruno = browser_of(people.bruno)

    for verb in ("edit", "delete"):
        page = bruno.post(f"/time/{entry.id}/{verb}", data=fields(), follow_redirects=True).text

        assert "This entry comes from Zoho Projects" in page
    assert entry.seconds == 3600


def test_an_entry_that_was_on_a_transaction_once_stays_in_the_ledger(browser_of: Any, people: Any) -> None:
    entry, fresh = make.make_time_entry(), make.make_time_entry()
    line = make.make_line(make.make_transaction(entry.project.customer))
    make.make_allocation(entry, line, released_at=line.transaction.created_at, release_reason="removed")
    kept_id, gone_id = entry.id, fresh.id
    bruno = browser_of(people.bruno)

    refused = bruno.post(f"/time/{kept_id}/delete", follow_redirects=True).text
    bruno.post(f"/time/{gone_id}/delete")

    assert "so it stays in the ledger" in refused
    assert list(db.session.scalars(db.select(TimeEntry.id))) == [kept_id]


def test_written_off_hours_can_be_taken_back(browser_of: Any, people: Any) -> None:
    entry = make.make_time_entry()
    bruno = browser_of(people.bruno)

    off = bruno.post(f"/time/{entry.id}/write-off", follow_redirects=True).text
    state_off = entry.billing_state
    back = bruno.post(f"/time/{entry.id}/take-back", follow_redirects=True).text
    again = bruno.post(f"/time/{entry.id}/take-back", follow_redirects=True).text

    assert (state_off, entry.billing_state) == ("written_off", "unbilled")
    assert "It will not be offered for invoices" in off
    assert "Taken back" in back
    assert "changed meanwhile" in again
    assert db.session.scalar(db.select(db.func.count(EntryChange.id))) == 2


@pytest.mark.req("P-17")
def test_cut_off_entries_are_invoiced_elsewhere_before_the_date_and_on_no_invoice(
    browser_of: Any, people: Any, synced: Project
) -> None:
    entry = make.make_time_entry(synced, source="zoho_projects", billing_state="elsewhere", date=date(2026, 5, 31))
    bruno = browser_of(people.bruno)

    for url in ("/time/", f"/time/{entry.id}", f"/projects/{synced.id}?tab=time"):
        page = bruno.get(url).text

        assert "Invoiced elsewhere" in page
        assert "before 1 Jun 2026" in page
        assert "INV-" not in page


@pytest.mark.req("M-05")
@pytest.mark.both_databases
def test_an_entry_says_which_transaction_it_is_on(browser_of: Any, people: Any) -> None:
    drafted, billed = make.make_time_entry(), make.make_time_entry()
    on_line(drafted)
    on_line(billed, number="INV-2026-00012", status="sent", issued_at=people.olga.created_at)
    bruno = browser_of(people.bruno)

    listed = bruno.get("/time/").text
    told = bruno.get(f"/time/{billed.id}").text

    assert "On draft" in listed
    assert "INV-2026-00012" in listed
    assert "Put on a draft" in told
    assert "Invoiced on INV-2026-00012" in told


def test_what_the_remote_did_afterwards_is_said_in_words(browser_of: Any, people: Any, synced: Project) -> None:
    words = {"changed": "Changed in the remote app afterwards", "withdrawn": "Approval was withdrawn in the remote app",
             "removed": "Removed in the remote app afterwards"}  # fmt: skip
    for flag in words:
        make.make_time_entry(synced, remote_change=flag)

    page = browser_of(people.bruno).get("/time/").text

    assert all(sentence in page for sentence in words.values())


@pytest.mark.both_databases
def test_filters_and_sums_tell_the_same_story(browser_of: Any, people: Any) -> None:
    aurora, kestrel = make.make_project(make.make_customer("Aurora")), make.make_project(make.make_customer("Kestrel"))
    make.make_time_entry(aurora, seconds=3600, date=date(2026, 6, 1), user_id=people.tim.id)
    make.make_time_entry(aurora, seconds=1800, date=date(2026, 6, 2), billing_state="written_off")
    make.make_time_entry(kestrel, seconds=900, date=date(2026, 6, 3))
    bruno = browser_of(people.bruno)
    queries = {
        "": ("1:45", 3), f"project_id={aurora.id}": ("1:30", 2), f"customer_id={kestrel.customer_id}": ("0:15", 1),
        f"user_id={people.tim.id}": ("1:00", 1), "state=written_off": ("0:30", 1), "since=2026-06-02": ("0:45", 2),
        "until=2026-06-01": ("1:00", 1), "customer_id_text=aurora": ("1:30", 2),
        "state=nonsense&since=never": ("1:45", 3),
    }  # fmt: skip

    found = {}
    for query in queries:
        page = bruno.get(f"/time/?{query}").text
        found[query] = (page.split("<strong>", 1)[1].split("<", 1)[0], page.count('class="row-link"'))

    assert found == queries


def test_a_name_that_nobody_has_fits_nothing(browser_of: Any, people: Any) -> None:
    make.make_time_entry()

    page = browser_of(people.bruno).get("/time/?project_id_text=nowhere").text

    assert "Nothing fits this filter" in page


def test_a_list_page_takes_at_most_five_statements_and_no_scan(browser_of: Any, people: Any, synced: Project) -> None:
    for number in range(60):
        make.make_time_entry(synced, source="zoho_projects", billing_state="elsewhere", seconds=number)
    bruno, url = browser_of(people.bruno), f"/time/?project_id={synced.id}&project_id_text=Relaunch"
    said: list[tuple[str, Any]] = []
    listener = lambda _c, _cur, sql, values, *_rest: said.append((sql, values))  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", listener)

    bruno.get(url)

    event.remove(db.engine, "before_cursor_execute", listener)
    asked = [pair for pair in said if not pair[0].startswith(("BEGIN", "PRAGMA"))]
    assert len(asked) <= 5
    if db.engine.dialect.name != "sqlite":
        return
    with db.engine.connect() as connection:
        plans = [
            row[3] for sql, values in asked for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)
        ]
    assert not [plan for plan in plans if plan.startswith("SCAN") and "time_entries" in plan]


def test_timesheet_staff_see_their_own_hours_and_nobody_elses(browser_of: Any, people: Any) -> None:
    project = make.make_project()
    own = make.make_time_entry(project, user_id=people.tim.id, notes="Mine")
    other = make.make_time_entry(project, user_id=people.petra.id, notes="Not mine")
    tim = browser_of(people.tim)

    listed = tim.get(f"/my-hours/?user_id={people.petra.id}").text

    assert "Mine" in listed
    assert "Not mine" not in listed
    assert tim.get(f"/my-hours/{own.id}").status_code == 200
    assert tim.get(f"/my-hours/{other.id}").status_code == 404
    assert tim.post(f"/my-hours/{other.id}/edit", data=fields()).status_code == 404
    assert tim.post(f"/my-hours/{other.id}/delete").status_code == 404
    assert [tim.get(url).status_code for url in ("/time/", f"/time/{own.id}", "/ledger/")] == [403, 403, 403]


def test_timesheet_staff_log_only_for_themselves_on_projects_they_are_on(browser_of: Any, people: Any) -> None:
    mine, other = make.make_project(name="Mine"), make.make_project(name="Other")
    make.make_staff(mine, people.tim)
    tim = browser_of(people.tim)

    tim.post("/my-hours/new", data=fields(project_id=str(other.id), user_id=str(people.tim.id)))
    tim.post("/my-hours/new", data=fields(project_id=str(mine.id), user_id=str(people.petra.id)))
    refused = db.session.scalar(db.select(db.func.count(TimeEntry.id)))
    tim.post("/my-hours/new", data=fields(project_id=str(mine.id), user_id=str(people.tim.id)))

    entry = db.session.scalars(db.select(TimeEntry)).one()
    assert refused == 0
    assert (entry.project_id, entry.user_id) == (mine.id, people.tim.id)


@pytest.mark.req("M-05")
@pytest.mark.both_databases
def test_the_ledger_proves_that_all_hours_are_accounted_for(browser_of: Any, people: Any) -> None:
    project = make.make_project(name="Shop")
    for state in ("unbilled", "elsewhere", "written_off"):
        make.make_time_entry(project, billing_state=state)
    on_line(make.make_time_entry(project, seconds=1800))

    page = browser_of(people.bruno).get("/ledger/").text

    assert "Every hour is accounted for" in page
    assert "3:30 hours were logged" in page
    assert page.count("Adds up") == 2


@pytest.mark.req("M-05")
def test_the_ledger_says_so_when_an_hour_is_lost(browser_of: Any, people: Any) -> None:
    make.make_time_entry(billing_state="invoiced")

    page = browser_of(people.bruno).get("/ledger/").text

    assert "Something does not add up" in page
    assert "Entries that say they are on a line, though no line holds them: 1" in page


def test_an_empty_ledger_says_what_to_do_next(browser_of: Any, people: Any) -> None:
    page = browser_of(people.bruno).get("/ledger/").text

    assert "No hours to account for yet" in page
