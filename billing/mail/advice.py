"""What to do about an e-mail that did not go out: which field to mend, in one sentence."""

from __future__ import annotations

from flask_babel import gettext as _

from models import MailMessage

#: status → words for people
MAIL_STATES = {
    "queued": "Waiting to be sent",
    "sending": "Being sent",
    "sent": "Sent",
    "failed": "Not sent",
    "uncertain": "Not known whether it arrived",
    "cancelled": "Cancelled",
}


def state_word(message: MailMessage) -> str:
    """Return the word for the state of a message; one that waits for its time is scheduled."""
    if message.status == "queued" and message.send_at is not None and not message.attempts:
        return str(_("Scheduled"))
    return str(_(MAIL_STATES[message.status]))


def advice(message: MailMessage) -> str:
    """Return what to do about a message that failed, waits for another try, or of which nobody knows; else nothing."""
    if message.status == "uncertain":
        return str(_("Ask the reader whether it arrived. Send it again only if it did not."))
    if message.status not in {"failed", "queued"} or not message.failed_at:
        return ""
    return str(_SENTENCES[message.failed_at]())


_SENTENCES = {
    "connection": lambda: _("Look at Server, Port and Encryption under Settings, Mail, then try again."),
    "login": lambda: _("Enter User name and Password again under Settings, Mail, then try again."),
    "sender": lambda: _(
        "The server does not let this Sender send. Change Sender under Settings, Mail, then try again."
    ),
    "recipient": lambda: _(
        "Correct this address in To, Cc or Bcc when you send again, and in the contact person, so that the next "
        "message arrives."
    ),
    "message": lambda: _(
        "The server took the addresses and refused the message: it may be too large or look like spam. Leave out "
        "attachments or change Subject and Message, then send again."
    ),
    "document": lambda: _("Look at the transaction: what is void or deleted is not sent."),
    "words": lambda: _("Its words are gone, because it held a link. Let the person ask for a new link."),
}
