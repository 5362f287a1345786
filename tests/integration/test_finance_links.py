"""Links to the Finance tab: what they open, to whom, for how long; and every page of the tab × everybody."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from billing.types import TYPES
from blueprints.access import PERMISSIONS, permission_of
from blueprints.finance_tab.frame import RIGHTS
from extensions import db, limiter, utcnow
from models import AuditEntry, Expense, FinanceLink, Transaction
from models.one_time_links import token_hash
from tests import factories
from tests.browsing import send, words_of
from tests.integration.finance_kit import at_tab, by_link, filled, make_expense, newest
from tests.integration.test_access import rules

#: areas whose pages stand in the tab too
FRAMED = ("transactions", "expenses")
#: pages of them that show or start things of all projects; in the tab they are shut, or its own list takes their place
SHUT = {"transactions.new", "transactions.start_blank", "expenses.convert", "expenses.export", "transactions.export"}
LISTS = {"transactions.index", "expenses.index"}


@pytest.fixture(autouse=True)
def _plain_forms(app):
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def works(people):
    """Two projects of one customer, each with an hour, a draft with a line, and an expense."""
    customer = factories.make_customer("Aurora Outdoor")
    return [_work(customer, name) for name in ("Rebrand", "Website")]


def _work(customer, name):
    project = factories.make_project(customer, name)
    factories.make_time_entry(project, date=date(2026, 6, 1))
    draft = factories.make_transaction(customer, project_id=project.id, reference=f"{name} reference")
    line = factories.make_line(draft, project_id=project.id)
    expense = make_expense(project)
    return {"project": project, "transaction_id": draft.id, "line_id": line.id, "expense_id": expense.id}


def addresses(app, work, method):
    """Return (endpoint, permission, path) of every page of the framed areas, about the things of one project."""
    samples = {"project_id": work["project"].id, "message_id": 999_999, "attachment_id": 999_999, "page": 1, **work}
    found = []
    for rule in rules(app, method):
        if rule.endpoint.partition(".")[0] not in FRAMED:
            continue
        values = {name: samples.get(name) for name in rule.arguments}
        for name, kind in rule._converters.items():
            if type(kind).__name__ == "AnyConverter":
                values[name] = "invoices" if "invoices" in kind.items else sorted(kind.items)[0]
        with app.test_request_context():
            path = rule.build({**values, **(rule.defaults or {})})[1]
        found.append((rule.endpoint, permission_of(app, rule.endpoint), path))
    return [*found, *_of_the_tab(method)]


def _of_the_tab(method):
    if method == "GET":
        return [("finance_tab.overview", "transactions.view", "/tab/")]
    return [("finance_tab.start", "transactions.edit", "/tab/invoices/start")]


def expected(endpoint, permission, rights):
    """Return the statuses that are right for who has these rights at this project's door."""
    if endpoint in SHUT:
        return {404}
    if endpoint in LISTS:
        return {303}
    return {200, 204, 303, 404, 409, 422} if permission in rights else {403}


def wrong_answers(app, side, work, method, right):
    wrong = []
    for endpoint, permission, path in addresses(app, work, method):
        answer = side.browser.open(side.door + path, method=method, buffered=True)
        if answer.status_code not in right(endpoint, permission):
            wrong.append(f"{method} {path}: {answer.status_code}")
    return wrong


VISITORS = ("nobody", "link", "link to edit", "link to view", "link of another project", "expired link",
            "revoked link", "link of somebody who left", "staff", "timesheet")  # fmt: skip


def visitor(app, people, browser_of, works, who):
    """Return the side of this visitor and what is right for them, by endpoint and permission."""
    mine, other = works[0]["project"], works[1]["project"]
    browser = app.test_client()
    if who == "nobody":
        return at_tab(browser, mine), lambda _endpoint, _permission: {303}
    if who == "staff":
        rights = RIGHTS["send"] | {"transactions.void"}
        return at_tab(browser_of(people.bruno), mine), lambda e, p: expected(e, p, rights)
    if who == "timesheet":
        return at_tab(browser_of(people.tim), mine), lambda _endpoint, _permission: {403}
    if who == "link of another project":
        inside = {"finance_tab.overview", "finance_tab.start", "expenses.new"}
        return by_link(browser, other, people.olga.id), lambda e, _p: {200, 303, 422} if e in inside | LISTS else {404}
    reach = who.removeprefix("link to ") if who.startswith("link to ") else "send"
    side = by_link(browser, mine, people.olga.id, reach)
    link = db.session.scalars(select(FinanceLink).order_by(FinanceLink.id.desc())).first()
    if who == "expired link":
        link.expires_at = utcnow() - timedelta(seconds=1)
    elif who == "revoked link":
        link.revoked_at = utcnow()
    elif who == "link of somebody who left":
        people.olga.status = "inactive"
    else:
        return side, lambda e, p: expected(e, p, RIGHTS[reach])
    db.session.commit()
    return side, lambda _endpoint, _permission: {404}


@pytest.mark.req("T-04")
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("who", VISITORS)
def test_every_page_of_the_tab_opens_for_whom_it_should_and_for_nobody_else(
    app, people, browser_of, works, who, method
):
    side, right = visitor(app, people, browser_of, works, who)

    assert wrong_answers(app, side, works[0], method, right) == []
    if method == "POST" and right("transactions.save", "transactions.edit") in ({404}, {303}, {403}):
        draft = db.session.get(Transaction, works[0]["transaction_id"], populate_existing=True)
        assert (draft.status, draft.version) == ("draft", 1)


def test_a_page_of_the_tab_is_made_for_each_permission_of_the_table():
    assert set().union(*RIGHTS.values()) | {"transactions.void"} <= PERMISSIONS["staff"]


@pytest.mark.parametrize("field", ["onto", "project_id", "customer_id"])
def test_a_form_in_the_tab_names_nothing_of_another_project(app, people, works, field):
    mine, other = works
    side = by_link(app.test_client(), mine["project"], people.olga.id)
    strange = {"onto": other["transaction_id"], "project_id": other["project"].id,
               "customer_id": factories.make_customer().id}[field]  # fmt: skip
    url = f"/invoices/new/from-project/{mine['project'].id}"
    before = db.session.scalar(select(db.func.count()).select_from(Transaction))

    assert side.get(url, query_string={field: strange}).status_code == 404
    assert side.post(url, data={"layout": "task", "rounding": "none", field: strange}).status_code == 404
    assert db.session.scalar(select(db.func.count()).select_from(Transaction)) == before


def test_a_project_is_not_chosen_by_its_name_in_the_tab(app, people, works):
    side = by_link(app.test_client(), works[0]["project"], people.olga.id)

    answer = side.post(f"/invoices/{works[0]['transaction_id']}/edit", data={"project_id_text": "Website"})

    assert answer.status_code == 404


@pytest.mark.req("T-05")
def test_an_expense_from_the_tab_belongs_to_its_project_whatever_the_form_says(app, people, works):
    side = by_link(app.test_client(), works[0]["project"], people.olga.id)
    before = {expense["expense_id"] for expense in works}

    side.post("/expenses/new", data={
        "date": "2026-06-05", "category": "Travel", "amount": "80", "currency": "USD", "tax_id": "0",
        "tax_mode": "included", "paid_by_id": "0", "is_billable": "y", "description": "Train to the client",
    })  # fmt: skip

    made = db.session.scalars(select(Expense).where(Expense.id.not_in(before))).one()
    assert made.project_id == works[0]["project"].id
    assert "Train to the client" in words_of(side.get("/tab/?tab=expenses"))


@pytest.mark.req("T-05", "T-04")
def test_an_expense_is_changed_and_deleted_in_the_tab_and_here_at_once(app, people, browser_of, works):
    tab, here = at_tab(browser_of(people.petra), works[0]["project"]), browser_of(people.bruno)
    expense = f"/expenses/{works[0]['expense_id']}"
    page = tab.get(f"{expense}/edit").text
    fields = filled(
        page.replace('<form class="form" method="post" enctype', '<form action="E" method="post" enctype'), "E"
    )
    tab.post(f"{expense}/edit", data=fields | {"description": "Hotel in Ulm"})
    assert "Hotel in Ulm" in words_of(here.get(expense))

    gone = tab.post(f"{expense}/delete")

    assert here.get(expense).status_code == 404
    assert tab.browser.get(gone.location).location == f"{tab.door}/tab/?tab=expenses"


def test_other_projects_of_the_customer_are_not_named_in_the_tab(app, people, works):
    side = by_link(app.test_client(), works[0]["project"], people.olga.id)

    pages = [side.get(path) for path in ("/tab/", f"/invoices/new/from-project/{works[0]['project'].id}",
                                         f"/invoices/{works[0]['transaction_id']}/edit")]  # fmt: skip

    assert [page.status_code for page in pages] == [200, 200, 200]
    assert not any("Website" in page.text for page in pages)
    assert "Bruno Keller" not in side.get("/expenses/new").text


def test_who_has_a_link_does_not_see_a_bill_that_is_for_other_projects_too(app, people, browser_of, works):
    factories.make_line(db.session.get(Transaction, works[0]["transaction_id"]), position=2,
                        project_id=works[1]["project"].id)  # fmt: skip
    db.session.commit()
    link = by_link(app.test_client(), works[0]["project"], people.olga.id)
    person = at_tab(browser_of(people.bruno), works[0]["project"])
    path = f"/invoices/{works[0]['transaction_id']}"

    assert link.get(path).status_code == 404
    assert "Nothing here yet" in words_of(link.get("/tab/?tab=invoices"))
    assert person.get(path).status_code == 200


def test_the_door_of_a_link_leads_to_no_other_page(app, people, works):
    side = by_link(app.test_client(), works[0]["project"], people.olga.id)

    for path in ("/projects/", f"/projects/{works[0]['project'].id}", "/customers/", "/settings/", "/audit/",
                 "/search/", "/account", "/time/", "/finance/zoho_projects/1/2", "/sign-in"):  # fmt: skip
        assert side.get(path).status_code == 404, path


# ── Making, showing once, revoking ───────────────────────────────────────────────────────────────────────────────


def made_link(browser, project, **fields):
    """Make a link on the project's page; gives its path and the page that showed it."""
    url = f"/projects/{project.id}/finance-links"
    answer = browser.post(url, data={"label": "Petra's board", "reach": "edit", "days": "7"} | fields)
    page = browser.get(answer.location).text
    return re.search(r"http://127\.0\.0\.1:8000(/finance/link/[\w-]+)/tab/", page)[1], url


def test_a_link_is_shown_once_kept_as_a_hash_and_opens_the_tab(app, people, browser_of, works):
    browser, project = browser_of(people.ada), works[0]["project"]

    path, url = made_link(browser, project)

    link = db.session.scalars(select(FinanceLink)).one()
    token = path.rpartition("/")[2]
    assert link.token_hash == token_hash(token)
    assert token not in browser.get(url).text
    assert timedelta(days=6, hours=23) < link.expires_at - utcnow() <= timedelta(days=7)
    page = words_of(app.test_client().get(path))
    assert "Rebrand" in page
    assert "Opened by the link “Petra's board”" in page


@pytest.mark.req("R-12")
def test_what_is_done_by_a_link_names_the_link_and_its_maker(app, people, browser_of, works):
    path, _url = made_link(browser_of(people.ada), works[0]["project"])

    app.test_client().post(f"{path}/tab/quotes/start")

    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.verb == "quote.started")).one()
    assert newest().type == "quote"
    assert (entry.actor_kind, entry.actor_id) == ("remote user", None)
    assert entry.actor == "Finance tab link “Petra's board” of Ada Byrne"


def test_a_revoked_link_opens_nothing_from_the_next_click_on(app, people, browser_of, works):
    browser = browser_of(people.ada)
    path, url = made_link(browser, works[0]["project"])
    visitor = app.test_client()
    assert visitor.get(path).status_code == 200
    link = db.session.scalars(select(FinanceLink)).one()
    assert link.last_used_at is not None

    browser.post(f"{url}/{link.id}/revoke")

    answer = visitor.get(path)
    assert answer.status_code == 404
    assert "This link opens nothing" in words_of(answer)
    assert "Revoked" in words_of(browser.get(url))
    verbs = list(db.session.scalars(select(AuditEntry.verb).where(AuditEntry.verb.like("finance_link.%"))))
    assert verbs == ["finance_link.made", "finance_link.revoked"]


def test_a_link_falls_when_its_maker_may_make_links_no_longer(app, people, browser_of, works):
    path, _url = made_link(browser_of(people.ada), works[0]["project"])

    people.ada.role = "staff"
    db.session.commit()

    assert app.test_client().get(path).status_code == 404


def test_wrong_expired_and_revoked_links_look_alike(app, people, works):
    project, visitor = works[0]["project"], app.test_client()
    sides = [by_link(visitor, project, people.olga.id) for _ in range(2)]
    expired, revoked = db.session.scalars(select(FinanceLink).order_by(FinanceLink.id)).all()
    expired.expires_at, revoked.revoked_at = utcnow() - timedelta(days=1), utcnow()
    db.session.commit()

    answers = [visitor.get(side.door) for side in sides] + [visitor.get("/finance/link/" + "x" * 43)]

    assert {answer.status_code for answer in answers} == {404}
    assert len({words_of(answer) for answer in answers}) == 1


def test_guessing_links_is_stopped(app, client):
    app.config["RATELIMIT_ENABLED"] = True
    limiter.init_app(app)
    limiter.reset()
    try:
        answers = [client.get(f"/finance/link/{'guess':x<30}{number}").status_code for number in range(22)]
    finally:
        limiter.reset()
        limiter.enabled = False

    assert answers[:20] == [404] * 20
    assert answers[20:] == [429] * 2


def test_only_who_may_make_links_sees_the_page(people, browser_of, works):
    url = f"/projects/{works[0]['project'].id}/finance-links"

    assert browser_of(people.ada).get(url).status_code == 200
    assert browser_of(people.bruno).get(url).status_code == 403
    assert browser_of(people.bruno).post(url, data={"label": "x", "reach": "send", "days": "90"}).status_code == 403


@pytest.mark.parametrize("fields", [{"label": ""}, {"reach": "void"}, {"days": "3650"}])
def test_a_link_that_makes_no_sense_is_not_made(people, browser_of, works, fields):
    url = f"/projects/{works[0]['project'].id}/finance-links"

    answer = browser_of(people.ada).post(url, data={"label": "Board", "reach": "view", "days": "7"} | fields)

    assert answer.status_code == 422
    assert db.session.scalars(select(FinanceLink)).all() == []


def test_another_projects_link_is_not_revoked_from_here(people, browser_of, works):
    browser = browser_of(people.ada)
    made_link(browser, works[0]["project"])
    link = db.session.scalars(select(FinanceLink)).one()

    answer = browser.post(f"/projects/{works[1]['project'].id}/finance-links/{link.id}/revoke")

    assert answer.status_code == 404
    db.session.refresh(link)
    assert link.revoked_at is None


def test_the_forms_of_a_link_ask_for_their_token(app, people, works):
    app.config["WTF_CSRF_ENABLED"] = True
    side = by_link(app.test_client(), works[0]["project"], people.olga.id)

    assert side.post("/tab/quotes/start").status_code == 400
    assert send(side.browser, side.door + "/tab/", {}, to=f"{side.door}/tab/quotes/start").status_code == 303


def test_a_view_only_link_shows_no_button_that_it_may_not_use(app, people, works):
    side = by_link(app.test_client(), works[0]["project"], people.olga.id, "view")

    page = words_of(side.get("/tab/")) + words_of(side.get(f"/invoices/{works[0]['transaction_id']}"))

    for words in ("New Transaction", "Save and send", "Delete draft", "Mark as sent"):
        assert words not in page


def test_each_type_is_known_to_the_tab(app, people, works):
    side = by_link(app.test_client(), works[0]["project"], people.olga.id)
    page = side.get("/tab/").text

    for kind in TYPES.values():
        assert f"/tab/?tab={kind.path}" in page
