"""One conversation with a mail server. Knows no tables, opens no database transaction."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formataddr
from enum import StrEnum

from cryptography.fernet import InvalidToken
from flask_babel import gettext as _

from extensions import decrypt
from models import Organisation

#: seconds that one step of the conversation may take
TIMEOUT = 20


class Result(StrEnum):
    """How a delivery ended. `uncertain`: the server took the message but its answer was lost."""

    SENT = "sent"
    LATER = "later"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A result with a sentence for people and the server's own words.

    `place`: the step at which it failed: connection, login, sender, recipient or message; empty where none did.
    """

    result: Result
    answer: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class MailSettings:
    """How to reach the mail server. `security`: none, starttls, tls. `password`: in the clear, only in memory."""

    host: str
    port: int
    security: str
    user: str
    password: str
    sender: str
    sender_name: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message ready for the wire; `recipients` are To and Cc together."""

    message: EmailMessage
    recipients: tuple[str, ...]


def settings_of(organisation: Organisation) -> MailSettings:
    """Return the organisation's mail settings with the password decrypted."""
    password = ""
    if organisation.mail_password:
        try:
            password = decrypt(organisation.mail_password)
        except InvalidToken:
            password = ""
    return MailSettings(
        organisation.mail_host, organisation.mail_port, organisation.mail_security, organisation.mail_user, password,
        organisation.mail_from or organisation.email,
        " ".join(organisation.name.split()),
    )  # fmt: skip


def letter(settings: MailSettings, to: Sequence[str], subject: str, text: str) -> Letter:
    """Start a message; `EmailMessage` raises `ValueError` for line breaks in headers, so none can be smuggled in."""
    message = EmailMessage(policy=SMTP)
    message["From"] = formataddr((settings.sender_name, settings.sender))
    message["To"], message["Subject"] = ", ".join(to), subject
    message.set_content(text)
    return Letter(message, tuple(to))


def send(settings: MailSettings, what: Letter) -> Outcome:
    """Hand one message to the mail server. Never raises for what a mail server can do; a 5xx answer is for good."""
    if not settings.host:
        return Outcome(Result.LATER, _("No mail server is set up. Enter one under Settings, Mail."), "connection")
    try:
        with _conversation(settings) as server:
            return _hand_over(server, settings.sender, what)
    except smtplib.SMTPAuthenticationError as error:
        words = _("The mail server refused the user name or password: %(said)s", said=_said(error))
        return Outcome(_for_good(error.smtp_code), words, "login")
    except smtplib.SMTPNotSupportedError as error:
        words = _("The mail server cannot do what the settings ask: %(said)s", said=str(error))
        return Outcome(Result.LATER, words, "connection")
    except smtplib.SMTPResponseException as error:
        return Outcome(_for_good(error.smtp_code), _said(error), "connection")
    except ssl.SSLError as error:
        words = _("No safe connection to the mail server: %(said)s", said=error.reason or str(error))
        return Outcome(Result.LATER, words, "connection")
    except UnicodeError:
        words = _("An address has letters that this mail server cannot use. Correct it.")
        return Outcome(Result.REFUSED, words, "recipient")
    except (OSError, smtplib.SMTPException) as error:
        words = _("The mail server could not be reached: %(said)s", said=str(error))
        return Outcome(Result.LATER, words, "connection")


@contextmanager
def _conversation(settings: MailSettings) -> Iterator[smtplib.SMTP]:
    context = ssl.create_default_context()
    if settings.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(settings.host, settings.port, timeout=TIMEOUT, context=context)
    else:
        server = smtplib.SMTP(settings.host, settings.port, timeout=TIMEOUT)
    try:
        server.ehlo_or_helo_if_needed()
        if settings.security == "starttls":
            server.starttls(context=context)
            server.ehlo()
        if settings.user:
            server.login(settings.user, settings.password)
        yield server
    finally:
        server.close()


def _hand_over(server: smtplib.SMTP, sender: str, what: Letter) -> Outcome:
    """Name sender and recipients, then give the message; from then on a lost answer means *uncertain*."""
    code, said = server.mail(sender)
    if code != 250:
        return _judged(code, said, "sender")
    for recipient in what.recipients:
        code, said = server.rcpt(recipient)
        if code not in {250, 251}:
            return _judged(code, said, "recipient", recipient)
    try:
        code, said = server.data(what.message.as_bytes(policy=SMTP))
    except smtplib.SMTPDataError as error:
        return _judged(error.smtp_code, error.smtp_error, "message")
    except (OSError, smtplib.SMTPException) as error:
        return Outcome(
            Result.UNCERTAIN,
            _("The mail server took the message but did not confirm it (%(said)s). Ask before sending again.",
              said=str(error)),
        )  # fmt: skip
    return Outcome(Result.SENT, _text(code, said)) if code == 250 else _judged(code, said, "message")


def _judged(code: int, said: bytes | str, place: str, recipient: str = "") -> Outcome:
    """A 5xx answer is for good; anything else is tried again."""
    answer = _text(code, said)
    return Outcome(_for_good(code), f"{recipient}: {answer}" if recipient else answer, place)


def _for_good(code: int) -> Result:
    return Result.REFUSED if 500 <= code < 600 else Result.LATER


def _said(error: smtplib.SMTPResponseException) -> str:
    return _text(error.smtp_code, error.smtp_error)


def _text(code: int, said: bytes | str) -> str:
    words = said.decode(errors="replace") if isinstance(said, bytes) else said
    return f"{code} {words}".strip()[:500]
