"""Mail: written once per press, sent at most once, with the server's answer kept and nothing smuggled into headers."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from billing import links, mail, transactions
from billing.errors import MoveRefused
from billing.mail import MailFields
from extensions import db, encrypt, utcnow
from models import MailMessage, Organisation
from models.audit import Actor
from tests import factories
from tests.postbox import Sink

OLGA = Actor("person", "Olga Marsh")


@pytest.fixture
def here(organisation: Organisation, sink: Sink) -> Organisation:
    organisation.mail_host, organisation.mail_port, organisation.mail_security = "127.0.0.1", sink.port, "none"
    db.session.commit()
    return organisation


@pytest.fixture
def invoice(here):
    customer = factories.make_customer("Aurora Outdoor")
    factories.make_contact_person(customer)
    project = factories.make_project(customer, rate=Decimal(100))
    factories.make_time_entry(project, seconds=5400)
    made = transactions.start_from_time(transactions.TimeChoice((project.id,)), OLGA)
    transactions.issue(made, OLGA)
    db.session.commit()
    return made


def queue(invoice, press: str = "press-1", **values) -> MailMessage:
    plain = mail.defaults(invoice)
    fields = MailFields(**({"to": plain.to, "subject": plain.subject, "text": plain.text} | values))
    message = mail.compose(invoice, fields, press, OLGA)
    db.session.commit()
    return message


def deliver(message: MailMessage):
    outcome = mail.deliver(message.id, db.session.commit)
    db.session.refresh(message)
    return outcome


@pytest.mark.req("T-03")
@pytest.mark.both_databases
def test_an_invoice_goes_out_with_its_pdf_and_the_link_of_its_customer(invoice, sink):
    message = queue(invoice, cc="books@customer.example")

    deliver(message)

    letter = sink.letters[0]
    body = letter.get_body(("plain",)).get_content()
    attachment = next(letter.iter_attachments())
    assert sink.recipients == ["carla@customer.example", "books@customer.example"]
    assert letter["From"] == "Brightline Studio <billing@brightline.example>"
    assert letter["Subject"] == f"Invoice {invoice.number} from Brightline Studio"
    assert attachment.get_filename() == f"{invoice.number}.pdf"
    assert attachment.get_content().startswith(b"%PDF-")
    assert links.customer_link(invoice) in body
    assert "US$150.00" in body
    assert links.customer_link(invoice) in letter.get_body(("html",)).get_content()
    assert (message.status, message.server_answer) == ("sent", "250 kept as 4711")
    assert (invoice.status, invoice.sent_at is not None) == ("sent", True)


@pytest.mark.req("T-03")
def test_pressing_send_twice_sends_once(invoice, sink):
    first, second = queue(invoice), queue(invoice)

    outcomes = [deliver(first), deliver(second)]

    assert first.id == second.id
    assert outcomes[1] is None
    assert len(sink.letters) == 1


def test_sending_again_on_purpose_is_another_press(invoice, sink):
    for press in ("monday", "tuesday"):
        deliver(queue(invoice, press))

    assert len(sink.letters) == 2
    assert len({letter["Message-ID"] for letter in sink.letters}) == 2


def test_a_server_that_asks_to_wait_is_tried_again_with_the_same_message_id(invoice, sink):
    sink.data = ["451 come back later"]
    message = queue(invoice)
    deliver(message)
    waiting = (message.status, message.server_answer)
    assert mail.deliver_due(db.session.commit) == 0

    message.next_try_at = utcnow() - timedelta(seconds=1)
    db.session.commit()
    assert mail.deliver_due(db.session.commit) == 1

    db.session.refresh(message)
    assert waiting == ("queued", "451 come back later")
    assert (message.status, message.attempts) == ("sent", 2)
    assert len({letter["Message-ID"] for letter in sink.letters}) == 1


@pytest.mark.parametrize("place", ["rcpt", "data"])
def test_a_refusal_for_good_is_told_and_not_tried_again(invoice, sink, place):
    getattr(sink, place).append("550 no such mailbox")
    message = queue(invoice)

    deliver(message)

    assert message.status == "failed"
    assert message.server_answer.endswith("550 no such mailbox")
    assert {"rcpt": "Correct this address", "data": "may be too large"}[place] in mail.advice(message)
    assert mail.deliver_due(db.session.commit) == 0
    assert invoice.status == "issued"


def test_a_refused_message_can_be_sent_again_by_a_person(invoice, sink):
    sink.rcpt = ["550 mailbox is full"]
    message = queue(invoice)
    deliver(message)

    mail.send_again(message, OLGA)
    db.session.commit()
    deliver(message)

    assert message.status == "sent"
    with pytest.raises(MoveRefused, match="not waiting for a decision"):
        mail.send_again(message, OLGA)


def test_an_answer_that_is_lost_after_the_message_was_taken_is_never_guessed(invoice, sink):
    sink.is_dying = True
    message = queue(invoice)

    deliver(message)

    assert message.status == "uncertain"
    assert "did not confirm" in message.server_answer
    assert mail.deliver_due(db.session.commit) == 0
    assert len(sink.letters) == 1


def test_a_message_that_was_cut_off_by_a_kill_is_told_and_not_doubled(invoice, sink):
    message = queue(invoice)
    message.status, message.next_try_at = "sending", utcnow() - timedelta(minutes=11)
    db.session.commit()

    mail.deliver_due(db.session.commit)

    db.session.refresh(message)
    assert message.status == "uncertain"
    assert sink.letters == []


def test_a_message_that_another_process_is_sending_is_left_alone(invoice, sink):
    message = queue(invoice)
    message.status = "sending"
    db.session.commit()

    assert mail.deliver(message.id, db.session.commit) is None
    assert sink.letters == []


def test_a_mail_server_that_is_down_leaves_the_invoice_issued_and_gives_up_after_a_while(invoice, here):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        here.mail_port = free.getsockname()[1]
    message = queue(invoice)
    waits = []

    for _ in range(6):
        deliver(message)
        waits.append(round((message.next_try_at - utcnow()) / timedelta(minutes=1)))

    assert waits[:5] == [1, 5, 15, 60, 240]
    assert message.status == "failed"
    assert "could not be reached" in message.server_answer
    assert invoice.status == "issued"


def test_a_wrong_password_is_told_in_words_and_the_right_one_works(here, sink):
    here.mail_user, here.mail_password = "olga", encrypt("wrong")
    with pytest.raises(MoveRefused, match="refused the user name or password"):
        mail.send_test(here, "olga@brightline.example")

    here.mail_password = encrypt("right")
    answer = mail.send_test(here, "olga@brightline.example")

    assert answer == "250 kept as 4711"
    assert sink.passwords[-1] == ("olga", "right")
    assert sink.letters[0]["To"] == "olga@brightline.example"


def test_a_server_without_tls_is_refused_where_tls_is_asked_for(here, sink):
    here.mail_security = "starttls"

    with pytest.raises(MoveRefused, match="cannot do what the settings ask"):
        mail.send_test(here, "olga@brightline.example")
    assert sink.letters == []


def test_without_a_mail_server_the_message_waits_and_says_why(organisation):
    with pytest.raises(MoveRefused, match="No mail server is set up"):
        mail.send_test(organisation, "olga@brightline.example")


@pytest.mark.parametrize(
    "to",
    ["", "nobody", "a@b@c", "x@y.example\r\nBcc: spy@evil.example", "Carla <carla@customer.example>", "a b@c.example",
     "ünï@c.example"],
)  # fmt: skip
def test_what_is_no_plain_address_is_refused(invoice, to):
    with pytest.raises(MoveRefused, match="e-mail address"):
        queue(invoice, to=to)


def test_a_subject_cannot_smuggle_headers_in(invoice, sink):
    deliver(queue(invoice, subject="Hello\r\nBcc: spy@evil.example\r\n\r\nbody"))

    letter = sink.letters[0]
    assert letter["Bcc"] is None
    assert letter["Subject"] == "Hello Bcc: spy@evil.example body"
    assert sink.recipients == ["carla@customer.example"]


def test_html_in_a_text_stays_text(invoice, sink):
    deliver(queue(invoice, text="<script>alert(1)</script> {{ 7*7 }}\n\nBye"))

    html = sink.letters[0].get_body(("html",)).get_content()
    assert "&lt;script&gt;" in html
    assert "<script>" not in html
    assert "{{ 7*7 }}" in html


def test_an_invoice_that_was_voided_before_its_mail_went_out_is_not_sent(invoice, sink):
    message = queue(invoice)
    transactions.void(invoice, "Mistake", OLGA)
    db.session.commit()

    deliver(message)

    assert (message.status, sink.letters) == ("failed", [])
    assert "is Void and cannot be sent" in message.server_answer


def test_a_domain_may_be_typed_in_its_own_letters(invoice, sink):
    deliver(queue(invoice, to="carla@bücher.example"))

    assert sink.recipients == ["carla@xn--bcher-kva.example"]


@pytest.mark.parametrize("to", ["a@b.example\r\nBcc: spy@evil.example", "ünï@c.example"])
def test_a_letter_with_an_unfit_address_is_told_and_never_sent(here, sink, to):
    message = MailMessage(
        press="x", message_id="<1@x.example>", to=to, subject="Reset", text="Link", html="<p>Link</p>",
        transaction_id=None,
    )  # fmt: skip
    db.session.add(message)
    db.session.commit()

    deliver(message)

    assert (message.status, sink.letters) == ("failed", [])


def test_a_draft_is_not_sent(here):
    draft = transactions.start_blank(factories.make_customer().id, OLGA)

    with pytest.raises(MoveRefused, match="is Draft and cannot be sent"):
        mail.compose(draft, MailFields("a@b.example", "x", "y"), "press", OLGA)


@pytest.mark.both_databases
def test_letters_without_an_invoice_go_out_too(here, sink):
    db.session.add(
        MailMessage(
            press="reset", message_id="<1@x.example>", to="olga@brightline.example", subject="Reset", text="Link",
            html="<p>Link</p>", transaction_id=None,
        )
    )  # fmt: skip
    db.session.commit()

    assert mail.deliver_due(db.session.commit) == 1
    assert [x.status for x in db.session.scalars(select(MailMessage))] == ["sent"]
    assert sink.letters[0].get_body(("plain",)).get_content().strip() == "Link"


def test_the_link_opens_until_it_is_renewed_too_old_or_the_invoice_is_a_draft(invoice):
    old = invoice.link_token
    draft = transactions.start_blank(invoice.customer_id, OLGA)
    assert links.find(old).id == invoice.id
    assert [links.find(token) for token in (draft.link_token, "", "nothing", "é", "x" * 500)] == [None] * 5

    links.renew(invoice, OLGA)
    new = invoice.link_token

    assert links.find(old) is None
    assert links.find(new).id == invoice.id
    invoice.issued_at = datetime.now(UTC) - links.LINK_LIFE
    assert links.find(new) is None


def test_the_link_of_a_void_invoice_still_says_so(invoice):
    transactions.void(invoice, "Mistake", OLGA)

    assert links.find(invoice.link_token).status == "void"
