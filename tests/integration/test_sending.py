"""Sending: who gets it, when it goes out, what the log says, and that no secret stays behind."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timedelta
from decimal import Decimal
from html import unescape

import pytest
import time_machine

from billing import attachments, mail, transactions
from billing.errors import MoveRefused
from billing.mail import Extras
from billing.mail.letters import queue_letter, words_of
from billing.paper import document_of
from extensions import db, utcnow
from models import MailMessage, Organisation
from models.audit import Actor
from models.lease import own_name
from tests import factories
from tests.browsing import send
from tests.browsing import words_of as page_words

OLGA = Actor("person", "Olga Marsh")
SECRET = "/reset/very-secret-token"


@pytest.fixture
def here(organisation: Organisation, sink) -> Organisation:
    organisation.mail_host, organisation.mail_port, organisation.mail_security = "127.0.0.1", sink.port, "none"
    db.session.commit()
    return organisation


@pytest.fixture
def invoice(here):
    customer = factories.make_customer("Aurora Outdoor")
    factories.make_contact_person(customer)
    factories.make_contact_person(
        customer, first_name="Ben", last_name="Ortiz", email="ben@customer.example", is_primary=False
    )
    project = factories.make_project(customer, rate=Decimal(100))
    factories.make_time_entry(project, seconds=5400)
    made = transactions.start_from_time(transactions.TimeChoice((project.id,)), OLGA)
    transactions.issue(made, OLGA)
    db.session.commit()
    return made


def pressed(invoice, **fields: str) -> dict[str, str]:
    plain = mail.defaults(invoice)
    return {
        "press": "one-press-of-the-button", "version": str(invoice.version), "to": plain.to, "subject": plain.subject,
        "text": plain.text,
    } | fields  # fmt: skip


def message() -> MailMessage:
    db.session.expire_all()
    return db.session.scalars(db.select(MailMessage)).one()


@pytest.mark.req("T-03")
@pytest.mark.both_databases
def test_contact_persons_are_chosen_and_a_blind_copy_is_seen_by_nobody(people, browser_of, invoice, sink):
    bruno = browser_of(people.bruno)
    page = bruno.get(f"/invoices/{invoice.id}/send")
    copies = {"cc": "books@customer.example", "bcc": "archive@brightline.example"}
    fields = pressed(invoice, also="ben@customer.example", **copies)

    send(bruno, f"/invoices/{invoice.id}/send", fields, to=f"/invoices/{invoice.id}/send")
    mail.deliver_due(db.session.commit)

    assert "Ben Ortiz &lt;ben@customer.example&gt;" in page.text
    assert sink.recipients == [
        "carla@customer.example", "ben@customer.example", "books@customer.example", "archive@brightline.example",
    ]  # fmt: skip
    assert sink.letters[0]["To"] == "carla@customer.example, ben@customer.example"
    assert "archive" not in sink.letters[0].as_string()
    assert message().bcc == "archive@brightline.example"


@pytest.mark.req("T-03")
@pytest.mark.both_databases
def test_a_message_waits_for_the_time_chosen_by_the_clock_of_the_house(people, browser_of, invoice, sink):
    bruno = browser_of(people.bruno)
    day = (datetime.now(invoice_zone()) + timedelta(days=2)).date()

    send(bruno, f"/invoices/{invoice.id}/send", pressed(invoice, send_on=str(day), send_time="07:30"))
    waiting = (mail.deliver_due(db.session.commit), page_words(bruno.get(f"/invoices/{invoice.id}")))
    due = message().send_at
    with time_machine.travel(due + timedelta(seconds=1), tick=False):
        mail.deliver_due(db.session.commit)

    assert due.astimezone(invoice_zone()).strftime("%H:%M") == "07:30"
    assert waiting[0] == 0
    assert "Goes to carla@customer.example on" in waiting[1]
    assert len(sink.letters) == 1
    assert message().status == "sent"


def invoice_zone():
    return db.session.get_one(Organisation, 1).zone


def test_a_scheduled_message_is_cancelled_and_can_be_sent_after_all(people, browser_of, invoice, sink):
    mail.send_transaction(invoice, OLGA, "later", extras=Extras(send_at=utcnow() + timedelta(days=1)))
    bruno, at = browser_of(people.bruno), f"/invoices/{invoice.id}/messages/1"

    send(bruno, f"/invoices/{invoice.id}", {}, to=f"{at}/cancel")
    cancelled = message().status
    with time_machine.travel(utcnow() + timedelta(days=2), tick=False):
        mail.deliver_due(db.session.commit)
    silent = len(sink.letters)
    send(bruno, f"/invoices/{invoice.id}", {}, to=f"{at}/send-again")
    mail.deliver_due(db.session.commit)

    assert (cancelled, silent) == ("cancelled", 0)
    assert (message().status, len(sink.letters)) == ("sent", 1)


def test_what_is_sent_already_cannot_be_cancelled(invoice, sink):
    sent = mail.send_transaction(invoice, OLGA, "now")
    mail.deliver_due(db.session.commit)

    with pytest.raises(MoveRefused, match="waits no longer: Sent"):
        mail.cancel(sent, OLGA)


def test_a_time_that_is_over_is_refused_and_nothing_typed_is_lost(people, browser_of, invoice):
    fields = pressed(invoice, send_on="2020-01-01", text="My own words")

    answer = send(browser_of(people.bruno), f"/invoices/{invoice.id}/send", fields)

    assert answer.status_code == 422
    assert "is over already" in page_words(answer)
    assert "My own words" in answer.text
    assert db.session.scalar(db.select(MailMessage.id)) is None


@pytest.mark.req("T-03")
def test_the_total_is_the_same_string_in_mail_page_and_paper(people, client, invoice, sink):
    mail.send_transaction(invoice, OLGA, "press")
    mail.deliver_due(db.session.commit)
    total = document_of(invoice).total.amount

    letter = sink.letters[0]
    page = client.get(f"/c/{invoice.link_token}")

    assert total == "US$150.00"
    assert total in letter.get_body(("plain",)).get_content()
    assert total in unescape(letter.get_body(("html",)).get_content())
    assert total in page_words(page)


def test_what_is_typed_is_shown_as_sent_and_tested_without_leaving_the_page(people, browser_of, invoice, sink):
    bruno, at = browser_of(people.bruno), f"/invoices/{invoice.id}/send"

    shown = send(bruno, at, pressed(invoice, text="Only for your eyes"), to=f"{at}/shown")
    tested = send(bruno, at, pressed(invoice, text="Only for your eyes"), to=f"{at}/test")

    assert "Only for your eyes" in page_words(shown)
    assert tested.status_code == 200
    assert "Only for your eyes" in tested.text
    assert sink.recipients == [people.bruno.email]
    assert invoice.status == "issued"


@pytest.mark.parametrize(
    ("place", "answer", "sentence"),
    [
        ("rcpt", "550 no such user", "Correct this address in To, Cc or Bcc"),
        ("data", "552 message too large", "Leave out attachments or change Subject and Message"),
    ],
)
def test_a_refusal_fails_at_once_and_the_log_says_which_field_to_mend(
    people, browser_of, invoice, sink, place, answer, sentence
):
    getattr(sink, place).append(answer)
    mail.send_transaction(invoice, OLGA, "press")
    mail.deliver_due(db.session.commit)
    bruno = browser_of(people.bruno)

    listed = page_words(bruno.get("/outgoing-mail/?state=failed"))
    page = page_words(bruno.get("/outgoing-mail/1"))
    send(bruno, "/outgoing-mail/1", {}, to="/outgoing-mail/1/send-again")
    mail.deliver_due(db.session.commit)

    assert answer in listed
    assert answer in page
    assert sentence in page
    assert message().status == "sent"


def test_a_password_that_is_refused_fails_at_once(invoice, here, sink):
    here.mail_user = "olga"
    mail.send_transaction(invoice, OLGA, "press")

    mail.deliver_due(db.session.commit)

    assert message().status == "failed"
    assert "Enter User name and Password again" in mail.advice(message())


def test_the_log_is_narrowed_by_state_and_letters_to_users_are_for_those_who_see_users(people, browser_of, invoice):
    mail.send_transaction(invoice, OLGA, "press")
    queue_letter("ada@brightline.example", "Choose a new password", SECRET, ["Words"])
    db.session.commit()
    ada, bruno = browser_of(people.ada), browser_of(people.bruno)

    assert "Choose a new password" in page_words(ada.get("/outgoing-mail/"))
    assert "Choose a new password" not in page_words(bruno.get("/outgoing-mail/"))
    assert bruno.get("/outgoing-mail/2").status_code == 404
    assert ada.get("/outgoing-mail/2/shown").status_code == 404
    assert invoice.number in page_words(bruno.get("/outgoing-mail/?state=queued"))
    assert invoice.number not in page_words(bruno.get("/outgoing-mail/?state=sent"))


@pytest.mark.both_databases
def test_a_secret_link_is_unreadable_in_the_table_and_gone_once_it_was_sent(here, sink):
    queue_letter("ada@brightline.example", "Choose a new password", SECRET, ["Words"])
    db.session.commit()
    waiting = message()
    stored = waiting.text + waiting.html
    readable = words_of(waiting)

    mail.deliver_due(db.session.commit)

    assert "secret-token" not in stored
    assert SECRET in readable[0]
    assert SECRET in sink.letters[0].get_body(("plain",)).get_content()
    assert (message().status, message().text, message().html) == ("sent", "", "")


def test_a_secret_letter_that_was_refused_keeps_its_words_encrypted_for_another_try(here, sink):
    sink.data = ["550 not today"]
    queue_letter("ada@brightline.example", "Choose a new password", SECRET, ["Words"])
    mail.deliver_due(db.session.commit)

    mail.send_again(message(), OLGA)
    mail.deliver_due(db.session.commit)

    assert message().status == "sent"
    assert SECRET in sink.letters[-1].get_body(("plain",)).get_content()


@pytest.mark.both_databases
def test_a_message_whose_process_was_killed_is_told_at_once_and_never_doubled(invoice, sink):
    queued = mail.send_transaction(invoice, OLGA, "press")
    words = "from models.lease import own_name; print(own_name())"
    gone = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True).stdout.strip()
    queued.status, queued.taken_by, queued.next_try_at = "sending", gone, utcnow()
    db.session.commit()

    mail.deliver_due(db.session.commit)

    assert message().status == "uncertain"
    assert "cut off" in message().server_answer
    assert sink.letters == []


def test_a_message_that_a_living_process_is_sending_is_left_alone(invoice, sink):
    queued = mail.send_transaction(invoice, OLGA, "press")
    queued.status, queued.taken_by, queued.next_try_at = "sending", own_name(), utcnow()
    db.session.commit()

    mail.deliver_due(db.session.commit)

    assert message().status == "sending"


def test_a_job_that_sends_the_same_thing_twice_sends_it_once(invoice, sink):
    for _again in range(2):
        mail.send_transaction(invoice, OLGA, "subscription-7-2026-06-01")
        mail.deliver_due(db.session.commit)

    assert len(sink.letters) == 1


def test_sending_needs_an_address_and_says_so(invoice):
    for person in list(invoice.customer.contact_persons):
        db.session.delete(person)
    invoice.customer.email = ""
    db.session.flush()
    db.session.expire(invoice.customer)

    with pytest.raises(MoveRefused, match="Enter the e-mail address"):
        mail.send_transaction(invoice, OLGA, "press")


def test_timesheet_staff_never_see_outgoing_mail(people, browser_of):
    assert browser_of(people.tim).get("/outgoing-mail/").status_code == 403


@pytest.mark.req("M-14")
def test_files_that_are_marked_for_it_and_the_list_of_hours_go_along(invoice, sink):
    hand = attachments.Handed
    attachments.add(invoice, hand(b"%PDF-1.7\nterms", "terms.pdf"), OLGA)
    attachments.add(invoice, hand(b"%PDF-1.7\ninternal", "internal.pdf", goes_with_mail=False), OLGA)
    db.session.commit()

    mail.send_transaction(invoice, OLGA, "press", extras=Extras(has_annex=True))
    mail.deliver_due(db.session.commit)

    names = [part.get_filename() for part in sink.letters[0].iter_attachments()]
    assert names == [f"{invoice.number}.pdf", "terms.pdf", f"{invoice.number}-hours.pdf"]
    assert message().attached == names
