"""Reminders of one transaction: what went out, one sent now, and leaving it alone for a while."""

from __future__ import annotations

import secrets
from typing import Any

from flask import flash, url_for
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response as AnyResponse

from billing import reminders
from billing.errors import MoveRefused
from billing.mail.facts import reader_of
from billing.mail.kinds import KINDS
from billing.mail.letters import can_mail
from billing.types import has_lapsed, type_of
from blueprints.access import needs
from blueprints.filters import this_organisation
from blueprints.refusals import said
from blueprints.render import after_write
from blueprints.sessions import actor
from blueprints.transactions.frame import ID, blueprint, transaction_or_404
from extensions import db
from forms.reminders import HoldForm, RemindForm
from models import ReminderRule, ReminderSent, Transaction


def reminders_of(transaction: Transaction) -> dict[str, Any] | None:
    """Return what `transactions/_reminders.html` tells; None where there is nothing to follow up."""
    organisation = this_organisation()
    today = organisation.today()
    if not type_of(transaction).is_owed or not has_lapsed(transaction, today):
        return None
    held = reminders.hold_of(transaction, today)
    rule = reminders.stage_now(transaction)
    to = reader_of(transaction.customer).email
    return {
        "sent": _sent(transaction), "held": held, "press": secrets.token_urlsafe(18),
        "late": (today - (transaction.due_date or today)).days,
        "next": _(KINDS[rule.kind].title) if rule else _(KINDS["reminder_1"].title), "to": to,
        "is_on": organisation.has_reminders, "can_mail": can_mail(organisation),
        "why_not": reminders.why_not(transaction, held.reason if held else "", to),
        "hold_form": HoldForm(formdata=None),
    }  # fmt: skip


def _sent(transaction: Transaction) -> list[tuple[str, ReminderSent]]:
    query = (
        db.select(ReminderRule.kind, ReminderSent)
        .join(ReminderRule, ReminderRule.id == ReminderSent.rule_id)
        .where(ReminderSent.transaction_id == transaction.id)
        .order_by(ReminderSent.at)
    )
    return [(_(KINDS[kind].title), sent) for kind, sent in db.session.execute(query)]


@blueprint.post(f"/<{ID}:transaction_id>/remind")
@needs("transactions.send")
def remind(type_path: str, transaction_id: int) -> AnyResponse:
    """Send a reminder now; the same press a second time does nothing."""
    transaction, form = transaction_or_404(type_path, transaction_id), RemindForm()
    here = url_for("transactions.show", type_path=type_path, transaction_id=transaction_id)
    if not form.validate_on_submit():
        flash(_("The page was too old. Look at it again, then send the reminder."), "error")
        return after_write(here)
    if not can_mail(this_organisation()):
        flash(_("No mail server is set up, so nothing was sent."), "error")
        return after_write(here)
    try:
        message = reminders.remind_now(transaction, actor(), form.press.data)
        db.session.commit()
    except MoveRefused as refusal:
        flash(said(refusal), "error")
        return after_write(here)
    except IntegrityError:
        db.session.rollback()
        flash(_("Somebody sent this reminder at the same moment. Look at the messages below."), "warning")
        return after_write(here)
    flash(_("The reminder is on its way to %(to)s.", to=message.to), "success")
    return after_write(here)


@blueprint.post(f"/<{ID}:transaction_id>/reminders/hold")
@needs("transactions.send")
def hold_reminders(type_path: str, transaction_id: int) -> AnyResponse:
    """Send no reminders for it, until a day or until somebody says otherwise."""
    transaction, form = transaction_or_404(type_path, transaction_id), HoldForm()
    here = url_for("transactions.show", type_path=type_path, transaction_id=transaction_id)
    if not form.validate_on_submit():
        flash(_("Say why there are no reminders: the reason is kept with it."), "error")
        return after_write(here)
    reminders.hold(transaction, form.reason.data, form.until.data, actor())
    db.session.commit()
    flash(_("There are no reminders for %(number)s now.", number=transaction.number), "success")
    return after_write(here)


@blueprint.post(f"/<{ID}:transaction_id>/reminders/release")
@needs("transactions.send")
def release_reminders(type_path: str, transaction_id: int) -> AnyResponse:
    """Let the schedule go on."""
    transaction = transaction_or_404(type_path, transaction_id)
    reminders.release(transaction, actor())
    db.session.commit()
    flash(_("%(number)s is followed up again.", number=transaction.number), "success")
    return after_write(url_for("transactions.show", type_path=type_path, transaction_id=transaction_id))
