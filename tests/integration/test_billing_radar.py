"""Money at a glance says what the documents say."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing import transactions
from billing.hours import radar
from billing.hours.pricing import Rounding
from billing.hours.time_entries import price_work
from billing.reports.income_by_month import last_months
from billing.transactions import TimeChoice
from extensions import db
from models.audit import Actor
from tests import factories

OLGA = Actor("person", "Olga Marsh")
METHODS = ("project_hours", "task_hours", "staff_hours", "daily_rate", "fixed")
RATES = st.sampled_from([None, "0", "95.5", "33.3333"])


@pytest.mark.req("M-06", "T-12", "T-16")
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    method=st.sampled_from(METHODS), mode=st.sampled_from(["none", "up", "down", "nearest"]), own=RATES, task=RATES,
    staff=RATES, person=RATES, seconds=st.lists(st.integers(1, 40_000), min_size=1, max_size=8),
)  # fmt: skip
def test_money_ready_is_what_an_invoice_of_one_line_would_say(
    db_session, organisation, method, mode, own, task, staff, person, seconds
):
    def rate(text):
        return None if text is None else Decimal(text)

    organisation.rounding_mode, organisation.rounding_minutes = mode, 15
    project = factories.make_project(billing_method=method, rate=rate(own), fixed_amount=Decimal(900))
    users = [factories.make_user(rate=rate(person)), factories.make_user()]
    factories.make_staff(project, users[0], rate=rate(staff))
    piece = factories.make_task(project, rate=rate(task))
    for number, held in enumerate(seconds):
        factories.make_time_entry(
            project, seconds=held, user_id=users[number % 2].id, task_id=piece.id if number % 3 else None
        )

    ready = radar.unbilled_summary(project.id)
    work = price_work(TimeChoice((project.id,), layout="project", rounding=Rounding(mode, 15)))

    assert (ready.amount, ready.seconds, ready.entries) == (work.totals.total, sum(seconds), len(seconds))
    db_session.rollback()


@pytest.mark.req("M-06")
@pytest.mark.both_databases
def test_projects_with_work_to_bill_are_listed_with_most_money_first(organisation):
    small = factories.make_project(name="Small", rate=Decimal(10))
    large = factories.make_project(name="Large", rate=Decimal(90))
    factories.make_project(name="Nothing")
    for project in (small, large, large):
        factories.make_time_entry(project)
    factories.make_time_entry(small, billing_state="written_off")

    found = radar.ready()

    assert [(x.project_name, x.amount, x.entries) for x in found] == [
        ("Large", Decimal(180), 2), ("Small", Decimal(10), 1),
    ]  # fmt: skip
    assert (found[0].oldest, found[0].customer_name) == (date(2026, 6, 15), large.customer.name)
    assert radar.unbilled_summary(project_id=-1) is None


def issued(due: date, total: int, **values):
    amount = Decimal(total)
    plain = {"status": "issued", "due_date": due, "subtotal": amount, "total": amount, "balance": amount}
    return factories.make_transaction(**(plain | values))


@pytest.mark.req("M-06")
@pytest.mark.both_databases
def test_what_customers_owe_is_sorted_by_age_in_base_currency(organisation):
    today = date(2026, 11, 24)
    for due, total in (
        (today, 1), (date(2026, 11, 23), 10), (date(2026, 10, 25), 20), (date(2026, 10, 24), 100),
        (date(2026, 9, 24), 1000), (date(2026, 8, 1), 10_000),
    ):  # fmt: skip
        issued(due, total)
    issued(today, 100, currency="EUR", exchange_rate=Decimal("1.08"))
    issued(today, 7, status="void")
    issued(today, 7, status="draft")
    issued(date(2026, 1, 1), 7, status="paid", balance=Decimal(0))

    found = {x.key: (x.count, x.amount) for x in radar.ageing(today)}

    assert found == {
        "not_due": (2, Decimal(109)), "1_30": (2, Decimal(30)), "31_60": (1, Decimal(100)),
        "61_90": (1, Decimal(1000)), "over_90": (1, Decimal(10_000)),
    }  # fmt: skip


@pytest.mark.req("M-06")
@pytest.mark.both_databases
def test_income_is_what_was_issued_by_month_without_drafts_and_voids(organisation):
    issued(date(2026, 12, 1), 119, date=date(2026, 11, 30), tax_total=Decimal(19))
    issued(date(2026, 12, 1), 50, date=date(2026, 9, 1), exchange_rate=Decimal("1.5"), status="paid")
    issued(date(2026, 12, 1), 999, date=date(2026, 11, 1), status="void")
    issued(date(2026, 12, 1), 999, date=date(2026, 8, 31))

    found = last_months(date(2026, 11, 24), months=3)

    assert [(x.year, x.month, x.net) for x in found] == [
        (2026, 9, Decimal(75)), (2026, 10, Decimal(0)), (2026, 11, Decimal(100)),
    ]  # fmt: skip
    assert [(x.year, x.month) for x in last_months(date(2026, 2, 1), months=3)] == [(2025, 12), (2026, 1), (2026, 2)]


def test_money_leaves_ready_when_it_is_put_on_a_draft(organisation):
    project = factories.make_project()
    factories.make_time_entry(project)
    db.session.commit()
    before = radar.ready()

    transactions.start_from_time(TimeChoice((project.id,)), OLGA)

    assert [x.amount for x in before] == [Decimal(100)]
    assert radar.ready() == []
