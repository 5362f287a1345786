"""Zoho CRM read: who is a customer, what belongs to a choice, and lists that lie, run out or are forbidden."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from connectors.base import Query, RemoteRecord, Verdict
from connectors.zoho_crm import ZohoCrm
from tests.unit.crm_kit import ORG, Crm

BOTH = {"record": "both"}
CONTACTS = {"record": "contacts"}


@pytest.fixture
def crm() -> Crm:
    return Crm()


@pytest.mark.req("C-10", "C-33")
def test_an_account_is_a_customer_with_its_addresses(crm: Crm) -> None:
    key = crm.account(
        "Zylker", Phone="555-1", Fax="555-2", Billing_City="Lisbon", Shipping_Street="Rua 1", Shipping_City="Porto",
        Shipping_Code="4000", Shipping_Country="Portugal",
    )  # fmt: skip

    (record,) = crm.read("customers")

    assert record.id == key == record.fields["customer"]
    assert record.fields["name"] == "Zylker"
    assert record.fields["currency"] == "USD"
    assert record.fields["shipping_address"] == "Rua 1\n4000 Porto\nPortugal"
    assert record.modified_at == datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    local = {ours: record.fields[theirs] for ours, theirs in (ZohoCrm.default_map("customers", {}) or {}).items()}
    assert local["phone"] == "555-1"
    assert local["fax"] == "555-2"
    assert local["city"] == "Lisbon"


@pytest.mark.req("C-11", "C-32", "C-34")
def test_with_contacts_as_customers_each_is_its_own_contact_person(crm: Crm) -> None:
    account = crm.account()
    key = crm.contact("Rao", account, First_Name="Asha", Salutation="Ms.", Email="asha@example.com", Mobile="555")

    (customer,) = crm.read("customers", options=CONTACTS)
    (person,) = crm.read("contact_persons", options=CONTACTS)

    assert (customer.id, customer.fields["name"], customer.fields["customer"]) == (key, "Asha Rao", key)
    assert person.fields["customer"] == key
    wanted = ZohoCrm.default_map("contact_persons", CONTACTS) or {}
    assert {ours: person.fields[theirs] for ours, theirs in wanted.items()} == {
        "salutation": "Ms.", "first_name": "Asha", "last_name": "Rao", "email": "asha@example.com", "phone": None,
        "mobile": "555",
    }  # fmt: skip


@pytest.mark.req("C-12", "C-13")
def test_with_both_a_contact_hangs_on_its_account_and_one_without_hangs_on_nobody(crm: Crm) -> None:
    account = crm.account()
    inside, outside = crm.contact("Rao", account), crm.contact("Moore")

    people = {row.id: row.fields["customer"] for row in crm.read("contact_persons", options=BOTH)}

    assert [row.id for row in crm.read("customers", options=BOTH)] == [account]
    assert people == {inside: account, outside: None}
    assert ZohoCrm.modules_for({}) == ("customers", "items", "deals")


@pytest.mark.req("C-14")
def test_contacts_without_an_account_are_customers_when_they_are_wanted(crm: Crm) -> None:
    options = BOTH | {"with_accountless": True}
    account = crm.account()
    crm.contact("Rao", account)
    alone = crm.contact("Moore", Mailing_City="Graz", Email="m@example.com")

    found = {row.id: row for row in crm.read("customers", options=options)}

    assert set(found) == {account, alone}
    wanted = ZohoCrm.default_map("customers", options) or {}
    assert found[alone].fields[wanted["city"]] == "Graz"
    assert found[alone].fields[wanted["email"]] == "m@example.com"
    assert {row.id: row.fields["customer"] for row in crm.read("contact_persons", options=options)}[alone] == alone


def view_of(crm: Crm, module: str, field: str, value: object) -> str:
    criteria = {"comparator": "equal", "field": {"api_name": field}, "type": "value", "value": value}
    made = crm.world.edit("crm.view", module=module, name=f"Only {value}", criteria=criteria)
    return str(made.id)


@pytest.mark.req("C-21")
def test_the_views_of_a_module_are_offered_and_one_selects_what_comes(crm: Crm) -> None:
    wanted, _other = crm.account("In", Industry="Travel"), crm.account("Out")
    view = view_of(crm, "Accounts", "Industry", "Travel")

    offered = crm.connector.views(ORG, "Accounts")

    assert {"All Accounts", "Only Travel"} <= {row.name for row in offered}
    assert [row.name for row in offered if row.is_default] == ["All Accounts"]
    assert [row.id for row in crm.read("customers", options={"views": {"Accounts": view}})] == [wanted]


@pytest.mark.req("C-22")
def test_with_both_views_only_their_intersection_comes(crm: Crm) -> None:
    inside, outside = crm.account("In", Industry="Travel"), crm.account("Out")
    wanted = crm.contact("Rao", inside, Department="Sales")
    crm.contact("Moore", inside)
    stranger = crm.contact("Lee", outside, Department="Sales")
    views = {
        "Accounts": view_of(crm, "Accounts", "Industry", "Travel"),
        "Contacts": view_of(crm, "Contacts", "Department", "Sales"),
    }
    options = BOTH | {"views": views}

    assert [row.id for row in crm.read("contact_persons", options=options)] == [wanted]
    found = crm.connector.get("contact_persons", ORG, stranger, {}, options)
    assert isinstance(found, RemoteRecord)
    assert found.fields["in_view"] is False


@pytest.mark.req("C-31")
def test_a_single_record_equals_its_row_in_the_list(crm: Crm) -> None:
    account = crm.account()
    crm.contact("Rao", account)
    crm.add("Products", Product_Name="Desk", Unit_Price=12.5)
    crm.add("Deals", Deal_Name="Big", Account_Name=int(account))

    for module in ZohoCrm.modules_for(BOTH):
        (row,) = crm.read(module, options=BOTH)
        found = crm.connector.get(module, ORG, row.id, row.fields, BOTH)
        assert isinstance(found, RemoteRecord)
        assert found.fields.pop("in_view") is True
        assert found == row
        assert list(found.fields) == list(row.fields)


@pytest.mark.req("C-39")
def test_what_was_deleted_is_told_and_a_single_look_finds_it_gone(crm: Crm) -> None:
    gone, kept = crm.account("Gone"), crm.account("Kept")
    crm.world.clock.advance(3600)
    since = crm.world.now()
    crm.delete("Accounts", gone)
    crm.change("Accounts", kept, Phone="1")

    pages = list(crm.connector.pages(Query("customers", ORG, since=since)))

    assert [row.id for page in pages for row in page.records] == [kept]
    assert [key for page in pages for key in page.gone] == [gone]
    assert crm.connector.get("customers", ORG, gone, {}) is Verdict.GONE
    assert crm.connector.get("customers", ORG, "1", {}) is Verdict.GONE


def test_an_empty_answer_is_an_empty_list_and_nothing_new_is_one_too(crm: Crm) -> None:
    assert crm.read("customers") == []

    crm.account()
    crm.world.clock.advance(3600)

    assert crm.read("customers", since=crm.world.now()) == []
    assert {row["status"] for row in crm.calls("/crm/v8/Accounts")} <= {204, 304}


def test_beyond_two_thousand_records_a_token_leads_on_and_a_cursor_survives(crm: Crm) -> None:
    for number in range(2_250):
        crm.org.insert("Products", {"Product_Name": f"P{number}"}, crm.world.now())

    pages = list(crm.connector.pages(Query("items", ORG)))

    assert len({row.id for page in pages for row in page.records}) == 2_250
    again = crm.connect()
    rest = list(again.pages(Query("items", ORG), pages[10].next_cursor))
    assert len([row for page in rest for row in page.records]) == 50
    assert len(crm.calls("/crm/v8/Products")) == 13


def test_a_token_that_ran_out_begins_the_list_anew(crm: Crm) -> None:
    for number in range(2_250):
        crm.org.insert("Products", {"Product_Name": f"P{number}"}, crm.world.now())
    pages = list(crm.connector.pages(Query("items", ORG)))
    crm.world.clock.advance(25 * 3600)

    again = list(crm.connector.pages(Query("items", ORG), pages[10].next_cursor))

    assert len({row.id for page in again for row in page.records}) == 2_250


def test_a_row_that_is_poison_is_told_and_the_others_come(crm: Crm) -> None:
    bad, good = crm.account("Bad"), crm.account("Good")
    crm.org.records["Accounts"][int(bad)].raw = {"Modified_Time": "yesterday"}

    (page,) = list(crm.connector.pages(Query("customers", ORG)))

    assert [row.id for row in page.records] == [good]
    assert [row.id for row in page.unreadable] == [bad]
    assert "time of modification" in page.unreadable[0].problem


def test_a_wrong_value_in_an_unneeded_field_does_not_spoil_the_record(crm: Crm) -> None:
    key = crm.account("Odd")
    crm.org.records["Accounts"][int(key)].raw = {"Employees": "many"}

    (record,) = crm.read("customers")

    assert record.fields["Employees"] == "many"


@pytest.mark.req("D-05", "D-06")
def test_a_deal_hangs_on_an_account_or_a_contact_by_who_the_customers_are(crm: Crm) -> None:
    account = crm.account()
    person = crm.contact("Rao", account)
    crm.add(
        "Deals", Deal_Name="Big", Account_Name=int(account), Contact_Name=int(person), Amount=1200.5,
        Closing_Date="2026-12-24",
    )  # fmt: skip

    (deal,) = crm.read("deals", options=BOTH)
    (other,) = crm.read("deals", options=CONTACTS)
    del crm.org.modules["Deals"].fields["Probability"]
    crm.connector = crm.connect()
    (bare,) = crm.read("deals")

    assert (deal.fields["customer"], other.fields["customer"]) == (account, person)
    assert (deal.fields["Amount"], deal.fields["Probability"]) == (Decimal("1200.5"), 10)
    assert deal.fields["Closing_Date"] == date(2026, 12, 24)
    assert "Probability" not in bare.fields


def test_only_what_is_mapped_is_asked_for_where_that_is_said(crm: Crm) -> None:
    crm.account("Zylker", Phone="555", Industry="Travel")

    (record,) = crm.read("customers", options={"fields": {"customers": ["Phone"]}})

    assert record.fields["Phone"] == "555"
    assert "Industry" not in record.fields


def test_more_fields_than_fit_into_one_question_are_merged(crm: Crm) -> None:
    for number in range(40):
        crm.org.add_field("Accounts", f"Extra {number:02}", "text")
    key = crm.account("Zylker", Extra_39="last", Extra_00="first")

    (record,) = crm.read("customers")

    assert (record.id, record.fields["Extra_00"], record.fields["Extra_39"]) == (key, "first", "last")


@pytest.mark.req("C-29", "C-30")
def test_a_search_goes_by_account_name_or_by_first_and_last_name(crm: Crm) -> None:
    account = crm.account("Zylker Labs")
    person = crm.contact("Rao", account, First_Name="Asha", Email="asha@example.com")
    crm.contact("Moore", First_Name="Ben")

    by_account = crm.connector.search("customers", ORG, "Zylk", {})
    by_name = crm.connector.search("customers", ORG, "asha ra", CONTACTS)
    by_email = crm.connector.search("contact_persons", ORG, "asha@example.com", BOTH)

    assert [row.id for row in by_account] == [account]
    assert [row.id for row in by_name] == [person]
    assert [row.id for row in by_email] == [person]
    assert crm.connector.search("customers", ORG, "z", {}) == []


def test_pages_for_people_have_addresses_that_are_read_back() -> None:
    api = "https://www.zohoapis.eu"
    page = ZohoCrm.web_page(api, "org808", "customers", "5725767000000100300", {"kind": "contact"})
    deal = ZohoCrm.web_page(api, "org808", "deals", "5725767000000100322", {})

    assert page == "https://crm.zoho.eu/crm/org808/tab/Contacts/5725767000000100300"
    assert deal == "https://crm.zoho.eu/crm/org808/tab/Potentials/5725767000000100322"
    found = ZohoCrm.read_address(str(deal))
    assert found is not None
    assert (found.module, found.record_id) == ("deals", "5725767000000100322")
    assert ZohoCrm.page_origins("https://www.zohoapis.ca") == ("https://crm.zohocloud.ca",)
    assert ZohoCrm.page_origins("http://standin.test") == ()
    assert ZohoCrm.module_of("GET /crm/v8/Accounts/{id}") == "customers"
    assert ZohoCrm.module_of("GET /crm/v8/settings/fields") is None


def test_lists_are_asked_for_in_a_stable_order_and_credits_of_views_are_spent_only_on_views(crm: Crm) -> None:
    crm.account()

    crm.read("customers")

    (call,) = crm.calls("/crm/v8/Accounts")
    assert "sort_by=id" in json.dumps(call)
    assert "cvid" not in json.dumps(call)


def test_a_change_since_is_asked_for_by_the_header(crm: Crm) -> None:
    crm.account("Old")
    crm.world.clock.advance(7200)
    new = crm.account("New")

    found = crm.read("customers", since=crm.world.now() - timedelta(hours=1))

    assert [row.id for row in found] == [new]
