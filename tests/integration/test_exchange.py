"""Exchange rates by date: who has which, when, and from where (requirement R-06)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from billing import exchange, transactions
from billing.exchange import DayRate
from billing.transactions import Changes, LineChange
from extensions import db
from models import AuditEntry, ExchangeRate, Organisation, Payment, Transaction
from models.audit import Actor
from tests import factories
from tests.browsing import words_of

OLGA = Actor("person", "Olga Marsh")
BANK = "European Central Bank"


@pytest.fixture(autouse=True)
def _plain_forms(app):
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def euro(organisation):
    """A customer in euros; the books are in dollars."""
    return factories.make_customer("Müller", currency="EUR")


def enter(day: date, rate: str) -> None:
    exchange.add_rate(DayRate("EUR", day, Decimal(rate)), BANK, OLGA)


def with_line(draft: Transaction, **values: object) -> Transaction:
    lines = (LineChange(None, "Work", rate=Decimal(90)),)
    known: dict = {"due_date": None, "reference": "", "notes": "", "lines": lines, "date": draft.date}
    transactions.update(draft, Changes(version=draft.version, **(known | values)), OLGA)
    return draft


@pytest.mark.both_databases
@pytest.mark.req("R-06")
def test_the_rate_of_a_day_is_the_latest_on_or_before_it(db_session, organisation):
    enter(date(2026, 11, 18), "1.05")
    enter(date(2026, 11, 20), "1.08")

    found = [exchange.rate_on("EUR", date(2026, 11, day)) for day in (17, 18, 19, 20, 30)]

    assert [rate and rate.rate for rate in found] == [None, *map(Decimal, ("1.05", "1.05", "1.08", "1.08"))]
    assert exchange.rate_on("GBP", date(2026, 11, 20)) is None


@pytest.mark.req("R-06")
def test_a_draft_takes_the_rate_of_its_date_with_its_source(db_session, euro, monkeypatch):
    monkeypatch.setattr(Organisation, "today", lambda self: date(2026, 11, 21))
    enter(date(2026, 11, 20), "1.08")

    draft = transactions.start_blank(euro.id, OLGA)

    assert (draft.exchange_rate, draft.exchange_source) == (Decimal("1.08"), f"{BANK} (2026-11-20)")


@pytest.mark.req("R-06", "R-05")
def test_the_rate_that_counts_is_that_at_issue_and_stays(db_session, euro, monkeypatch):
    monkeypatch.setattr(Organisation, "today", lambda self: date(2026, 11, 20))
    enter(date(2026, 11, 1), "1.08")
    draft = with_line(transactions.start_blank(euro.id, OLGA))
    enter(date(2026, 11, 19), "1.10")

    transactions.issue(draft, OLGA)
    enter(date(2026, 11, 20), "1.30")

    assert (draft.exchange_rate, draft.exchange_source) == (Decimal("1.10"), f"{BANK} (2026-11-19)")


@pytest.mark.req("R-06")
def test_a_rate_that_somebody_typed_stays_and_names_them(db_session, euro, monkeypatch):
    monkeypatch.setattr(Organisation, "today", lambda self: date(2026, 11, 20))
    enter(date(2026, 11, 1), "1.08")
    draft = with_line(transactions.start_blank(euro.id, OLGA), exchange_rate=Decimal("1.5"))

    transactions.issue(draft, OLGA)

    assert (draft.exchange_rate, draft.exchange_source) == (Decimal("1.5"), "Olga Marsh")


def test_saving_a_draft_without_touching_its_rate_keeps_its_source(db_session, euro, monkeypatch):
    monkeypatch.setattr(Organisation, "today", lambda self: date(2026, 11, 20))
    enter(date(2026, 11, 1), "1.08")
    draft = transactions.start_blank(euro.id, OLGA)

    with_line(draft, exchange_rate=draft.exchange_rate)

    assert draft.exchange_source == f"{BANK} (2026-11-01)"


def test_a_draft_in_base_currency_has_no_rate(db_session, organisation):
    draft = transactions.start_blank(factories.make_customer(currency="USD").id, OLGA)

    assert (draft.exchange_rate, draft.exchange_source) == (1, "")


@pytest.mark.both_databases
@pytest.mark.req("R-06")
def test_the_banks_table_is_imported_once_and_what_was_entered_by_hand_stays(db_session, people, euro, browser_of):
    enter(date(2026, 11, 20), "1.5")
    text = "Date,USD,GBP\n2026-11-20,1.0842,0.8312\n2026-11-19,1.09,0.83"
    ada = browser_of(people.ada)

    answers = [ada.post("/settings/currencies/import", data={"text": text}, follow_redirects=True) for _ in range(2)]

    assert "1 new rate. 1 was known already." in words_of(answers[0])
    assert "0 new rates. 2 were known already." in words_of(answers[1])
    rows = db_session.scalars(exchange_rates()).all()
    assert [(row.date.day, row.rate, row.source) for row in rows] == [
        (19, Decimal("1.09"), BANK), (20, Decimal("1.5"), BANK),
    ]  # fmt: skip
    assert rows[0].created_at.tzinfo is not None


def exchange_rates():
    return db.select(ExchangeRate).order_by(ExchangeRate.date)


@pytest.mark.req("R-06", "R-12")
def test_an_admin_enters_corrects_and_removes_a_rate(db_session, people, euro, browser_of):
    ada = browser_of(people.ada)
    data = {"currency": "EUR", "date": "2026-11-20", "rate": "1.0842", "source": ""}

    ada.post("/settings/currencies", data=data)
    ada.post("/settings/currencies", data=data | {"rate": "1.09", "source": "My bank"})
    words = words_of(ada.get("/settings/currencies"))
    rate = db_session.scalars(exchange_rates()).one()
    assert (rate.rate, rate.source, rate.entered_by) == (Decimal("1.09"), "My bank", people.ada.id)
    ada.post(f"/settings/currencies/{rate.id}/remove")

    assert "1.09" in words
    assert "My bank" in words
    assert db_session.scalars(exchange_rates()).all() == []
    verbs = db_session.scalars(
        db.select(AuditEntry.verb).where(AuditEntry.subject == "exchange_rate").order_by(AuditEntry.id)
    ).all()
    assert verbs == ["exchange_rate.entered", "exchange_rate.entered", "exchange_rate.removed"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"currency": "USD"}, "This is the base currency"), ({"rate": "0"}, "Enter a rate above zero"),
        ({"date": "1066-10-14"}, "Check the year"), ({"rate": "x"}, "Enter a number"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_rate_is_refused_beside_its_field(people, euro, browser_of, changed, said):
    data = {"currency": "EUR", "date": "2026-11-20", "rate": "1.0842"} | changed

    answer = browser_of(people.ada).post("/settings/currencies", data=data)

    assert answer.status_code == 422
    assert said in words_of(answer)


@pytest.mark.parametrize(
    ("text", "said"), [("", "Choose a file"), ("hello", "neither the bank's table"), ("Date,USD\nx,y", "no rate in it")]
)
def test_a_text_without_rates_is_refused(people, euro, browser_of, text, said):
    answer = browser_of(people.ada).post("/settings/currencies/import", data={"text": text})

    assert answer.status_code == 422
    assert said in words_of(answer)


def test_a_currency_without_a_rate_says_so(people, euro, browser_of):
    assert "No rate yet: drafts ask for one" in words_of(browser_of(people.ada).get("/settings/currencies"))


@pytest.mark.both_databases
@pytest.mark.req("R-06")
@pytest.mark.parametrize(("typed", "source"), [("1.08423719", f"{BANK} (2026-11-20)"), ("1.5", "Bruno Keller")])
def test_a_payment_is_offered_the_rate_of_the_day_and_keeps_where_its_own_came_from(
    people, euro, db_session, browser_of, monkeypatch, typed, source
):
    monkeypatch.setattr(Organisation, "today", lambda self: date(2026, 11, 21))
    enter(date(2026, 11, 20), "1.08423719")
    bruno = browser_of(people.bruno)
    page = bruno.get(f"/payments/new?customer_id={euro.id}").text

    answer = bruno.post("/payments/new", data={
        "customer_id": str(euro.id), "currency": "EUR", "date": "2026-11-21", "amount": "50", "method": "bank",
        "exchange_rate": typed,
    })  # fmt: skip

    assert 'value="1.08423719"' in page
    assert answer.status_code == 303
    payment = db_session.scalars(db.select(Payment)).one()
    assert (payment.exchange_rate, payment.exchange_source) == (Decimal(typed), source)
