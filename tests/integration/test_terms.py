"""Payment terms: named rules that make due dates."""

from __future__ import annotations

from datetime import date

import pytest

from billing import terms, transactions
from billing.errors import MoveRefused
from models import Organisation, PaymentTerm
from models.audit import Actor
from tests import factories
from tests.browsing import words_of

OLGA = Actor("person", "Olga Marsh")
DAY = date(2026, 1, 15)


@pytest.fixture(autouse=True)
def _plain_forms(app):
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.mark.parametrize(
    ("kind", "days", "due"),
    [
        ("days", 30, date(2026, 2, 14)), ("days", 0, DAY), ("month_end", 0, date(2026, 1, 31)),
        ("month_end", 10, date(2026, 2, 10)),
    ],
)  # fmt: skip
def test_terms_make_a_due_date(kind, days, due):
    assert PaymentTerm(name="x", kind=kind, days=days).due_date(DAY) == due


@pytest.mark.both_databases
def test_a_customers_own_terms_go_before_the_default_ones_and_those_before_the_preferences(db_session, organisation):
    plain = factories.make_customer()
    by_days = factories.make_customer(payment_terms_days=7)
    own = terms.add_term("End of month", "month_end", 0, OLGA)
    named = factories.make_customer(payment_term_id=own.id, payment_terms_days=7)

    without = terms.due_of(plain, DAY)
    terms.set_default(terms.add_term("Net 10", "days", 10, OLGA), OLGA)

    assert without == date(2026, 2, 14)
    assert [terms.due_of(one, DAY) for one in (plain, by_days, named)] == [
        date(2026, 1, 25), date(2026, 1, 22), date(2026, 1, 31),
    ]  # fmt: skip


def test_a_draft_is_due_by_the_customers_terms(db_session, organisation, monkeypatch):
    monkeypatch.setattr(Organisation, "today", lambda self: DAY)
    own = terms.add_term("10 days after the month", "month_end", 10, OLGA)

    draft = transactions.start_blank(factories.make_customer(payment_term_id=own.id).id, OLGA)

    assert draft.due_date == date(2026, 2, 10)


@pytest.mark.both_databases
def test_only_one_is_the_default_and_it_stays_offered(db_session, organisation):
    first, second = terms.add_term("Net 10", "days", 10, OLGA), terms.add_term("Net 20", "days", 20, OLGA)
    terms.set_default(first, OLGA)

    terms.set_default(second, OLGA)

    db_session.expire_all()
    assert (first.is_default, second.is_default) == (False, True)
    with pytest.raises(MoveRefused, match="is the default"):
        terms.offer(second, False, OLGA)


def test_the_page_adds_terms_and_makes_them_the_default(people, db_session, browser_of):
    ada = browser_of(people.ada)

    ada.post("/settings/terms", data={"name": "Net 14", "days": "14", "kind": "days"})
    term = terms.all_terms()[0].id
    ada.post(f"/settings/terms/{term}/make_default")
    words = words_of(ada.get("/settings/terms"))

    assert "Net 14" in words
    assert "14 days after the date" in words
    assert terms.default_term().name == "Net 14"


def test_two_terms_of_one_name_are_refused(people, browser_of):
    ada = browser_of(people.ada)
    data = {"name": "Net 14", "days": "14", "kind": "days"}
    ada.post("/settings/terms", data=data)

    answer = ada.post("/settings/terms", data=data | {"days": "15"})

    assert answer.status_code == 422
    assert "There are terms of this name already" in words_of(answer)


@pytest.fixture
def draft_at(people, browser_of, db_session, monkeypatch):
    """The editor of a draft of 15 January, and its browser."""
    monkeypatch.setattr(Organisation, "today", lambda self: DAY)
    terms.add_term("10 days after the month", "month_end", 10, OLGA)
    terms.add_term("Net 14", "days", 14, OLGA)
    draft = transactions.start_blank(factories.make_customer().id, OLGA)
    db_session.commit()
    return draft, browser_of(people.bruno)


def test_the_editor_offers_named_terms_and_fills_the_due_date(draft_at, db_session):
    draft, bruno = draft_at
    term = terms.all_terms()[1]
    page = bruno.get(f"/invoices/{draft.id}/edit").text
    due_was = draft.due_date.isoformat()

    sent = {"version": str(draft.version), "date": "2026-01-20", "due_date": due_was, "due_was": due_was}
    bruno.post(f"/invoices/{draft.id}/edit", data=sent | {"terms": f"t{term.id}"})

    assert "10 days after the month" in page
    assert page.count("Net 14") == 1
    assert draft.due_date == date(2026, 2, 10)


def test_who_types_a_due_date_keeps_it(draft_at, db_session):
    draft, bruno = draft_at
    term = terms.all_terms()[1]

    sent = {"version": str(draft.version), "date": "2026-01-20", "due_date": "2026-03-03",
            "due_was": draft.due_date.isoformat(), "terms": f"t{term.id}"}  # fmt: skip
    bruno.post(f"/invoices/{draft.id}/edit", data=sent)

    assert draft.due_date == date(2026, 3, 3)
