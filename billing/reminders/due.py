"""Who is reminded of what today, and why others are not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from flask_babel import gettext as _
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from billing.bulk import among
from billing.mail.facts import readers_of
from billing.reminders.holds import lasts
from billing.reminders.schedule import all_rules, stage
from billing.types import TYPES, is_issued
from extensions import db
from models import Organisation, ReminderHold, ReminderRule, ReminderSent, Transaction

#: transactions looked at in one go
MOST = 1000


@dataclass(frozen=True, slots=True)
class Due:
    """One transaction and the stage it has reached. `reason`: why it gets nothing; empty when it is due."""

    transaction: Transaction
    rule: ReminderRule
    late: int
    to: str
    reason: str = ""


def due_today(organisation: Organisation, most: int = MOST) -> list[Due]:
    """Return what the schedule says of today, the longest overdue first; what is left alone has its reason."""
    rules = [rule for rule in all_rules() if rule.is_active]
    if not rules:
        return []
    today = organisation.today()
    found = db.session.scalars(_reached(rules, organisation, today).limit(most)).all()
    return list(_stages(found, rules, today))


def _reached(rules: Sequence[ReminderRule], organisation: Organisation, today: date) -> Select[Transaction]:
    """Select what is owed and near or past its due date; what was issued only today can wait."""
    latest = today - timedelta(days=min(rule.days for rule in rules))
    morning = datetime.combine(today, time.min, organisation.zone)
    owed = is_issued(kind for kind in TYPES.values() if kind.is_owed)
    return (
        select(Transaction)
        .where(owed, Transaction.balance > 0, Transaction.due_date <= latest, Transaction.issued_at < morning)
        .order_by(Transaction.due_date, Transaction.id)
        .options(joinedload(Transaction.customer))
    )


def _stages(found: Sequence[Transaction], rules: Sequence[ReminderRule], today: date) -> Iterator[Due]:
    ids = [transaction.id for transaction in found]
    sent = {
        (row.transaction_id, row.rule_id)
        for row in db.session.execute(
            select(ReminderSent.transaction_id, ReminderSent.rule_id).where(among(ReminderSent.transaction_id, ids))
        )
    }
    held = {
        row.transaction_id: row.reason
        for row in db.session.scalars(select(ReminderHold).where(among(ReminderHold.transaction_id, ids)))
        if lasts(row, today)
    }
    readers = readers_of(transaction.customer for transaction in found)
    for transaction in found:
        late = (today - (transaction.due_date or today)).days
        rule = stage(rules, late)
        if rule is None or (transaction.id, rule.id) in sent:
            continue
        to = readers[transaction.customer_id].email
        yield Due(transaction, rule, late, to, why_not(transaction, held.get(transaction.id, ""), to))


def why_not(transaction: Transaction, held: str, to: str) -> str:
    """Return why a transaction gets no reminder; empty when nothing keeps it from one."""
    if held:
        return str(_("No reminders: %(reason)s", reason=held))
    if not transaction.customer.gets_reminders:
        return str(_("This customer gets no reminders."))
    if not to:
        return str(_("There is no e-mail address. Enter one on the customer's page."))
    return ""
