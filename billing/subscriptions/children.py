"""Making one child of a subscription: an invoice with its lines and hours, issued and queued if wanted; or an expense.

Everything happens in the caller's database transaction, so a kill leaves either the child whole or none.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import select

from billing import exchange, expenses, mail, terms, transactions
from billing.bulk import among
from billing.errors import MoveRefused
from billing.hours.time_entries import TimeChoice, price_work
from billing.mail.letters import can_mail
from billing.money import ZERO
from billing.subscriptions.hours import choice_of
from billing.subscriptions.templates import HEAD, InvoiceTemplate, TemplateLine, expense_values, filled
from billing.transactions.drafts import lay_draft, record_start
from billing.transactions.sums import reload_lines, store_sums
from extensions import db
from models import Expense, Organisation, Subscription, Tax, Transaction, TransactionLine
from models.audit import Actor

#: columns of the head whose texts may name the period
_WORDS = frozenset({"reference", "notes", "terms"})


def make_invoice(subscription: Subscription, days: tuple[date, date, date], actor: Actor) -> Transaction | None:
    """Make the draft of one period; None when there is nothing to bill: no line, and no hours to join.

    `days`: first and last day of the period, and the day that stands on the invoice. Refuses what cannot be made.
    """
    first, last, day = days
    customer = subscription.customer
    if customer is None or not customer.is_active:
        name = customer.name if customer else _("The customer")
        raise MoveRefused(_("%(name)s is not active. Make the customer active, or end the subscription.", name=name))
    template = InvoiceTemplate.read(subscription.template)
    choice = choice_of(subscription, first - timedelta(days=1), template.hours_tax_id)
    has_hours = choice is not None and bool(price_work(choice).lines)
    if not template.lines and not has_hours:
        return None
    draft = lay_draft(customer, subscription.project, subscription.kind, actor, currency=subscription.currency)
    draft.subscription_id, draft.period_start, draft.created_by = subscription.id, first, subscription.created_by
    draft.date, draft.due_date = day, terms.due_of(customer, day)
    draft.exchange_rate, draft.exchange_source = Decimal(1), ""
    exchange.prefill(draft)
    _lay(draft, template, (first, last))
    record_start(draft, actor, _("From the subscription %(name)s", name=subscription.name))
    if choice is not None and has_hours:
        transactions.add_time(draft, _at_rate(choice, draft), actor)
    return draft


def _at_rate(choice: TimeChoice, draft: Transaction) -> TimeChoice:
    """Let rates kept in base currency be brought into the draft's."""
    return replace(choice, exchange_rate=draft.exchange_rate) if draft.exchange_source else choice


def _lay(draft: Transaction, template: InvoiceTemplate, period: tuple[date, date]) -> None:
    """Put head and lines on the draft; texts name the period."""
    locale = db.session.get_one(Organisation, 1).locale
    percents = _percents(template)
    for name in HEAD:
        value = getattr(template, name)
        setattr(draft, name, filled(value, *period, locale) if name in _WORDS else value)
    draft.shipping_tax_percent = percents.get(template.shipping_tax_id or 0, ZERO)
    db.session.flush()
    for position, line in enumerate(template.lines, start=1):
        name, description = (filled(text, *period, locale) for text in (line.name, line.description))
        db.session.add(_row(draft, position, replace(line, name=name, description=description), percents))
    db.session.flush()
    reload_lines(draft)
    store_sums(draft)


def _row(draft: Transaction, position: int, line: TemplateLine, percents: dict[int, Decimal]) -> TransactionLine:
    return TransactionLine(
        transaction_id=draft.id, position=position, kind="free", name=line.name, description=line.description,
        quantity=line.quantity, unit=line.unit, rate=line.rate, discount_percent=line.discount_percent,
        tax_id=line.tax_id, tax_percent=percents.get(line.tax_id or 0, ZERO), item_id=line.item_id,
    )  # fmt: skip


def _percents(template: InvoiceTemplate) -> dict[int, Decimal]:
    rows = db.session.execute(select(Tax.id, Tax.percent).where(among(Tax.id, template.tax_ids())))
    return {tax_id: percent for tax_id, percent in rows}


def send(draft: Transaction, actor: Actor) -> str:
    """Issue a draft and queue its message; the PDF is stored when the message is delivered.

    Returns why it could not be done, in words; then the draft is as it was, and no number was taken (T-23, R-08).
    """
    try:
        with db.session.begin_nested():
            _issue_and_queue(draft, actor)
    except MoveRefused as reason:
        db.session.refresh(draft)
        return str(reason)
    return ""


def _issue_and_queue(draft: Transaction, actor: Actor) -> None:
    if not can_mail(db.session.get_one(Organisation, 1)):
        raise MoveRefused(_("No mail server is set up. Set one up under Settings, then send the draft."))
    transactions.issue(draft, actor)
    fields = mail.defaults(draft)
    if not fields.to:
        name = draft.customer.name
        raise MoveRefused(_("%(name)s has no e-mail address. Enter one, then send the draft.", name=name))
    mail.compose(draft, fields, f"subscription-{draft.subscription_id}-{draft.period_start}", actor)


def make_expense(subscription: Subscription, first: date, day: date, actor: Actor) -> Expense:
    """Write down the expense of one period."""
    values = expense_values(subscription.template, day, subscription.currency)
    values = replace(values, customer_id=subscription.customer_id, project_id=subscription.project_id)
    found = expenses.add(values, actor)
    found.subscription_id, found.period_start, found.created_by = subscription.id, first, subscription.created_by
    db.session.flush()
    return found
