"""Many processes and sudden ends: whatever happens, a period has one child, whole, and no number is lost (R-07)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from billing import subscriptions
from billing.proof import proof
from billing.subscriptions.recurrence import Schedule
from extensions import db
from models import MailMessage, Organisation, Subscription, TimeEntry, Transaction
from tests import factories
from tests.integration.test_billing_races import at_once
from tests.subscribing import make_subscription

pytestmark = pytest.mark.usefixtures("organisation")
TODAY = date(2026, 5, 20)
#: the sweep strikes at every so many statements
STEP = 9


class Killed(BaseException):
    """The process is gone; nothing of ours catches it."""


@contextmanager
def killed_at(nth: int) -> Iterator[list[int]]:
    """Kill this process at its nth statement; yields how many there were."""
    seen = [0]

    def strike(*_facts: Any) -> None:
        seen[0] += 1
        if seen[0] == nth:
            raise Killed

    event.listen(db.engine, "before_cursor_execute", strike)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", strike)


def sending_subscription() -> Subscription:
    """A subscription that takes hours along, and sends."""
    db.session.get_one(Organisation, 1).mail_host = "mail.example"
    project = factories.make_project()
    for day in (date(2026, 2, 3), date(2026, 3, 9), date(2026, 5, 2)):
        factories.make_time_entry(project, date=day)
    found = make_subscription(project.customer, project_id=project.id, takes_hours=True, mode="send")
    db.session.commit()
    return found


def let_the_clock_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Organisation, "today", lambda self: TODAY)


def picture() -> list[tuple[Any, ...]]:
    """All children with what is on them."""
    db.session.expire_all()
    made = db.session.scalars(db.select(Transaction).order_by(Transaction.period_start)).all()
    return [(one.period_start, one.status, one.number, one.total, len(one.lines)) for one in made]


@pytest.mark.req("R-07", "R-08", "R-15", "T-22", "T-23")
def test_killed_at_any_statement_and_started_again_makes_the_same_three(db_session, monkeypatch):
    let_the_clock_run(monkeypatch)
    subscription = sending_subscription()
    with killed_at(10**9) as seen:
        subscriptions.make_all_due(db.session.commit)
    total, wanted = seen[0], picture()
    assert [row[1] for row in wanted] == ["issued"] * 3
    subscription_id = subscription.id

    for nth in range(2, total, STEP):
        forget_children(subscription_id)
        with killed_at(nth):
            try:
                subscriptions.make_all_due(db.session.commit)
            except Killed:
                db.session.rollback()
        subscriptions.make_all_due(db.session.commit)

        assert picture() == wanted, f"killed at statement {nth} of {total}"
        assert db.session.scalar(db.select(db.func.count()).select_from(MailMessage)) == 3
        assert proof().is_right


def forget_children(subscription_id: int) -> None:
    """Back to a subscription that made nothing."""
    db.session.rollback()
    for table in ("mail_messages", "allocations", "transaction_lines", "transactions", "number_series"):
        db.session.execute(db.text(f"DELETE FROM {table}"))
    db.session.execute(db.update(TimeEntry).values(billing_state="unbilled"))
    db.session.execute(
        db.update(Subscription)
        .where(Subscription.id == subscription_id)
        .values(next_index=0, next_date=date(2026, 3, 1), status="active", problem="")
    )
    db.session.commit()


@pytest.mark.both_databases
@pytest.mark.req("R-07", "R-16")
def test_six_processes_at_once_make_each_period_once(app, db_session):
    subscription = sending_subscription()
    subscription_id = subscription.id

    def work() -> str:
        made = 0
        while subscriptions.make_due(subscription_id, TODAY) is not None:
            db.session.commit()
            made += 1
        return str(made)

    said = at_once(app, [work] * 6)

    rows = picture()
    assert [row[0] for row in rows] == [date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)]
    assert sorted(int(row[2].rsplit("-", 1)[1]) for row in rows) == [1, 2, 3]
    assert sum(int(sentence) for sentence in said) == 3
    assert proof().is_right


@pytest.mark.both_databases
@pytest.mark.req("R-07")
def test_a_person_and_the_clock_at_the_same_moment_make_one(app, db_session):
    subscription_id = make_subscription(end_date=date(2026, 3, 31)).id
    db_session.commit()

    def by_hand() -> str:
        subscription = db.session.get_one(Subscription, subscription_id)
        return str(subscriptions.make_now(subscription, TODAY, subscriptions.CLOCK) is not None)

    def by_clock() -> str:
        return str(subscriptions.make_due(subscription_id, TODAY) is not None)

    said = at_once(app, [by_hand, by_clock, by_hand, by_clock])

    assert said.count("True") == 1
    assert len(picture()) == 1


@pytest.mark.req("R-07")
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    schedule=st.builds(
        Schedule,
        st.dates(date(2025, 1, 1), date(2025, 12, 31)),
        st.integers(1, 3),
        st.sampled_from(["week", "month", "year"]),
        st.none() | st.dates(date(2026, 1, 1), date(2026, 6, 1)),
    ),
    catch_up=st.sampled_from(["each", "last", "none"]),
    pauses=st.lists(st.integers(1, 60), min_size=1, max_size=6),
)
def test_what_stands_in_the_table_is_what_the_rule_says(db_session, schedule, catch_up, pauses):
    subscription = make_subscription(
        start_date=schedule.start, every=schedule.every, unit=schedule.unit, end_date=schedule.end, catch_up=catch_up
    )
    day, expected, before = schedule.start.toordinal() - 1, [], schedule.start.toordinal() - 1
    for pause in pauses:
        day += pause
        fresh = [one for one in schedule.coming(0, 80) if before < one.toordinal() <= day]
        expected += fresh if catch_up == "each" else [
            one for one in fresh[-1:] if catch_up == "last" or one.toordinal() == day
        ]  # fmt: skip
        while subscriptions.make_due(subscription.id, date.fromordinal(day)) is not None:
            db_session.commit()
        before = day

    query = db.select(Transaction.period_start).where(Transaction.subscription_id == subscription.id)
    assert list(db_session.scalars(query.order_by(Transaction.id))) == expected
