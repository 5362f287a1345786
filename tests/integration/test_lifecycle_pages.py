"""The pages that disable, re-enable and delete an integration."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from extensions import db, utcnow
from models import Integration, Project, SyncRun, UserSession
from sync import connection, engine
from tests.integration.connecting import HOME, PAGE, set_up, text_of
from tests.integration.test_lifecycle import self_client_code
from tests.syncing import TEST, connect


@pytest.fixture(autouse=True)
def _plain_posts(app):
    """Tests post without the token; that it is asked for everywhere is tested once for all routes."""
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def browser(browser_of, olga):
    return browser_of(olga)


@pytest.fixture
def portal(organisation, standin):
    found = connect(standin)
    project = found.project(client=found.client(email="office@zylker.example"))
    found.ids = {"project": project, "log": found.log(project, found.task(project))}
    found.sync()
    return found


def state_of() -> str:
    db.session.rollback()
    return db.session.scalars(db.select(Integration)).one().state


@pytest.mark.req("P-50")
def test_disabling_asks_first_and_names_what_stops_and_what_stays(browser, portal):
    page = text_of(browser.get(f"{PAGE}/disable"))

    assert "Syncing, by itself and with Instant Sync." in page
    assert "do not reach the Finance tab" in page
    assert "All customers, projects, tasks and hours" in page
    assert state_of() == "active"
    assert f'href="{PAGE}/disable"' in browser.get(PAGE).text


@pytest.mark.req("P-50", "P-51")
def test_a_disabled_integration_says_so_and_offers_no_sync(browser, portal):
    answer = browser.post(f"{PAGE}/disable")

    page = browser.get(PAGE)
    assert (answer.status_code, state_of()) == (303, "disabled")
    assert "This integration is disabled" in text_of(page)
    assert "Nothing has been synced since" in text_of(page)
    assert f'action="{PAGE}/sync"' not in page.text
    assert f'href="{PAGE}/enable"' in page.text
    assert "Disabled" in text_of(browser.get(f"{HOME}/"))


@pytest.mark.req("P-51")
def test_instant_sync_of_a_disabled_integration_starts_nothing(browser, portal):
    browser.post(f"{PAGE}/disable")
    runs = db.session.scalar(db.select(db.func.count(SyncRun.id)))

    answer = browser.post(f"{PAGE}/sync", follow_redirects=True)

    assert "not active, so nothing is synced" in text_of(answer)
    assert db.session.scalar(db.select(db.func.count(SyncRun.id))) == runs


def test_while_the_last_sync_ends_the_page_says_so(browser, portal):
    run, _is_new = connection.enqueue(portal.integration, "quick", "instant", TEST)
    run.state = "running"
    db.session.commit()

    answer = browser.post(f"{PAGE}/disable", follow_redirects=True)

    assert state_of() == "disabling"
    assert "The sync that is going on ends first" in text_of(answer)
    assert "This integration is being disabled" in text_of(answer)


@pytest.mark.req("P-54", "P-56")
def test_re_enabling_starts_a_sync_by_itself(browser, portal):
    browser.post(f"{PAGE}/disable")
    late = portal.log(portal.ids["project"])
    assert "Brightline Studio" in text_of(browser.get(f"{PAGE}/enable"))

    answer = browser.post(f"{PAGE}/enable", follow_redirects=True)
    engine.perform_next()

    assert "is active again" in text_of(answer)
    assert portal.entry(late) is not None
    assert "Re-enabled" in text_of(browser.get(f"{PAGE}/history"))


@pytest.mark.req("P-55", "PORTAL-MISMATCH")
def test_another_portal_is_refused_with_the_way_out(browser, portal, monkeypatch):
    browser.post(f"{PAGE}/disable")
    portal.integration.scope_id = "4711"

    answer = browser.post(f"{PAGE}/enable")

    assert answer.status_code == 422
    assert "no longer owns the portal" in text_of(answer)
    assert "Delete and connect new" in text_of(answer)
    assert state_of() == "disabled"


@pytest.mark.req("P-54")
def test_a_withdrawn_access_leads_to_update_credentials(browser, portal, standin):
    browser.post(f"{PAGE}/disable")
    standin.world.edit("grant.revoke")

    answer = browser.post(f"{PAGE}/enable")

    assert answer.status_code == 422
    assert "Update the credentials, then re-enable." in text_of(answer)
    assert f'href="{PAGE}/credentials"' in answer.text


@pytest.mark.req("P-58", "P-59")
def test_deleting_names_in_numbers_what_stays(browser, portal):
    page = text_of(browser.get(f"{PAGE}/delete"))

    assert "Customers 1" in page
    assert "Projects 1" in page
    assert "in 1 time entries" in page
    assert "Transactions 0" in page
    assert "found again instead of doubled" in page
    assert f'href="{PAGE}/delete"' in browser.get(PAGE).text


@pytest.mark.req("P-58")
def test_deleting_needs_the_portals_name_and_a_wrong_one_changes_nothing(browser, portal):
    answer = browser.post(f"{PAGE}/delete", data={"portal": "Brightline", "snapshot": "1"})

    assert answer.status_code == 422
    assert "exactly as it is shown" in text_of(answer)
    assert 'value="Brightline"' in answer.text
    assert state_of() == "active"


@pytest.mark.req("P-58", "P-60", "M-20")
def test_deleting_makes_a_backup_first_says_where_and_lets_go(browser, portal, standin, config):
    answer = browser.post(
        f"{PAGE}/delete", data={"portal": "Brightline Studio", "snapshot": "1"}, follow_redirects=True
    )

    [backup] = (config.data_folder / "backups").glob("*.tar.gz")
    assert backup.name in text_of(answer)
    assert "before-deleting-zoho-projects" in backup.name
    assert state_of() == "deleted"
    assert any("revoke" in row["path"] for row in standin.world.requests)
    assert "Not connected" in text_of(browser.get(f"{HOME}/"))
    assert browser.get(PAGE).status_code == 404


def test_who_wants_no_backup_gets_none(browser, portal, config):
    browser.post(f"{PAGE}/delete", data={"portal": "Brightline Studio"})

    assert state_of() == "deleted"
    assert not (config.data_folder / "backups").exists()


@pytest.mark.req("M-20")
def test_without_room_for_the_backup_nothing_is_deleted(browser, portal, monkeypatch):
    def full(label):
        raise OSError("No space left on device")

    monkeypatch.setattr("archive.snapshot", full)

    answer = browser.post(f"{PAGE}/delete", data={"portal": "Brightline Studio", "snapshot": "1"})

    assert answer.status_code == 422
    assert "No backup could be made, so nothing was deleted" in text_of(answer)
    assert state_of() == "active"


@pytest.mark.req("P-58")
def test_deleting_asks_for_the_password_again(browser, portal, db_session):
    db_session.execute(db.update(UserSession).values(confirmed_at=utcnow() - timedelta(hours=1)))

    answer = browser.post(f"{PAGE}/delete", data={"portal": "Brightline Studio", "snapshot": "1"})

    assert answer.status_code == 422
    assert "Enter your password once more" in text_of(answer)
    assert state_of() == "active"


@pytest.mark.req("P-59")
def test_a_project_of_a_deleted_integration_is_edited_like_one_of_ours(browser, portal):
    project = portal.local(Project, "projects", portal.ids["project"])
    path = f"/projects/{project.id}/edit"
    assert "comes from Zoho Projects" in text_of(browser.get(path)) or "Zoho Projects" in text_of(browser.get(path))

    browser.post(f"{PAGE}/delete", data={"portal": "Brightline Studio"})

    page = browser.get(path)
    assert "Zoho Projects" not in text_of(page)
    fields = {"name": "Ours now", "billing_method": "project_hours", "is_active": "1",
              "customer_id": str(project.customer_id), "customer_id_text": project.customer.name}  # fmt: skip
    assert browser.post(path, data=fields).status_code == 303
    db.session.refresh(project)
    assert project.name == "Ours now"
    assert browser.get("/projects/new").status_code == 200


@pytest.mark.req("P-59", "P-61")
def test_an_entry_of_a_deleted_integration_can_be_deleted_and_no_link_leads_to_it(browser, portal):
    entry = portal.entry(portal.ids["log"])
    assert browser.post(f"/time/{entry.id}/delete").status_code != 500
    assert portal.entry(portal.ids["log"]) is not None
    browser.post(f"{PAGE}/delete", data={"portal": "Brightline Studio"})

    browser.post(f"/time/{entry.id}/delete")

    assert portal.link("time_entries", portal.ids["log"]).local_id is None


@pytest.mark.req("G-05")
def test_after_deleting_the_card_offers_connect_again(browser, portal):
    browser.post(f"{PAGE}/delete", data={"portal": "Brightline Studio"})

    assert browser.get(f"{PAGE}/connect").status_code == 200


@pytest.mark.req("P-61", "M-17")
def test_an_earlier_connection_is_listed_with_its_links_and_found_again(browser, portal, standin):
    browser.post(f"{PAGE}/delete", data={"portal": "Brightline Studio"})

    page = browser.get(f"{HOME}/")
    [file] = re.findall(r'href="([^"]+/links/[0-9]+[.]json)"', page.text)
    assert "Connected before" in text_of(page)
    assert browser.get(file, buffered=True).get_json()["portal"]["name"] == "Brightline Studio"

    set_up(browser, standin, "authorise")
    code = self_client_code(standin)
    browser.post(f"{PAGE}/authorise", data={"code": code})
    answer = browser.post(f"{PAGE}/portal", data={"scope_id": portal.integration.scope_id}, follow_redirects=True)

    assert "was connected before" in text_of(answer)
