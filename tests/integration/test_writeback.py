"""The page *Tell Zoho Projects*: the switch, what was told, what waits and why, and the permission it needs."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import event

from billing import transactions
from extensions import db
from models import AuditEntry, Outbox
from sync import connection
from sync.outbox import writeback
from tests.browsing import words_of
from tests.integration.connecting import PAGE, come_back, consent, set_up, the_integration
from tests.telling import OLGA, Teller, teller, the_note

WRITE_BACK = f"{PAGE}/write-back"
SCOPE = "ZohoProjects.status.CREATE"


@pytest.fixture(autouse=True)
def _no_tokens(app: Any) -> None:
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def told(standin: Any, organisation: Any) -> Teller:
    return teller(standin)


@pytest.fixture
def browser(people: Any, browser_of: Any) -> Any:
    return browser_of(people.olga)


def save(browser: Any, mode: str = "feed", **values: str) -> Any:
    return browser.post(WRITE_BACK, data={"mode": mode, **values})


@pytest.mark.req("T-04")
def test_telling_is_off_until_somebody_chooses_it(told, browser):
    told.portal.integration.settings = {"preferences_chosen": True}
    db.session.commit()

    page = browser.get(WRITE_BACK)

    chosen = re.findall(r"<input[^>]*type=.radio.[^>]*>", page.text)
    assert [box for box in chosen if "checked" in box and 'value="off"' in box]
    assert "Nothing is told Switch it on above" in words_of(page)


@pytest.mark.req("T-04", "R-12")
def test_the_switch_is_kept_and_audited(told, browser):
    told.portal.integration.settings = {"preferences_chosen": True}
    db.session.commit()

    answer = save(browser, with_amounts="1")

    assert answer.status_code == 303
    assert writeback.mode_of(the_integration()) == "feed"
    assert writeback.tells_amounts(the_integration())
    entry = db.session.scalars(db.select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert (entry.actor, entry.verb, entry.after["write_back"]) == (
        "Olga Marsh",
        "integration.settings_changed",
        "feed",
    )


def test_a_choice_that_does_not_exist_is_refused_beside_the_field(told, browser):
    answer = browser.post(WRITE_BACK, data={"mode": "shout"})

    assert answer.status_code == 422
    assert writeback.mode_of(the_integration()) == "feed"


@pytest.mark.req("T-04")
def test_the_page_lists_what_was_told_with_a_way_to_it(told, browser):
    invoice = told.invoice()
    told.tell()

    page = browser.get(WRITE_BACK)

    assert "Invoice INV-2026-00001 was issued (Olga Marsh)." in words_of(page)
    assert "Told" in words_of(page)
    assert f'href="/invoices/{invoice.id}"' in page.text
    assert "Website" in words_of(page)


@pytest.mark.req("P-53")
def test_what_is_parked_says_why(told, browser):
    told.portal.integration.state = "disabled"
    told.invoice()
    told.tell()

    page = words_of(browser.get(WRITE_BACK))

    assert "Nothing is told at the moment The integration is disabled." in page
    assert "Parked The integration is disabled. What still holds is told once it is enabled again." in page


@pytest.mark.req("T-04")
def test_the_list_follows_while_something_is_under_way(told, browser):
    told.invoice()
    waiting = browser.get(WRITE_BACK, headers={"HX-Request": "true"})
    told.tell()
    done = browser.get(WRITE_BACK, headers={"HX-Request": "true"})

    assert waiting.text.lstrip().startswith('<div id="writeback-notes"')
    assert "every 4s" in waiting.text
    assert "every 4s" not in done.text


@pytest.mark.req("R-12")
def test_a_note_that_failed_can_be_tried_again(told, browser):
    told.trouble(kind="status", status=403, title="FORBIDDEN")
    invoice = told.invoice()
    told.tell()
    told.calm()
    page = browser.get(WRITE_BACK)
    assert "Try again" in words_of(page)
    assert "may not post to the feed" in words_of(page)

    answer = browser.post(f"{WRITE_BACK}/{the_note(invoice).id}/retry")
    told.tell()

    assert answer.status_code == 303
    assert the_note(invoice).state == "done"
    again = browser.post(f"{WRITE_BACK}/{the_note(invoice).id}/retry")
    assert again.status_code == 303
    assert "has not failed" in words_of(browser.get(WRITE_BACK))


def test_a_note_of_somewhere_else_cannot_be_tried(told, browser):
    invoice = told.invoice()
    told.projects[0].source = "zoho_crm"
    db.session.commit()

    assert browser.post(f"{WRITE_BACK}/{the_note(invoice).id}/retry").status_code == 404
    assert browser.post(f"{WRITE_BACK}/999999/retry").status_code == 404


@pytest.mark.req("T-04")
def test_a_missing_permission_offers_update_credentials_and_try_again(told, browser):
    grant = told.portal.standin.world.accounts
    grant.refresh_tokens[grant.default_refresh_token].scopes = ("ZohoProjects.portals.READ",)
    invoice = told.invoice()
    told.tell()
    page = browser.get(WRITE_BACK)
    assert "Update credentials" in words_of(page)
    assert f'href="{PAGE}/credentials"' in page.text

    grant.refresh_tokens[grant.default_refresh_token].scopes = ("ZohoProjects.status.ALL",)
    grant.expire_access_tokens()
    assert browser.post(f"{WRITE_BACK}/retry").status_code == 303

    assert the_note(invoice).state == "pending"
    assert "Nothing waits for a permission." in words_of(browser.post(f"{WRITE_BACK}/retry", follow_redirects=True))


@pytest.mark.req("T-04")
def test_the_permission_is_asked_for_only_once_telling_is_on(standin, people, browser):
    set_up(browser, standin, until="preview")
    assert SCOPE not in connection.requested_scopes("zoho_projects")
    assert SCOPE not in scopes_asked(browser)
    assert SCOPE not in words_of(browser.get(f"{PAGE}/authorise"))

    page = save(browser, follow="1")

    assert page.status_code == 303
    assert "update the credentials" in words_of(browser.get(WRITE_BACK))
    assert SCOPE in scopes_asked(browser)
    assert SCOPE in words_of(browser.get(f"{PAGE}/authorise"))


@pytest.mark.req("P-36")
def test_after_authorising_again_nothing_is_missing(standin, people, browser):
    set_up(browser, standin, until="preview")
    save(browser)
    assert writeback.missing_scopes(the_integration()) == [SCOPE, "ZohoProjects.status.READ"]

    come_back(browser, consent(standin, browser))

    assert writeback.missing_scopes(the_integration()) == []


def scopes_asked(browser: Any) -> list[str]:
    address = urlsplit(browser.get(f"{PAGE}/authorise/start").location)
    return parse_qs(address.query)["scope"][0].split(",")


@pytest.mark.req("T-04")
def test_the_details_page_leads_there(told, browser):
    assert f'href="{WRITE_BACK}"' in browser.get(PAGE).text


def test_staff_may_not_see_what_is_told(told, people, browser_of):
    assert browser_of(people.bruno).get(WRITE_BACK).status_code == 403
    assert browser_of(people.bruno).post(WRITE_BACK, data={"mode": "off"}).status_code == 403


@pytest.mark.both_databases
def test_a_long_list_costs_few_statements_and_goes_on(told, browser):
    for _ in range(12):
        told.draft()
    row = db.session.scalars(db.select(Outbox).limit(1)).one()
    for number in range(60):
        db.session.add(Outbox(subject_id=10_000 + number, event="issued", project_id=row.project_id, actor="Olga",
                              actor_kind="person", payload=row.payload, state="dropped"))  # fmt: skip
    db.session.commit()
    statements: list[str] = []
    listen = lambda *args: statements.append(args[2])  # noqa: E731
    browser.get(WRITE_BACK)
    event.listen(db.engine, "before_cursor_execute", listen)
    try:
        page = browser.get(WRITE_BACK)
    finally:
        event.remove(db.engine, "before_cursor_execute", listen)

    assert "50 of 72" in words_of(page)
    lists = [line for line in statements if "FROM outbox" in line or 'FROM "outbox"' in line]
    assert len(lists) <= 3, "the page, its count, and whether a permission was refused"
    older = page.text.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert "22 of 72" in words_of(browser.get(older))
    assert browser.get(f"{WRITE_BACK}?at=bm90LWEtY3Vyc29y").status_code == 200


@pytest.mark.req("P-53")
def test_verbs_work_while_the_integration_is_disabled(told, browser):
    told.portal.integration.state = "disabled"
    db.session.commit()
    invoice = told.invoice()

    transactions.void(invoice, "Wrong", OLGA)
    db.session.commit()

    assert invoice.status == "void"
    assert the_note(invoice).event == "voided"
