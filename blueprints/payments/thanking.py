"""Thanks by e-mail for a payment that is being recorded, where the person asks for it."""

from __future__ import annotations

from flask import request
from flask_babel import gettext as _

from billing import mail
from billing.errors import MoveRefused
from billing.mail.facts import reader_of
from billing.mail.letters import can_mail
from blueprints.filters import organisation
from blueprints.sessions import actor
from models import Payment


def thank_if_asked(payment: Payment) -> None:
    """Queue the thanks when the switch of `payments/_thanks_option.html` is on. Does not commit."""
    if not request.form.get("has_thanks") or not can_mail(organisation()):
        return
    if not reader_of(payment.customer).email:
        raise MoveRefused(_("There is no e-mail address to thank. Enter one for the customer, or send no thanks."))
    mail.send_thanks(payment, actor())
