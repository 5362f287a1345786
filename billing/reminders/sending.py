"""Sending reminders: every morning each stage once, or one now because somebody wants it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from billing.errors import MoveRefused
from billing.mail.compose import Extras, MailFields, send_transaction
from billing.mail.letters import can_mail
from billing.reminders.due import due_today
from billing.reminders.late_fee import draft_fee
from billing.reminders.schedule import all_rules, stage
from billing.types import has_lapsed
from extensions import db
from models import MailMessage, Organisation, ReminderRule, ReminderSent, Transaction
from models.audit import Actor, record

#: hour of the morning, in the organisation's zone
REMIND_FROM = 8
CLOCK = Actor("schedule", "Reminders")


def remind_due(now: datetime, save: Callable[[], None]) -> int:
    """Send today's reminders once the morning has come, and return how many.

    Each goes out in a database transaction of its own. A machine that was off catches up, and then only the latest
    stage of each transaction is sent. Killed in the middle, the next call goes on.
    """
    organisation = db.session.get(Organisation, 1)
    if organisation is None or not organisation.has_reminders or not can_mail(organisation):
        return 0
    local = now.astimezone(organisation.zone)
    if local.hour < REMIND_FROM or organisation.reminded_on == local.date():
        return 0
    found = [(due.transaction.id, due.rule.id) for due in due_today(organisation) if not due.reason]
    save()
    count = sum(_remind_once(transaction_id, rule_id, save) for transaction_id, rule_id in found)
    organisation.reminded_on = local.date()
    save()
    return count


def _remind_once(transaction_id: int, rule_id: int, save: Callable[[], None]) -> bool:
    """Send one stage; whoever else sent it meanwhile was faster, and what was paid meanwhile is left alone."""
    transaction = db.session.get_one(Transaction, transaction_id, populate_existing=True)
    rule = db.session.get_one(ReminderRule, rule_id)
    is_sent = False
    if transaction.balance > 0:
        try:
            with db.session.begin_nested():
                _send(transaction, rule, f"reminder-{transaction_id}-{rule_id}", CLOCK)
            is_sent = True
        except IntegrityError:
            is_sent = False
        except MoveRefused as refusal:
            record(CLOCK, f"{transaction.type}.reminder_refused", ("transaction", transaction_id), str(refusal))
    save()
    return is_sent


def _send(transaction: Transaction, rule: ReminderRule, press: str, actor: Actor) -> MailMessage:
    sent = ReminderSent(transaction_id=transaction.id, rule_id=rule.id)
    db.session.add(sent)
    db.session.flush()
    message = send_transaction(transaction, actor, press, extras=Extras(kind=rule.kind))
    sent.message_id = message.id
    if rule.adds_late_fee and (fee := draft_fee(transaction, actor)) is not None:
        sent.fee_id = fee.id
    db.session.flush()
    return message


def stage_now(transaction: Transaction) -> ReminderRule | None:
    """Return the stage that a reminder sent now would be of; None without a schedule."""
    today = db.session.get_one(Organisation, 1).today()
    late = (today - (transaction.due_date or today)).days
    rules = all_rules()
    later = [rule for rule in rules if rule.is_active and rule.days > 0]
    return stage(rules, late) or next(iter(later), None)


def remind_now(transaction: Transaction, actor: Actor, press: str, fields: MailFields | None = None) -> MailMessage:
    """Send a reminder for what is overdue because somebody wants it; the stage counts as sent. Does not commit."""
    if not has_lapsed(transaction, db.session.get_one(Organisation, 1).today()) or transaction.balance <= 0:
        raise MoveRefused(_("%(number)s is not overdue, so there is nothing to remind of.", number=transaction.number))
    rule = stage_now(transaction)
    kind = rule.kind if rule else "reminder_1"
    message = send_transaction(transaction, actor, press, fields, Extras(kind=kind))
    if rule is not None:
        own = select(ReminderSent.id).where(
            ReminderSent.transaction_id == transaction.id, ReminderSent.rule_id == rule.id
        )
        if db.session.scalar(own) is None:
            db.session.add(ReminderSent(transaction_id=transaction.id, rule_id=rule.id, message_id=message.id))
    db.session.flush()
    return message
