"""The mail queue: who takes a message sends it, at most once; what came of it stands on its row (fault 127)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import select, update

from billing import pdf, transactions
from billing.errors import MoveRefused
from billing.mail.wire import Letter, MailSettings, Outcome, Result, letter, send, settings_of
from billing.transactions.claim import refusal
from billing.types import type_of
from extensions import db, utcnow
from models import MailMessage, Organisation, Transaction
from models.audit import Actor, record

#: status → words for people
MAIL_STATES = {
    "queued": "Waiting to be sent",
    "sending": "Being sent",
    "sent": "Sent",
    "failed": "Not sent",
    "uncertain": "Not known whether it arrived",
}
#: waiting before the next try; after the last one the message failed
BACKOFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240))
#: a message that is being sent for longer was cut off: a kill, a power cut
STALE = timedelta(minutes=10)
CLOCK = Actor("schedule", "Mail queue")
#: the caller's commit
Save = Callable[[], None]


def deliver_due(save: Save, limit: int = 20) -> int:
    """Send what is due, oldest first; tell of messages that were cut off; returns how many were tried."""
    _tell_cut_off()
    statement = (
        select(MailMessage.id)
        .where(MailMessage.status == "queued", MailMessage.next_try_at <= utcnow())
        .order_by(MailMessage.next_try_at, MailMessage.id)
        .limit(limit)
    )
    due = list(db.session.scalars(statement))
    save()
    return sum(deliver(message_id, save) is not None for message_id in due)


def deliver(message_id: int, save: Save) -> Outcome | None:
    """Send one queued message now; None when another process has it or it is not waiting.

    `save` ends the database transaction before the server is called and after its answer is written down.
    """
    if not _take(message_id):
        save()
        return None
    message = db.session.get_one(MailMessage, message_id, populate_existing=True)
    transaction = None if message.transaction_id is None else db.session.get_one(Transaction, message.transaction_id)
    save()
    if transaction is not None:
        pdf.store(transaction, save)
    settings = settings_of(db.session.get_one(Organisation, 1))
    if transaction is not None and not type_of(transaction).may("send", transaction.status):
        outcome = Outcome(Result.REFUSED, refusal(transaction, "send"))
    else:
        outcome = _sent(message, transaction, settings, save)
    _write_down(message, transaction, outcome)
    save()
    return outcome


def _sent(message: MailMessage, transaction: Transaction | None, settings: MailSettings, save: Save) -> Outcome:
    """Build the message, end the database transaction, hand it over."""
    try:
        what = _letter(message, transaction, settings)
    except ValueError:
        return Outcome(Result.REFUSED, _("An address or the subject cannot stand in a message. Correct it."))
    save()
    return send(settings, what)


def _take(message_id: int) -> bool:
    """Claim a queued message: of two that try, one row changes for one of them."""
    statement = (
        update(MailMessage)
        .where(MailMessage.id == message_id, MailMessage.status == "queued")
        .values(status="sending", attempts=MailMessage.attempts + 1, next_try_at=utcnow())
    )
    done = db.session.execute(statement, execution_options={"synchronize_session": False})
    return bool(done.rowcount)  # type: ignore[attr-defined]


def _letter(message: MailMessage, transaction: Transaction | None, settings: MailSettings) -> Letter:
    to, cc = message.to.split(", "), [part for part in message.cc.split(", ") if part]
    made = letter(settings, to, message.subject, message.text)
    if cc:
        made.message["Cc"] = ", ".join(cc)
    made.message["Message-ID"] = message.message_id
    made.message["Date"] = message.created_at
    made.message.add_alternative(message.html, subtype="html")
    if transaction is not None and (content := pdf.stored_bytes(transaction)) is not None:
        name = pdf.file_name(transaction)
        message.attachment_file, message.attachment_name = transaction.pdf_file, name
        made.message.add_attachment(content, maintype="application", subtype="pdf", filename=name)
    return Letter(made.message, (*to, *cc))


def _write_down(message: MailMessage, transaction: Transaction | None, outcome: Outcome) -> None:
    message.server_answer = outcome.answer
    if outcome.result is Result.SENT:
        message.status, message.sent_at = "sent", utcnow()
        if transaction is not None:
            # voided in this very moment: the message's own row still tells that it went out
            with suppress(MoveRefused):
                transactions.mark_sent(transaction, CLOCK)
    elif outcome.result is Result.LATER and message.attempts <= len(BACKOFF):
        message.status = "queued"
        message.next_try_at = utcnow() + BACKOFF[message.attempts - 1]
    else:
        message.status = "uncertain" if outcome.result is Result.UNCERTAIN else "failed"
    db.session.flush()


def _tell_cut_off() -> None:
    """Say of messages that were cut off that nobody knows: sending them again could double them."""
    statement = (
        update(MailMessage)
        .where(MailMessage.status == "sending", MailMessage.next_try_at < utcnow() - STALE)
        .values(
            status="uncertain",
            server_answer=_("Sending was cut off, so it is not known whether this arrived. Ask before sending again."),
        )
    )
    db.session.execute(statement, execution_options={"synchronize_session": False})


def send_again(message: MailMessage, actor: Actor) -> None:
    """Put a message that failed, or of which nobody knows, back into the queue."""
    if message.status not in {"failed", "uncertain"}:
        raise MoveRefused(
            _("This message is not waiting for a decision: %(state)s.", state=_(MAIL_STATES[message.status]))
        )
    message.status, message.attempts, message.next_try_at = "queued", 0, utcnow()
    record(actor, "mail.sent_again", ("mail_message", message.id), message.to)
    db.session.flush()


def send_test(organisation: Organisation, to: str) -> str:
    """Send a test with these settings and return the server's answer; raises `MoveRefused` with what is wrong."""
    settings = settings_of(organisation)
    subject = _("Test from Crossbill")
    what = letter(settings, [to], subject, _("Mail from %(name)s works.", name=organisation.name))
    outcome = send(settings, what)
    if outcome.result is not Result.SENT:
        raise MoveRefused(outcome.answer)
    return outcome.answer
