"""A late fee as a draft: a share of what is overdue. Nobody issues it but a person."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import select

from billing.money import round_money
from billing.transactions.drafts import start_blank
from billing.transactions.sums import reload_lines, store_sums
from extensions import db
from models import Organisation, ReminderSent, Transaction, TransactionLine
from models.audit import Actor


def draft_fee(transaction: Transaction, actor: Actor) -> Transaction | None:
    """Make the draft that asks for the fee; None where none is asked for, or for what is a fee itself."""
    percent = db.session.get_one(Organisation, 1).late_fee_percent
    amount = round_money(transaction.balance * percent / 100, transaction.currency)
    if amount <= 0 or _is_fee(transaction):
        return None
    made = start_blank(transaction.customer_id, actor, transaction.project_id)
    made.currency, made.reference = transaction.currency, transaction.number or ""
    made.exchange_rate, made.exchange_source = transaction.exchange_rate, transaction.exchange_source
    name = _("Late fee for %(number)s", number=transaction.number)
    db.session.add(TransactionLine(transaction_id=made.id, position=1, name=name, rate=amount, amount=amount))
    db.session.flush()
    reload_lines(made)
    store_sums(made)
    db.session.flush()
    return made


def _is_fee(transaction: Transaction) -> bool:
    return db.session.scalar(select(ReminderSent.id).where(ReminderSent.fee_id == transaction.id).limit(1)) is not None
