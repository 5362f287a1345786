"""Leaving a transaction alone: it is disputed, or something else was agreed."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext as _

from billing.errors import MoveRefused
from extensions import db, utcnow
from models import ReminderHold, Transaction
from models.audit import Actor, record


def hold_of(transaction: Transaction, today: date) -> ReminderHold | None:
    """Return why a transaction is left alone today; None when it is not."""
    found = db.session.get(ReminderHold, transaction.id)
    return found if found is not None and lasts(found, today) else None


def lasts(found: ReminderHold, today: date) -> bool:
    """Say whether a hold still counts on a day."""
    return found.until is None or found.until >= today


def hold(transaction: Transaction, reason: str, until: date | None, actor: Actor) -> None:
    """Send no reminders for it, until that day or until somebody says otherwise."""
    if not reason.strip():
        raise MoveRefused(_("Say why there are no reminders: the reason is kept with it."))
    found = db.session.get(ReminderHold, transaction.id) or ReminderHold(transaction_id=transaction.id)
    found.reason, found.until, found.by, found.at = reason.strip(), until, actor.name, utcnow()
    db.session.add(found)
    record(actor, f"{transaction.type}.reminders_held", ("transaction", transaction.id), found.reason)
    db.session.flush()


def release(transaction: Transaction, actor: Actor) -> None:
    """Let the schedule go on."""
    found = db.session.get(ReminderHold, transaction.id)
    if found is not None:
        db.session.delete(found)
        record(actor, f"{transaction.type}.reminders_released", ("transaction", transaction.id))
        db.session.flush()
