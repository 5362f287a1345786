"""The mail queue: who takes a message sends it, at most once; what came of it stands on its row (fault 127)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import select, update

from billing import pdf, transactions
from billing.attachments import MailFile
from billing.errors import MoveRefused
from billing.mail.advice import MAIL_STATES
from billing.mail.enclosed import enclosures
from billing.mail.kinds import KINDS
from billing.mail.letters import forget_words, words_of
from billing.mail.wire import Letter, MailSettings, Outcome, Result, letter, send, settings_of
from billing.transactions.claim import refusal
from billing.types import type_of
from extensions import db, utcnow
from models import MailMessage, Organisation, Transaction
from models.audit import Actor, record
from models.lease import is_dead, own_name

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
    if transaction is not None and _is_over(message, transaction):
        return _dropped(message, save)
    if transaction is not None and message.has_document:
        pdf.store(transaction, save)
    settings = settings_of(db.session.get_one(Organisation, 1))
    if transaction is not None and not type_of(transaction).may("send", transaction.status):
        outcome = Outcome(Result.REFUSED, refusal(transaction, "send"), "document")
    else:
        outcome = _sent(message, transaction, settings, save)
    _write_down(message, transaction, outcome)
    save()
    return outcome


def _take(message_id: int) -> bool:
    """Claim a queued message: of two that try, one row changes for one of them."""
    statement = (
        update(MailMessage)
        .where(MailMessage.id == message_id, MailMessage.status == "queued")
        .values(status="sending", attempts=MailMessage.attempts + 1, next_try_at=utcnow(), taken_by=own_name())
    )
    done = db.session.execute(statement, execution_options={"synchronize_session": False})
    return bool(done.rowcount)  # type: ignore[attr-defined]


def _is_over(message: MailMessage, transaction: Transaction) -> bool:
    """Say whether a reminder waited until there was nothing to be reminded of."""
    return message.kind in KINDS and KINDS[message.kind].is_reminder and transaction.balance <= 0


def _dropped(message: MailMessage, save: Save) -> Outcome:
    message.status, message.taken_by = "cancelled", ""
    message.server_answer = _("It was paid meanwhile, so the reminder was not sent.")
    save()
    return Outcome(Result.REFUSED, message.server_answer, "document")


def _sent(message: MailMessage, transaction: Transaction | None, settings: MailSettings, save: Save) -> Outcome:
    """Build the message, end the database transaction, hand it over."""
    words = words_of(message)
    if words is None:
        return Outcome(Result.REFUSED, _("The words of this letter are gone."), "words")
    enclosed = enclosures(message, transaction, save)
    try:
        what = _letter(message, words, enclosed, settings)
    except ValueError:
        sentence = _("An address or the subject cannot stand in a message. Correct it.")
        return Outcome(Result.REFUSED, sentence, "recipient")
    save()
    return send(settings, what)


def _letter(message: MailMessage, words: tuple[str, str], enclosed: list[MailFile], settings: MailSettings) -> Letter:
    """Make the message; `bcc` stands on the envelope only."""
    to, cc, bcc = (_split(text) for text in (message.to, message.cc, message.bcc))
    made = letter(settings, to, message.subject, words[0])
    if cc:
        made.message["Cc"] = ", ".join(cc)
    made.message["Message-ID"] = message.message_id
    made.message["Date"] = message.created_at
    made.message.add_alternative(words[1], subtype="html")
    for part in enclosed:
        main, _slash, sub = part.type.partition("/")
        made.message.add_attachment(part.content, maintype=main, subtype=sub, filename=part.name)
    message.attached = [part.name for part in enclosed]
    return Letter(made.message, tuple(dict.fromkeys((*to, *cc, *bcc))))


def _split(text: str) -> list[str]:
    return [part for part in text.split(", ") if part]


def _write_down(message: MailMessage, transaction: Transaction | None, outcome: Outcome) -> None:
    message.server_answer, message.failed_at, message.taken_by = outcome.answer, outcome.place, ""
    if outcome.result is Result.SENT:
        message.status, message.sent_at = "sent", utcnow()
        forget_words(message)
        if transaction is not None and (message.kind == transaction.type or transaction.sent_at is None):
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
    """Say of messages that were cut off that nobody knows: sending them again could double them.

    A process of this machine that is gone is known at once, any other when it took too long.
    """
    sending = select(MailMessage.id, MailMessage.taken_by, MailMessage.next_try_at).where(
        MailMessage.status == "sending"
    )
    cut_off = [
        row.id
        for row in db.session.execute(sending)
        if row.next_try_at < utcnow() - STALE or (row.taken_by and is_dead(row.taken_by))
    ]
    if not cut_off:
        return
    words = _("Sending was cut off, so it is not known whether this arrived. Ask before sending again.")
    statement = (
        update(MailMessage)
        .where(MailMessage.id.in_(cut_off), MailMessage.status == "sending")
        .values(status="uncertain", server_answer=words, taken_by="")
    )
    db.session.execute(statement, execution_options={"synchronize_session": False})


def send_again(message: MailMessage, actor: Actor) -> None:
    """Put a message that failed, or of which nobody knows, back into the queue."""
    if message.status not in {"failed", "uncertain", "cancelled"}:
        raise MoveRefused(
            _("This message is not waiting for a decision: %(state)s.", state=_(MAIL_STATES[message.status]))
        )
    message.status, message.attempts, message.next_try_at = "queued", 0, utcnow()
    message.send_at, message.failed_at, message.server_answer = None, "", ""
    record(actor, "mail.sent_again", ("mail_message", message.id), message.to)
    db.session.flush()


def cancel(message: MailMessage, actor: Actor) -> None:
    """Stop a message that still waits; whoever began to send it meanwhile is faster, and that is said."""
    statement = (
        update(MailMessage)
        .where(MailMessage.id == message.id, MailMessage.status == "queued")
        .values(status="cancelled", failed_at="", server_answer="")
    )
    done = db.session.execute(statement, execution_options={"synchronize_session": False})
    db.session.refresh(message)
    if done.rowcount != 1:  # type: ignore[attr-defined]
        raise MoveRefused(_("This message waits no longer: %(state)s.", state=_(MAIL_STATES[message.status])))
    record(actor, "mail.cancelled", ("mail_message", message.id), message.to)
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
