"""Letters to our own people (reset, invitation, what they wanted to hear of): put in the mail queue.

Their links open something for whoever reads them. So their words lie encrypted in the queue, and go once they are sent.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from email.utils import make_msgid

from cryptography.fernet import InvalidToken
from flask import current_app

from extensions import current_config, db, decrypt, encrypt
from models import MailMessage, Organisation


def can_mail(organisation: Organisation | None) -> bool:
    """Say whether a mail server was told to us."""
    return bool(organisation and organisation.mail_host)


def absolute(path: str) -> str:
    """Return the address that people outside can open; never built from the request's own Host header."""
    return current_config().base_url + path


def queue_letter(to: str, subject: str, path: str, paragraphs: Sequence[str], *, is_secret: bool = True) -> None:
    """Queue a short letter with one link. Does not commit, and needs no request.

    `is_secret`: the link opens something for whoever reads it, so the words are kept encrypted.
    """
    words = {"subject": subject, "link": absolute(path), "paragraphs": paragraphs}
    templates, kept = current_app.jinja_env, encrypt if is_secret else str
    db.session.add(
        MailMessage(
            press=secrets.token_urlsafe(16), message_id=make_msgid(domain="crossbill.invalid"), to=to, subject=subject,
            text=kept(templates.get_template("mail/letter.txt").render(words)),
            html=kept(templates.get_template("mail/letter.html").render(words)),
            transaction_id=None, is_secret=is_secret, has_document=False,
        )
    )  # fmt: skip


def words_of(message: MailMessage) -> tuple[str, str] | None:
    """Return text and HTML for the wire; None for a secret message that was sent, or whose key is gone."""
    if not message.is_secret:
        return message.text, message.html
    if not message.text:
        return None
    try:
        return decrypt(message.text), decrypt(message.html)
    except InvalidToken:
        return None


def forget_words(message: MailMessage) -> None:
    """Let the words of a secret message go: it is over, and nobody reads them here."""
    if message.is_secret:
        message.text = message.html = ""
