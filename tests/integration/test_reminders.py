"""Reminders: each stage once, in the morning, only the latest after a rest, and never to who should not get one."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import time_machine

from billing import mail, reminders, transactions
from billing.errors import MoveRefused
from extensions import db, utcnow
from models import AuditEntry, MailMessage, Organisation, ReminderSent, Transaction
from models.audit import Actor
from tests import factories
from tests.browsing import send, words_of

OLGA = Actor("person", "Olga Marsh")
NEW_YORK = ZoneInfo("America/New_York")
#: the day on which the invoice is due
DUE = date(2026, 7, 31)


def morning(days: int, hour: int = 9) -> datetime:
    """So many days after the due date, at this hour in the organisation's zone."""
    return datetime(2026, 7, 31, hour, tzinfo=NEW_YORK) + timedelta(days=days)


@pytest.fixture
def here(organisation: Organisation, sink) -> Organisation:
    organisation.mail_host, organisation.mail_port, organisation.mail_security = "127.0.0.1", sink.port, "none"
    organisation.has_reminders = True
    reminders.preset_rules(OLGA)
    db.session.commit()
    return organisation


@pytest.fixture
def invoice(here) -> Transaction:
    customer = factories.make_customer("Aurora Outdoor")
    factories.make_contact_person(customer)
    return issued(customer)


def issued(customer, due: date = DUE, amount: int = 100) -> Transaction:
    with time_machine.travel(datetime(2026, 7, 1, 12, tzinfo=NEW_YORK), tick=False):
        made = transactions.start_blank(customer.id, OLGA)
        factories.make_line(made, rate=Decimal(amount), amount=Decimal(amount))
        made.due_date = due
        made.total = made.balance = made.subtotal = Decimal(amount)
        db.session.flush()
        db.session.expire(made)
        transactions.issue(made, OLGA)
    db.session.commit()
    return made


def remind(days: int, hour: int = 9) -> list[str]:
    """Let the clock's job run at that time; the kinds of e-mail it queued."""
    known = set(db.session.scalars(db.select(MailMessage.id)))
    with time_machine.travel(morning(days, hour), tick=False):
        reminders.remind_due(utcnow(), db.session.commit)
    found = db.session.scalars(db.select(MailMessage).order_by(MailMessage.id))
    return [message.kind for message in found if message.id not in known]


@pytest.mark.req("T-03")
@pytest.mark.both_databases
def test_each_stage_goes_out_once_when_its_day_has_come(invoice):
    found = {day: remind(day) for day in (-4, -3, -2, 0, 2, 3, 4, 13, 14, 15, 30, 31, 90)}

    assert {day: kinds for day, kinds in found.items() if kinds} == {
        -3: ["reminder_0"], 3: ["reminder_1"], 14: ["reminder_2"], 30: ["reminder_3"],
    }  # fmt: skip
    assert db.session.scalar(db.select(db.func.count(ReminderSent.id))) == 4


def test_it_waits_for_the_morning_of_the_house_and_runs_once_a_day(invoice):
    night = remind(3, hour=7)
    customer = factories.make_customer("Late Comer")

    first = remind(3, hour=8)
    issued(customer)
    second = remind(3, hour=11)

    assert (night, first, second) == ([], ["reminder_1"], [])
    assert remind(4) == ["reminder_1"]


@pytest.mark.parametrize(("days", "kinds"), [(1, []), (5, ["reminder_1"]), (20, ["reminder_2"]), (200, ["reminder_3"])])
def test_a_machine_that_was_off_sends_only_the_latest_stage(invoice, days, kinds):
    assert remind(days) == kinds
    assert remind(days + 1) == []


@pytest.mark.both_databases
def test_the_mail_says_what_is_open_and_carries_the_pdf(invoice, sink):
    remind(14)
    mail.deliver_due(db.session.commit)

    letter = sink.letters[0]
    body = letter.get_body(("plain",)).get_content()
    assert letter["Subject"] == f"Second reminder: Invoice {invoice.number}"
    assert "It has been due for 14 days, and US$100.00 is still open." in " ".join(body.split())
    assert next(letter.iter_attachments()).get_filename() == f"{invoice.number}.pdf"
    assert db.session.scalars(db.select(ReminderSent)).one().message_id is not None


def test_what_is_paid_void_or_not_issued_is_left_alone(here):
    customer = factories.make_customer("Aurora Outdoor")
    paid, void = issued(customer), issued(customer)
    paid.balance, paid.status = Decimal(0), "paid"
    transactions.void(void, "Mistake", OLGA)
    draft = transactions.start_blank(customer.id, OLGA)
    draft.due_date = DUE
    db.session.commit()

    assert remind(14) == []


def test_a_part_that_is_still_open_is_asked_for(invoice, sink):
    invoice.balance, invoice.status = Decimal("40.50"), "partially_paid"
    db.session.commit()

    remind(3)
    mail.deliver_due(db.session.commit)

    assert "US$40.50 is still open" in " ".join(sink.letters[0].get_body(("plain",)).get_content().split())


def test_a_reminder_that_waited_until_it_was_paid_is_not_sent(invoice, sink):
    remind(3)
    invoice.balance, invoice.status = Decimal(0), "paid"
    db.session.commit()

    mail.deliver_due(db.session.commit)

    message = db.session.scalars(db.select(MailMessage)).one()
    assert (message.status, sink.letters) == ("cancelled", [])
    assert message.server_answer == "It was paid meanwhile, so the reminder was not sent."


def test_a_customer_who_gets_none_and_what_is_disputed_are_skipped_with_their_reason(invoice, here, people, browser_of):
    quiet = factories.make_customer("Quiet One", gets_reminders=False)
    mute = factories.make_customer("Mute One", email="")
    issued(quiet)
    issued(mute)
    reminders.hold(invoice, "Disputed", None, OLGA)
    db.session.commit()

    assert remind(14) == []
    with time_machine.travel(morning(15), tick=False):
        page = words_of(factories.sign_in(browser_of(people.ada), people.ada).get("/settings/reminders"))
    for sentence in ("No reminders: Disputed", "This customer gets no reminders.", "There is no e-mail address."):
        assert sentence in page


def test_a_hold_ends_by_its_day_or_when_somebody_says_so(invoice):
    reminders.hold(invoice, "Paying in parts", DUE + timedelta(days=10), OLGA)
    db.session.commit()

    held, later = remind(5), remind(11)
    reminders.hold(invoice, "Disputed", None, OLGA)
    reminders.release(invoice, OLGA)

    assert (held, later) == ([], ["reminder_1"])
    assert remind(14) == ["reminder_2"]
    with pytest.raises(MoveRefused, match="Say why"):
        reminders.hold(invoice, "  ", None, OLGA)


def test_the_preview_of_today_names_who_gets_what(invoice, people, browser_of):
    with time_machine.travel(morning(14), tick=False):
        page = words_of(factories.sign_in(browser_of(people.ada), people.ada).get("/settings/reminders"))

    assert f"{invoice.number} Aurora Outdoor Second reminder carla@customer.example 14 days US$100.00" in page


@pytest.mark.both_databases
def test_a_late_fee_is_a_draft_that_nobody_issued(invoice, here):
    here.late_fee_percent = Decimal("2.5")
    reminders.set_rule(14, "reminder_2", adds_late_fee=True, actor=OLGA)
    db.session.commit()

    remind(14)

    fee = db.session.scalars(db.select(Transaction).where(Transaction.id != invoice.id)).one()
    assert (fee.status, fee.number, fee.total) == ("draft", None, Decimal("2.50"))
    assert [line.name for line in fee.lines] == [f"Late fee for {invoice.number}"]
    assert fee.customer_id == invoice.customer_id
    assert remind(15) == []


def test_a_late_fee_of_a_late_fee_is_never_asked_for(invoice, here):
    here.late_fee_percent = Decimal(10)
    reminders.set_rule(14, "reminder_2", adds_late_fee=True, actor=OLGA)
    db.session.commit()
    remind(14)
    fee = db.session.scalars(db.select(Transaction).where(Transaction.status == "draft")).one()
    with time_machine.travel(morning(14), tick=False):
        transactions.issue(fee, OLGA)
        fee.due_date = DUE + timedelta(days=14)
    db.session.commit()

    remind(28)

    assert db.session.scalar(db.select(db.func.count(Transaction.id))) == 2


def test_who_was_killed_in_the_middle_goes_on_and_doubles_nothing(here):
    for number in range(3):
        issued(factories.make_customer(f"Customer {number}"))
    calls = []

    def save() -> None:
        db.session.commit()
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt

    with time_machine.travel(morning(3), tick=False):
        with pytest.raises(KeyboardInterrupt):
            reminders.remind_due(utcnow(), save)
        db.session.rollback()
        half = db.session.scalar(db.select(db.func.count(MailMessage.id)))
        reminders.remind_due(utcnow(), db.session.commit)

    assert half == 2
    assert db.session.scalar(db.select(db.func.count(MailMessage.id))) == 3


def test_it_is_sent_now_once_per_press_and_the_schedule_does_not_repeat_it(invoice, people, browser_of):
    with time_machine.travel(morning(5, hour=7), tick=False):
        bruno, page = factories.sign_in(browser_of(people.bruno), people.bruno), f"/invoices/{invoice.id}"
        for _press in range(2):
            send(bruno, page, {"press": "one-press-of-it"}, to=f"{page}/remind")

    kinds = list(db.session.scalars(db.select(MailMessage.kind)))
    assert kinds == ["reminder_1"]
    assert remind(5) == []


def test_what_is_not_overdue_has_nothing_to_be_reminded_of(invoice):
    with time_machine.travel(morning(-5), tick=False), pytest.raises(MoveRefused, match="is not overdue"):
        reminders.remind_now(invoice, OLGA, "press")


def test_switching_on_makes_the_usual_schedule_and_waits_for_the_next_morning(organisation, people, browser_of):
    with time_machine.travel(morning(0, hour=15), tick=False):
        ada = factories.sign_in(browser_of(people.ada), people.ada)
        answer = send(
            ada, "/settings/reminders", {"has_reminders": "1", "late_fee_percent": "0"}, follow_redirects=True
        )
        refused = send(ada, "/settings/reminders", {"has_reminders": "1", "late_fee_percent": "90"})

    assert "The first go out next morning." in words_of(answer)
    assert "Second reminder" in words_of(answer)
    assert refused.status_code == 422
    assert organisation.reminded_on == DUE


def test_a_stage_is_added_stopped_and_started(here, people, browser_of):
    ada = browser_of(people.ada)
    rule = {"days": "7", "side": "before", "kind": "reminder_0"}

    send(ada, "/settings/reminders", rule, to="/settings/reminders/rules")
    days = [found.days for found in reminders.all_rules()]
    send(ada, "/settings/reminders", {}, to="/settings/reminders/rules/1/stop")
    stopped = reminders.all_rules()[1].is_active
    send(ada, "/settings/reminders", {}, to="/settings/reminders/rules/1/start")
    refused = send(ada, "/settings/reminders", rule | {"days": "200"}, to="/settings/reminders/rules")

    assert days == [-7, -3, 3, 14, 30]
    assert (stopped, reminders.all_rules()[1].is_active) == (False, True)
    assert refused.status_code == 422


@pytest.mark.req("R-12")
def test_the_log_says_that_the_clock_reminded(invoice):
    remind(3)

    entry = db.session.scalars(db.select(AuditEntry).where(AuditEntry.verb == "invoice.mail_queued")).one()
    assert (entry.actor_kind, entry.actor) == ("schedule", "Reminders")
    assert entry.summary == f"{invoice.number} to carla@customer.example"
