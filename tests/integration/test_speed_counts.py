"""What speed rests on and can be counted exactly: calls, statements, rows written, plans without a scan."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from typing import Any

import pytest
from sqlalchemy import event

from extensions import db
from models import SyncRun
from tests import factories
from tests.syncing import Portal, connect, counts

pytestmark = pytest.mark.usefixtures("organisation")
BUSINESS = ("customers", "projects", "users", "milestones", "tasks", "bugs", "time_entries", "links", "project_staff")
WRITES = re.compile(rf'(?:INSERT INTO|UPDATE|DELETE FROM) "?(?:{"|".join(BUSINESS)})"?\b')
LISTS = ("/time/", "/time/?at=end", "/projects/", "/customers/")


@contextmanager
def noted() -> Iterator[list[tuple[str, Any]]]:
    """The statements of a block with their parameters."""
    found: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            found.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


@pytest.fixture
def portal(standin: Any) -> Portal:
    made = connect(standin)
    project = made.project(client=made.client())
    task = made.task(project)
    for number in range(450):
        made.log(project, task, minutes=2, notes=f"hour {number}")
    return made


@pytest.mark.both_databases
@pytest.mark.req("R-03")
def test_a_first_sync_asks_for_each_full_page_once(portal: Portal) -> None:
    run = portal.sync()

    seen = {module.module: module.seen for module in run.modules}
    asked = [line for line in list(portal.standin.world.requests) if "/timelogs" in line["path"]]
    assert seen["time_entries"] == 450
    # time logs are asked for by task, issue and general; an empty list is one call too
    assert len(asked) == ceil(450 / 200) + 2


@pytest.mark.both_databases
@pytest.mark.req("R-03")
@pytest.mark.parametrize("kind", ["quick", "full"])
def test_a_run_that_finds_nothing_changed_writes_no_row(portal: Portal, kind: str) -> None:
    assert counts(portal.sync(), "time_entries") == {"added": 450}
    portal.sync("full")  # people who were first met inside a time log are met in the list of people
    db.session.commit()

    with noted() as statements:
        run = portal.sync(kind)

    assert isinstance(run, SyncRun)
    assert run.state == "ok"
    assert [(text[:30], values) for text, values in statements if WRITES.match(text)] == []


@pytest.mark.both_databases
def test_the_statements_of_a_page_of_records_do_not_grow_with_the_records(portal: Portal) -> None:
    with noted() as statements:
        portal.sync()

    inserts = [text for text, _values in statements if text.startswith('INSERT INTO "time_entries"')]
    assert len(inserts) == 3, "one insert a page of 200"


@pytest.mark.parametrize("address", LISTS)
def test_a_list_page_takes_five_statements_and_scans_no_large_table(address, browser_of, people) -> None:
    project = factories.make_project()
    for _ in range(120):
        factories.make_time_entry(project)
    browser = browser_of(people.olga)
    with noted() as frame:
        browser.get("/account")
    browser.get(address)

    with noted() as statements:
        answer = browser.get(address)

    own = [(text, values) for text, values in statements if text not in {seen for seen, _values in frame}]
    assert answer.status_code == 200
    assert len(own) <= 5, [text for text, _values in own]
    assert scans(own) == []


def scans(statements: list[tuple[str, Any]]) -> list[str]:
    """The steps of the plans that walk through a whole table of records, or sort it."""
    found = []
    with db.engine.connect() as connection:
        for text, values in statements:
            for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values):
                if re.match(r"SCAN (time_entries|transactions|allocations|links|tasks)\b(?!.* USING )", step.detail):
                    found.append(step.detail)
    return found
