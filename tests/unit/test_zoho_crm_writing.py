"""Zoho CRM written: each record's own answer, nobody's change overwritten, and answers that were lost."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from connectors.base import Change, Channel, PageLink, Target, WriteOutcome
from connectors.errors import CredentialsRejected, RecordRefused, ReplyLost
from connectors.zoho_crm import ZohoCrm
from connectors.zoho_crm.sending import split_name
from standin.world.accounts import Code
from tests.unit.crm_kit import BASE, ORG, Crm

BOTH = {"record": "both"}
CONTACTS = {"record": "contacts"}


@pytest.fixture
def crm() -> Crm:
    return Crm()


class Losing:
    """Passes calls on, but the answers to writes get lost on the way back."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self.app = app

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        found = self.app(environ, start_response)
        if environ["REQUEST_METHOD"] == "POST" and "/crm/" in environ["PATH_INFO"]:
            raise httpx2.ReadError("the line broke")
        return found


@pytest.mark.req("C-02", "C-16")
def test_new_records_go_out_together_and_belong_to_the_connected_person(crm: Crm) -> None:
    changes = [
        Change(f"c{number}", None, {"name": f"Zylker {number}", "Billing_City": "Graz"}) for number in range(120)
    ]

    found = crm.write("customers", *changes)

    assert {answer.outcome for answer in found.values()} == {WriteOutcome.DONE}
    key = found["c7"].record_id
    assert crm.value("Accounts", str(key), "Account_Name") == "Zylker 7"
    assert crm.value("Accounts", str(key), "Billing_City") == "Graz"
    assert crm.org.records["Accounts"][int(str(key))].owner == crm.org.me.id
    assert len(crm.calls("/crm/v8/Accounts", "POST")) == 2


def test_each_record_of_a_mixed_lot_has_its_own_answer(crm: Crm) -> None:
    there = crm.contact("Rao", Email="asha@example.com")
    changes = (
        Change("good", None, {"First_Name": "Ben", "Last_Name": "Moore"}),
        Change("long", None, {"Last_Name": "x" * 81}),
        Change("empty", None, {"First_Name": "Ben"}),
        Change("twin", None, {"Last_Name": "Rao", "Email": "asha@example.com"}),
    )

    found = crm.write("contact_persons", *changes, **BOTH)

    assert found["good"].outcome is WriteOutcome.DONE
    assert (found["long"].outcome, found["long"].field) == (WriteOutcome.REFUSED, "Last_Name")
    assert "longer than the 80 characters" in found["long"].problem
    assert "needs “Last Name”" in found["empty"].problem
    assert (found["twin"].outcome, found["twin"].record_id) == (WriteOutcome.DUPLICATE, there)


def test_a_lot_of_which_nothing_was_taken_is_an_answer_too(crm: Crm) -> None:
    found = crm.write("contact_persons", Change("a", None, {"First_Name": "Ben"}), **BOTH)

    assert found["a"].outcome is WriteOutcome.REFUSED


@pytest.mark.req("M-08")
def test_what_somebody_changed_there_meanwhile_is_not_overwritten(crm: Crm) -> None:
    key = crm.account("Zylker", Phone="1")
    seen = crm.world.now()
    crm.world.clock.advance(60)
    crm.change("Accounts", key, Phone="2")

    late = crm.write("customers", Change("a", key, {"Phone": "3"}, expected=seen))["a"]
    fresh = crm.write("customers", Change("a", key, {"Phone": "3"}, expected=crm.world.now()))["a"]

    assert late.outcome is WriteOutcome.CHANGED_SINCE
    assert fresh.outcome is WriteOutcome.DONE
    assert crm.value("Accounts", key, "Phone") == "3"


def test_a_record_that_went_is_told_as_gone(crm: Crm) -> None:
    key = crm.account()
    crm.delete("Accounts", key)

    assert crm.write("customers", Change("a", key, {"Phone": "3"}))["a"].outcome is WriteOutcome.GONE


@pytest.mark.req("C-12")
def test_a_contact_person_is_put_under_its_account(crm: Crm) -> None:
    account = crm.account()
    change = Change("p", None, {"First_Name": "Asha", "Last_Name": "Rao", "customer": account})

    key = crm.write("contact_persons", change, **BOTH)["p"].record_id

    assert crm.value("Contacts", str(key), "Account_Name") == int(account)


@pytest.mark.req("C-11")
def test_a_customer_becomes_a_contact_where_contacts_are_the_customers(crm: Crm) -> None:
    change = Change("c", None, {"name": "Ludwig van Beethoven", "Email": "l@example.com"})

    key = str(crm.write("customers", change, **CONTACTS)["c"].record_id)

    assert crm.value("Contacts", key, "First_Name") == "Ludwig"
    assert crm.value("Contacts", key, "Last_Name") == "van Beethoven"


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("Asha Rao", "Asha", "Rao"),
        ("Rao, Asha", "Asha", "Rao"),
        ("Cher", None, "Cher"),
        ("Ana Maria Costa", "Ana Maria", "Costa"),
        ("Alder & Finch Bakery", None, "Alder & Finch Bakery"),
        ("Zylker Labs GmbH", None, "Zylker Labs GmbH"),
    ],
)
def test_a_name_is_split_into_first_and_last(name: str, first: str | None, last: str) -> None:
    assert split_name(name) == {"First_Name": first, "Last_Name": last}


@pytest.mark.req("C-50")
def test_an_item_goes_out_with_its_price_and_a_unit_that_is_not_offered_is_left_out(crm: Crm) -> None:
    good = Change("a", None, {"Product_Name": "Desk", "Unit_Price": Decimal("19.99"), "Usage_Unit": "hour"})
    odd = Change("b", None, {"name": "Chair", "Usage_Unit": "fortnight"})

    found = crm.write("items", good, odd)

    desk, chair = str(found["a"].record_id), str(found["b"].record_id)
    assert crm.value("Products", desk, "Unit_Price") == 19.99
    assert crm.value("Products", desk, "Usage_Unit") == "Hours"
    assert crm.value("Products", chair, "Product_Name") == "Chair"


def test_deals_are_never_written(crm: Crm) -> None:
    key = crm.add("Deals", Deal_Name="Big")
    crm.world.forget_requests()

    assert crm.write("deals", Change("d", key, {"Amount": 1}))["d"].outcome is WriteOutcome.REFUSED
    assert crm.calls() == []
    assert crm.connector.capabilities("deals").writes == frozenset()


def test_a_lost_answer_is_looked_for_and_found_once(crm: Crm) -> None:
    before = crm.world.now()
    crm.connector = crm.connect(transport=httpx2.WSGITransport(app=Losing(crm.transport.app)))
    change = Change("a", None, {"name": "Zylker"})
    other = Change("b", None, {"name": "Another"})

    with pytest.raises(ReplyLost):
        crm.write("customers", change)
    crm.connector = crm.connect()
    found = crm.connector.find_written("customers", ORG, change, before, {})

    assert found is not None
    assert [str(key) for key in crm.org.records["Accounts"]] == [found.record_id]
    assert crm.connector.find_written("customers", ORG, other, before, {}) is None
    assert crm.connector.find_written("customers", ORG, change, before + timedelta(days=1), {}) is None


def test_people_and_profiles_are_those_of_the_organisation(crm: Crm) -> None:
    profiles = {row.id: row.name for row in crm.connector.profiles(ORG)}
    people = {row.email: row for row in crm.connector.people(ORG)}

    me = people[crm.org.me.email]
    assert profiles[me.profile_id] == "Administrator"
    assert me.account_id == str(crm.org.me.zuid)
    assert me.is_active


def test_a_channel_is_opened_renewed_and_closed(crm: Crm) -> None:
    wish = Channel("1000000068001", crm.world.now() + timedelta(days=30), "secret")

    first = crm.connector.watch(ORG, wish, "https://app.example.com/hook", BOTH)
    crm.world.clock.advance(86_400)
    again = crm.connector.watch(ORG, wish, "https://app.example.com/hook", BOTH)

    assert first is not None
    assert again is not None
    assert again.expires_at - first.expires_at == timedelta(days=1)
    assert again.expires_at <= crm.world.now() + timedelta(days=7)
    assert crm.connector.watch(ORG, wish, "nonsense", BOTH) is None
    assert crm.connector.unwatch(ORG, wish.id)
    assert not crm.connector.unwatch(ORG, wish.id)


def test_a_notice_names_records_and_nothing_else_is_one() -> None:
    body = {
        "module": "Contacts", "operation": "update", "ids": ["5725767000003000010", "x"], "channel_id": "1000000068001",
        "token": "secret",
    }  # fmt: skip

    found = ZohoCrm.read_notice(body)

    assert found is not None
    assert found[:2] == ("1000000068001", "secret")
    assert {(row.module, row.record_id, row.event) for row in found[2]} == {
        ("customers", "5725767000003000010", "updated"), ("contact_persons", "5725767000003000010", "updated"),
    }  # fmt: skip
    assert ZohoCrm.read_notice({"hello": "world"}) is None
    assert ZohoCrm.read_notice(body | {"token": None}) is None


@pytest.mark.req("D-13")
def test_a_note_is_left_once_under_a_deal(crm: Crm) -> None:
    key = crm.add("Deals", Deal_Name="Big")
    target = Target("note", ORG, "deals", key)
    payload = {"text": "Invoice INV-1 was sent. [CB-1]", "reference": "CB-1"}

    assert crm.connector.write_back(target, None, "CB-1") is None
    first = crm.connector.write_back(target, payload, None)
    second = crm.connector.write_back(target, payload, "CB-1")

    assert first == second
    assert [note.content for note in crm.org.notes if note.record_id == int(key)] == [payload["text"]]


def test_a_link_is_attached_and_fields_are_set(crm: Crm) -> None:
    key = crm.contact("Rao")
    link = {"text": "INV-1 [CB-2]", "reference": "CB-2", "url": f"{BASE}/i/1"}

    made = crm.connector.write_back(Target("attachment", ORG, "customers", key), link, None)
    found = crm.connector.write_back(Target("attachment", ORG, "customers", key), None, "CB-2")
    crm.connector.write_back(Target("fields", ORG, "contact_persons", key), {"Department": "Billing"}, None)

    assert made == found
    assert crm.value("Contacts", key, "Department") == "Billing"


def test_word_for_a_record_that_went_is_refused_with_a_sentence(crm: Crm) -> None:
    key = crm.add("Deals", Deal_Name="Big")
    crm.delete("Deals", key)

    with pytest.raises(RecordRefused, match="no longer there"):
        crm.connector.write_back(Target("note", ORG, "deals", key), {"text": "x", "reference": "r"}, None)


def test_links_on_pages_are_made_once_changed_and_taken_away(crm: Crm) -> None:
    link = PageLink("deals", "Billing", f"{BASE}/billing/zoho_crm/1/deals/{{id}}")

    crm.connector.install_links(ORG, [link])
    (made,) = crm.connector.install_links(ORG, [link])

    assert made.outcome is WriteOutcome.DONE
    assert [row.url for row in crm.org.custom_links] == [f"{BASE}/billing/zoho_crm/1/deals/{{Deal.ID}}"]
    assert crm.connector.remove_links(ORG, ["Billing"]) == 1
    assert crm.connector.remove_links(ORG, ["Billing"]) == 0


def signed_in(crm: Crm, nonce: str) -> str:
    """The code that a person brings back after signing in."""
    client = crm.world.accounts.default_client.client_id
    scopes = ("openid", "email", "profile")
    until = crm.world.now() + timedelta(minutes=2)
    code = Code(client, scopes, until, f"{BASE}/back", offline=False, person=crm.org.me.zuid, nonce=nonce)
    return crm.world.accounts.add_code(code)


def test_who_signs_in_is_told_by_zoho(crm: Crm) -> None:
    found = ZohoCrm.identify(crm.endpoint, signed_in(crm, "n-1"), f"{BASE}/back", "n-1", transport=crm.transport)

    assert (found.account_id, found.email) == (str(crm.org.me.zuid), crm.org.me.email)


def test_a_sign_in_that_began_elsewhere_is_refused(crm: Crm) -> None:
    with pytest.raises(CredentialsRejected, match="not meant for here"):
        ZohoCrm.identify(crm.endpoint, signed_in(crm, "n-2"), f"{BASE}/back", "n-1", transport=crm.transport)


def test_signing_in_refuses_a_code_that_is_none(crm: Crm) -> None:
    url = ZohoCrm.sign_in_url(crm.endpoint, f"{BASE}/back", "state", "nonce")

    assert url is not None
    assert "scope=openid%2Cemail%2Cprofile" in url
    assert "nonce=nonce" in url
    with pytest.raises(CredentialsRejected):
        ZohoCrm.identify(crm.endpoint, "wrong", f"{BASE}/back", "nonce", transport=crm.transport)
