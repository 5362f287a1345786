"""Duplicating: a copy takes words, prices and terms along, and never an hour, an expense or a number."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from billing import transactions
from billing.errors import MoveRefused
from billing.transactions import Changes, LineChange, WholeChange
from extensions import db
from models import Allocation, Transaction
from models.audit import Actor
from tests import factories
from tests.browsing import send, words_of

OLGA = Actor("person", "Olga Marsh")


@pytest.fixture
def invoice(people):
    """An invoice with a line of hours, two free lines and a discount."""
    customer = factories.make_customer("Aurora", currency="USD")
    project = factories.make_project(customer, "Rebrand", rate=Decimal(100))
    factories.make_time_entry(project, seconds=3600, date=date(2026, 6, 1))
    tax = factories.make_tax("VAT", "19")
    made = transactions.start_from_time(transactions.TimeChoice((project.id,)), OLGA)
    lines = (
        transactions.kept(made.lines[0]),
        LineChange(None, "Licence", "For a year", Decimal(2), "seat", Decimal(80), tax.id, Decimal(25)),
        LineChange(None, "Travel", rate=Decimal(30)),
    )
    whole = WholeChange("inclusive", "percent", Decimal(10), Decimal(5), tax.id)
    facts = Changes(made.version, made.date, made.due_date, "PO 7", "Thank you", lines, whole=whole)
    transactions.update(made, facts, OLGA)
    db.session.commit()
    return made


def newest() -> Transaction:
    db.session.expire_all()
    return db.session.scalars(select(Transaction).order_by(Transaction.id.desc()).limit(1)).one()


@pytest.mark.req("R-02")
def test_a_copy_has_the_free_lines_and_the_whole_but_no_hours(invoice):
    made = transactions.copy(invoice, "invoice", OLGA)

    assert [(line.name, line.quantity, line.discount_percent, line.amount) for line in made.lines] == [
        ("Licence", Decimal(2), Decimal(25), Decimal(120)),
        ("Travel", Decimal(1), Decimal(0), Decimal(30)),
    ]
    assert (made.tax_mode, made.discount_total, made.shipping, made.total) == (
        "inclusive", Decimal(15), Decimal(5), Decimal(140),
    )  # fmt: skip
    assert (made.notes, made.reference, made.number, made.status) == ("Thank you", "", None, "draft")
    assert made.customer_id == invoice.customer_id
    assert db.session.scalars(select(Allocation.transaction_id)).all() == [invoice.id]


@pytest.mark.req("T-02")
@pytest.mark.parametrize("key", ["quote", "sales_order", "retainer", "credit_note"])
def test_a_copy_may_be_of_another_type(invoice, key):
    made = transactions.copy(invoice, key, OLGA)

    assert (made.type, made.total, made.converted_from_id) == (key, Decimal(140), None)


def test_the_page_says_what_stays_behind_and_opens_the_copy(browser_of, people, invoice):
    browser = browser_of(people.bruno)
    page = f"/invoices/{invoice.id}/copy"

    asked = words_of(browser.get(page))
    answer = send(browser, page, {"to": "quotes"})

    made = newest()
    assert "2 lines go along." in asked
    assert "1 line of hours or expenses stays behind." in asked
    assert answer.location == f"/quotes/{made.id}/edit"
    assert words_of(browser.get(answer.location)).count("Licence") <= 1
    assert 'value="Licence"' in browser.get(answer.location).text


def test_nothing_is_copied_for_a_customer_who_is_inactive(invoice):
    invoice.customer.is_active = False

    with pytest.raises(MoveRefused, match="is inactive"):
        transactions.copy(invoice, "invoice", OLGA)
