"""The pages of subscriptions: made from a form, an invoice, an expense; shown, paused, ended (T-02, T-22)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from billing import subscriptions
from extensions import db
from models import Organisation, Subscription, Transaction
from tests import factories
from tests.browsing import words_of
from tests.integration.test_speed_counts import noted
from tests.subscribing import make_expense_subscription, make_subscription

HTMX = {"HX-Request": "true"}
TODAY = date(2026, 3, 10)


@pytest.fixture(autouse=True)
def _plain_forms(app, monkeypatch):
    app.config["WTF_CSRF_ENABLED"] = False
    monkeypatch.setattr(Organisation, "today", lambda self: TODAY)


@pytest.fixture
def bruno(people, browser_of):
    return browser_of(people.bruno)


def form(**changed: str) -> dict[str, str]:
    """What a person types for a monthly invoice."""
    plain = {
        "name": "Hosting", "date": "2026-04-01", "every": "1", "unit": "month", "catch_up": "each", "mode": "draft",
        "customer_id_text": "Aurora", "project_id_text": "", "layout": "task", "hours_tax_id": "0",
        "tax_mode": "exclusive", "reference": "", "notes": "Thank you", "line": "n1", "n1-name": "Hosting {month}",
        "n1-quantity": "2", "n1-unit": "servers", "n1-rate": "40.50", "n1-tax": "",
    }  # fmt: skip
    return plain | changed


def only() -> Subscription:
    return db.session.scalars(db.select(Subscription)).one()


@pytest.mark.both_databases
@pytest.mark.req("T-02")
def test_a_subscription_is_made_from_a_blank_form(bruno, db_session):
    factories.make_customer("Aurora", currency="EUR")

    answer = bruno.post("/subscriptions/new", data=form())

    made = only()
    assert answer.status_code == 303
    assert answer.location == f"/subscriptions/{made.id}"
    assert (made.name, made.currency, made.next_date) == ("Hosting", "EUR", date(2026, 4, 1))
    words = words_of(bruno.get(answer.location))
    assert [
        word for word in ("Every month", "1 Apr 2026", "1 Sept 2026", "€81.00", "Aurora") if word not in words
    ] == []


@pytest.mark.req("T-22")
def test_the_hours_of_a_project_can_join_without_any_line(bruno, db_session):
    project = factories.make_project(factories.make_customer("Aurora"), "Relaunch")

    answer = bruno.post(
        f"/subscriptions/new?project_id={project.id}",
        data=form(project_id_text="Relaunch", takes_hours="y", **{"n1-name": "", "n1-rate": ""}),
    )  # fmt: skip

    assert answer.status_code == 303
    made = only()
    assert (made.takes_hours, made.project_id, made.template["lines"]) == (True, project.id, [])


@pytest.mark.req("T-22")
def test_hours_are_not_offered_for_a_project_with_a_fixed_price(bruno, db_session):
    customer = factories.make_customer("Aurora")
    fixed = factories.make_project(customer, "Fixed", billing_method="fixed", fixed_amount=Decimal(900))
    hourly = factories.make_project(customer, "Hourly")

    pages = [bruno.get(f"/subscriptions/new?project_id={one.id}").text for one in (fixed, hourly)]
    answer = bruno.post("/subscriptions/new", data=form(project_id_text="Fixed", takes_hours="y"))

    assert ['name="takes_hours"' in page for page in pages] == [False, True]
    assert answer.status_code == 422
    assert db_session.scalars(db.select(Subscription)).all() == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": ""}, "Give it a name"), ({"every": "0"}, "Enter 1 to 999"), ({"date": ""}, "Enter the first day"),
        ({"end_date": "2026-03-01"}, "It would end before it begins"),
        ({"customer_id_text": "Nobody"}, "Choose a customer"),
        ({"n1-rate": "x"}, "Some lines cannot be taken"),
        ({"n1-name": "", "n1-rate": ""}, "There is nothing to bill yet"),
        ({"unit": "century"}, "Not a valid choice"), ({"project_id_text": "Nowhere"}, "Choose a project from the list"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_said_beside_its_field_and_nothing_typed_is_lost(bruno, db_session, changed, said):
    factories.make_customer("Aurora")

    answer = bruno.post("/subscriptions/new", data=form(notes="Keep this", **changed))

    assert answer.status_code == 422
    words = words_of(answer)
    assert said in words
    assert "Keep this" in words
    assert db_session.scalars(db.select(Subscription)).all() == []


@pytest.mark.req("T-02")
def test_an_invoice_is_made_a_subscription_with_all_that_the_form_does_not_show(bruno, db_session):
    customer = factories.make_customer("Aurora")
    invoice = factories.make_transaction(
        customer, number="INV-1", status="issued", discount_value=Decimal(10), adjustment=Decimal("-0.5"),
        reference="PO 7", terms="Net",
    )  # fmt: skip
    factories.make_line(invoice, discount_percent=Decimal(5))
    page = bruno.get(f"/subscriptions/new?from_invoice={invoice.id}").text
    sent = form(**{"n1-name": "Design", "n1-quantity": "1", "n1-rate": "100", "n1-discount": "5", "reference": "PO 7"})

    bruno.post(f"/subscriptions/new?from_invoice={invoice.id}", data=sent)

    assert 'value="Design"' in page
    assert 'value="PO 7"' in page
    template = subscriptions.InvoiceTemplate.read(only().template)
    assert (template.discount_value, template.adjustment, template.terms) == (10, Decimal("-0.5"), "Net")
    assert template.lines[0].discount_percent == 5


@pytest.mark.req("T-02")
def test_an_expense_is_made_a_subscription(bruno, db_session):
    rent = make_expense_subscription()
    subscriptions.make_due(rent.id, date(2026, 1, 31))
    db_session.commit()
    page = bruno.get("/subscriptions/new?from_expense=1").text

    answer = bruno.post("/subscriptions/new?from_expense=1", data={
        "name": "Rent", "date": "2026-05-31", "every": "1", "unit": "month", "catch_up": "last", "category": "Rent",
        "vendor": "Landlord", "amount": "950", "currency": "USD", "tax_id": "0", "tax_mode": "included",
        "paid_by_id": "0", "max_count": "12",
    })  # fmt: skip

    assert 'value="Landlord"' in page
    assert answer.status_code == 303
    made = db_session.scalars(db.select(Subscription).where(Subscription.id != rent.id)).one()
    assert (made.kind, made.template["amount"], made.max_count, made.catch_up) == ("expense", "950", 12, "last")


@pytest.mark.req("T-02")
def test_the_projects_menu_offers_what_comes_again(bruno, db_session):
    project = factories.make_project(factories.make_customer("Aurora"), "Relaunch")

    page = bruno.get(f"/projects/{project.id}").text

    assert f"/subscriptions/new?project_id={project.id}" in page
    assert "Recurring invoice" in page
    assert "Recurring expense" in page


def test_what_comes_next_is_shown_while_one_types(bruno, db_session):
    factories.make_customer("Aurora")

    answer = bruno.post(
        "/subscriptions/preview", headers=HTMX, data=form(date="2026-01-31", **{"n1-rate": "10", "n1-quantity": "3"})
    )

    words = words_of(answer)
    assert [day for day in ("31 Jan 2026", "28 Feb 2026", "31 Mar 2026", "30 Apr 2026") if day not in words] == []
    assert "$30.00" in words
    assert words.count("due already") == 2
    assert answer.text.strip().startswith('<section id="subscription-preview"')
    assert db_session.scalars(db.select(Subscription)).all() == []


def test_lines_are_added_and_removed_with_and_without_javascript(bruno, db_session):
    factories.make_customer("Aurora")

    piece = bruno.post("/subscriptions/new", headers=HTMX, data=form(add="1")).text
    page = bruno.post("/subscriptions/new", data=form(remove="n1")).text

    assert piece.strip().startswith('<section id="subscription-lines"')
    assert 'name="n2-name"' in piece
    assert 'name="n1-name" value="Hosting' not in page
    assert 'value="Aurora"' in page


def test_changing_one_leaves_what_it_made(bruno, db_session):
    subscription = make_subscription(factories.make_customer("Aurora"))
    subscriptions.make_due(subscription.id, TODAY)
    db_session.commit()
    version = subscription.version

    answer = bruno.post(
        f"/subscriptions/{subscription.id}/edit", data=form(date="2026-03-01", version=str(version), name="Servers")
    )
    stale = bruno.post(f"/subscriptions/{subscription.id}/edit", data=form(date="2026-03-01", version=str(version)))

    assert answer.status_code == 303
    assert stale.status_code == 422
    assert "changed meanwhile" in words_of(stale)
    assert (only().name, only().next_date) == ("Servers", date(2026, 4, 1))
    assert db_session.scalars(db.select(Transaction.total)).one() == 250


def test_it_is_paused_resumed_and_ended(bruno, db_session):
    subscription = make_subscription(start_date=date(2026, 1, 1))
    here = f"/subscriptions/{subscription.id}"

    states = []
    for verb in ("pause", "resume", "end", "resume"):
        answer = bruno.post(f"{here}/{verb}", follow_redirects=True)
        states.append((only().status, only().next_date))

    assert states == [
        ("paused", date(2026, 1, 1)), ("active", date(2026, 4, 1)), ("ended", None), ("ended", None),
    ]  # fmt: skip
    assert "has ended" in words_of(answer)


def test_one_that_made_nothing_is_deleted_and_another_is_not(bruno, db_session):
    subscription = make_subscription()
    subscriptions.make_due(subscription.id, TODAY)
    other = make_subscription(name="Other")
    db_session.commit()

    words = words_of(bruno.post(f"/subscriptions/{subscription.id}/delete", follow_redirects=True))
    bruno.post(f"/subscriptions/{other.id}/delete")

    assert "has made something already" in words
    assert only().id == subscription.id


@pytest.mark.req("R-07")
def test_the_next_one_is_made_by_a_button_once_however_often_it_is_pressed(bruno, db_session):
    subscription = make_subscription(start_date=date(2026, 4, 1))

    page = bruno.get(f"/subscriptions/{subscription.id}").text
    answer = bruno.post(f"/subscriptions/{subscription.id}/make-next", data={"period": "2026-04-01"})
    again = bruno.post(f"/subscriptions/{subscription.id}/make-next", data={"period": "2026-04-01"})

    assert 'name="period" value="2026-04-01"' in page
    assert again.location == f"/subscriptions/{subscription.id}"
    made = db_session.scalars(db.select(Transaction)).one()
    assert answer.location == f"/invoices/{made.id}"
    assert (made.date, made.period_start) == (TODAY, date(2026, 4, 1))
    assert "From a subscription" in words_of(bruno.get(answer.location))
    assert only().next_date == date(2026, 5, 1)


@pytest.mark.req("T-23")
def test_a_problem_is_told_with_the_button_that_mends_it(bruno, db_session):
    unsent = make_subscription(mode="send", name="Unsent")
    subscriptions.make_due(unsent.id, TODAY)
    gone = make_subscription(factories.make_customer("Gone", is_active=False), name="Gone")
    subscriptions.make_all_due(db_session.commit)
    draft = db_session.scalars(db.select(Transaction)).one()

    pages = [bruno.get(f"/subscriptions/{one.id}") for one in (unsent, gone)]
    listed = words_of(bruno.get("/subscriptions/?state=problem"))

    assert "No mail server is set up" in words_of(pages[0])
    assert f'href="/invoices/{draft.id}/send"' in pages[0].text
    assert "Gone is not active" in words_of(pages[1])
    assert f'action="/subscriptions/{gone.id}/make-next"' in pages[1].text
    assert "Unsent" in listed


@pytest.mark.both_databases
def test_the_list_is_filtered_by_state_kind_customer_and_name(bruno, db_session):
    aurora = factories.make_customer("Aurora")
    make_subscription(aurora, name="Alpha")
    make_subscription(name="Beta")
    make_expense_subscription()
    ended = make_subscription(name="Gamma")
    subscriptions.end(ended, subscriptions.CLOCK)
    db_session.commit()

    def names(query: str) -> list[str]:
        words = words_of(bruno.get(f"/subscriptions/?{query}", headers=HTMX))
        return [name for name in ("Alpha", "Beta", "Gamma", "Office rent") if name in words]

    assert names("") == ["Alpha", "Beta", "Gamma", "Office rent"]
    assert names("state=ended") == ["Gamma"]
    assert names("kind=expense") == ["Office rent"]
    assert names(f"customer_id={aurora.id}") == ["Alpha"]
    assert names("q=aurora") == ["Alpha"]
    assert names("q=BETA") == ["Beta"]
    assert names("sort=-name") == ["Alpha", "Beta", "Gamma", "Office rent"]


def test_a_list_of_many_has_pages(bruno, db_session):
    customer = factories.make_customer("Aurora")
    for number in range(55):
        make_subscription(customer, name=f"Number {number:03}")
    db_session.commit()

    first = bruno.get("/subscriptions/")

    assert "50 of 55" in words_of(first)
    assert "Number 049" in words_of(first)
    assert "Number 050" not in words_of(first)


def test_an_ended_one_is_not_edited_but_a_new_one_made_from_it(bruno, db_session):
    ended = make_subscription()
    subscriptions.end(ended, subscriptions.CLOCK)
    db_session.commit()

    answer = bruno.get(f"/subscriptions/{ended.id}/edit")
    page = bruno.get(f"/subscriptions/new?from_subscription={ended.id}").text

    assert answer.status_code == 303
    assert 'value="Hosting, {month} {year}"' in page


@pytest.mark.parametrize("query", ["from_invoice=99", "from_expense=99", "from_subscription=99"])
def test_a_source_that_is_not_there_is_not_found(bruno, query):
    assert bruno.get(f"/subscriptions/new?{query}").status_code == 404


@pytest.mark.parametrize("path", ["/subscriptions/", "/subscriptions/?q=number&state=active", "/subscriptions/?at=end"])
def test_a_list_of_many_takes_few_statements_and_walks_an_index(bruno, db_session, path):
    customer = factories.make_customer("Aurora")
    for number in range(60):
        make_subscription(customer, name=f"Number {number:03}")
    db_session.commit()
    with noted() as frame:
        bruno.get("/account")
    bruno.get(path)

    with noted() as statements:
        answer = bruno.get(path)

    own = [(text, values) for text, values in statements if text not in {seen for seen, _values in frame}]
    plans = [step for text, values in own for step in plan_of(text, values)]
    assert "Number 0" in answer.text
    assert len(own) <= 5
    assert not [step for step in plans if step.startswith("SCAN subscriptions") and "USING" not in step]


def plan_of(text: str, values: object) -> list[str]:
    with db.engine.connect() as connection:
        return [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)]
