"""What is no longer listed: asked for once more, held while a person should look first, and gone at the end."""

from __future__ import annotations

import pytest

from billing.transactions import TimeChoice, start_from_time
from connectors.base import RemoteRecord
from extensions import db
from models import Link, Project, Task, TimeEntry
from sync import connection, engine
from sync.invariants import broken_invariants
from sync.modules import MODULES
from sync.removal.verdict import link_of, suspects_of
from tests.syncing import TEST, Portal, counts

pytestmark = pytest.mark.both_databases


@pytest.fixture
def website(portal: Portal) -> dict[str, str]:
    """A synced project with a task and an unbilled hour."""
    client = portal.client("Zylker Inc")
    project = portal.project("Website relaunch", client)
    task = portal.task(project, "Design")
    ids = {"client": client, "project": project, "task": task, "log": portal.log(project, task)}
    portal.sync()
    return ids


def release(portal: Portal) -> None:
    """A person lets the held removals go on, and the run is performed."""
    run, is_new = connection.release_removals(portal.integration, TEST)
    db.session.commit()
    assert is_new
    done = engine.perform(run.id)
    assert done is not None
    assert done.state == "ok", done.message


@pytest.mark.req("P-43")
def test_a_project_that_nothing_hangs_on_goes_with_its_tasks(portal: Portal) -> None:
    client = portal.client()
    project = portal.project("Short lived", client)
    task = portal.task(project, "Design")
    portal.sync()
    local_id = portal.local(Project, "projects", project).id

    portal.edit("project.trash", id=project)
    run = portal.sync()

    assert counts(run, "projects") == {"removed": 1}
    assert db.session.get(Project, local_id) is None
    assert portal.local(Task, "tasks", task) is None
    assert not broken_invariants()


@pytest.mark.req("M-07", "P-43")
def test_a_project_with_unbilled_hours_waits_for_a_person_and_its_hours_with_it(
    portal: Portal, website: dict[str, str]
) -> None:
    portal.edit("project.trash", id=website["project"])

    run = portal.sync()

    assert portal.local(Project, "projects", website["project"]) is not None
    assert portal.entry(website["log"]).billing_state == "unbilled"
    held = {(link.module, link.remote_id) for link in portal.held()}
    assert held == {("projects", website["project"]), ("tasks", website["task"]), ("time_entries", website["log"])}
    message = next(module.message for module in run.modules if module.module == "projects")
    assert "1 record is no longer listed" in message


@pytest.mark.req("M-07")
def test_what_a_person_releases_goes_children_first(portal: Portal, website: dict[str, str]) -> None:
    portal.edit("project.trash", id=website["project"])
    portal.sync()

    release(portal)

    assert portal.local(Project, "projects", website["project"]) is None
    assert portal.entry(website["log"]) is None
    assert not portal.held()
    assert not broken_invariants()


@pytest.mark.req("M-07")
def test_held_removals_release_themselves_when_the_records_return(portal: Portal, website: dict[str, str]) -> None:
    portal.edit("project.trash", id=website["project"])
    portal.sync()
    since = {link.missing_since for link in portal.held()}

    portal.edit("project.restore", id=website["project"])
    portal.sync("quick")

    assert since
    assert None not in since
    assert not portal.held()
    assert portal.entry(website["log"]).billing_state == "unbilled"


@pytest.mark.req("M-07")
def test_a_record_that_is_there_after_all_is_not_removed_by_a_release(portal: Portal, website: dict[str, str]) -> None:
    portal.edit("project.trash", id=website["project"])
    portal.sync()
    portal.edit("project.restore", id=website["project"])

    release(portal)

    assert portal.local(Project, "projects", website["project"]) is not None
    assert not portal.held()


@pytest.mark.req("M-07")
def test_a_third_of_the_projects_vanishing_at_once_waits(portal: Portal) -> None:
    client = portal.client()
    projects = [portal.project(f"Project {number}", client) for number in range(70)]
    portal.sync()

    portal.edit("project.trash_many", count=30)
    run = portal.sync()

    assert counts(run, "projects").get("removed", 0) == 0
    assert len(portal.held()) == 30
    assert all(portal.local(Project, "projects", project) is not None for project in projects)


@pytest.mark.req("P-43")
def test_a_project_with_a_transaction_stays_inactive_and_is_not_asked_for_again(
    portal: Portal, website: dict[str, str]
) -> None:
    project = portal.local(Project, "projects", website["project"])
    start_from_time(TimeChoice((project.id,)), TEST)
    db.session.commit()
    portal.edit("project.trash", id=website["project"])
    portal.sync()
    release(portal)

    again = portal.sync()

    project = portal.local(Project, "projects", website["project"])
    assert project is not None
    assert not project.is_active
    assert portal.entry(website["log"]).remote_change == "removed"
    assert counts(again, "projects").get("removed", 0) == 0
    assert not broken_invariants()


@pytest.mark.req("E-03")
def test_a_kept_out_record_that_is_gone_leaves_the_error_summary(portal: Portal) -> None:
    orphan = portal.project("Orphan")
    portal.sync()
    assert portal.link("projects", orphan).reason == "PRJ-NO-PRIMARY"

    portal.edit("project.trash", id=orphan)
    portal.sync()

    link = portal.link("projects", orphan)
    assert (link.outcome, link.reason, link.is_waiting) == ("deleted", None, False)
    assert not broken_invariants()


@pytest.mark.req("M-01")
def test_a_preview_foretells_removals_and_what_would_wait(portal: Portal, website: dict[str, str]) -> None:
    empty = portal.project("Short lived", website["client"])
    portal.sync()
    portal.edit("project.trash", id=empty)
    portal.edit("project.trash", id=website["project"])

    preview = portal.sync("preview")

    assert counts(preview, "projects") == {"removed": 1}
    assert preview.result["modules"]["projects"]["held"] == 1
    assert portal.local(Project, "projects", empty) is not None
    assert db.session.scalar(db.select(db.func.count()).where(Link.missing_since.is_not(None))) == 0


@pytest.mark.req("M-07")
def test_one_entry_deleted_in_the_remote_goes_without_asking_anybody(portal: Portal, website: dict[str, str]) -> None:
    portal.edit("log.delete", id=website["log"])

    portal.sync()

    assert portal.entry(website["log"]) is None
    assert db.session.scalar(db.select(db.func.count()).select_from(TimeEntry)) == 0


@pytest.mark.req("R-09")
def test_hours_of_every_kind_are_asked_for_as_what_they_are_before_they_count_as_gone(
    portal: Portal, website: dict[str, str]
) -> None:
    bug = portal.edit("issue.add", project=website["project"], name="Menu overlaps")
    general = portal.log(website["project"])
    of_bug = portal.log(website["project"], type="issue", item=bug)
    portal.sync()
    module = MODULES["time_entries"]

    own, database = portal.integration.id, db.session.connection()
    links = [link_of(database, own, "time_entries", log) for log in (website["log"], general, of_bug)]
    suspects = suspects_of(database, own, module, links)
    with connection.open_connector(portal.integration) as connector:
        found = [connector.get(module.key, portal.integration.scope_id, one.remote_id, one.hints) for one in suspects]

    assert [type(one) for one in found] == [RemoteRecord] * 3
