"""Letters to our own people (reset, invitation, what they wanted to hear of): put in the mail queue."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from email.utils import make_msgid

from flask import current_app

from extensions import current_config, db
from models import MailMessage, Organisation


def can_mail(organisation: Organisation | None) -> bool:
    """Say whether a mail server was told to us."""
    return bool(organisation and organisation.mail_host)


def absolute(path: str) -> str:
    """Return the address that people outside can open; never built from the request's own Host header."""
    return current_config().base_url + path


def queue_letter(to: str, subject: str, path: str, paragraphs: Sequence[str]) -> None:
    """Queue a short letter with one link. Does not commit, and needs no request."""
    words = {"subject": subject, "link": absolute(path), "paragraphs": paragraphs}
    templates = current_app.jinja_env
    db.session.add(
        MailMessage(
            press=secrets.token_urlsafe(16), message_id=make_msgid(domain="crossbill.invalid"), to=to, subject=subject,
            text=templates.get_template("mail/letter.txt").render(words),
            html=templates.get_template("mail/letter.html").render(words), transaction_id=None,
        )
    )  # fmt: skip
