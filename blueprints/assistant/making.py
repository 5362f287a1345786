"""Making the invoice of exactly what was shown: a draft, an issued one, or one that is sent at once (M-14)."""

from __future__ import annotations

from typing import Any

from flask import flash, request, url_for
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from billing import mail, pdf, transactions
from billing.errors import MoveRefused
from billing.hours import assistant
from billing.mail.letters import can_mail
from blueprints.access import may, needs
from blueprints.assistant.frame import blueprint
from blueprints.assistant.pages import KIND, form_of, wish_of, work_page
from blueprints.filters import this_organisation
from blueprints.render import after_write
from blueprints.sessions import actor
from extensions import db
from forms.assistant import AssistantForm
from models import MailMessage, Transaction


@blueprint.post("/work")
@needs("transactions.edit")
def make() -> Any:
    """Make the invoice and go to it; `verb` is draft, issue or send. The same press a second time does nothing."""
    form = form_of(request.form)
    if not form.validate() or "layout" not in request.form:
        return work_page(form, 422)
    if (known := _pressed(form)) is not None:
        return after_write(_url(known))
    verb = request.form.get("verb", "draft") if may("transactions.send") else "draft"
    try:
        made = _make(form, verb)
        db.session.commit()
    except (MoveRefused, IntegrityError) as reason:
        db.session.rollback()
        if (known := _pressed(form)) is not None:
            return after_write(_url(known))
        return work_page(form, 422, _words(reason))
    if verb in {"issue", "send"}:
        pdf.store(made, db.session.commit)
    flash(_said(made, verb), "success")
    return after_write(_url(made))


def _words(reason: MoveRefused | IntegrityError) -> str:
    if isinstance(reason, MoveRefused):
        return str(reason)
    return str(_("Somebody made an invoice of these hours at the same moment. Reload the page and choose again."))


def _make(form: AssistantForm, verb: str) -> Transaction:
    made = assistant.make(wish_of(form), form.seen.data or "", actor())
    if verb in {"issue", "send"}:
        transactions.issue(made, actor())
    if verb == "send":
        if not can_mail(this_organisation()):
            raise MoveRefused(_("No mail server is set up, so nothing was sent and no number was taken."))
        extras = mail.Extras(has_annex=bool(form.annex.data))
        mail.send_transaction(made, actor(), form.press.data or "", None, extras)
    return made


def _pressed(form: AssistantForm) -> Transaction | None:
    """Return the invoice that this very press has sent already."""
    if not form.press.data:
        return None
    statement = db.select(Transaction).join(MailMessage, MailMessage.transaction_id == Transaction.id)
    found: Transaction | None = db.session.scalar(statement.where(MailMessage.press == form.press.data))
    return found


def _url(made: Transaction) -> str:
    page = "transactions.edit" if made.status == "draft" else "transactions.show"
    return url_for(page, type_path=KIND.path, transaction_id=made.id)


def _said(made: Transaction, verb: str) -> str:
    words = {
        "issue": _("%(number)s is issued.", number=made.number),
        "send": _("%(number)s is issued and on its way.", number=made.number),
    }
    return str(words.get(verb, _("The draft is ready. Check it, then save and send.")))
