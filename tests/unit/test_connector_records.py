"""Zoho's bodies read into plain fields, and what is told of those that cannot be read."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.base import FieldType
from connectors.zoho_projects.fields import STANDARD, custom_value, learnt_field
from connectors.zoho_projects.records import READERS, read
from connectors.zoho_projects.time_entries import TimeReader
from connectors.zoho_projects.values import Unreadable, instant, plain_text, seconds, text_id
from tests.unit.connector_kit import OWNER, log, task


def in_utc() -> Any:
    return UTC


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("02:30", 9000), ("2:30", 9000), ("00:00", 0), ("24:01", 86_460), ("3", 10_800), (90, 5400), (0, 0),
        ("5h 30m", 19_800), ("5h", 18_000), ("30m", 1800), ("5H 30M", 19_800), ("5.5", 19_800), (" 1:15 ", 4500),
    ],
)  # fmt: skip
def test_hours_are_read_in_every_way_that_zoho_writes_them(told: Any, meant: int) -> None:
    assert seconds(told) == meant


@pytest.mark.parametrize(
    "told",
    [
        "-1:00", "05:60", "5,5", "", " ", None, "h", "abc", -5, True, "1:2", "½", "٣", "1e3", "01:30:00",
        Decimal("2.5"),
        "0.00001", [], {"total": "02:30"}, "9" * 30,
    ],
)  # fmt: skip
def test_hours_that_cannot_be_read_are_an_error_and_never_zero(told: Any) -> None:
    with pytest.raises(Unreadable, match="Its hours"):
        seconds(told)


def test_ids_are_text_from_end_to_end() -> None:
    assert text_id("0001817452000000100001") == "0001817452000000100001"
    assert text_id(1817452000000100001) == "1817452000000100001"
    for bad in (Decimal("1.8e18"), 1.8e18, None, "", " ", True, [], {"id": "1"}, "9" * 65):
        with pytest.raises(Unreadable):
            text_id(bad)


def test_instants_become_utc_and_one_without_offset_is_meant_in_the_portals_zone() -> None:
    assert instant("2026-03-30T07:58:19.896Z", in_utc) == datetime(2026, 3, 30, 7, 58, 19, 896_000, UTC)
    assert instant("2026-03-30T13:28:00+05:30", in_utc) == datetime(2026, 3, 30, 7, 58, tzinfo=UTC)
    assert instant("2026-03-30T07:58:00", lambda: ZoneInfo("Asia/Kolkata")) == datetime(2026, 3, 30, 2, 28, tzinfo=UTC)
    assert instant("", in_utc) is None
    for bad in ("yesterday", 1711785499, "0001-01-01T00:00:00+05:00"):
        with pytest.raises(Unreadable):
            instant(bad, in_utc)


def test_descriptions_lose_their_tags_and_keep_their_lines() -> None:
    assert plain_text("<div><br></div>") is None
    assert plain_text("<div>One &amp; two</div><p>Three&nbsp;four</p>") == "One & two\n\nThree four"
    assert plain_text("a < b and 2 > 1") == "a < b and 2 > 1"
    assert plain_text("<script>alert(1)</script>") == "alert(1)"
    assert plain_text("<" * 200_000) == "<" * 200_000


@pytest.mark.parametrize("module", READERS)
def test_each_module_answers_exactly_its_fields(module: str) -> None:
    assert list(READERS[module](task(1))) == [field.key for field in STANDARD[module]]


def test_time_entries_answer_exactly_their_fields() -> None:
    record = TimeReader("task", in_utc)(log(1))

    assert record.fields == {
        "project": "7", "task": "70", "bug": None, "kind": "task", "user": OWNER["zpuid"], "date": date(2026, 11, 3),
        "seconds": 9000, "start_time": None, "end_time": None, "notes": "wireframes", "is_billable": True,
        "approval": "approved", "title": "Design",
    }  # fmt: skip
    assert list(record.fields) == [field.key for field in STANDARD["time_entries"]]
    assert record.modified_at == datetime(2026, 11, 3, 10, tzinfo=UTC)
    assert record.embedded["users"] == {
        "id": OWNER["zpuid"], "name": "Asha Rao", "first_name": "Asha", "last_name": "Rao", "email": "asha@example.com",
    }  # fmt: skip


def test_an_owner_is_described_once_however_many_entries_there_are() -> None:
    reader = TimeReader("task", in_utc)
    assert reader(log(1)).embedded["users"] is reader(log(2)).embedded["users"]


def test_entries_on_issues_and_general_ones_say_so() -> None:
    issue = TimeReader("issue", in_utc)(log(1, module_detail={"id": "80", "name": "Crash", "type": "issue"}))
    general = TimeReader("general", in_utc)(log(2, module_detail={"type": "general"}, log_name="Meeting"))

    assert (issue.fields["kind"], issue.fields["bug"], issue.fields["task"]) == ("bug", "80", None)
    assert (general.fields["kind"], general.fields["bug"], general.fields["title"]) == ("general", None, "Meeting")
    assert TimeReader("general", in_utc)({k: v for k, v in log(3).items() if k != "module_detail"}).id == "3"


def test_an_unassigned_owner_is_nobody() -> None:
    record = TimeReader("task", in_utc)(log(1, owner={"zuid": 0, "zpuid": "0", "name": "Unassigned"}))
    assert record.fields["user"] is None
    assert record.embedded == {}


@pytest.mark.parametrize(
    ("told", "meant"), [("Billable", True), ("Non Billable", False), ("Non-Billable", False), ("non_billable", False)]
)
def test_the_bill_status_is_read_in_all_spellings(told: str, meant: bool) -> None:
    assert TimeReader("task", in_utc)(log(1, billing_status=told)).fields["is_billable"] is meant


@pytest.mark.parametrize(
    ("told", "meant"),
    [("Approved", "approved"), ("Rejected", "rejected"), ("Unapproved", "unapproved"), ("Pending", "unapproved")],
)
def test_an_entry_is_approved_only_when_it_says_so(told: str, meant: str) -> None:
    assert TimeReader("task", in_utc)(log(1, approval={"status": told})).fields["approval"] == meant
    assert TimeReader("task", in_utc)(log(1, approval=None)).fields["approval"] == "unapproved"


@pytest.mark.parametrize(
    "broken",
    [
        {"id": None}, {"id": Decimal("1.5")}, {"project": None}, {"project": {"name": "P"}}, {"date": "0000-00-00"},
        {"date": "2026-02-30"}, {"date": "01/02/2026"}, {"date": None}, {"log_hour": "-01:00"}, {"log_hour": None},
        {"billing_status": "maybe"}, {"billing_status": None}, {"owner": "asha"}, {"owner": {"zpuid": ["1"]}},
        {"module_detail": "x"}, {"last_modified_time": "soon"},
    ],
)  # fmt: skip
def test_an_entry_that_cannot_be_read_says_why_in_a_sentence(broken: dict[str, Any]) -> None:
    with pytest.raises(Unreadable, match=r"^It.+\.$"):
        TimeReader("task", in_utc)(log(1, **broken))


def test_a_project_says_its_currency_method_and_owner() -> None:
    body = {
        "id": "1", "key": "VO-390", "name": "Relaunch", "project_type": "archived", "start_date": "2026-03-30",
        "status": {"name": "Active", "is_closed_type": False}, "owner": OWNER, "is_completed": False,
        "budget_info": {"currency": "USD", "tracking_method": "project_hours"}, "tags": [{"name": "a"}, {"name": "b"}],
    }  # fmt: skip
    found = read("projects", body, in_utc).fields

    assert found["currency"] == "USD"
    assert found["billing_method"] == "project_hours"
    assert (found["owner"], found["owner_email"]) == ("Asha Rao", "asha@example.com")
    assert (found["is_archived"], found["is_closed"]) == (True, False)
    assert (found["start_date"], found["end_date"]) == (date(2026, 3, 30), None)
    assert found["tags"] == "a, b"
    assert (
        read("projects", body | {"budget_info": {"tracking_method": "phases"}}, in_utc).fields["billing_method"] is None
    )


def test_a_task_plans_hours_only_where_hours_are_told() -> None:
    hours = task(1, owners_and_work={"total_work": "45:00", "unit": "hours"}, billing_type="non_billable")
    assert read("tasks", hours, in_utc).fields["estimate_seconds"] == 162_000
    assert read("tasks", hours, in_utc).fields["is_billable"] is False
    assert (
        read("tasks", task(1, owners_and_work={"total_work": "5", "unit": "days"}), in_utc).fields["estimate_seconds"]
        is None
    )


def test_a_milestones_odd_status_and_a_task_date_with_a_time_are_read() -> None:
    body = task(1, status={"statusName": "Completed", "closed": True})
    assert read("milestones", body, in_utc).fields["is_closed"] is True
    assert read("milestones", body, in_utc).fields["status"] == "Completed"
    dated = task(1, start_date="2026-05-26T00:00:00.000Z")
    assert read("tasks", dated, in_utc).fields["start_date"] == date(2026, 5, 26)


def test_clients_are_read_under_several_names() -> None:
    found = read("customers", {"id": 5, "company_name": "Zylker", "currency": "EUR", "zip": 1234}, in_utc)
    assert found.id == "5"
    assert (found.fields["name"], found.fields["currency"], found.fields["zip_code"]) == ("Zylker", "EUR", "1234")


def test_hostile_text_is_left_as_it_is() -> None:
    hostile = "<img src=x onerror=alert(1)>\u202e\x00=cmd()"
    assert read("tasks", task(1, name=hostile), in_utc).fields["name"] == hostile
    assert TimeReader("task", in_utc)(log(1, notes=hostile)).fields["notes"] == hostile


@pytest.mark.parametrize(
    ("value", "kind", "plain"),
    [
        ("2026-12-31", FieldType.DATE, date(2026, 12, 31)),
        ("31/12/2026", FieldType.DATE, "31/12/2026"),
        ("2026-12-31", FieldType.TEXT, "2026-12-31"),
        ("true", FieldType.BOOLEAN, True),
        ("12", FieldType.NUMBER, 12),
        ("12.5", FieldType.DECIMAL, Decimal("12.5")),
        ({"currency_code": "USD", "amount": "12.50"}, FieldType.MONEY, Decimal("12.50")),
        ([{"zpuid": "1", "name": "Asha"}], FieldType.PERSON, "Asha"),
        (["a", "b"], FieldType.CHOICES, ["a", "b"]),
        ("", FieldType.TEXT, None),
    ],
)
def test_a_custom_value_is_plain_and_one_of_another_type_stays_as_it_came(
    value: Any, kind: FieldType, plain: Any
) -> None:
    assert custom_value(value, kind) == plain


def test_types_are_learnt_from_values_but_text_stays_text() -> None:
    seen = {
        "a": True,
        "b": 3,
        "c": Decimal("1.5"),
        "d": "2026-01-01",
        "e": ["x"],
        "f": [{"zpuid": "1"}],
        "g": {"amount": 1},
    }
    assert [learnt_field(key, value).type.value for key, value in seen.items()] == [
        "boolean", "number", "decimal", "text", "choices", "person", "money",
    ]  # fmt: skip
