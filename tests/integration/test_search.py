"""The search box: what it finds, for whom, and that it stays quick."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import event, insert, text

from extensions import db
from models import Customer, Transaction
from models.finding import find
from tests.browsing import words_of
from tests.factories import make_customer, make_project, make_transaction

pytestmark = pytest.mark.both_databases


def found_by(browser, typed):
    return words_of(browser.get("/search", query_string={"q": typed}, headers={"HX-Request": "true"}))


@pytest.mark.parametrize("typed", ["zyl", "ZYLKER", "inc", "  zylker   i", "Zylker Inc"])
def test_a_customer_is_found_by_its_first_letters_or_a_later_word(people, browser_of, typed):
    make_customer("Zylker Inc")
    make_customer("Aurora Outdoor")

    found = found_by(browser_of(people.bruno), typed)

    assert "Zylker Inc" in found
    assert "Aurora" not in found


@pytest.mark.parametrize("typed", ["web", "relaunch", "vo-390"])
def test_a_project_is_found_by_name_word_or_key(people, browser_of, typed):
    make_project(make_customer("Aurora"), "Website relaunch", key="VO-390")

    assert "Website relaunch" in found_by(browser_of(people.bruno), typed)


@pytest.mark.parametrize("typed", ["inv-2026-0001", "INV-2026-00012", "inv"])
def test_an_invoice_is_found_by_the_start_of_its_number(people, browser_of, typed):
    invoice = make_transaction(make_customer("Aurora"), number="INV-2026-00012", status="sent")

    browser = browser_of(people.bruno)

    assert "INV-2026-00012 Aurora" in found_by(browser, typed)
    page = browser.get("/search", query_string={"q": typed})
    assert f'href="/invoices/{invoice.id}"' in page.text


def test_a_customer_brings_its_newest_invoices(people, browser_of):
    aurora = make_customer("Aurora")
    make_transaction(aurora, number="INV-2026-00012", status="sent")

    assert "INV-2026-00012" in found_by(browser_of(people.bruno), "auro")


def test_a_deleted_draft_is_not_found(people, browser_of):
    make_transaction(make_customer("Aurora"), status="deleted")

    assert "Draft" not in found_by(browser_of(people.bruno), "auro")


def test_at_most_five_of_a_kind_are_shown(people, browser_of):
    for number in range(9):
        make_customer(f"Aurora {number}")

    assert found_by(browser_of(people.bruno), "aurora").count("Aurora") == 5


@pytest.mark.parametrize(
    "typed", ["%", "_", "\\", "'; DROP TABLE customers; --", "\x00", "x" * 5000, "İ", "\U0001f600"]
)
def test_odd_text_finds_nothing_and_breaks_nothing(people, browser_of, typed):
    make_customer("Aurora")

    answer = browser_of(people.bruno).get("/search", query_string={"q": typed})

    assert answer.status_code == 200
    assert "Aurora" not in words_of(answer)


def test_what_was_typed_is_shown_as_text(people, browser_of):
    answer = browser_of(people.bruno).get("/search", query_string={"q": "<script>alert(1)</script>"})

    assert "<script>alert(1)" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text


def test_nothing_found_says_what_to_try(people, browser_of):
    assert "Nothing fits “zzz”. Try fewer letters" in found_by(browser_of(people.bruno), "zzz")


def test_without_javascript_the_box_opens_a_page_with_the_same_answer(people, browser_of):
    make_customer("Zylker Inc")

    page = browser_of(people.bruno).get("/search?q=zyl")

    assert "<html" in page.text
    assert page.text.count('id="search-results"') == 1
    assert "Zylker Inc" in words_of(page)


def test_the_box_is_on_every_page_and_asks_while_one_types(people, browser_of):
    page = browser_of(people.bruno).get("/customers/").text

    assert 'hx-get="/search"' in page
    assert page.count('id="search-results"') == 1


def test_who_may_not_search_has_no_box(people, browser_of):
    assert 'role="search"' not in browser_of(people.tim).get("/account").text


def test_invoices_and_customers_are_found_by_an_index_among_many(organisation, db_session):
    many = [{"name": f"Firm {n:05}", "name_key": f"firm {n:05}", "currency": "USD", "custom": {}} for n in range(3000)]
    db_session.execute(insert(Customer), many)
    first = db_session.scalar(db.select(Customer.id).limit(1))
    rows = [
        {"type": "invoice", "number": f"INV-{n:05}", "customer_id": first, "currency": "USD",
         "date": organisation.today(), "link_token": str(n)} for n in range(20_000)
    ]  # fmt: skip
    db_session.execute(insert(Transaction), rows)
    db_session.commit()
    db_session.execute(text("ANALYZE"))
    seen = []
    event.listen(db.engine, "before_cursor_execute", note := lambda *said: seen.append((said[2], said[3])))

    find("INV-0000", ("quote", "invoice"))
    event.remove(db.engine, "before_cursor_execute", note)

    explain = "EXPLAIN QUERY PLAN " if db.engine.dialect.name == "sqlite" else "EXPLAIN "
    plans = {sql: _plan(db_session, explain + sql, values) for sql, values in seen if "FROM transactions" in sql}
    assert plans
    for plan in plans.values():
        assert "number>" in plan or re.search(r"Index Cond: .*number\)?(::text)? >= ", plan), plan
    assert len([sql for sql, _values in seen if sql.startswith("SELECT")]) <= 5


def _plan(session, sql, values):
    rows = session.connection().exec_driver_sql(sql, values)
    return "\n".join(" ".join(map(str, row)) for row in rows)
