"""Mail to customers and people: written into a queue, sent from it at most once per press, with the server's answer.

Nothing here commits: whoever delivers hands in `save`, because no database transaction may be open while a mail
server is talked to.
"""

from __future__ import annotations

from billing.mail.addresses import is_address
from billing.mail.advice import MAIL_STATES, advice, state_word
from billing.mail.compose import Extras, MailFields, compose, defaults, preview, queue_test, send_transaction
from billing.mail.queue import cancel, deliver, deliver_due, send_again, send_test
from billing.mail.thanks import send_thanks
from billing.mail.wire import MailSettings, Outcome, settings_of

__all__ = [
    "MAIL_STATES", "Extras", "MailFields", "MailSettings", "Outcome", "advice", "cancel", "compose", "defaults",
    "deliver", "deliver_due", "is_address", "preview", "queue_test", "send_again", "send_test", "send_thanks",
    "send_transaction", "settings_of", "state_word",
]  # fmt: skip
