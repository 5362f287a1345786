"""The planner is a pure function: records, links, facts and settings in, operations out."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from connectors.base import RemoteRecord
from sync.mapper import Rules, content_hash, map_record
from sync.modules import MODULES
from sync.modules.base import Facts
from sync.planner import KnownLink, Operation, plan
from sync.settings import SyncSettings

TIME = MODULES["time_entries"]
CUSTOMERS = MODULES["customers"]


def log(**fields: Any) -> RemoteRecord:
    plain = {
        "project": "P", "task": None, "bug": None, "kind": "general", "user": None, "date": date(2026, 6, 15),
        "seconds": 3600, "start_time": None, "end_time": None, "notes": "Drew", "is_billable": True,
        "approval": "approved", "title": "",
    }  # fmt: skip
    return RemoteRecord("L", plain | fields)


def facts(**values: Any) -> Facts:
    found = Facts(parents={"projects": {"P": 4}, "tasks": {}, "bugs": {}, "users": {}})
    for name, value in values.items():
        setattr(found, name, value)
    return found


def planned(
    record: RemoteRecord, known: Facts, link: KnownLink | None = None, module: Any = TIME, **settings: Any
) -> Operation | None:
    rules = Rules.compile(module, SyncSettings(**settings), "zoho_projects")
    mapped = map_record(record, content_hash(record.fields), module, rules)
    operations = plan(module, [mapped], {record.id: link} if link else {}, known, rules)
    return operations[0] if operations else None


def row(**values: Any) -> dict[str, Any]:
    plain = {
        "id": 9, "project_id": 4, "task_id": None, "bug_id": None, "user_id": None, "date": date(2026, 6, 15),
        "seconds": 3600, "start_time": "", "end_time": "", "notes": "Drew", "billing_state": "unbilled",
        "remote_change": "",
    }  # fmt: skip
    return plain | values


LINKED = KnownLink(9, b"old", "added")


def test_planning_twice_gives_the_same_operations() -> None:
    assert planned(log(), facts()) == planned(log(), facts())


@pytest.mark.req("R-01")
def test_a_new_entry_is_added_under_its_project() -> None:
    operation = planned(log(), facts())

    assert operation is not None
    assert (operation.outcome, operation.adds, operation.values["project_id"]) == ("added", True, 4)


def test_a_linked_entry_that_says_the_same_in_other_words_is_unchanged() -> None:
    operation = planned(log(title="new title"), facts(rows={9: row()}), LINKED)

    assert operation is not None
    assert (operation.outcome, operation.values) == ("unchanged", {})


def test_only_changed_columns_are_written_and_their_old_values_kept() -> None:
    operation = planned(log(seconds=60, notes=""), facts(rows={9: row()}), LINKED)

    assert operation is not None
    assert operation.values == {"seconds": 60, "notes": ""}
    assert operation.before == {"seconds": 3600, "notes": "Drew"}


def test_an_entry_on_a_live_line_is_flagged_not_changed() -> None:
    operation = planned(log(seconds=60), facts(rows={9: row()}, touched={9}), LINKED)

    assert operation is not None
    assert operation.values == {"remote_change": "changed"}
    assert operation.detail is not None
    assert operation.detail["remote"] == {"seconds": 60}


@pytest.mark.parametrize(
    ("touched", "anchored", "expected"),
    [
        (set(), set(), "removed"),
        ({9}, {9}, "withdrawn"),
        (set(), {9}, "written_off"),
    ],
)
def test_an_entry_that_stops_being_billable_goes_unless_money_or_history_hangs_on_it(
    touched: set[int], anchored: set[int], expected: str
) -> None:
    known = facts(rows={9: row()}, touched=touched, anchored=anchored)

    operation = planned(log(is_billable=False), known, LINKED)

    assert operation is not None
    told = "removed" if operation.removes else operation.values.get("billing_state", operation.values["remote_change"])
    assert told == expected


@pytest.mark.req("TS-PARENT", "TS-NO-PRIMARY")
@pytest.mark.parametrize(("cause", "code"), [(None, "TS-PARENT"), ("PRJ-NO-PRIMARY", "TS-NO-PRIMARY")])
def test_a_missing_parent_is_named_by_its_own_cause(cause: str | None, code: str) -> None:
    known = facts(parents={"projects": {}, "tasks": {}, "bugs": {}, "users": {}})
    known.kept_out_parents = {"projects": {"P": cause} if cause else {}}

    operation = planned(log(), known)

    assert operation is not None
    assert (operation.reason, operation.is_waiting, operation.kept is not None) == (code, True, True)


def test_a_record_kept_out_for_the_same_reason_as_before_is_no_news() -> None:
    first = planned(log(is_billable=False), facts())
    assert first is not None
    known = KnownLink(None, first.hash, "excluded", first.reason, first.detail)

    assert planned(log(is_billable=False), facts(), known) is None


@pytest.mark.req("P-18", "P-19")
@pytest.mark.parametrize(("choice", "outcome"), [("overwrite", "overwritten"), ("clone", "cloned")])
def test_a_twin_is_overwritten_or_cloned_as_the_owner_chose(choice: str, outcome: str) -> None:
    record = RemoteRecord("C", {"name": "Zylker  Inc", "city": "Austin", "email": ""})
    twin = {"id": 3, "name": "ZYLKER inc", "city": "Houston", "email": "a@zylker.example", "currency": "USD"}

    operation = planned(record, Facts(twins={"zylker inc": twin}), module=CUSTOMERS, duplicates=choice)

    assert operation is not None
    assert operation.outcome == outcome
    assert ("email" in operation.values) == (choice == "clone"), "an empty value never erases what is here"


def test_two_remote_records_of_one_name_do_not_both_take_the_same_twin() -> None:
    twin = {"id": 3, "name": "Zylker", "city": ""}
    rules = Rules.compile(CUSTOMERS, SyncSettings(), "zoho_projects")
    page = [
        map_record(RemoteRecord(key, {"name": "Zylker", "city": key}), key.encode(), CUSTOMERS, rules) for key in "AB"
    ]

    outcomes = [operation.outcome for operation in plan(CUSTOMERS, page, {}, Facts(twins={"zylker": twin}), rules)]

    assert outcomes == ["overwritten", "added"]
