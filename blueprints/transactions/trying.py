"""An e-mail before it is sent: shown as its reader will see it, and sent to the person at the keyboard as a test."""

from __future__ import annotations

from typing import Any

from flask import flash
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from billing import mail
from billing.errors import MoveRefused
from billing.mail import MailFields
from blueprints.access import needs
from blueprints.refusals import said
from blueprints.shown_mail import shown_mail
from blueprints.transactions.frame import ID, blueprint, transaction_or_404
from blueprints.transactions.sending import send_form, send_page
from extensions import db, limiter
from forms.transactions import SendForm
from models import Transaction


@blueprint.get(f"/<{ID}:transaction_id>/send/shown")
@needs("transactions.send")
def show_message(type_path: str, transaction_id: int) -> AnyResponse:
    """Show the message with the words of its template."""
    transaction = transaction_or_404(type_path, transaction_id)
    fields = mail.defaults(transaction)
    return shown_mail(mail.preview(transaction, fields)[1])


@blueprint.post(f"/<{ID}:transaction_id>/send/shown")
@needs("transactions.send")
def try_message(type_path: str, transaction_id: int) -> AnyResponse:
    """Show what is typed as it would go out; nothing is kept."""
    transaction = transaction_or_404(type_path, transaction_id)
    form = send_form(transaction)
    return shown_mail(_typed(transaction, form)[1])


def _typed(transaction: Transaction, form: SendForm) -> tuple[str, str]:
    fields = MailFields("", form.subject.data or "", form.text.data or "")
    return mail.preview(transaction, fields, form.expected.data or "")


@blueprint.post(f"/<{ID}:transaction_id>/send/test")
@needs("transactions.send")
@limiter.limit("10 per 15 minutes")
def test_message(type_path: str, transaction_id: int) -> Any:
    """Send what is typed to the person at the keyboard, and say what the server answered."""
    transaction = transaction_or_404(type_path, transaction_id)
    form = send_form(transaction)
    if not form.validate_on_submit():
        return send_page(transaction, form, 422)
    text, html = _typed(transaction, form)
    try:
        message = mail.queue_test(getattr(current_user, "email", ""), str(form.subject.data), text, html)
    except MoveRefused as reason:
        return send_page(transaction_or_404(type_path, transaction_id), form, 422, said(reason))
    db.session.commit()
    outcome = mail.deliver(message.id, db.session.commit)
    if message.status == "sent":
        flash(_("The test is on its way to %(to)s, without the PDF.", to=message.to), "success")
    else:
        flash(_("The test was not sent: %(answer)s", answer=outcome.answer if outcome else ""), "error")
    return send_page(transaction_or_404(type_path, transaction_id), form)
