"""The messages of a transaction: what was sent to whom, and what the mail server said."""

from __future__ import annotations

from collections.abc import Sequence

from extensions import db, utcnow
from models import MailMessage, Transaction

#: messages shown on the page
MOST = 20


def messages_of(transaction: Transaction) -> list[MailMessage]:
    """Return its messages, newest first; one statement."""
    query = db.select(MailMessage).where(MailMessage.transaction_id == transaction.id)
    return list(db.session.scalars(query.order_by(MailMessage.id.desc()).limit(MOST)))


def is_waiting(messages: Sequence[MailMessage]) -> bool:
    """Say whether something is on its way at this moment, so that the page looks again."""
    return any(message.status == "sending" or is_first_try(message) for message in messages)


def is_first_try(message: MailMessage) -> bool:
    """Say whether a message was not tried yet; later tries come minutes apart and are not waited for."""
    return message.status == "queued" and message.attempts == 0 and not is_scheduled(message)


def is_scheduled(message: MailMessage) -> bool:
    """Say whether a message waits for the time that a person chose."""
    return message.status == "queued" and message.send_at is not None and message.send_at > utcnow()
