"""The invoice assistant shows what the invoice will say, and what is late, over budget or stays out (M-14)."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from billing import expenses
from billing.errors import MoveRefused
from billing.expenses import ExpenseValues
from billing.hours.assistant import Wish, days_of, look, make
from billing.hours.pricing import LAYOUTS, Rounding
from billing.hours.time_entries import TimeChoice
from extensions import db
from models import Expense, MailMessage, Transaction
from models.audit import Actor
from tests import factories
from tests.browsing import words_of

pytestmark = pytest.mark.usefixtures("organisation")
OLGA = Actor("person", "Olga Marsh")


@pytest.fixture(autouse=True)
def _no_tokens(app):
    app.config["WTF_CSRF_ENABLED"] = False


def add_expense(project, amount: str) -> Expense:
    return expenses.add(
        ExpenseValues(
            date=date(2026, 6, 20), category="Travel", vendor="", description="Train", currency=project.currency,
            amount=Decimal(amount), is_billable=True, customer_id=project.customer_id, project_id=project.id,
        ), OLGA,
    )  # fmt: skip


@pytest.mark.req("M-14", "T-14", "T-15", "T-16")
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data())
def test_the_total_shown_is_the_total_of_the_draft_under_any_choice(db_session, organisation, data):
    organisation.default_tax_mode = data.draw(st.sampled_from(["exclusive", "inclusive"]))
    customer = factories.make_customer()
    tax = factories.make_tax(percent=data.draw(st.sampled_from(["0", "8.875", "19"])))
    rates = st.sampled_from(["0", "33.3333", "95.5", "100"])
    methods = st.sampled_from(["project_hours", "daily_rate", "staff_hours", "fixed"])
    projects = [
        factories.make_project(customer, billing_method=data.draw(methods), rate=Decimal(data.draw(rates)),
                               fixed_amount=Decimal("777.77"))
        for _ in range(data.draw(st.integers(1, 3)))
    ]  # fmt: skip
    for project in projects:
        for seconds in data.draw(st.lists(st.integers(1, 40_000), min_size=1, max_size=5)):
            factories.make_time_entry(project, seconds=seconds, date=date(2026, data.draw(st.integers(4, 7)), 3))
    spent = [add_expense(projects[0], data.draw(st.sampled_from(["10", "9.99", "0.01"]))).id for _ in range(2)]
    rounding = Rounding(data.draw(st.sampled_from(["none", "up", "down", "nearest"])), 15)
    choice = TimeChoice(
        tuple(project.id for project in projects), since=data.draw(st.sampled_from([None, date(2026, 5, 1)])),
        layout=data.draw(st.sampled_from(sorted(LAYOUTS))), rounding=rounding,
        tax_id=data.draw(st.sampled_from([None, tax.id])), tax_mode=organisation.default_tax_mode,
    )  # fmt: skip
    wish = Wish(choice, tuple(spent[: data.draw(st.integers(0, 2))]))

    shown = look(wish)

    if shown.work.lines or shown.expenses:
        draft = make(wish, shown.seen, OLGA)
        assert draft.total == shown.totals.total
        assert draft.subtotal == shown.totals.subtotal
        assert draft.tax_total == shown.totals.tax_total
    db_session.rollback()


@pytest.mark.req("M-14", "T-14")
@pytest.mark.both_databases
def test_the_total_is_the_same_whichever_layout():
    project = factories.make_project(rate=Decimal("33.3333"))
    for number in range(7):
        user = factories.make_user()
        factories.make_time_entry(project, seconds=1001 * (number + 1), user_id=user.id)

    totals = {look(Wish(TimeChoice((project.id,), layout=layout))).totals.total for layout in LAYOUTS}

    assert len(totals) == 1


@pytest.mark.req("M-14")
@pytest.mark.parametrize(("today", "period", "days"), [
    (date(2026, 3, 15), "last_month", (date(2026, 2, 1), date(2026, 2, 28))),
    (date(2026, 1, 1), "last_month", (date(2025, 12, 1), date(2025, 12, 31))),
    (date(2026, 3, 15), "this_month", (date(2026, 3, 1), date(2026, 3, 15))),
    (date(2026, 3, 15), "until_today", (None, date(2026, 3, 15))),
])  # fmt: skip
def test_a_period_is_the_days_that_its_words_mean(today, period, days):
    assert days_of(period, today) == days


@pytest.mark.req("M-14", "T-16")
@pytest.mark.both_databases
def test_what_rounding_adds_is_told_in_money():
    project = factories.make_project(rate=Decimal(60))
    for _ in range(3):
        factories.make_time_entry(project, seconds=61 * 60)

    shown = look(Wish(TimeChoice((project.id,), rounding=Rounding("up", 15))))

    assert (shown.logged, shown.billed) == (3 * 61 * 60, 3 * 75 * 60)
    assert shown.impact == Decimal(42)


@pytest.mark.req("M-14")
@pytest.mark.both_databases
def test_hours_from_before_the_period_are_late_and_taken_along_only_if_wanted():
    project = factories.make_project()
    for day in (date(2026, 4, 3), date(2026, 5, 3), date(2026, 6, 3)):
        factories.make_time_entry(project, date=day)
    june = date(2026, 6, 1)

    without = look(Wish(TimeChoice((project.id,), since=june)), june)
    along = look(Wish(TimeChoice((project.id,))), june)

    assert (without.late.entries, without.late.taken, without.totals.total) == (2, 0, Decimal(100))
    assert (along.late.entries, along.late.taken, along.totals.total) == (2, 2, Decimal(300))
    assert along.late.oldest == date(2026, 4, 3)


@pytest.mark.req("M-14")
def test_hours_of_days_that_an_invoice_covered_already_are_late():
    project = factories.make_project()
    factories.make_time_entry(project, date=date(2026, 6, 30), billing_state="invoiced")
    factories.make_time_entry(project, date=date(2026, 6, 10))
    factories.make_time_entry(project, date=date(2026, 7, 10))

    shown = look(Wish(TimeChoice((project.id,))))

    assert (shown.late.entries, shown.late.oldest) == (1, date(2026, 6, 10))


@pytest.mark.req("M-14", "T-28")
def test_hours_that_came_in_after_the_look_are_not_billed_unseen():
    project = factories.make_project()
    factories.make_time_entry(project)
    wish = Wish(TimeChoice((project.id,)))
    seen = look(wish).seen
    factories.make_time_entry(project)

    with pytest.raises(MoveRefused, match="changed after you looked"):
        make(wish, seen, OLGA)


@pytest.mark.req("M-14", "T-13", "T-18", "M-06")
@pytest.mark.both_databases
def test_the_page_warns_of_the_budget_and_tells_late_and_unapproved_hours(browser_of, people):
    project = factories.make_project(name="Harbour", budget_kind="total_hours", budget_seconds=3600,
                                     approval_policy="internal")  # fmt: skip
    for number in range(3):
        factories.make_time_entry(project, approval="approved" if number else "none", date=date(2026, 6, 1 + number))
    factories.make_time_entry(project, date=date(2026, 6, 20), billing_state="invoiced")

    page = words_of(browser_of(people.bruno).get(f"/assistant/work?project={project.id}"))

    assert "OVERRUN: Harbour has used 4:00 of 1:00" in page
    assert "2 earlier entries, 2:00 h" in page
    assert "Not approved by a manager 1:00" in page
    assert "US$200.00" in page


def fields_of(text: str) -> dict[str, list[str]]:
    form = text.split('id="outlook"')[1]
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"', form):
        found.setdefault(name, []).append(value)
    return found


@pytest.mark.req("M-14", "T-10")
@pytest.mark.both_databases
def test_one_press_makes_the_draft_that_was_shown_with_hours_of_two_projects_and_an_expense(browser_of, people):
    customer = factories.make_customer()
    one, two = (factories.make_project(customer) for _ in range(2))
    for project in (one, two):
        factories.make_time_entry(project)
    add_expense(one, "40")
    browser = browser_of(people.bruno)
    page = browser.get("/assistant/work", query_string={"project": [one.id, two.id]})
    assert "US$240.00" in words_of(page)

    answer = browser.post("/assistant/work", data={**fields_of(page.get_data(as_text=True)), "verb": "draft"})

    draft = db.session.scalars(select(Transaction)).one()
    assert answer.location == f"/invoices/{draft.id}/edit"
    assert (draft.total, draft.status) == (Decimal(240), "draft")


@pytest.mark.req("M-14", "R-03")
def test_issue_and_send_happens_once_however_often_it_is_pressed(browser_of, people, organisation):
    organisation.mail_host = "mail.example"
    project = factories.make_project()
    factories.make_time_entry(project)
    browser = browser_of(people.bruno)
    page = browser.get(f"/assistant/work?project={project.id}").get_data(as_text=True)
    fields = {**fields_of(page), "verb": "send", "annex": "y"}

    first = browser.post("/assistant/work", data=fields)
    second = browser.post("/assistant/work", data=fields)

    made = db.session.scalars(select(Transaction)).one()
    mail = db.session.scalars(select(MailMessage)).one()
    assert made.number
    assert (mail.transaction_id, mail.has_annex) == (made.id, True)
    assert first.location == second.location == f"/invoices/{made.id}"


@pytest.mark.req("M-14")
def test_a_stale_page_makes_nothing_and_shows_how_it_is_now(browser_of, people):
    project = factories.make_project()
    factories.make_time_entry(project)
    browser = browser_of(people.bruno)
    fields = fields_of(browser.get(f"/assistant/work?project={project.id}").get_data(as_text=True))
    factories.make_time_entry(project)

    answer = browser.post("/assistant/work", data={**fields, "verb": "draft"})

    assert answer.status_code == 422
    assert "changed after you looked" in words_of(answer)
    assert "US$200.00" in words_of(answer)
    assert db.session.scalar(select(func.count()).select_from(Transaction)) == 0


@pytest.mark.req("M-14")
def test_the_list_offers_customers_with_most_money_first(browser_of, people):
    small, large = factories.make_customer("Small"), factories.make_customer("Large")
    for customer, rate in ((small, 10), (large, 50), (large, 60)):
        factories.make_time_entry(factories.make_project(customer, rate=Decimal(rate)))

    page = words_of(browser_of(people.bruno).get("/assistant/"))

    assert page.index("Large") < page.index("Small")
    assert "US$110.00" in page
