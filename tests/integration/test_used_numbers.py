"""Numbers of all types: gap-free under whatever happens at once, restarting each year, and shown to be so (R-08)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from billing import transactions
from billing.errors import MoveRefused
from billing.number_proof import read_numbers, used_numbers
from billing.numbering import take_number
from billing.types import TYPES
from extensions import db
from models import NumberSeries, Transaction
from models.audit import Actor
from tests import factories
from tests.browsing import words_of
from tests.integration.test_billing_races import at_once

OLGA = Actor("person", "Olga Marsh")


@pytest.fixture(autouse=True)
def _plain_forms(app):
    app.config["WTF_CSRF_ENABLED"] = False


def draft_of(type_key: str) -> int:
    """A draft of any type with one line, ready to be issued."""
    found = factories.make_transaction(type=type_key, subtotal=Decimal(100), total=Decimal(100), due_date=None)
    factories.make_line(found)
    return found.id


@pytest.mark.both_databases
@pytest.mark.req("R-08")
@pytest.mark.parametrize("type_key", list(TYPES))
def test_each_type_has_a_gap_free_series_however_many_issue_and_fail_at_once(app, organisation, db_session, type_key):
    drafts = [draft_of(type_key) for _ in range(12)]
    db_session.commit()

    def issue(draft_id: int) -> Callable[[], str]:
        def work() -> str:
            found = db.session.get_one(Transaction, draft_id)
            transactions.issue(found, OLGA)
            if draft_id % 3 == 0:
                raise MoveRefused("the page fails after the number was taken")
            return found.number or ""

        return work

    said = [answer for n in range(0, 12, 6) for answer in at_once(app, [issue(one) for one in drafts[n : n + 6]])]

    taken = sorted(number for number in said if not number.startswith("refused"))
    series = used_numbers(type_key)
    assert len(taken) == 8
    assert [(one.first, one.last, one.count, one.missing) for one in series] == [(taken[0], taken[-1], 8, ())]
    assert taken[0].endswith("00001")


@pytest.mark.req("R-08")
@pytest.mark.parametrize("type_key", list(TYPES))
def test_each_type_starts_again_with_the_year_and_keeps_the_old_years(organisation, db_session, type_key):
    numbers = [take_number(type_key, year) for year in (2026, 2026, 2027)]

    assert [number.endswith(end) for number, end in zip(numbers, ("00001", "00002", "00001"), strict=True)] == [
        True
    ] * 3
    assert "2027" in numbers[2]
    assert db_session.get_one(NumberSeries, type_key).year == 2027


@pytest.mark.req("R-08")
def test_no_two_types_are_numbered_alike():
    assert len({kind.pattern for kind in TYPES.values()}) == len(TYPES) == 5


@pytest.mark.req("R-08")
def test_a_gap_would_be_seen():
    one, other = read_numbers(["INV-2026-00001", "INV-2026-00002", "INV-2026-00005", "INV-2027-00001"])

    assert (one.first, one.count, one.missing) == ("INV-2027-00001", 1, ())
    assert (other.missing, other.missing_count) == (("INV-2026-00003", "INV-2026-00004"), 2)


def test_opening_invoices_make_no_series_and_no_gap(organisation, db_session):
    for number, is_opening in (("F-3", True), ("F-9", True), ("F-10", False), ("F-11", True), ("F-12", False)):
        factories.make_transaction(number=number, status="issued", is_opening=is_opening)

    (found,) = used_numbers("invoice")

    assert (found.first, found.last, found.count, found.missing_count) == ("F-10", "F-12", 2, 0)


def test_thousands_that_are_missing_are_counted_and_the_first_named():
    (found,) = read_numbers(["7", "9000000"])

    assert found.missing_count == 8_999_992
    assert found.missing[:2] == ("8", "9")


@pytest.mark.both_databases
@pytest.mark.req("R-08")
def test_the_page_shows_the_series_without_gaps_and_the_void_numbers(people, browser_of, db_session):
    ids = [draft_of("invoice") for _ in range(3)]
    for one in ids:
        transactions.issue(db_session.get_one(Transaction, one), OLGA)
    transactions.void(db_session.get_one(Transaction, ids[1]), "Wrong customer", OLGA)
    ada = browser_of(people.ada)

    words = words_of(ada.get("/settings/numbers/invoice/used"))

    assert "00001" in words
    assert "00003" in words
    assert "None" in words
    assert "Wrong customer" in words
    assert ada.get("/settings/numbers/nonsense/used").status_code == 404


@pytest.mark.req("R-08")
def test_the_settings_page_knows_all_five_types(people, browser_of):
    words = words_of(browser_of(people.ada).get("/settings/numbers"))

    assert [kind.title_plural for kind in TYPES.values() if kind.title_plural not in words] == []
