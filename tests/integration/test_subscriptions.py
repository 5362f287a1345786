"""What subscriptions make, when, and never twice (requirements T-22, T-23, R-07)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy.exc import IntegrityError

from billing import expenses, subscriptions, transactions
from billing.errors import MoveRefused
from billing.exchange import DayRate, add_rate
from billing.subscriptions import InvoiceTemplate, SubscriptionValues, TemplateLine
from extensions import db, utcnow
from models import AuditEntry, Expense, MailMessage, Organisation, Subscription, Transaction
from models.audit import Actor
from tests import factories
from tests.subscribing import OLGA, make_expense_subscription, make_subscription

pytestmark = pytest.mark.usefixtures("organisation")


def children(subscription: Subscription) -> list[Transaction]:
    query = db.select(Transaction).where(Transaction.subscription_id == subscription.id)
    return list(db.session.scalars(query.order_by(Transaction.period_start)))


def live(subscription: Subscription, today: date) -> list[Transaction]:
    """Let the clock do all it has to do on one day."""
    while subscriptions.make_due(subscription.id, today) is not None:
        db.session.commit()
    db.session.commit()
    return children(subscription)


def with_mail() -> None:
    db.session.get_one(Organisation, 1).mail_host = "mail.example"


@pytest.mark.both_databases
@pytest.mark.req("R-07", "T-23")
def test_a_period_that_is_due_makes_one_draft_dated_and_worded_by_it(db_session):
    customer = factories.make_customer("Aurora", payment_terms_days=14)
    tax = factories.make_tax(percent="10")
    line = TemplateLine(
        "Hosting, {month} {year}", "{from} – {until}", Decimal(2), "servers", Decimal(100), tax_id=tax.id
    )
    subscription = make_subscription(
        customer, InvoiceTemplate((line,), notes="Thank you for {month}", reference="PO 7")
    )

    made = live(subscription, date(2026, 3, 1))

    assert len(made) == 1
    draft = made[0]
    assert (draft.status, draft.date, draft.due_date) == ("draft", date(2026, 3, 1), date(2026, 3, 15))
    assert (draft.subtotal, draft.tax_total, draft.total) == (200, 20, 220)
    assert [(row.name, row.description) for row in draft.lines] == [("Hosting, March 2026", "1 Mar 2026 – 31 Mar 2026")]
    assert (draft.notes, draft.reference) == ("Thank you for March", "PO 7")
    assert (subscription.next_date, subscription.next_index) == (date(2026, 4, 1), 1)


@pytest.mark.both_databases
@pytest.mark.req("R-07")
@pytest.mark.parametrize(
    ("catch_up", "days"), [("each", ["03-01", "04-01", "05-01"]), ("last", ["05-01"]), ("none", [])]
)
def test_what_was_missed_while_the_machine_was_off_follows_the_rule_and_is_dated_right(db_session, catch_up, days):
    subscription = make_subscription(catch_up=catch_up)

    made = live(subscription, date(2026, 5, 9))

    assert [f"{one.date:%m-%d}" for one in made] == days
    assert [one.period_start for one in made] == [one.date for one in made]
    assert subscription.next_date == date(2026, 6, 1)
    assert len(live(subscription, date(2026, 6, 1))) == len(days) + 1


@pytest.mark.req("R-07")
@pytest.mark.parametrize(("now", "count"), [("2026-03-01T04:59:00Z", 0), ("2026-03-01T05:01:00Z", 1)])
def test_a_day_begins_where_the_organisation_is(db_session, now, count):
    subscription = make_subscription()
    db_session.commit()

    with time_machine.travel(now, tick=False):
        subscriptions.make_all_due(db_session.commit)

    assert len(children(subscription)) == count


@pytest.mark.req("R-07")
def test_it_ends_after_its_last_day_and_after_its_last_one(db_session):
    until = make_subscription(name="Until May", end_date=date(2026, 5, 1))
    three = make_subscription(name="Three times", max_count=3)

    made = [len(live(one, date(2026, 12, 24))) for one in (until, three)]

    assert made == [3, 3]
    assert [(one.status, one.next_date) for one in (until, three)] == [("ended", None)] * 2


@pytest.mark.req("R-07")
def test_what_begins_during_a_pause_is_not_made(db_session):
    subscription = make_subscription()
    live(subscription, date(2026, 3, 1))
    subscriptions.pause(subscription, OLGA)

    during = len(live(subscription, date(2026, 5, 20)))
    subscriptions.resume(subscription, date(2026, 5, 20), OLGA)
    after = live(subscription, date(2026, 6, 1))

    assert during == 1
    assert [one.period_start for one in after] == [date(2026, 3, 1), date(2026, 6, 1)]


@pytest.mark.req("R-07")
def test_a_new_rhythm_makes_no_period_twice_and_none_of_the_past(db_session, monkeypatch):
    monkeypatch.setattr(Organisation, "today", lambda self: date(2026, 4, 10))
    subscription = make_subscription()
    live(subscription, date(2026, 4, 10))
    values = SubscriptionValues(
        "Hosting", "invoice", "USD", date(2026, 3, 15), 1, "month", subscription.customer_id,
        template=subscription.template,
    )  # fmt: skip

    subscriptions.change(subscription, values, subscription.version, OLGA)
    made = live(subscription, date(2026, 5, 20))

    assert [one.period_start for one in made] == [
        date(2026, 3, 1), date(2026, 4, 1), date(2026, 4, 15), date(2026, 5, 15),
    ]  # fmt: skip


def test_two_people_who_edit_one_do_not_overwrite_each_other(db_session):
    subscription = make_subscription()
    values = SubscriptionValues(
        "Other", "invoice", "USD", date(2026, 3, 1), 1, "month", subscription.customer_id,
        template=subscription.template,
    )  # fmt: skip
    seen = subscription.version
    subscriptions.change(subscription, values, seen, OLGA)

    with pytest.raises(MoveRefused, match="changed meanwhile"):
        subscriptions.change(subscription, replace(values, name="Third"), seen, OLGA)


@pytest.mark.both_databases
@pytest.mark.req("R-07")
def test_the_database_itself_refuses_a_second_one_of_a_period(db_session):
    subscription = make_subscription()
    first = live(subscription, date(2026, 3, 1))[0]

    with pytest.raises(IntegrityError):
        factories.make_transaction(subscription_id=subscription.id, period_start=first.period_start)
    db_session.rollback()


@pytest.mark.req("R-07")
def test_a_child_that_was_deleted_is_not_made_again(db_session):
    subscription = make_subscription()
    transactions.delete_draft(live(subscription, date(2026, 3, 1))[0], OLGA)

    made = live(subscription, date(2026, 3, 20))

    assert [one.status for one in made] == ["deleted"]
    with pytest.raises(MoveRefused, match="has made something already"):
        subscriptions.delete(subscription, OLGA)


@pytest.mark.both_databases
@pytest.mark.req("T-22")
def test_the_projects_unbilled_hours_before_the_period_join(db_session):
    project = factories.make_project(rate=Decimal(100))
    before = factories.make_time_entry(project, date=date(2026, 2, 28))
    later = factories.make_time_entry(project, date=date(2026, 3, 1))
    subscription = make_subscription(project.customer, project_id=project.id, takes_hours=True)

    draft = live(subscription, date(2026, 3, 5))[0]

    db_session.expire_all()
    assert draft.total == 350
    assert [line.kind for line in draft.lines] == ["free", "time"]
    assert (before.billing_state, later.billing_state) == ("on_draft", "unbilled")


@pytest.mark.req("T-22", "T-18")
def test_hours_that_nobody_approved_yet_wait_for_the_next_one(db_session):
    project = factories.make_project(rate=Decimal(100), approval_policy="internal")
    factories.make_time_entry(project, date=date(2026, 2, 10), approval="approved")
    late = factories.make_time_entry(project, date=date(2026, 2, 11))
    subscription = make_subscription(project.customer, project_id=project.id, takes_hours=True)

    first = live(subscription, date(2026, 3, 1))[0]
    late.approval = "approved"
    second = live(subscription, date(2026, 4, 1))[1]

    assert (first.total, second.total) == (350, 350)


@pytest.mark.req("T-22")
def test_a_month_without_hours_and_lines_makes_nothing_and_goes_on(db_session):
    project = factories.make_project()
    subscription = make_subscription(
        project.customer, InvoiceTemplate(), project_id=project.id, takes_hours=True, max_count=2
    )

    made = live(subscription, date(2026, 4, 1))

    assert made == []
    assert (subscription.next_date, subscription.problem) == (date(2026, 5, 1), "")
    assert db_session.scalar(db.select(db.func.count()).where(AuditEntry.verb == "subscription.passed_over")) == 2


@pytest.mark.req("T-22")
def test_hours_of_a_fixed_price_project_cannot_join(db_session):
    project = factories.make_project(billing_method="fixed", fixed_amount=Decimal(5000))

    with pytest.raises(MoveRefused, match="billed by its hours"):
        make_subscription(project.customer, project_id=project.id, takes_hours=True)


@pytest.mark.req("T-22", "R-07")
def test_a_project_that_gets_a_fixed_price_later_stops_with_the_reason_and_keeps_the_period(db_session):
    project = factories.make_project(name="Relaunch")
    subscription = make_subscription(project.customer, project_id=project.id, takes_hours=True, catch_up="none")
    project.billing_method = "fixed"
    db_session.commit()

    subscriptions.make_all_due(db_session.commit)
    subscription.start_date = subscription.next_date = db_session.get_one(Organisation, 1).today()
    subscription.next_index = 0
    db_session.commit()
    subscriptions.make_all_due(db_session.commit)

    db_session.refresh(subscription)
    assert "Relaunch is billed at a fixed price now" in subscription.problem
    assert (subscription.next_index, children(subscription)) == (0, [])


@pytest.mark.both_databases
@pytest.mark.req("T-23", "R-08")
def test_one_that_sends_issues_its_child_and_queues_its_mail_once(db_session):
    with_mail()
    customer = factories.make_customer("Aurora")
    factories.make_contact_person(customer)
    subscription = make_subscription(customer, mode="send")

    draft = live(subscription, date(2026, 3, 1))[0]
    live(subscription, date(2026, 3, 2))

    assert draft.status == "issued"
    assert draft.number
    messages = db_session.scalars(db.select(MailMessage)).all()
    assert [(message.to, message.transaction_id) for message in messages] == [("carla@customer.example", draft.id)]
    assert draft.number in messages[0].subject
    assert subscription.problem == ""


@pytest.mark.both_databases
@pytest.mark.req("T-23", "R-07", "R-08")
@pytest.mark.parametrize(
    ("mail", "email", "rate", "said"),
    [
        ("", "a@b.example", 250, "No mail server"),
        ("x", "", 250, "no e-mail address"),
        ("x", "a@b.example", 0, "nothing"),
    ],
)
def test_one_that_cannot_be_sent_stays_a_draft_with_the_reason_and_no_number_is_lost(
    db_session, mail, email, rate, said
):  # fmt: skip
    db_session.get_one(Organisation, 1).mail_host = mail
    customer = factories.make_customer("Aurora", email=email)
    template = InvoiceTemplate((TemplateLine("Hosting", rate=Decimal(rate)),))
    subscription = make_subscription(customer, template, mode="send")

    made = live(subscription, date(2026, 3, 1))

    assert [one.status for one in made] == ["draft"]
    assert said in subscription.problem
    assert subscription.next_date == date(2026, 4, 1)
    assert db_session.scalar(db.select(db.func.count()).select_from(MailMessage)) == 0
    other = factories.make_transaction(date=date(2026, 3, 1))
    factories.make_line(other)
    transactions.update(
        other, transactions.Changes(other.version, other.date, None, "", "", (
            transactions.LineChange(None, "Work", rate=Decimal(5)),)), OLGA,
    )  # fmt: skip
    transactions.issue(other, OLGA)
    assert other.number.endswith("00001")


def test_a_customer_who_is_not_active_any_more_is_billed_nothing(db_session):
    customer = factories.make_customer("Aurora")
    subscription = make_subscription(customer)
    customer.is_active = False

    with pytest.raises(MoveRefused, match="Aurora is not active"):
        subscriptions.make_due(subscription.id, date(2026, 3, 1))
    db_session.rollback()


@pytest.mark.req("R-07")
def test_the_next_one_made_early_takes_its_period_and_is_dated_today(db_session):
    subscription = make_subscription()

    made = subscriptions.make_now(subscription, date(2026, 2, 20), OLGA)
    later = live(subscription, date(2026, 3, 1))

    assert made.transaction.date == date(2026, 2, 20)
    assert [one.period_start for one in later] == [date(2026, 3, 1)]


@pytest.mark.both_databases
@pytest.mark.req("R-07", "T-02")
def test_an_expense_that_comes_again_is_written_down_on_its_days(db_session):
    subscription = make_expense_subscription()

    while subscriptions.make_due(subscription.id, date(2026, 3, 31)) is not None:
        db_session.commit()

    found = db_session.scalars(db.select(Expense).order_by(Expense.date)).all()
    assert [(one.date, one.total, one.category.name) for one in found] == [
        (date(2026, 1, 31), 900, "Rent"), (date(2026, 2, 28), 900, "Rent"), (date(2026, 3, 31), 900, "Rent"),
    ]  # fmt: skip
    assert {one.subscription_id for one in found} == {subscription.id}


@pytest.mark.req("R-07")
def test_an_expense_that_was_deleted_keeps_its_period(db_session):
    subscription = make_expense_subscription(max_count=1)
    subscriptions.make_due(subscription.id, date(2026, 1, 31))

    expenses.delete(db_session.scalars(db.select(Expense)).one(), OLGA)

    assert subscriptions.made_count(subscription) == 1


@pytest.mark.req("R-07")
def test_what_cannot_be_made_holds_up_nothing_else_and_is_tried_again_each_hour(db_session, caplog, monkeypatch):
    broken = make_subscription(factories.make_customer("Gone", is_active=False), name="Broken")
    fine = make_subscription(name="Fine", start_date=date(2026, 3, 2))

    subscriptions.make_all_due(db_session.commit)
    at_once = subscriptions.due_ids(date(2026, 12, 24))
    broken.updated_at = utcnow() - timedelta(hours=2)
    db_session.commit()

    assert "Gone is not active" in broken.problem
    assert children(fine)
    assert broken.id not in at_once
    assert broken.id in subscriptions.due_ids(date(2026, 12, 24))


def test_a_fault_of_ours_is_told_in_the_log_and_on_the_page(db_session, caplog, monkeypatch):
    subscription = make_subscription()
    db_session.commit()
    monkeypatch.setattr("billing.subscriptions.making.make_invoice", lambda *_: 1 / 0)

    subscriptions.make_all_due(db_session.commit)

    assert "ZeroDivisionError" in caplog.text
    assert "Something went wrong inside Crossbill" in subscription.problem
    assert (children(subscription), subscription.next_index) == ([], 0)


@pytest.mark.req("R-06")
def test_a_child_in_a_foreign_currency_has_the_rate_of_its_day(db_session):
    customer = factories.make_customer("Müller", currency="EUR")
    add_rate(DayRate("EUR", date(2026, 2, 27), Decimal("1.08")), "European Central Bank", OLGA)
    add_rate(DayRate("EUR", date(2026, 3, 2), Decimal("1.20")), "European Central Bank", OLGA)
    subscription = make_subscription(customer)

    draft = live(subscription, date(2026, 3, 1))[0]

    assert (draft.exchange_rate, draft.exchange_source) == (Decimal("1.08"), "European Central Bank (2026-02-27)")


def test_an_invoice_becomes_a_subscription_without_what_was_only_once(db_session):
    project = factories.make_project()
    factories.make_time_entry(project)
    draft = transactions.start_from_time(transactions.TimeChoice((project.id,)), OLGA)
    hours = draft.lines[0]
    line = transactions.LineChange(hours.id, hours.name, rate=hours.rate)
    free = transactions.LineChange(None, "Hosting", quantity=Decimal(3), rate=Decimal("9.5"))
    transactions.update(draft, transactions.Changes(draft.version, draft.date, None, "R", "N", (line, free)), OLGA)

    template = InvoiceTemplate.of(draft)

    assert [(one.name, one.quantity, one.rate) for one in template.lines] == [("Hosting", 3, Decimal("9.5"))]
    assert (template.reference, template.notes) == ("R", "N")
    assert InvoiceTemplate.read(subscriptions.plain(template)) == template


def test_amounts_are_foretold_by_the_same_rule_as_invoices(db_session):
    tax = factories.make_tax(percent="8.875")
    template = InvoiceTemplate((TemplateLine("Hosting", rate=Decimal("99.99"), quantity=Decimal(3), tax_id=tax.id),))
    subscription = make_subscription(template=template)

    told = subscriptions.amount_of("invoice", subscription.template, "USD")
    made = live(subscription, date(2026, 3, 1))[0]

    assert told == made.total > 300


@pytest.mark.req("R-12")
def test_the_log_says_who_made_what(db_session):
    subscription = make_subscription()
    live(subscription, date(2026, 3, 1))
    subscriptions.end(subscription, Actor("person", "Olga Marsh"))

    query = db.select(AuditEntry.verb, AuditEntry.actor).where(AuditEntry.subject == "subscription")

    assert db_session.execute(query.order_by(AuditEntry.id)).all() == [
        ("subscription.added", "Olga Marsh"), ("subscription.made", "Subscriptions"),
        ("subscription.ended", "Olga Marsh"),
    ]  # fmt: skip
