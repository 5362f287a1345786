"""Letters to our own people (reset, invitation): put in the mail queue, or not at all while mail is not set up."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from email.utils import make_msgid

from flask import render_template

from extensions import current_config, db
from models import MailMessage, Organisation


def can_mail(organisation: Organisation | None) -> bool:
    """Say whether a mail server was told to us."""
    return bool(organisation and organisation.mail_host)


def absolute(path: str) -> str:
    """Return the address that people outside can open; never built from the request's own Host header."""
    return current_config().base_url + path


def queue_letter(to: str, subject: str, path: str, paragraphs: Sequence[str]) -> None:
    """Queue a short letter with one link. Does not commit."""
    words = {"subject": subject, "link": absolute(path), "paragraphs": paragraphs}
    db.session.add(
        MailMessage(
            press=secrets.token_urlsafe(16), message_id=make_msgid(domain="crossbill.invalid"), to=to, subject=subject,
            text=render_template("mail/letter.txt", **words), html=render_template("mail/letter.html", **words),
            transaction_id=None,
        )
    )  # fmt: skip
