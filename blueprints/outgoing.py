"""Outgoing mail: every message with its state and the server's answer, what to do about it, and trying again."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Select
from sqlalchemy.orm import load_only
from werkzeug.wrappers import Response as AnyResponse

from billing import mail
from billing.errors import MoveRefused
from billing.mail import MAIL_STATES
from billing.mail.kinds import KINDS
from billing.types import TYPES
from blueprints.access import may, needs
from blueprints.menu import MenuEntry
from blueprints.paging import Sort, paged, url_with
from blueprints.render import after_write, page_or_fragment
from blueprints.sessions import actor
from blueprints.shown_mail import shown_mail
from extensions import db, utcnow
from models import Customer, MailMessage, Transaction

blueprint = Blueprint("outgoing", __name__, url_prefix="/outgoing-mail")
MENU = (MenuEntry("money", "Outgoing mail", "mail", "outgoing.index", "mail.view"),)
#: ids rise with time
SORTS = (Sort("newest", MailMessage.id, int, descending=True),)
#: how states are shown
TONES = {"sent": "ok", "failed": "bad", "uncertain": "warn", "cancelled": "neutral"}
#: message ids that both databases can look up
ID = "int(max=2147483647)"


@blueprint.app_template_global("message_advice")
def message_advice(message: MailMessage) -> str:
    """Return what to do about a message that did not go out."""
    return mail.advice(message)


def _seen() -> Select[Any]:
    """Select what this person may see: letters to our own people are for those who see users."""
    statement: Select[Any] = db.select(MailMessage)
    return statement if may("users.view") else statement.where(MailMessage.kind.in_((*KINDS, "test")))


@blueprint.get("/")
@needs("mail.view")
def index() -> Any:
    """List the messages, the newest first; `state` narrows the list."""
    state = request.args.get("state", "")
    statement = _seen()
    if state in MAIL_STATES:
        statement = statement.where(MailMessage.status == state)
    columns = [column for column in MailMessage.__table__.columns if column.name not in {"text", "html"}]
    shown = load_only(*(getattr(MailMessage, column.name) for column in columns))
    page = paged(statement, MailMessage.id, SORTS, options=(shown,))
    return page_or_fragment(
        "outgoing/index.html", "outgoing/_messages_table.html", page=page, state=state, tones=TONES,
        states=[(key, _(word)) for key, word in MAIL_STATES.items()], kind_word=kind_word,
        state_word=mail.state_word, about=_about(page.rows), is_scheduled=is_scheduled,
        active=[(_(MAIL_STATES[state]), url_with(state=None, at=None))] if state in MAIL_STATES else [],
    )  # fmt: skip


def kind_word(message: MailMessage) -> str:
    """Return what a message is, in words."""
    if message.kind in KINDS:
        return str(_(KINDS[message.kind].title))
    return str(_("Test")) if message.kind == "test" else str(_("Letter to a user"))


def is_scheduled(message: MailMessage) -> bool:
    """Say whether a message waits for the time that a person chose."""
    return message.status == "queued" and message.send_at is not None and message.send_at > utcnow()


def _about(messages: list[MailMessage]) -> dict[int, tuple[str, str]]:
    """Return message id → number and address of the transaction it is about; one statement."""
    ids = {message.transaction_id for message in messages if message.transaction_id}
    if not ids:
        return {}
    columns = (Transaction.id, Transaction.type, Transaction.number)
    rows = {row.id: row for row in db.session.execute(db.select(*columns).where(Transaction.id.in_(ids)))}
    return {
        message.id: (row.number or "", url_for("transactions.show", type_path=TYPES[row.type].path,
                                               transaction_id=row.id))
        for message in messages
        if message.transaction_id and (row := rows.get(message.transaction_id)) is not None
    }  # fmt: skip


def _message_or_404(message_id: int) -> MailMessage:
    found: MailMessage | None = db.session.scalar(_seen().where(MailMessage.id == message_id))
    return found or abort(404)


@blueprint.get(f"/<{ID}:message_id>")
@needs("mail.view")
def show(message_id: int) -> Any:
    """Show one message: to whom, what the server said, what to do, and the message itself."""
    message = _message_or_404(message_id)
    customer = db.session.get(Customer, message.customer_id) if message.customer_id else None
    return render_template(
        "outgoing/show.html", message=message, kind=kind_word(message), tone=TONES.get(message.status, "info"),
        state=mail.state_word(message), about=_about([message]).get(message.id), customer=customer,
        can_cancel=message.status == "queued",
        can_retry=message.status in {"failed", "uncertain", "cancelled"} and message.failed_at != "words",
    )  # fmt: skip


@blueprint.get(f"/<{ID}:message_id>/shown")
@needs("mail.view")
def shown(message_id: int) -> Any:
    """Show the message as its reader sees it; what holds a secret link is shown to nobody."""
    message = _message_or_404(message_id)
    return abort(404) if message.is_secret else shown_mail(message.html)


@blueprint.post(f"/<{ID}:message_id>/<any('send-again', cancel):verb>")
@needs("transactions.send")
def move(message_id: int, verb: str) -> AnyResponse:
    """Put a message that was not sent back into the queue, or stop one that waits."""
    message = _message_or_404(message_id)
    here = url_for("outgoing.show", message_id=message_id)
    try:
        (mail.cancel if verb == "cancel" else mail.send_again)(message, actor())
    except MoveRefused as refusal:
        db.session.rollback()
        flash(str(refusal), "error")
        return after_write(here)
    db.session.commit()
    flash(_("It is cancelled and stays here.") if verb == "cancel" else _("It is sent again now."), "success")
    return after_write(here)
