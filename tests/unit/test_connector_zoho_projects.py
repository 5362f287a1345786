"""Zoho Projects beyond its lists: primary clients, single records, fields, permissions, portals, pages."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from connectors import CONNECTORS
from connectors.base import FieldType, Page, Query, Verdict
from connectors.errors import RemoteUnavailable
from connectors.zoho_projects import ZohoProjects
from tests.unit.connector_kit import (
    NOT_FOUND,
    PORTAL,
    ROOT,
    Remote,
    Reply,
    by_kind,
    connect,
    listed,
    log,
    refusal,
    task,
)

TASKS = f"{ROOT}/tasks"
LOGS = f"{ROOT}/timelogs"


def full(first: int = 0, plural: str = "tasks", **info: Any) -> Reply:
    return listed(plural, [task(first + at) for at in range(200)], **info)


def read(connector: ZohoProjects, module: str = "tasks", cursor: str | None = None, **query: Any) -> list[Page]:
    return list(connector.pages(Query(module, PORTAL, **query), cursor))


def ids(pages: list[Page]) -> list[str]:
    return [record.id for page in pages for record in page.records]


@pytest.mark.parametrize(
    ("clients", "found"),
    [
        ([{"id": "1", "name": "A"}, {"id": "2", "name": "B", "is_primary": True}], "2"),
        ([{"id": "1", "name": "A", "primary": "true"}, {"id": "2", "name": "B"}], "1"),
        ([{"id": "1", "name": "A"}], "1"),
        ([{"id": "1", "name": "A"}, {"id": "2", "name": "B"}], None),
        ([{"id": "1", "is_primary": True}, {"id": "2", "is_primary": True}], None),
        ([], None),
    ],
)
def test_the_primary_client_is_the_flagged_one_else_the_only_one(
    clients: list[dict[str, Any]], found: str | None
) -> None:
    remote = (
        Remote().on(f"{ROOT}/projects", Reply([task(7)])).on(f"{ROOT}/projects/7/clients", Reply({"clients": clients}))
    )
    connector = connect(remote)
    record = connector.complete("projects", PORTAL, read(connector, "projects")[0].records[0])

    assert record.fields["primary_customer"] == found
    assert record.embedded.get("customers", {}).get("id") == found
    assert connector.capabilities("projects").needs_completion


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        (NOT_FOUND, Verdict.GONE), (refusal("X", 410), Verdict.GONE), (refusal("FORBIDDEN", 403), Verdict.HIDDEN),
        (Reply([]), Verdict.GONE),
    ],
)  # fmt: skip
def test_a_single_record_may_be_gone_or_hidden(reply: Reply, verdict: Verdict) -> None:
    remote = Remote().on(f"{ROOT}/projects/7/issues/5", reply)
    assert connect(remote).get("bugs", PORTAL, "5", {"project": "7"}) is verdict


def test_single_records_are_read_in_their_own_shapes() -> None:
    remote = Remote().on(f"{ROOT}/projects/7/issues/5", Reply([task(5)])).on(f"{ROOT}/projects/7/logs/9", Reply(log(9)))
    connector = connect(remote)

    assert connector.get("bugs", PORTAL, "5", {"project": "7"}).id == "5"  # type: ignore[union-attr]
    assert connector.get("time_entries", PORTAL, "9", {"project": "7", "kind": "task"}).fields["seconds"] == 9000  # type: ignore[union-attr]
    assert remote.calls[-1].query == {"type": "task"}
    assert connector.get("tasks", PORTAL, "5", {}) is Verdict.HIDDEN


def test_an_outage_is_no_verdict_on_a_record() -> None:
    with pytest.raises(RemoteUnavailable):
        connect(Remote().on(f"{ROOT}/projects/7", Reply(b"", 500))).get("projects", PORTAL, "7", {})


def test_custom_fields_come_typed_where_zoho_tells_them_and_learnt_where_not() -> None:
    rows = [task(1, cf_po="PO-1", cf_due="2026-12-31"), task(2, cf_po="PO-2")]
    told = [
        {"api_name": "cf_po", "display_name": "PO number", "field_type": "singleline", "is_custom_field": True},
        {"api_name": "cf_due", "display_name": "Due", "field_type": "Date", "is_custom_field": True},
        {"api_name": "name", "display_name": "Name", "field_type": "singleline"},
    ]
    open_one = Remote().on(TASKS, listed("tasks", rows)).on(f"{ROOT}/settings/fields", Reply({"fields": told}))
    shut = Remote().on(TASKS, listed("tasks", rows)).on(f"{ROOT}/settings/fields", refusal("INVALID_OAUTHSCOPE", 401))

    fields = connect(open_one).fields("tasks", PORTAL)
    assert [(row.key, row.label, row.type) for row in fields if row.is_custom] == [
        ("cf_po", "PO number", FieldType.TEXT), ("cf_due", "Due", FieldType.DATE),
    ]  # fmt: skip
    assert read(connect(open_one))[0].records[0].fields["cf_due"] == date(2026, 12, 31)

    assert {row.key for row in connect(shut).fields("tasks", PORTAL) if row.is_custom} == {"cf_po", "cf_due"}
    assert read(connect(shut))[0].records[0].fields["cf_due"] == "2026-12-31"
    assert len(shut.to(f"{ROOT}/settings/fields")) == 2


def test_a_missing_permission_is_told_per_module_with_what_to_do() -> None:
    remote = Remote().on(f"{ROOT}/projects", Reply([])).on(LOGS, by_kind())
    for path in ("users", "phases", "clients"):
        remote.on(f"{ROOT}/{path}", listed({"phases": "milestones"}.get(path, path), []))
    remote.on(TASKS, refusal("URL_RULE_NOT_CONFIGURED", 400)).on(f"{ROOT}/issues", refusal("FORBIDDEN", 403))

    found = {row.module: row for row in connect(remote).permissions(PORTAL)}

    assert [name for name, row in found.items() if not row.is_granted] == ["tasks", "bugs"]
    assert "ZohoProjects.tasks.READ" in str(found["tasks"].problem)
    assert "Ask an administrator" in str(found["bugs"].problem)


def test_only_own_portals_are_offered_and_a_refusal_names_the_owner() -> None:
    owner = {"id": "1", "zpuid": "1", "full_name": "Olga Marsh"}
    rows = [
        {
            "id": "60014242",
            "portal_name": "acme",
            "org_name": "Acme",
            "timezone": "Asia/Kolkata",
            "profile": {"name": "Administrator"},
        },
        {"id": 60014243, "portal_name": "other", "owner": owner, "profile": {"name": "Employee"}},
    ]
    mine, other = connect(Remote().on("/api/v3/portals", Reply(rows))).scopes()

    assert (mine.id, mine.name, mine.time_zone, mine.is_owned, mine.refusal) == (
        "60014242",
        "Acme",
        "Asia/Kolkata",
        True,
        None,
    )
    assert (other.id, other.is_owned) == ("60014243", False)
    assert "Olga Marsh" in str(other.refusal)


def test_an_instant_without_offset_is_read_in_the_portals_zone() -> None:
    remote = Remote().on("/api/v3/portals", Reply([{"id": PORTAL, "timezone": "Asia/Kolkata"}]))
    remote.on(TASKS, listed("tasks", [task(1, last_modified_time="2026-11-01T05:30:00")]))

    assert read(connect(remote))[0].records[0].modified_at == datetime(2026, 11, 1, tzinfo=UTC)


def test_people_are_led_to_zohos_own_pages() -> None:
    connector = connect(Remote().on("/api/v3/portals", Reply([{"id": PORTAL, "portal_name": "acme"}])))
    hints = {"project": "7"}

    assert connector.web_url("tasks", PORTAL, "5", hints) == "https://projects.zoho.com/portal/acme#zp/task-detail/5"
    assert connector.web_url("projects", PORTAL, "7", {}) == "https://projects.zoho.com/portal/acme#zp/projects/7"
    assert connector.web_url("bugs", PORTAL, "5", {}) is None
    assert connector.web_url("users", PORTAL, "5", {}) is None


def test_the_index_holds_zoho_projects_with_all_data_centres() -> None:
    found = CONNECTORS["zoho_projects"]
    centres = {row.code: (row.accounts_url, row.api_url) for row in found.data_centres}

    assert found.modules[0] == "customers"
    assert centres["us"] == ("https://accounts.zoho.com", "https://projectsapi.zoho.com")
    assert centres["ca"] == ("https://accounts.zohocloud.ca", "https://projectsapi.zohocloud.ca")
    assert len(centres) == 11
