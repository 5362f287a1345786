"""Merging two customers with a preview, taking it back, and the list of likely twins (C-42, C-43, M-02)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from billing.customers import merge, plan, plan_undo, suggestions, undo
from billing.customers.merging import owned
from billing.errors import MoveRefused
from extensions import db
from models import AuditEntry, ContactPerson, Customer, CustomerMerge, Expense, ExpenseCategory, Payment, Settlement
from models.audit import Actor
from tests import factories as make
from tests.browsing import words_of

pytestmark = [pytest.mark.usefixtures("plain_forms"), pytest.mark.both_databases]
ACTOR = Actor("person", "Olga Marsh")


@pytest.fixture
def plain_forms(app: Any) -> None:
    """Forms without the hidden token; that it is asked for is tested with the sign-in."""
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def pair(organisation: Any) -> tuple[Customer, Customer]:
    """Kestrel Books with a project, and Kestrel Books Ltd with everything a customer can have."""
    kept = make.make_customer("Kestrel Books", phone="", city="Leeds")
    make.make_contact_person(kept, first_name="Ann")
    make.make_project(kept, "Shop")
    gone = make.make_customer("Kestrel Books Ltd", phone="+44 113 1234", city="York", custom={"level": "Gold"})
    make.make_contact_person(gone, first_name="Ben")
    return kept, gone


def furnish(gone: Customer) -> dict[str, Any]:
    """Give a customer a project with an invoice that a payment settled, a draft, and an expense."""
    project = make.make_project(gone, "Magazine")
    invoice = make.make_transaction(
        gone, project_id=project.id, status="paid", number="INV-7", total=Decimal(100), frozen={"customer": {
            "name": "Kestrel Books Ltd"}},
    )  # fmt: skip
    make.make_line(invoice, project_id=project.id)
    draft = make.make_transaction(gone)
    payment = Payment(customer_id=gone.id, date=invoice.date, currency="USD", amount=Decimal(100))
    category = ExpenseCategory(name="Travel", name_key="travel")
    db.session.add_all([payment, category])
    db.session.flush()
    db.session.add(Settlement(transaction_id=invoice.id, payment_id=payment.id, date=invoice.date, amount=Decimal(100)))
    expense = Expense(date=invoice.date, category_id=category.id, customer_id=gone.id, project_id=project.id,
                      currency="USD", amount=Decimal(9), net=Decimal(9), total=Decimal(9))  # fmt: skip
    db.session.add(expense)
    db.session.flush()
    return {"project": project, "invoice": invoice, "draft": draft, "payment": payment, "expense": expense}


def everything() -> dict[str, list[Any]]:
    """All rows that say to which customer they belong, and the customers; without what a merge may raise."""
    found = {}
    for table, column in owned():
        rows = db.session.execute(db.select(table.c.id, column).order_by(table.c.id))
        found[f"{table.name}.{column.name}"] = [tuple(row) for row in rows]
    kept = ("id", "name", "phone", "city", "is_active", "merged_into_id", "custom", "source", "name_key")
    found["customers"] = [
        tuple(getattr(row, name) for name in kept)
        for row in db.session.scalars(db.select(Customer).order_by(Customer.id))
    ]
    found["primary"] = list(db.session.scalars(db.select(ContactPerson.is_primary).order_by(ContactPerson.id)))
    return found


def test_every_table_that_names_customers_can_move(app: Any) -> None:
    assert [table.name for table, _column in owned() if "id" not in table.c] == []


@pytest.mark.req("C-42", "C-43")
def test_all_rows_move_and_the_other_becomes_inactive(pair: tuple[Customer, Customer]) -> None:
    kept, gone = pair
    rows = furnish(gone)

    merge(plan(kept, gone), ["phone", "custom.level"], ACTOR)

    assert {row.customer_id for row in rows.values()} == {kept.id}
    assert (gone.is_active, gone.merged_into_id) == (False, kept.id)
    assert (kept.phone, kept.city) == ("+44 113 1234", "Leeds")
    assert {person.first_name: person.is_primary for person in kept.contact_persons} == {"Ann": True, "Ben": False}
    assert rows["invoice"].frozen["customer"]["name"] == "Kestrel Books Ltd"
    assert db.session.get(Customer, gone.id) is not None


@pytest.mark.req("C-43", "M-02")
def test_taking_a_merge_back_is_the_state_before(pair: tuple[Customer, Customer]) -> None:
    kept, gone = pair
    furnish(gone)
    make.make_transaction(gone, status="deleted")
    before = everything()

    done = merge(plan(kept, gone), ["phone", "city", "name"], ACTOR)
    assert everything() != before
    undo(plan_undo(done), ACTOR)

    assert everything() == before
    assert done.undone_at is not None


@pytest.mark.req("C-43")
def test_customers_of_two_currencies_are_not_merged(pair: tuple[Customer, Customer]) -> None:
    kept, gone = pair
    gone.currency = "EUR"

    found = plan(kept, gone)

    assert "Only customers with the same currency can be merged." in found.refusal
    with pytest.raises(MoveRefused, match="same currency"):
        merge(found, [], ACTOR)


@pytest.mark.req("C-43")
def test_a_synced_customer_must_be_the_one_that_is_kept(pair: tuple[Customer, Customer], people: Any) -> None:
    kept, gone = pair

    assert "Kestrel Books Ltd is synced" in plan(kept, gone, {gone.id}).refusal
    assert "Both are synced" in plan(kept, gone, {gone.id, kept.id}).refusal
    assert plan(kept, gone, {kept.id}).refusal == ""


def test_the_page_knows_who_is_synced(browser_of: Any, people: Any, pair: tuple[Customer, Customer]) -> None:
    kept, gone = pair
    link = make.make_link(make.make_integration(), "customers", local_id=gone.id)
    bruno = browser_of(people.bruno)

    live = words_of(bruno.get(f"/customers/{kept.id}/merge?with={gone.id}"))
    link.outcome = "inactivated"
    vanished = words_of(bruno.get(f"/customers/{kept.id}/merge?with={gone.id}"))

    assert "Kestrel Books Ltd is synced, so it must be the one that is kept." in live
    assert "These two cannot be merged" not in vanished


def test_links_follow_and_come_back(browser_of: Any, people: Any, pair: tuple[Customer, Customer]) -> None:
    kept, gone = pair
    former = make.make_integration(state="deleted")
    gone.source = f"zoho_projects:{former.id}"
    link = make.make_link(former, "customers", local_id=gone.id)
    bruno = browser_of(people.bruno)

    bruno.post(f"/customers/{kept.id}/merge", data={"with": str(gone.id)})
    followed = (link.local_id, kept.source)
    done = db.session.scalars(db.select(CustomerMerge)).one()
    bruno.post(f"/customers/{kept.id}/merges/{done.id}/undo")

    assert followed == (kept.id, f"zoho_projects:{former.id}")
    assert (link.local_id, kept.source) == (gone.id, "local")


def test_the_preview_says_what_moves_and_which_value_wins(
    browser_of: Any, people: Any, pair: tuple[Customer, Customer]
) -> None:
    kept, gone = pair
    furnish(gone)

    page = browser_of(people.bruno).get(f"/customers/{kept.id}/merge?with={gone.id}").text

    assert "1 contact person, 1 expense, 1 payment, 1 project, 2 transactions" in page
    taken = [part.split('"')[0] for part in page.split('name="take-')[1:] if 'value="gone" checked' in part[:60]]
    assert taken == ["phone"]
    assert 'name="take-city" value="kept" checked' in page


def test_an_address_is_taken_whole_or_not_at_all(pair: tuple[Customer, Customer]) -> None:
    kept, gone = pair
    kept.street, kept.zip_code, kept.country = "", "", ""
    half = {item.field: item.takes_gone for item in plan(kept, gone).differences}
    kept.city = ""

    whole = {item.field: item.takes_gone for item in plan(kept, gone).differences}

    assert (half["street"], half["city"]) == (False, False)
    assert (whole["street"], whole["zip_code"], whole["city"], whole["country"]) == (True, True, True, True)


def test_a_merge_and_its_undo_in_the_browser(browser_of: Any, people: Any, pair: tuple[Customer, Customer]) -> None:
    kept, gone = pair
    rows = furnish(gone)
    bruno = browser_of(people.bruno)

    bruno.post(f"/customers/{kept.id}/merge", data={"with": str(gone.id), "take-phone": "gone", "take-city": "kept"})
    after = words_of(bruno.get(f"/customers/{kept.id}"))
    gones = words_of(bruno.get(f"/customers/{gone.id}"))
    done = db.session.scalars(db.select(CustomerMerge)).one()
    look = words_of(bruno.get(f"/customers/{kept.id}/merges/{done.id}"))
    answer = bruno.post(f"/customers/{kept.id}/merges/{done.id}/undo")

    assert "Kestrel Books Ltd went into this customer" in after
    assert "Kestrel Books Ltd went into Kestrel Books" in gones
    assert "1 contact person, 1 expense, 1 payment, 1 project, 2 transactions" in look
    assert answer.location == f"/customers/{gone.id}"
    assert {row.customer_id for row in rows.values()} == {gone.id}
    verbs = set(db.session.scalars(db.select(AuditEntry.verb).where(AuditEntry.subject == "customer")))
    assert verbs >= {"customer.merged", "customer.merged_away", "customer.unmerged"}


@pytest.mark.req("M-02")
def test_what_is_from_after_the_merge_stays_by_name_with_all_it_hangs_on(pair: tuple[Customer, Customer]) -> None:
    kept, gone = pair
    rows = furnish(gone)
    alone = make.make_project(gone, "Poster")
    done = merge(plan(kept, gone), [], ACTOR)
    make.make_transaction(kept, project_id=rows["project"].id, number="INV-8", status="issued")

    found = plan_undo(done)
    undo(found, ACTOR)

    assert {item.name for item in found.stays} >= {"Magazine", "INV-7"}
    assert all("INV-8 is from after the merge" in item.why for item in found.stays)
    assert {rows[name].customer_id for name in ("project", "invoice", "payment", "expense")} == {kept.id}
    assert (alone.customer_id, rows["draft"].customer_id, gone.is_active) == (gone.id, gone.id, True)


@pytest.mark.req("M-02")
def test_an_invoice_that_the_other_ones_payment_settled_stays(pair: tuple[Customer, Customer]) -> None:
    kept, gone = pair
    invoice = make.make_transaction(gone, number="INV-7", status="issued", total=Decimal(50), balance=Decimal(50))
    done = merge(plan(kept, gone), [], ACTOR)
    payment = Payment(customer_id=kept.id, date=invoice.date, currency="USD", amount=Decimal(50))
    db.session.add(payment)
    db.session.flush()
    db.session.add(Settlement(transaction_id=invoice.id, payment_id=payment.id, date=invoice.date, amount=Decimal(50)))

    found = plan_undo(done)

    assert [item.name for item in found.stays] == ["INV-7"]
    assert "the payment of 1 Jul 2026 over US$50.00 is from after the merge" in found.stays[0].why


def test_a_field_that_was_changed_since_stays(pair: tuple[Customer, Customer]) -> None:
    kept, gone = pair
    done = merge(plan(kept, gone), ["phone", "city"], ACTOR)
    kept.phone = "+44 113 9999"

    undo(plan_undo(done), ACTOR)

    assert (kept.phone, kept.city) == ("+44 113 9999", "Leeds")


def test_merges_are_taken_back_latest_first(pair: tuple[Customer, Customer]) -> None:
    kept, gone = pair
    last = make.make_customer("Kestrel Group")
    first = merge(plan(kept, gone), [], ACTOR)
    merge(plan(last, kept), [], ACTOR)

    assert "Kestrel Books went into Kestrel Group since." in plan_undo(first).refusal
    assert "Kestrel Books went into Kestrel Group already." in plan(kept, make.make_customer("X")).refusal


def test_a_merged_customer_is_not_made_active_by_hand(
    browser_of: Any, people: Any, pair: tuple[Customer, Customer]
) -> None:
    kept, gone = pair
    merge(plan(kept, gone), [], ACTOR)

    browser_of(people.bruno).post(f"/customers/{gone.id}/activate")

    assert not gone.is_active


def test_likely_twins_are_found_with_reasons_and_strangers_are_not(organisation: Any) -> None:
    make.make_customer("Kestrel Books", email="a@kestrel.example", phone="0113 55 77 99")
    make.make_customer("KESTREL BOOKS Ltd.", email="b@other.example", phone="")
    make.make_customer("Aurora Outdoor", email="c@aurora.example", tax_id="DE 123456789")
    make.make_customer("Hiking Partners", email="d@hiking.example", tax_id="DE123456789")
    make.make_customer("Zebra Crossing", email="e@zebra.example")
    make.make_customer("Kestrel Falconry", email="f@gmail.com")
    make.make_customer("Gone Kestrel Books", email="a@kestrel.example", is_active=False)

    found = {(pair.one.name, pair.other.name): pair for pair in suggestions()}

    assert set(found) == {("Kestrel Books", "KESTREL BOOKS Ltd."), ("Aurora Outdoor", "Hiking Partners")}
    assert found["Kestrel Books", "KESTREL BOOKS Ltd."].reasons == ("The name is the same.",)
    assert found["Aurora Outdoor", "Hiking Partners"].reasons == ("The tax number is the same.",)


def test_the_page_of_twins_leads_to_the_comparison(browser_of: Any, people: Any) -> None:
    one, other = make.make_customer("Kestrel Books"), make.make_customer("Kestrel Book")

    page = browser_of(people.bruno).get("/customers/duplicates").text

    assert f'href="/customers/{one.id}/merge?with={other.id}"' in page
    assert "The e-mail addresses end in customer.example." in page
