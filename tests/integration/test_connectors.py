"""Every connector of the shelf against the stand-in: nothing is missing, nothing is asked for twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, timedelta

import pytest

from connectors import CONNECTORS
from connectors.base import Connector, FieldType, Query, Verdict
from connectors.errors import CredentialsRejected
from connectors.zoho_projects import ZohoProjects
from tests.integration.connector_line import TABLES, Line, sized


@pytest.fixture(scope="module")
def demo_line() -> Iterator[Line]:
    line = sized(customers=6, projects=8, time_entries=700)
    line.fill_in()
    yield line
    line.connector.close()


@pytest.fixture
def demo(demo_line: Line) -> Line:
    """An agency, read by one connector all along: an account gets ten access tokens in ten minutes."""
    demo_line.world.forget_requests()
    return demo_line


@pytest.mark.parametrize("key", CONNECTORS)
def test_each_connector_says_who_it_is(key: str) -> None:
    found = CONNECTORS[key]
    assert issubclass(found, Connector)
    assert found.key == key
    assert found.title
    assert len(set(found.modules)) == len(found.modules)


@pytest.mark.parametrize("key", CONNECTORS)
def test_each_connector_reads_only_modules_that_it_has_and_writes_only_what_it_maps(key: str) -> None:
    found = CONNECTORS[key]

    assert set(found.modules_for({})) <= set(found.modules)
    assert found.on_demand | found.maps_by_hand | set(found.custom_limits) <= set(found.modules)
    assert all(found.default_map(module, {}) != {} for module in found.modules)
    assert found.read_notice({"hello": "world"}) is None
    assert found.module_of("GET /nowhere") is None


@pytest.mark.parametrize("module", ZohoProjects.modules)
def test_every_record_of_a_module_comes_once_and_none_is_unreadable(demo: Line, module: str) -> None:
    found = [record.id for record in demo.read(module)]
    expected = {
        str(key)
        for key, row in demo.world.main.table(TABLES[module]).items()
        if not getattr(getattr(row, "project", row), "trashed", None)
    }

    assert len(found) == len(set(found))
    assert set(found) == expected


@pytest.mark.parametrize("module", ZohoProjects.modules)
def test_the_fields_that_records_carry_are_the_fields_that_are_declared(demo: Line, module: str) -> None:
    declared = {field.key for field in demo.connector.fields(module, demo.scope)}
    for record in demo.read(module):
        assert set(record.fields) <= declared
        assert record.modified_at is None or record.modified_at.tzinfo is UTC


def test_custom_values_have_the_type_that_their_field_declares(demo: Line) -> None:
    types = {field.key: field.type for field in demo.connector.fields("projects", demo.scope)}
    found = next(row.fields for row in demo.read("projects") if "cf_po_number" in row.fields)

    assert types["cf_delivery_date"] is FieldType.DATE
    assert found["cf_delivery_date"] == date(2026, 12, 24)
    assert found["cf_po_number"] == "PO-1"
    assert {5} == {row.fields["cf_story_points"] for row in demo.read("tasks") if "cf_story_points" in row.fields}
    assert {"T-9"} == {row.fields["cf_ticket"] for row in demo.read("time_entries") if "cf_ticket" in row.fields}


def test_entries_carry_what_the_world_holds(demo: Line) -> None:
    logs = demo.world.main.table("log")
    for record in demo.read("time_entries"):
        log = logs[int(record.id)]
        assert record.fields["seconds"] == log.minutes * 60
        assert record.fields["date"] == date.fromordinal(log.day)
        assert record.fields["is_billable"] is log.billable
        assert record.fields["project"] == str(log.project.id)
        assert record.fields["user"] == str(log.owner.id)
        assert record.fields["task"] == (str(log.item.id) if log.kind == "task" else None)
        assert record.fields["approval"] == log.approval.lower()


def test_primary_clients_are_those_of_the_world(demo: Line) -> None:
    projects = demo.world.main.table("project")
    for record in demo.read("projects"):
        project = projects[int(record.id)]
        found = demo.connector.complete("projects", demo.scope, record)
        if project.primary is not None:
            assert found.fields["primary_customer"] == str(project.primary.id)
            assert found.embedded["customers"]["name"] == project.primary.name
        elif len(project.clients) != 1:
            assert found.fields["primary_customer"] is None


@pytest.mark.req("P-02")
def test_the_owned_portal_is_offered_and_the_others_say_why_not(demo: Line) -> None:
    demo.connector.verify()
    found = {scope.name: scope for scope in demo.connector.scopes()}

    assert [scope.id for scope in found.values() if scope.is_owned] == [demo.scope]
    assert found[demo.world.main.org_name].time_zone == demo.world.main.timezone
    assert all(scope.refusal for scope in found.values() if not scope.is_owned)


def test_every_module_may_be_read_with_all_permissions(demo: Line) -> None:
    assert all(row.is_granted for row in demo.connector.permissions(demo.scope))
    assert len(demo.calls("/portal/")) == len(ZohoProjects.modules)


@pytest.mark.parametrize("is_disguised", [False, True])
def test_a_missing_scope_is_named_even_in_disguise(is_disguised: bool) -> None:
    line = sized(customers=1, projects=1, time_entries=1)
    line.world.quirks.missing_scope_as_wrong_url = is_disguised
    grant = line.world.accounts.refresh_tokens[line.tokens.refresh_token]
    grant.scopes = tuple(scope for scope in grant.scopes if "bugs" not in scope)

    denied = [row for row in line.connector.permissions(line.scope) if not row.is_granted]

    assert [row.module for row in denied] == ["bugs"]
    assert "ZohoProjects.bugs.READ" in str(denied[0].problem)


@pytest.mark.parametrize("module", ZohoProjects.modules)
def test_a_single_record_equals_its_row_in_the_list(demo: Line, module: str) -> None:
    record = demo.read(module)[0]
    found = demo.connector.get(module, demo.scope, record.id, record.fields)
    assert found == record


def test_a_single_record_that_went_is_gone() -> None:
    line = sized(customers=1, projects=2, time_entries=50)
    project, other = line.read("projects")
    entry = next(row for row in line.read("time_entries") if row.fields["project"] == project.id)
    line.world.edit("project.trash", portal=line.world.main.id, id=int(project.id))

    assert line.connector.get("projects", line.scope, project.id, {}) is Verdict.GONE
    assert line.connector.get("time_entries", line.scope, entry.id, entry.fields) is Verdict.GONE
    assert line.connector.get("tasks", line.scope, "1817452999999999999", {"project": other.id}) is Verdict.GONE
    assert [row.id for row in line.read("projects")] == [other.id]


def test_a_first_sync_costs_one_call_per_page() -> None:
    line = sized(customers=450, projects=410, time_entries=5050)
    line.connector.verify()
    line.world.forget_requests()

    read = {module: len(line.read(module)) for module in ZohoProjects.modules}

    kinds = [row.kind for row in line.world.main.table("log").values()]
    parts = [kinds.count(kind) for kind in ("task", "issue", "general")]
    bound = sum(-(-max(1, count) // 200) for module, count in read.items() if module != "time_entries")
    bound += sum(-(-count // 200) for count in parts)
    assert len(line.calls("/settings/fields")) == 0
    assert len(line.calls("/portal/")) == bound


@pytest.mark.parametrize(("style", "limit", "entries"), [("documented", 200, 41_000), ("measured", 100, 21_000)])
def test_a_long_listing_is_never_throttled_and_wastes_little_time(style: str, limit: int, entries: int) -> None:
    line = sized(customers=1, projects=1, time_entries=entries)
    line.world.quirks.throttle = style

    assert len(line.read("time_entries")) == entries

    calls = line.calls("/timelogs")
    assert {row["status"] for row in calls} == {200}
    assert line.slept <= 1.15 * len(calls) / limit * 120


def test_a_second_connector_learns_of_the_calls_before_it() -> None:
    line = sized(customers=1, projects=1, time_entries=11_000)
    line.world.quirks.throttle = "measured"
    for _ in range(2):
        line.connector = line.connect()
        line.read("time_entries")
    assert {row["status"] for row in line.calls("/timelogs")} == {200}


def test_what_changed_since_comes_with_one_call_per_project_and_kind() -> None:
    line = sized(customers=1, projects=3, time_entries=6000)
    since = line.world.now() - timedelta(days=1)
    everything = line.read("time_entries")
    changed = everything[0]
    line.world.clock.advance(60)
    line.world.edit("log.set", portal=line.world.main.id, id=int(changed.id), notes="changed")
    parents = [record.id for record in line.read("projects")]
    line.world.forget_requests()

    found = line.read("time_entries", since=since, parents=parents, known=len(everything))

    assert {row.id: row for row in found}[changed.id].fields["notes"] == "changed"
    assert len(found) < 100
    assert len(line.calls("/timelogs")) == 3 * len(parents)


def test_a_listing_survives_its_token_and_resumes_where_it_stopped() -> None:
    line = sized(customers=1, projects=1, time_entries=2000)
    pages = line.connector.pages(Query("time_entries", line.scope))
    first = next(pages)
    line.world.accounts.expire_access_tokens()
    pages.close()  # type: ignore[attr-defined]

    rest = list(line.connect().pages(Query("time_entries", line.scope), first.next_cursor))

    found = [row.id for page in [first, *rest] for row in page.records]
    assert len(found) == len(set(found)) == 2000


def test_a_revoked_permission_is_told_as_such() -> None:
    line = sized(customers=1, projects=1, time_entries=1)
    line.world.edit("grant.revoke")
    with pytest.raises(CredentialsRejected):
        line.connector.verify()


def test_revoking_from_here_ends_the_permission_there() -> None:
    line = sized(customers=1, projects=1, time_entries=1)
    ZohoProjects.revoke(line.endpoint, line.tokens, transport=line.transport)
    assert line.tokens.refresh_token not in line.world.accounts.refresh_tokens
