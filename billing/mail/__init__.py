"""Mail to customers and people: written into a queue, sent from it at most once per press, with the server's answer.

Nothing here commits: whoever delivers hands in `save`, because no database transaction may be open while a mail
server is talked to.
"""

from __future__ import annotations

from billing.mail.compose import MailFields, compose, defaults, is_address
from billing.mail.queue import MAIL_STATES, deliver, deliver_due, send_again, send_test
from billing.mail.wire import MailSettings, Outcome, settings_of

__all__ = [
    "MAIL_STATES", "MailFields", "MailSettings", "Outcome", "compose", "defaults", "deliver", "deliver_due",
    "is_address", "send_again", "send_test", "settings_of",
]  # fmt: skip
