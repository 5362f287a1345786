"""Settings → Numbers: patterns with a preview, and a next number that never meets a used one."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select

from billing import transactions
from billing.errors import MoveRefused
from billing.numbering import next_number, set_series, take_number
from billing.transactions import Changes, LineChange
from extensions import db
from models import AuditEntry, NumberSeries, Transaction
from models.audit import Actor
from tests import factories
from tests.browsing import words_of

OLGA = Actor("person", "Olga Marsh")
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _plain_forms(app):
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def ada_at(people, browser_of):
    return browser_of(people.ada)


@pytest.fixture
def year(organisation) -> int:
    return organisation.today().year


def issue_one(type_key: str = "invoice") -> str:
    draft = transactions.start_blank(factories.make_customer().id, OLGA, type_key=type_key)
    lines = (LineChange(None, "Work", rate=Decimal(90)),)
    transactions.update(draft, Changes(draft.version, draft.date, draft.due_date, "", "", lines), OLGA)
    transactions.issue(draft, OLGA)
    db.session.commit()
    return draft.number


def save(browser, key: str, pattern: str, number: object):
    return browser.post(f"/settings/numbers/{key}", data={f"{key}-pattern": pattern, f"{key}-number": str(number)})


@pytest.mark.req("R-08")
@pytest.mark.both_databases
def test_each_type_shows_its_pattern_and_what_comes_next(ada_at, year):
    issue_one("quote")

    words = words_of(ada_at.get("/settings/numbers"))

    assert f"QT-{year}-00002" in words
    assert f"INV-{year}-00001" in words


@pytest.mark.req("R-08")
@pytest.mark.both_databases
def test_a_saved_pattern_and_number_are_taken_by_the_next_one_issued(ada_at, year):
    issue_one()

    answer = save(ada_at, "invoice", "{year}/{number:04}-B", 1201)

    assert answer.status_code == 303
    assert next_number("invoice", year) == f"{year}/1201-B"
    assert issue_one() == f"{year}/1201-B"
    assert issue_one() == f"{year}/1202-B"
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.verb == "numbers.changed")).one()
    assert entry.summary == f"Invoices: {year}/1201-B"


@pytest.mark.req("R-08")
@pytest.mark.both_databases
@pytest.mark.parametrize("number", [1, 3, 5, 900])
def test_a_next_number_that_meets_a_used_one_or_leaves_a_gap_is_refused(ada_at, year, number):
    for _time in range(3):
        issue_one()
    same = save(ada_at, "invoice", "INV-{year}-{number:05}", 4)

    answer = save(ada_at, "invoice", "INV-{year}-{number:05}", number)

    assert (same.status_code, answer.status_code) == (303, 422)
    assert f"INV-{year}-00003 is the last one used, so 4 follows: numbers have no gaps." in words_of(answer)
    assert next_number("invoice", year) == f"INV-{year}-00004"


def test_a_void_number_stays_used(ada_at, year):
    number = issue_one()
    transactions.void(db.session.scalars(select(Transaction)).one(), "Mistake", OLGA)
    db.session.commit()

    answer = save(ada_at, "invoice", "INV-{year}-{number:05}", 1)

    assert answer.status_code == 422
    assert number in words_of(answer)


def test_coming_back_to_an_older_pattern_goes_on_above_its_numbers(ada_at, year):
    issue_one()
    save(ada_at, "invoice", "R{number}", 1)
    assert issue_one() == "R1"

    refused, taken = (save(ada_at, "invoice", "INV-{year}-{number:05}", number) for number in (1, 2))

    assert (refused.status_code, taken.status_code) == (422, 303)
    assert issue_one() == f"INV-{year}-00002"


def test_two_types_cannot_be_numbered_alike(ada_at, year):
    usual = save(ada_at, "quote", "INV-{year}-{number:05}", 1)
    save(ada_at, "invoice", "A{number}", 1)
    stored = save(ada_at, "quote", "A{number}", 1)

    assert (usual.status_code, stored.status_code) == (422, 422)
    assert "Invoices are numbered like this already." in words_of(stored)


@pytest.mark.parametrize("pattern", ["", "INV", "{year}", "{number}{number}", "{number:05", "{x}{number}", "A" * 50])
def test_a_pattern_that_makes_no_numbers_is_refused_and_stays(ada_at, pattern):
    answer = save(ada_at, "invoice", pattern, 1)

    assert answer.status_code == 422
    assert f'value="{pattern}"' in answer.text
    assert db.session.scalars(select(NumberSeries)).all() == []


@pytest.mark.parametrize("number", ["0", "-1", "", "abc", "999999999"])
def test_a_next_number_that_is_none_is_refused(ada_at, number):
    assert save(ada_at, "invoice", "INV-{number}", number).status_code == 422


def test_the_preview_follows_what_is_typed_and_stores_nothing(ada_at, year):
    fields = {"quote-pattern": "Q-{year}-{number:03}", "quote-number": "7"}

    told = ada_at.post("/settings/numbers/quote/preview", data=fields, headers=HTMX)
    unfinished = ada_at.post("/settings/numbers/quote/preview", data=fields | {"quote-pattern": "Q-{ye"}, headers=HTMX)

    assert f"Q-{year}-007" in told.text
    assert 'id="next-number-quote"' in told.text
    assert words_of(unfinished) == "–"
    assert next_number("quote", year) == f"QT-{year}-00001"


def test_a_new_year_starts_at_one_and_may_be_set(organisation, year):
    issue_one()

    assert take_number("invoice", year + 1) == f"INV-{year + 1}-00001"
    set_series("invoice", "INV-{year}-{number:05}", 50, year + 1)

    assert take_number("invoice", year + 1) == f"INV-{year + 1}-00050"


def test_odd_signs_in_a_pattern_are_taken_as_they_are(organisation, year):
    set_series("invoice", "100%_{number}", 4, year)
    assert issue_one() == "100%_4"

    with pytest.raises(MoveRefused, match="100%_4 is the last one used, so 5 follows"):
        set_series("invoice", "100%_{number}", 4, year)


def test_staff_may_not_change_numbers(people, browser_of):
    bruno = browser_of(people.bruno)

    assert bruno.get("/settings/numbers").status_code == 403
    assert save(bruno, "invoice", "A{number}", 1).status_code == 403


@pytest.mark.req("T-07")
def test_free_amounts_are_switched_on_under_preferences(ada_at, organisation):
    fields = {
        "max_seconds_per_day": "24:00", "default_rate": "100", "rounding_mode": "none", "rounding_minutes": "15",
        "default_layout": "task", "payment_terms_days": "30",
    }  # fmt: skip

    ada_at.post("/settings/preferences/projects", data=fields | {"has_free_amounts": "y"})
    was_on = organisation.has_free_amounts
    page = words_of(ada_at.get("/settings/preferences/projects"))
    ada_at.post("/settings/preferences/projects", data=fields)

    assert was_on
    assert "Invoice milestones with a free amount" in page
    assert not organisation.has_free_amounts
