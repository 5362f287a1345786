"""Writing messages to customers into the queue: words by template, figures of the paper, and the customer's link."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from email.utils import make_msgid

from flask_babel import gettext as _
from sqlalchemy import select

from billing.errors import MoveRefused
from billing.mail.addresses import addresses
from billing.mail.bodies import Sheet, bodies, sheet_of
from billing.mail.facts import facts_of, reader_of
from billing.mail.placeholders import fill
from billing.mail.words import language_for, words_for
from billing.transactions.claim import refusal
from billing.types import type_of
from extensions import current_config, db, utcnow
from models import Customer, MailMessage, Transaction
from models.audit import Actor, record

#: what a header must never hold
_BREAKS = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")
MAX_SUBJECT = 200


@dataclass(frozen=True, slots=True)
class MailFields:
    """What a person may change before sending. `to`, `cc` and `bcc`: addresses with commas between."""

    to: str
    subject: str
    text: str
    cc: str = ""
    bcc: str = ""


@dataclass(frozen=True, slots=True)
class Extras:
    """How a message goes out. `kind`: a key of `KINDS`, empty: the transaction's own. `send_at`: None for at once."""

    kind: str = ""
    send_at: datetime | None = None
    has_annex: bool = False


PLAIN = Extras()


def defaults(transaction: Transaction, kind: str = "", number: str = "") -> MailFields:
    """Return what the send page starts with: the template in the customer's language, the primary contact person.

    `number`: what a draft is called until it has its own.
    """
    words, language = words_for(kind or transaction.type, language_for(transaction.customer, transaction))
    facts = facts_of(transaction, language, number or _("your draft"))
    subject = _BREAKS.sub(" ", fill(words.subject, facts)).strip()[:MAX_SUBJECT]
    return MailFields(reader_of(transaction.customer).email, subject, fill(words.body, facts).strip())


def send_transaction(
    transaction: Transaction, actor: Actor, press: str, fields: MailFields | None = None, extras: Extras = PLAIN
) -> MailMessage:
    """Queue the e-mail of an issued transaction with its PDF; the one way in for pages, bulk actions and jobs.

    `press` makes it at most once: the same press gives the message that is there already (fault 127), so a job
    names what it is for, e.g. `subscription-7-2026-06-01`. Without `fields` the template speaks, to the primary
    contact person. Does not commit; raises `MoveRefused` with the sentence for people.
    """
    return compose(transaction, fields or defaults(transaction, extras.kind), press, actor, extras)


def preview(transaction: Transaction, fields: MailFields, number: str = "", kind: str = "") -> tuple[str, str]:
    """Return text and HTML of a message as it would go out with these words; nothing is queued."""
    kind = kind or transaction.type
    language = words_for(kind, language_for(transaction.customer, transaction))[1]
    facts = facts_of(transaction, language, number or _("your draft"))
    sheet = sheet_of(transaction, facts, language, is_open=kind != transaction.type)
    return bodies(fields.subject, fields.text, sheet)


def compose(
    transaction: Transaction, fields: MailFields, press: str, actor: Actor, extras: Extras = PLAIN
) -> MailMessage:
    """Queue the message of an issued transaction, as `send_transaction` does, with these very words."""
    if (known := _known(press)) is not None:
        return known
    if not type_of(transaction).may("send", transaction.status):
        raise MoveRefused(refusal(transaction, "send"))
    kind = extras.kind or transaction.type
    language = words_for(kind, language_for(transaction.customer, transaction))[1]
    sheet = sheet_of(transaction, facts_of(transaction, language), language, is_open=kind != transaction.type)
    message = _queue(transaction.customer, fields, press, sheet, extras)
    message.transaction_id, message.kind = transaction.id, kind
    db.session.flush()
    record(
        actor, f"{transaction.type}.mail_queued", ("transaction", transaction.id),
        _("%(number)s to %(to)s", number=transaction.number, to=message.to),
    )  # fmt: skip
    db.session.flush()
    return message


def write_to(customer: Customer, fields: MailFields, press: str, sheet: Sheet, kind: str) -> MailMessage:
    """Queue a message that is about no single transaction: thanks, a statement of account. Does not commit."""
    if (known := _known(press)) is not None:
        return known
    message = _queue(customer, fields, press, sheet, PLAIN)
    message.kind, message.has_document = kind, False
    db.session.flush()
    return message


def _known(press: str) -> MailMessage | None:
    if not press:
        raise ValueError("a press needs its own key")
    return db.session.scalar(select(MailMessage).where(MailMessage.press == press))


def _queue(customer: Customer, fields: MailFields, press: str, sheet: Sheet, extras: Extras) -> MailMessage:
    to, cc, bcc = addresses(fields.to), addresses(fields.cc), addresses(fields.bcc)
    if not to:
        raise MoveRefused(_("Enter the e-mail address that this goes to."))
    if extras.send_at is not None and extras.send_at <= utcnow():
        raise MoveRefused(_("The time to send it at is over already. Choose a later one, or leave it empty."))
    subject = _BREAKS.sub(" ", fields.subject).strip()[:MAX_SUBJECT] or customer.name
    text, html = bodies(subject, fields.text, sheet)
    message = MailMessage(
        transaction_id=None, customer_id=customer.id, press=press, message_id=make_msgid(domain=own_domain()),
        to=", ".join(to), cc=", ".join(cc), bcc=", ".join(bcc), subject=subject, text=text, html=html,
        send_at=extras.send_at, next_try_at=extras.send_at or utcnow(), has_annex=extras.has_annex,
    )  # fmt: skip
    db.session.add(message)
    return message


def queue_test(to: str, subject: str, text: str, html: str) -> MailMessage:
    """Queue a trial of a message to one of our own people. Does not commit."""
    message = MailMessage(
        transaction_id=None, kind="test", press=secrets.token_urlsafe(16), message_id=make_msgid(domain=own_domain()),
        to=", ".join(addresses(to)), subject=_BREAKS.sub(" ", _("Test: %(subject)s", subject=subject))[:MAX_SUBJECT],
        text=text, html=html, has_document=False,
    )  # fmt: skip
    db.session.add(message)
    db.session.flush()
    return message


def own_domain() -> str:
    """Return our own host for message ids."""
    host = current_config().base_url.partition("://")[2].partition("/")[0].partition(":")[0]
    return host if re.fullmatch(r"[A-Za-z0-9.-]+", host) else "crossbill.invalid"
