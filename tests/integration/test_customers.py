"""Customers: the list, a customer's page, and editing with contact persons."""

from __future__ import annotations

from itertools import chain
from typing import Any

import pytest
from sqlalchemy import event

from billing.transactions import start_blank
from extensions import db
from models import ContactPerson, Customer
from models.audit import Actor
from tests import factories as make

pytestmark = pytest.mark.usefixtures("plain_forms")


@pytest.fixture
def plain_forms(app: Any) -> None:
    """Forms without the hidden token; that it is asked for is tested with the sign-in."""
    app.config["WTF_CSRF_ENABLED"] = False


def fields(**changed: str) -> dict[str, str]:
    """What a browser sends for a customer."""
    return {"name": "Kestrel Books", "currency": "USD", "email": "", "payment_terms_days": ""} | changed


def names_on(page: str) -> list[str]:
    """Names in the order of the rows."""
    return [part.split("</bdi>")[0] for part in page.split('class="row-link"')[1:] for part in [part.split("<bdi>")[1]]]


def test_an_empty_list_says_what_to_do_next(browser_of: Any, people: Any) -> None:
    page = browser_of(people.bruno).get("/customers/").text

    assert "No customers yet" in page
    assert 'href="/customers/new"' in page


def test_a_search_that_fits_nothing_offers_to_clear_the_filter(browser_of: Any, people: Any) -> None:
    make.make_customer("Aurora Outdoor")

    page = browser_of(people.bruno).get("/customers/?q=zebra").text

    assert "Nothing fits this filter" in page
    assert "Aurora" not in page


def test_the_list_is_in_order_whatever_the_letters_case(browser_of: Any, people: Any) -> None:
    for name in ("Zürich Velo", "aurora", "Kestrel"):
        make.make_customer(name)

    page = browser_of(people.bruno).get("/customers/").text

    assert names_on(page) == ["aurora", "Kestrel", "Zürich Velo"]


@pytest.mark.parametrize("typed", ["KESTREL", "strel", "50%_off/kestrel"])
def test_a_search_takes_what_is_typed_literally(browser_of: Any, people: Any, typed: str) -> None:
    make.make_customer("50%_off/Kestrel")
    make.make_customer("Aurora")

    page = browser_of(people.bruno).get("/customers/", query_string={"q": typed}).text

    assert names_on(page) == ["50%_off/Kestrel"]


def test_inactive_customers_are_listed_when_asked_for(browser_of: Any, people: Any) -> None:
    make.make_customer("Gone", is_active=False)
    make.make_customer("Here")
    bruno = browser_of(people.bruno)

    assert names_on(bruno.get("/customers/").text) == ["Here"]
    assert names_on(bruno.get("/customers/?state=inactive").text) == ["Gone"]


def test_every_customer_is_on_exactly_one_page_forwards_and_backwards(browser_of: Any, people: Any) -> None:
    for number in range(120):
        make.make_customer(f"Customer {number % 60:03}")
    bruno = browser_of(people.bruno)

    forwards, url = [], "/customers/"
    while url:
        page = bruno.get(url).text
        forwards.append(rows_of(page))
        url = link_of(page, "next")
    backwards, url = [], "/customers/?at=end"
    while url:
        page = bruno.get(url).text
        backwards.append(rows_of(page))
        url = link_of(page, "prev")

    assert [len(part) for part in forwards] == [50, 50, 20]
    assert [len(part) for part in backwards] == [50, 50, 20]
    assert list(chain(*forwards)) == list(chain(*reversed(backwards)))
    assert len(set(chain(*forwards))) == 120


def rows_of(page: str) -> list[str]:
    """Addresses of the rows, in order."""
    return [part.split('href="')[1].split('"')[0] for part in page.split('class="row-link"')[1:]]


def link_of(page: str, rel: str) -> str:
    """Address behind *Next* or *Previous*; empty where there is none."""
    head, found, _tail = page.partition(f'rel="{rel}"')
    return head.rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&") if found else ""


def test_a_made_up_cursor_shows_the_first_page(browser_of: Any, people: Any) -> None:
    make.make_customer("Aurora")

    answer = browser_of(people.bruno).get("/customers/?at=AAAA&sort=password_hash")

    assert answer.status_code == 200
    assert names_on(answer.text) == ["Aurora"]


def test_htmx_gets_the_list_alone(browser_of: Any, people: Any) -> None:
    make.make_customer("Aurora")

    answer = browser_of(people.bruno).get("/customers/?q=aur", headers={"HX-Request": "true"})

    assert answer.text.lstrip().startswith('<div id="customers-list">')
    assert "HX-Request" in answer.headers["Vary"]


def test_a_list_page_takes_at_most_five_statements(browser_of: Any, people: Any) -> None:
    for _number in range(60):
        make.make_project(make.make_customer())
    bruno = browser_of(people.bruno)
    said: list[str] = []
    listener = lambda _c, _cur, sql, *_rest: said.append(sql)  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", listener)

    bruno.get("/customers/")

    event.remove(db.engine, "before_cursor_execute", listener)
    assert len([sql for sql in said if not sql.startswith(("BEGIN", "PRAGMA"))]) <= 5


@pytest.mark.both_databases
def test_a_customer_shows_unbilled_hours_and_receivables(browser_of: Any, people: Any) -> None:
    customer = make.make_customer("Aurora")
    project = make.make_project(customer)
    make.make_time_entry(project, seconds=5400)
    make.make_time_entry(project, seconds=3600, is_billable=False)
    make.make_time_entry(project, seconds=7200, billing_state="elsewhere")
    make.make_transaction(customer, number="INV-1", status="sent", total=250, balance=250)
    make.make_transaction(customer, status="draft", total=99, balance=99)
    make.make_transaction(customer, number="INV-2", status="void", total=70, balance=70)
    bruno = browser_of(people.bruno)

    for url in ("/customers/", f"/customers/{customer.id}"):
        page = bruno.get(url).text

        assert "1:30" in page
        assert "US$250.00" in page


def test_adding_a_customer_keeps_its_contact_persons_and_its_key(browser_of: Any, people: Any) -> None:
    form = fields(name="  Kestrel   Books ", email="office@kestrel.example") | {
        "contact_persons-0-first_name": "Carla", "contact_persons-0-email": "carla@kestrel.example",
        "contact_persons-1-first_name": "Ben", "contact_persons-1-is_primary": "y", "contact_persons-2-first_name": "",
    }  # fmt: skip

    answer = browser_of(people.bruno).post("/customers/new", data=form)

    customer = db.session.scalars(db.select(Customer)).one()
    assert answer.status_code == 303
    assert customer.name_key == "kestrel books"
    assert [(person.first_name, person.is_primary) for person in customer.contact_persons] == [
        ("Carla", False),
        ("Ben", True),
    ]


def test_a_wrong_form_loses_nothing_that_was_typed(browser_of: Any, people: Any) -> None:
    form = fields(name="", email="not an address", phone="+1 555 0100") | {"contact_persons-0-first_name": "Carla"}

    answer = browser_of(people.bruno).post("/customers/new", data=form)

    assert answer.status_code == 422
    assert "Give the customer a name." in answer.text
    assert all(f'value="{typed}"' in answer.text for typed in ("not an address", "+1 555 0100", "Carla"))
    assert db.session.scalar(db.select(db.func.count(Customer.id))) == 0


def test_one_more_contact_person_is_asked_for_without_saving(browser_of: Any, people: Any) -> None:
    form = fields() | {"contact_persons-0-first_name": "Carla", "more": "1"}

    answer = browser_of(people.bruno).post("/customers/new", data=form)

    assert answer.status_code == 200
    assert 'name="contact_persons-1-first_name"' in answer.text
    assert db.session.scalar(db.select(db.func.count(Customer.id))) == 0


def test_editing_changes_removes_and_adds_contact_persons(browser_of: Any, people: Any) -> None:
    customer = make.make_customer("Kestrel Books")
    stays = make.make_contact_person(customer, first_name="Old")
    goes = make.make_contact_person(customer, first_name="Gone", is_primary=False)
    foreign = make.make_contact_person(make.make_customer("Other"), first_name="Foreign")
    ids = [person.id for person in (stays, goes, foreign)]
    form = fields() | {
        "contact_persons-0-id": str(stays.id), "contact_persons-0-first_name": "New",
        "contact_persons-1-id": str(goes.id), "contact_persons-1-first_name": "Gone",
        "contact_persons-1-is_removed": "y",
        "contact_persons-2-id": str(foreign.id), "contact_persons-2-first_name": "Taken",
    }  # fmt: skip

    browser_of(people.bruno).post(f"/customers/{customer.id}/edit", data=form)

    kept = {person.id: person.first_name for person in db.session.scalars(db.select(ContactPerson))}
    assert (kept[ids[0]], kept.get(ids[1]), kept[ids[2]]) == ("New", None, "Foreign")
    assert [person.first_name for person in customer.contact_persons] == ["New", "Taken"]


def test_the_currency_stays_once_transactions_exist(browser_of: Any, people: Any) -> None:
    customer = make.make_customer("Kestrel Books")
    make.make_transaction(customer)

    answer = browser_of(people.bruno).post(f"/customers/{customer.id}/edit", data=fields(currency="EUR"))

    assert answer.status_code == 422
    assert "The currency stays USD" in answer.text
    assert db.session.get(Customer, customer.id).currency == "USD"


def test_what_a_sync_feeds_is_read_only(browser_of: Any, people: Any) -> None:
    make.make_integration()
    customer = make.make_customer("Kestrel Books", source="zoho_projects")
    bruno = browser_of(people.bruno)

    page = bruno.get(f"/customers/{customer.id}/edit").text
    bruno.post(f"/customers/{customer.id}/edit", data=fields(name="Mine now", tax_id="DE123"))

    assert "Zoho Projects fills in some of these fields" in page
    assert 'name="name"' not in page
    assert (customer.name, customer.tax_id) == ("Kestrel Books", "DE123")


@pytest.mark.req("P-59")
def test_after_the_integration_is_deleted_everything_can_be_edited(browser_of: Any, people: Any) -> None:
    make.make_integration(state="deleted")
    customer = make.make_customer("Kestrel Books", source="zoho_projects")

    browser_of(people.bruno).post(f"/customers/{customer.id}/edit", data=fields(name="Mine now"))

    assert customer.name == "Mine now"


def test_an_inactive_customer_is_not_offered_any_more(browser_of: Any, people: Any) -> None:
    customer = make.make_customer("Kestrel Books")
    bruno = browser_of(people.bruno)

    bruno.post(f"/customers/{customer.id}/deactivate")

    assert customer.is_active is False
    assert "Kestrel" not in bruno.get("/customers/options?q=kes").text
    assert "Kestrel" in bruno.get("/customers/options?q=kes&all=1").text


@pytest.mark.parametrize("tab", ["overview", "projects", "transactions", "timeline"])
def test_hostile_names_are_text_on_every_tab(browser_of: Any, people: Any, tab: str) -> None:
    evil = "<script>alert(1)</script>"
    customer = make.make_customer(evil, website="javascript:alert(1)", notes=evil)
    make.make_contact_person(customer, first_name=evil)
    make.make_project(customer, evil)

    page = browser_of(people.bruno).get(f"/customers/{customer.id}?tab={tab}").text

    assert evil not in page
    assert 'href="javascript' not in page


def test_timesheet_staff_see_no_customers(browser_of: Any, people: Any) -> None:
    customer = make.make_customer()
    tim = browser_of(people.tim)

    answers = [tim.get(url).status_code for url in ("/customers/", f"/customers/{customer.id}", "/customers/options")]

    assert answers == [403, 403, 403]


@pytest.mark.req("G-08")
def test_a_customer_may_have_any_number_of_quotes_and_invoices(browser_of: Any, people: Any) -> None:
    customer = make.make_customer("Kestrel Books")
    for number in range(120):
        start_blank(customer.id, Actor("person", "Olga Marsh"), None, ("quote", "invoice")[number % 2])
    bruno, rows, url = browser_of(people.bruno), 0, f"/customers/{customer.id}?tab=transactions"

    while url:
        page = bruno.get(url).text
        rows += len(rows_of(page))
        url = link_of(page, "next")

    assert rows == 120
