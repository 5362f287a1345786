"""The Finance tab: one project's money inside the project tool, and the same rows as on this side."""

from __future__ import annotations

import io
import json
import re
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from threading import Barrier

import pytest
from sqlalchemy import func, select

from billing.proof import proof
from billing.types import TYPES
from extensions import db
from models import Allocation, AuditEntry, FrameOrigin, Task, TimeEntry, Transaction, UserSession
from standin import create_standin
from tests import factories
from tests.browsing import send, words_of
from tests.integration.finance_kit import HOURLY, PLAIN, Side, at_tab, filled, newest
from tests.integration.test_access import address, rules


@pytest.fixture
def plain_forms(app):
    """Forms without the hidden token; the tests of tokens do without this."""
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def rebrand(organisation):
    """Two tasks, three entries of 4 h together, 100 an hour; no mail server."""
    customer = factories.make_customer("Aurora Outdoor")
    factories.make_contact_person(customer)
    project = factories.make_project(customer, "Rebrand")
    for number, seconds in enumerate((3600, 4000, 6800), start=1):
        task = factories.make_task(project, f"Step {number}")
        factories.make_time_entry(project, task_id=task.id, date=date(2026, 6, number), seconds=seconds)
    db.session.commit()
    return project


@pytest.fixture
def sides(people, browser_of, rebrand, plain_forms):
    """Petra inside the project tool, Bruno in Crossbill."""
    return {"tab": at_tab(browser_of(people.petra), rebrand), "here": Side(browser_of(people.bruno), rebrand)}


def listed_here(side: Side) -> str:
    return words_of(side.get(f"/projects/{side.project.id}?tab=transactions"))


def listed_in_tab(side: Side, type_key: str) -> str:
    return words_of(side.get(f"/tab/?tab={TYPES[type_key].path}"))


# ── What stands in the tab ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("T-04")
def test_the_tab_tells_whose_project_it_is_and_what_is_unbilled(sides):
    page = words_of(sides["tab"].get(""))

    assert "Rebrand Aurora Outdoor" in page
    assert "Unbilled US$400.00" in page
    assert "4:00 h since 1 Jun 2026" in page
    for kind in TYPES.values():
        assert kind.title_plural in page


@pytest.mark.req("T-04")
def test_every_link_and_form_of_the_tab_stays_behind_its_door(sides):
    tab = sides["tab"]
    draft = tab.make("invoice")
    wrong = []
    for path in ("", f"/invoices/new/from-project/{tab.project.id}", tab.path(draft), tab.path(draft, "edit"),
                 tab.path(draft, "send")):  # fmt: skip
        page = tab.get(path)
        assert page.status_code == 200
        found = re.findall(r'(?:href|action|formaction|src|hx-get|hx-post)="(/[^"]*)"', page.text)
        wrong += [url for url in found if not url.startswith((tab.door + "/", "/finance/sign-out"))]

    assert wrong == []


def test_the_list_of_a_long_project_is_paged(sides):
    tab = sides["tab"]
    for number in range(70):
        factories.make_transaction(
            tab.project.customer, project_id=tab.project.id, status="sent", number=f"INV-2026-{number:05}",
            date=date(2026, 1, 1) + timedelta(days=number),
        )  # fmt: skip
    db.session.commit()

    first = tab.get("/tab/?tab=invoices")
    rest = re.search(r'href="([^"]*[?&;]at=[^"]*)"', first.text)

    assert "INV-2026-00069" in first.text
    assert "INV-2026-00001" not in first.text
    assert rest is not None
    assert "INV-2026-00001" in tab.browser.get(rest[1].replace("&amp;", "&")).text


def test_turning_a_page_asks_for_the_rows_alone(sides):
    sides["tab"].make("invoice")

    piece = sides["tab"].get("/tab/?tab=invoices", headers={"HX-Request": "true"})

    assert piece.text.strip().startswith('<div id="finance-rows"')
    assert "US$400.00" in piece.text


def test_a_closed_project_offers_nothing_new(sides):
    tab = sides["tab"]
    tab.project.is_active = False

    page = words_of(tab.get(""))

    assert "New Transaction" not in page
    assert tab.post("/tab/quotes/start").status_code == 404


# ── Verbs × types, and both sides see the same at once ───────────────────────────────────────────────────────────


@pytest.mark.req("T-04", "T-05", "T-11")
@pytest.mark.parametrize("type_key", sorted(TYPES))
def test_what_is_made_in_the_tab_is_here_at_once(sides, type_key):
    made = sides["tab"].make(type_key)

    assert made.type == type_key
    assert "Draft" in listed_here(sides["here"])
    assert sides["here"].get(sides["here"].path(made)).status_code == 200


@pytest.mark.req("T-04", "T-05")
@pytest.mark.parametrize("type_key", HOURLY)
def test_what_is_made_here_is_in_the_tab_at_once(sides, type_key):
    made = sides["here"].make(type_key)

    assert "US$400.00" in listed_in_tab(sides["tab"], type_key)
    assert sides["tab"].get(sides["tab"].path(made)).status_code == 200


@pytest.mark.req("T-05", "T-11")
@pytest.mark.parametrize("type_key", sorted(TYPES))
def test_what_is_changed_in_the_tab_is_changed_here(sides, type_key):
    made = sides["tab"].make(type_key)

    answer = sides["tab"].change(made, reference="PO 4711")

    assert answer.location == sides["tab"].door + sides["tab"].path(made)
    assert "PO 4711" in words_of(sides["here"].get(sides["here"].path(made)))


@pytest.mark.req("T-05")
@pytest.mark.parametrize("type_key", sorted(TYPES))
def test_what_is_deleted_in_the_tab_is_gone_here_and_its_hours_are_unbilled(sides, type_key):
    tab = sides["tab"]
    made = tab.make(type_key)

    answer = tab.post(tab.path(made, "delete"))
    back = tab.browser.get(answer.location)

    assert back.location == f"{tab.door}/tab/?tab={TYPES[type_key].path}"
    assert "The draft was deleted." in words_of(tab.browser.get(back.location))
    assert sides["here"].get(sides["here"].path(made)).status_code == 404
    assert "No transactions for this project" in listed_here(sides["here"])
    db.session.expire_all()
    assert set(db.session.scalars(select(TimeEntry.billing_state))) == {"unbilled"}


@pytest.mark.req("T-05", "T-11")
def test_a_draft_is_marked_as_sent_from_the_tab_and_its_pdf_opens_there(sides):
    tab = sides["tab"]
    made = tab.make("invoice")

    tab.post(tab.path(made, "mark-sent"), data={"version": made.version})

    db.session.expire_all()
    assert made.number in listed_here(sides["here"])
    assert "Sent" in listed_in_tab(tab, "invoice")
    assert tab.get(tab.path(made, "pdf")).data.startswith(b"%PDF")
    assert tab.get(tab.path(made, "preview/1.svg")).status_code == 200


@pytest.mark.req("T-05")
def test_a_message_goes_out_from_the_tab(sides, organisation):
    organisation.mail_host, organisation.mail_from = "mail.example.com", "billing@brightline.example"
    tab = sides["tab"]
    made = tab.make("invoice")
    url = tab.path(made, "send")
    fields = filled(tab.get(url).text, tab.door + url)
    answer = tab.post(url, data=fields)

    assert answer.location == tab.door + tab.path(made)
    assert "is on its way to carla@customer.example" in words_of(tab.browser.get(answer.location))
    assert newest().number in listed_here(sides["here"])


@pytest.mark.req("R-12")
def test_what_a_person_does_in_the_tab_is_theirs_in_the_audit_log(sides, people):
    sides["tab"].make("invoice")

    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.verb == "invoice.started")).one()
    assert (entry.actor_kind, entry.actor, entry.actor_id) == ("person", "Petra Novak", people.petra.id)


# ── No hour twice, whichever side ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("T-08")
@pytest.mark.parametrize(("first", "second"), [("tab", "here"), ("here", "tab")])
def test_hours_billed_on_one_side_cannot_be_billed_on_the_other(sides, first, second):
    seen = sides[second].look()
    sides[first].make("invoice")

    answer = sides[second].bill(seen)

    assert answer.status_code == 422
    assert db.session.scalar(select(func.count()).select_from(Transaction)) == 1
    assert proof().is_right


@pytest.mark.req("T-08")
@pytest.mark.parametrize(("first", "second"), [("tab", "here"), ("here", "tab")])
def test_a_task_invoiced_on_one_side_cannot_be_invoiced_on_the_other(sides, first, second):
    task = db.session.scalars(select(Task.id).order_by(Task.id)).first()
    fields = PLAIN | {"item": f"task:{task}", "takes_hours": "y", "looked": "y"}
    path = f"/invoices/new/from-project/{sides['tab'].project.id}/items"

    answers = [sides[name].post(path, data=fields).status_code for name in (first, second)]

    assert answers == [303, 422]
    assert db.session.scalar(select(func.count()).select_from(Transaction)) == 1
    assert proof().is_right


@pytest.mark.req("T-08", "R-02")
@pytest.mark.both_databases
def test_both_sides_at_the_same_moment_make_one_invoice(sides):
    seen = {name: side.look() for name, side in sides.items()}
    crowd = [side for side in sides.values() for _ in range(3)]
    barrier = Barrier(len(crowd))
    db.session.remove()

    def one(side: Side) -> int:
        client = side.browser.application.test_client()
        for cookie in side.browser._cookies.values():
            client.set_cookie(cookie.key, cookie.value)
        barrier.wait(timeout=30)
        name = "tab" if side.door else "here"
        path = f"{side.door}/invoices/new/from-project/{project_id}"
        return client.post(path, data=seen[name]).status_code

    project_id = int(sides["tab"].door.rpartition("/")[2])
    with ThreadPoolExecutor(len(crowd)) as pool:
        answers = list(pool.map(one, crowd))

    assert sorted(answers) == [303] + [422] * 5
    live = select(func.count()).select_from(Allocation).where(Allocation.released_at.is_(None))
    assert db.session.scalar(live) == 3
    assert proof().is_right


@pytest.mark.req("T-08")
@pytest.mark.parametrize("seed", range(6))
def test_in_whatever_order_both_sides_bill_and_give_back_no_hour_is_on_two_invoices(sides, seed):
    dice = Random(seed)
    for _step in range(14):
        side = sides[dice.choice(["tab", "here"])]
        drafts = list(db.session.scalars(select(Transaction).where(Transaction.status == "draft")))
        issued = list(db.session.scalars(select(Transaction).where(Transaction.status.in_(("issued", "sent")))))
        wish = dice.choice(["bill", "bill", "delete", "mark-sent", "void"])
        if wish == "bill":
            url = f"/invoices/new/from-project/{side.project.id}"
            if f'action="{side.door + url}"' in side.get(url, query_string={"layout": "task"}).text:
                side.bill()
        elif wish == "void" and issued:
            side.post(side.path(dice.choice(issued), "void"), data={"reason": "A mistake"})
        elif wish in ("delete", "mark-sent") and drafts:
            side.post(side.path(dice.choice(drafts), wish))
        db.session.expire_all()
        live = select(func.count()).where(Allocation.released_at.is_(None)).group_by(Allocation.time_entry_id)
        assert set(db.session.scalars(live)) <= {1}
        assert proof().is_right


# ── From the remote app's ids ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("T-04", "T-11")
def test_the_remote_apps_ids_lead_to_the_project(people, browser_of, rebrand):
    integration = factories.make_integration()
    factories.make_link(integration, "projects", remote_id="1817452000000100777", local_id=rebrand.id)
    db.session.commit()

    answer = browser_of(people.petra).get("/finance/zoho_projects/60014242/1817452000000100777")

    assert answer.status_code == 303
    assert answer.location == f"/finance/project/{rebrand.id}/tab/"


def _kept_out(integration):
    factories.make_link(
        integration, "projects", remote_id="5", outcome="failed", reason="PRJ-NO-PRIMARY", detail={"name": "Rebrand"}
    )


CAUSES = {
    "not connected": (None, None, "Crossbill is not connected with Zoho Projects."),
    "disabled": ({"state": "disabled"}, None, "The connection with Zoho Projects is disabled"),
    "another portal": ({"scope_id": "1", "scope_name": "Elsewhere"}, None, "connected with another portal: Elsewhere"),
    "not seen": ({}, None, "Crossbill does not know this project yet."),
    "kept out": ({}, _kept_out, "has no primary customer in Zoho Projects"),
}


@pytest.mark.req("T-04", "P-53")
@pytest.mark.parametrize("cause", sorted(CAUSES))
def test_a_project_that_is_not_here_says_why_and_what_to_do(people, browser_of, db_session, cause):
    values, more, sentence = CAUSES[cause]
    if values is not None:
        integration = factories.make_integration(**values)
        if more:
            more(integration)
    db_session.commit()

    answer = browser_of(people.petra).get("/finance/zoho_projects/60014242/5")

    page = words_of(answer)
    assert answer.status_code == 404
    assert "This project is not in Crossbill" in page
    assert sentence in page
    assert "Set a primary customer" in page or cause != "kept out"


# ── Who it is ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_stranger_signs_in_inside_the_frame_and_comes_back(app, people, rebrand):
    browser = app.test_client()
    turned_away = browser.get(f"/finance/project/{rebrand.id}")
    assert turned_away.location == f"/finance/sign-in?next=%2Ffinance%2Fproject%2F{rebrand.id}%2Ftab%2F"

    form = browser.get(turned_away.location)
    assert 'action="/finance/sign-in"' in form.text
    answer = send(browser, turned_away.location, {"email": people.petra.email, "password": factories.PASSWORD,
                  "next": f"/finance/project/{rebrand.id}/tab/"}, to="/finance/sign-in")  # fmt: skip

    assert answer.location == f"/finance/project/{rebrand.id}/tab/"
    assert "Rebrand" in words_of(browser.get(answer.location))


def test_signing_in_inside_the_frame_opens_nothing_else_and_can_be_ended(app, people, browser_of, rebrand):
    browser = app.test_client()
    send(browser, "/finance/sign-in", {"email": people.petra.email, "password": factories.PASSWORD})
    door = f"/finance/project/{rebrand.id}"
    assert browser.get(door).status_code == 200
    assert browser.get("/").status_code == 303
    assert browser.get(f"/projects/{rebrand.id}").location.startswith("/sign-in")

    hers = browser_of(people.petra)
    assert "Finance tab" in words_of(hers.get("/account"))
    row = db.session.scalars(select(UserSession).where(UserSession.is_framed)).one()
    send(hers, "/account", {}, to=f"/account/sessions/{row.id}/end")

    assert browser.get(door).location.startswith("/finance/sign-in")


def test_a_frames_token_in_the_browsers_own_cookie_opens_nothing(app, people, rebrand):
    browser = app.test_client()
    send(browser, "/finance/sign-in", {"email": people.olga.email, "password": factories.PASSWORD})
    token = browser.get_cookie("crossbill_session_tab").value
    other = app.test_client()
    other.set_cookie("crossbill_session", token)

    assert other.get("/").status_code == 303


def test_signing_out_inside_the_frame_ends_that_session_only(app, people, browser_of, rebrand):
    browser = browser_of(people.petra)
    framed = app.test_client()
    send(framed, "/finance/sign-in", {"email": people.petra.email, "password": factories.PASSWORD})

    send(framed, f"/finance/project/{rebrand.id}", {}, to="/finance/sign-out")

    assert framed.get(f"/finance/project/{rebrand.id}").status_code == 303
    assert browser.get("/").status_code == 200


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_signing_in_inside_the_frame_leads_nowhere_else(app, people, target):
    answer = send(app.test_client(), "/finance/sign-in", {
        "email": people.petra.email, "password": factories.PASSWORD, "next": target,
    })  # fmt: skip

    assert "evil" not in answer.location


class TestOverTLS:
    """Cookies as browsers get them from an installation behind https."""

    @pytest.fixture
    def config(self, config):
        return replace(config, base_url="https://billing.example.com")

    def test_the_frames_cookies_are_partitioned_and_bound_to_the_host(self, app, people, rebrand):
        browser = app.test_client()
        secure = {"base_url": "https://billing.example.com"}
        page = browser.get("/finance/sign-in", **secure)
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)[1]
        fields = {"email": people.petra.email, "password": factories.PASSWORD, "csrf_token": token}
        answer = browser.post(
            "/finance/sign-in",
            data=fields,
            headers={"Referer": "https://billing.example.com/finance/sign-in"},
            **secure,
        )

        cookies = page.headers.getlist("Set-Cookie") + answer.headers.getlist("Set-Cookie")
        names = {cookie.partition("=")[0] for cookie in cookies}
        assert answer.status_code == 303
        assert names == {"__Host-crossbill_tab", "__Host-crossbill_session_tab"}
        for cookie in cookies:
            parts = set(cookie.split("; ")[1:])
            assert {"Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/"} <= parts

    def test_ordinary_cookies_stay_lax(self, app, people):
        page = app.test_client().get("/sign-in", base_url="https://billing.example.com")

        for cookie in page.headers.getlist("Set-Cookie"):
            assert cookie.startswith("__Host-crossbill=")
            assert "SameSite=Lax" in cookie
            assert "Partitioned" not in cookie


def test_over_plain_http_the_frames_cookies_are_lax(app, people):
    for cookie in app.test_client().get("/finance/sign-in").headers.getlist("Set-Cookie"):
        assert cookie.startswith("crossbill_tab=")
        assert "SameSite=Lax" in cookie


def test_a_form_token_of_an_ordinary_page_is_no_use_in_the_frame(people, browser_of, rebrand):
    browser = browser_of(people.petra)
    elsewhere = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get("/account").text)[1]
    inside = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get(f"/finance/project/{rebrand.id}").text)[1]
    start = f"/finance/project/{rebrand.id}/tab/quotes/start"

    assert browser.post(start).status_code == 400
    assert browser.post(start, data={"csrf_token": elsewhere}).status_code == 400
    assert browser.post(start, data={"csrf_token": inside}).status_code == 303


# ── Who may show it ──────────────────────────────────────────────────────────────────────────────────────────────


def ancestors(answer) -> str:
    return re.search(r"frame-ancestors ([^;]*);", answer.headers["Content-Security-Policy"])[1]


@pytest.fixture
def shown_by_zoho(db_session):
    factories.make_integration(api_url="https://projectsapi.zoho.eu")
    db_session.add(FrameOrigin(origin="https://board.example.com"))
    db_session.commit()


def test_only_pages_of_the_tab_may_be_framed_and_only_by_allowed_places(
    app, people, browser_of, rebrand, shown_by_zoho
):
    browser, door = browser_of(people.olga), f"/finance/project/{rebrand.id}"
    wrong = []
    for rule in rules(app, "GET"):
        answer = browser.get(address(app, rule), buffered=True)
        policy = answer.headers["Content-Security-Policy"]
        is_tab = rule.rule.startswith("/finance/")
        if not is_tab and "frame-ancestors 'none'" not in policy and "sandbox" not in policy:
            wrong.append(rule.rule)
    allowed = "'self' https://projects.zoho.eu https://board.example.com"

    assert wrong == []
    assert ancestors(browser.get(door)) == allowed
    assert ancestors(browser.get(f"{door}/invoices/99999")) == allowed
    assert ancestors(browser.get("/finance/zoho_projects/1/2")) == allowed
    assert ancestors(app.test_client().get("/finance/sign-in")) == allowed


def test_without_a_connection_nobody_may_frame_the_tab(people, browser_of, rebrand):
    assert ancestors(browser_of(people.olga).get(f"/finance/project/{rebrand.id}")) == "'none'"


def test_a_disabled_connection_may_not_show_the_tab(people, browser_of, rebrand):
    factories.make_integration(api_url="https://projectsapi.zoho.com", state="disabled")
    db.session.commit()

    assert ancestors(browser_of(people.olga).get(f"/finance/project/{rebrand.id}")) == "'none'"


PAGE = "/settings/integrations/finance-tab"


def test_an_owner_allows_a_place_and_takes_it_off_again(people, browser_of, rebrand):
    browser = browser_of(people.olga)

    send(browser, PAGE, {"origin": "https://Board.Example.com:443/"}, to=f"{PAGE}/origins")
    assert "https://board.example.com may show the Finance tab now." in words_of(browser.get(PAGE))
    assert "https://board.example.com" in ancestors(browser.get(f"/finance/project/{rebrand.id}"))
    row = db.session.scalars(select(FrameOrigin)).one()
    send(browser, PAGE, {}, to=f"{PAGE}/origins/{row.id}/remove")

    assert ancestors(browser.get(f"/finance/project/{rebrand.id}")) == "'none'"
    verbs = list(db.session.scalars(select(AuditEntry.verb).where(AuditEntry.verb.like("finance_tab.%"))))
    assert verbs == ["finance_tab.origin_added", "finance_tab.origin_removed"]


@pytest.mark.parametrize("text", [
    "*", "https://*", "https://*.com", "http://board.example.com", "https://board.example.com/path", "'self'",
    "https://a.example; script-src *", "javascript:alert(1)", "https://user@a.example", "",
])  # fmt: skip
def test_what_is_no_place_is_refused_and_kept_in_the_field(people, browser_of, text):
    answer = send(browser_of(people.olga), PAGE, {"origin": text}, to=f"{PAGE}/origins")

    assert answer.status_code == 422
    assert db.session.scalars(select(FrameOrigin)).all() == []


@pytest.mark.parametrize("is_allowed", [True, False])
def test_ones_own_machine_may_show_it_only_where_private_addresses_are_allowed(
    app, people, browser_of, organisation, is_allowed
):
    app.config["CROSSBILL"] = replace(app.config["CROSSBILL"], allow_private_remotes=False)
    organisation.allow_private_remotes = is_allowed

    answer = send(browser_of(people.olga), PAGE, {"origin": "http://localhost:8400"}, to=f"{PAGE}/origins")

    assert answer.status_code == (303 if is_allowed else 422)


# ── What is installed ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("T-04")
def test_the_download_is_an_extension_that_knows_this_installation(people, browser_of):
    answer = browser_of(people.olga).get(f"{PAGE}/extension.zip")

    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        names = set(archive.namelist())
        manifest = json.loads(archive.read("plugin-manifest.json"))
        filled_in = archive.read("app/address.js").decode()
    assert answer.mimetype == "application/zip"
    assert {"plugin-manifest.json", "app/index.html", "app/finance.js", "app/icon.png"} <= names
    assert manifest["service"] == "PROJECTS"
    assert manifest["whiteListedDomains"] == ["http://127.0.0.1:8000"]
    widget = manifest["modules"]["widgets"][0]
    assert widget["location"] == "project_tab"
    assert widget["url"].removeprefix("/") in names
    assert widget["icon"].removeprefix("/") in names
    assert filled_in == 'window.CROSSBILL_ADDRESS = "http://127.0.0.1:8000";\n'


def test_the_page_says_how_to_install_it_and_offers_to_try(people, browser_of, rebrand):
    integration = factories.make_integration(api_url="https://projectsapi.zoho.com")
    factories.make_link(integration, "projects", remote_id="77", local_id=rebrand.id)
    db.session.commit()

    answer = browser_of(people.olga).get(PAGE)

    page = words_of(answer)
    assert "sigma.zoho.com" in page
    assert "https://projects.zoho.com" in page
    assert 'href="/finance/zoho_projects/60014242/77"' in answer.text
    assert "Zoho Projects shows https pages only" in page


@pytest.mark.req("T-04")
def test_the_stand_in_shows_the_tab_as_zoho_projects_would(standin):
    remote = create_standin(standin.world).test_client()
    project = standin.world.edit("project.add", name="Rebrand")
    assert "Finance" not in remote.get(f"/projects/{project.id}").text

    remote.post("/_standin/frame", json={"url": "http://127.0.0.1:8000/finance/zoho_projects/{portal}/{project}"})

    assert f'href="/projects/{project.id}/finance"' in remote.get(f"/projects/{project.id}").text
    framed = f'src="http://127.0.0.1:8000/finance/zoho_projects/60014242/{project.id}"'
    assert framed in remote.get(f"/projects/{project.id}/finance").text
