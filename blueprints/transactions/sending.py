"""Save and send: a number, a message in the queue, the PDF; then the page waits for the mail server's answer."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, time
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response as AnyResponse

from billing import mail, pdf, transactions
from billing.errors import MoveRefused
from billing.mail.letters import can_mail
from billing.numbering import next_number
from billing.transactions.claim import refusal
from billing.types import type_of
from blueprints.access import may, needs
from blueprints.filters import moment, this_organisation
from blueprints.refusals import said
from blueprints.render import after_write, page_or_fragment
from blueprints.sessions import actor
from blueprints.transactions.frame import ID, blueprint, transaction_or_404
from blueprints.transactions.messages import is_waiting, messages_of
from extensions import db
from forms.transactions import SendForm
from models import MailMessage, Transaction

#: hour of a scheduled message that names no time
SEND_TIME = time(9)


def _can_be_sent(transaction: Transaction) -> bool:
    kind = type_of(transaction)
    return kind.may("issue", transaction.status) or kind.may("send", transaction.status)


@blueprint.get(f"/<{ID}:transaction_id>/send")
@needs("transactions.send")
def send(type_path: str, transaction_id: int) -> Any:
    """Show the message as it would go out, beside the paper that would go with it."""
    transaction = transaction_or_404(type_path, transaction_id)
    if not _can_be_sent(transaction):
        flash(refusal(transaction, "send"), "warning")
        return redirect(url_for("transactions.show", type_path=type_path, transaction_id=transaction_id), 303)
    return send_page(transaction, _filled(transaction))


def send_form(transaction: Transaction, *, fresh: bool = False) -> SendForm:
    """Return the form with the contact persons that may be chosen; `fresh`: without what was posted."""
    form = SendForm(formdata=None) if fresh else SendForm()
    with db.session.no_autoflush:
        first = mail.defaults(transaction).to
    persons = {
        person.email: f"{person.first_name} {person.last_name} <{person.email}>".strip()
        for person in transaction.customer.contact_persons
        if mail.is_address(person.email) and person.email != first
    }
    return form.offering(list(persons.items()))


def _filled(transaction: Transaction) -> SendForm:
    """Return the form with the words of `mail.defaults`; a draft is called by the number it will most likely get."""
    form = send_form(transaction, fresh=True)
    form.press.data, form.version.data = secrets.token_urlsafe(18), transaction.version
    expected = "" if transaction.number else next_number(transaction.type, this_organisation().today().year)
    with db.session.no_autoflush:
        fields = mail.defaults(transaction, number=expected)
    form.expected.data = expected
    form.to.data, form.subject.data, form.text.data = fields.to, fields.subject, fields.text
    return form


def send_page(transaction: Transaction, form: SendForm, status: int = 200, problem: str = "") -> Any:
    """Render the page with the draft as it is now; a form made for an older one says so."""
    if form.version.data != transaction.version:
        problem = problem or _changed_meanwhile()
        form.version.data, form.version.raw_data = transaction.version, None
    return render_template(
        "transactions/send.html", transaction=transaction, kind=type_of(transaction), form=form, problem=problem,
        can_mail=can_mail(this_organisation()), may_set_mail=may("settings.view"), zone=this_organisation().time_zone,
        has_hours=any(line.kind == "time" for line in transaction.lines),
    ), status  # fmt: skip


@blueprint.post(f"/<{ID}:transaction_id>/send")
@needs("transactions.send")
def save_and_send(type_path: str, transaction_id: int) -> Any:
    """Issue a draft and queue its message in one database transaction; the same press a second time does nothing."""
    transaction = transaction_or_404(type_path, transaction_id)
    form = send_form(transaction)
    here = url_for("transactions.show", type_path=type_path, transaction_id=transaction_id)
    if _was_pressed(form):
        return after_write(here)
    if not form.validate_on_submit():
        return send_page(transaction, form, 422)
    if not can_mail(this_organisation()):
        return send_page(
            transaction, form, 422, _("No mail server is set up, so nothing was sent and no number was taken.")
        )
    try:
        _issue_and_queue(transaction, form)
        db.session.commit()
    except (MoveRefused, IntegrityError) as reason:
        sentence = said(reason) if isinstance(reason, MoveRefused) else _lost_race()
        if _was_pressed(form):
            return after_write(here)
        return send_page(transaction_or_404(type_path, transaction_id), form, 422, sentence)
    pdf.store(transaction, db.session.commit)
    flash(_sent_words(transaction, form), "success")
    return after_write(here)


def _sent_words(transaction: Transaction, form: SendForm) -> str:
    send_at = _send_at(form)
    if send_at is None:
        return str(_("%(number)s is on its way to %(to)s.", number=transaction.number, to=form.recipients))
    when = moment(send_at)
    return str(_("%(number)s goes to %(to)s on %(when)s.", number=transaction.number, to=form.recipients, when=when))


def _was_pressed(form: SendForm) -> bool:
    """Say whether this very press was taken already."""
    known = db.select(MailMessage.id).where(MailMessage.press == (form.press.data or ""))
    return db.session.scalar(known) is not None


def _lost_race() -> str:
    db.session.rollback()
    return str(_("This was sent from another page at the same moment. Look at the messages below before trying again."))


def _changed_meanwhile() -> str:
    return str(_("The draft was changed after this page was opened. Look at the preview, then send."))


def _issue_and_queue(transaction: Transaction, form: SendForm) -> None:
    if type_of(transaction).may("issue", transaction.status):
        if form.version.data != transaction.version:
            raise MoveRefused(_changed_meanwhile())
        transactions.issue(transaction, actor())
    number, expected = transaction.number or "", form.expected.data or ""
    subject, text = (str(field.data).replace(expected, number) if expected else str(field.data)
                     for field in (form.subject, form.text))  # fmt: skip
    fields = mail.MailFields(form.recipients, subject, text, form.cc.data, form.bcc.data)
    extras = mail.Extras(send_at=_send_at(form), has_annex=bool(form.has_annex.data))
    mail.send_transaction(transaction, actor(), form.press.data, fields, extras)


def _send_at(form: SendForm) -> datetime | None:
    """Return when a person wants it to go out, by the organisation's clock; None for at once."""
    if form.send_on.data is None:
        return None
    local = datetime.combine(form.send_on.data, form.send_time.data or SEND_TIME, this_organisation().zone)
    return local.astimezone(UTC)


@blueprint.get(f"/<{ID}:transaction_id>/messages")
@needs("transactions.view")
def messages(type_path: str, transaction_id: int) -> Any:
    """Show the messages; asked again and again while one is on its way, then the page is shown anew."""
    transaction = transaction_or_404(type_path, transaction_id)
    found = messages_of(transaction)
    waiting = is_waiting(found)
    answer = page_or_fragment(
        "transactions/messages.html", "transactions/_messages.html", transaction=transaction,
        kind=type_of(transaction), messages=found, is_waiting=waiting,
    )  # fmt: skip
    if not waiting and request.headers.get("X-Poll") == "1":
        answer.headers["HX-Refresh"] = "true"
    return answer


@blueprint.post(f"/<{ID}:transaction_id>/messages/<{ID}:message_id>/<any('send-again', cancel):verb>")
@needs("transactions.send")
def send_again(type_path: str, transaction_id: int, message_id: int, verb: str) -> AnyResponse:
    """Put a message that was not sent back into the queue, or stop one that waits."""
    transaction_or_404(type_path, transaction_id)
    message = db.session.get(MailMessage, message_id, with_for_update=True)
    if message is None or message.transaction_id != transaction_id:
        abort(404)
    here = url_for("transactions.show", type_path=type_path, transaction_id=transaction_id)
    try:
        (mail.cancel if verb == "cancel" else mail.send_again)(message, actor())
    except MoveRefused as reason:
        flash(said(reason), "error")
        return after_write(here)
    db.session.commit()
    flash(_("It is cancelled and stays here.") if verb == "cancel" else _("It is sent again now."), "success")
    return after_write(here)
