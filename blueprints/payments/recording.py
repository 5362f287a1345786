"""Recording a payment: whose, how much, and what it settles; the oldest open ones are suggested."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import flash, render_template, request, url_for
from flask_babel import gettext as _

from billing import exchange, payments
from billing.errors import MoveRefused
from billing.exchange import DayRate
from billing.payments import PaymentFacts
from billing.types import TYPES
from blueprints.access import needs
from blueprints.asked import whole
from blueprints.choosing import chosen_customer
from blueprints.filters import this_organisation
from blueprints.links import show_url
from blueprints.payments.frame import Puts, blueprint
from blueprints.payments.thanking import thank_if_asked
from blueprints.refusals import said
from blueprints.render import after_write, page_or_fragment
from blueprints.sessions import actor
from extensions import db
from forms.payments import PaymentForm, amount_of
from forms.transactions.numbers import plain
from models import Customer, Transaction


@blueprint.get("/new")
@needs("payments.edit")
def new() -> Any:
    """Ask whose payment it is, or show the form for a customer or a transaction with the oldest ones filled in."""
    target = _target()
    customer = target.customer if target is not None else chosen_customer(request.args)
    if customer is None:
        return render_template("payments/choose.html", typed=request.args.get("customer_id_text", ""))
    currency = _currency(customer, target)
    found, form = payments.open_transactions(customer.id, currency), PaymentForm()
    form.date.data = form.date.data or this_organisation().today()
    amount = _asked_amount(found, target)
    form.amount.data = request.args.get("amount") or (plain(amount) if amount else "")
    if rate := exchange.rate_on(currency, form.date.data):
        form.exchange_rate.data = form.exchange_rate.data or f"{rate.rate.normalize():f}"
    first = [target] if target in found and target is not None else []
    puts = Puts.of(payments.oldest_first([*first, *(it for it in found if it not in first)], amount))
    return _page(customer, currency, form, puts)


def _target() -> Transaction | None:
    """Return the open transaction that the payment was started from, if any."""
    key = whole(request.values.get("transaction_id"))
    return None if key is None else db.session.get(Transaction, key)


def _currency(customer: Customer, target: Transaction | None) -> str:
    asked = request.values.get("currency", "").strip().upper()
    if target is not None:
        return target.currency
    return asked if len(asked) == 3 and asked.isascii() and asked.isalpha() else customer.currency


def _asked_amount(found: list[Transaction], target: Transaction | None) -> Decimal:
    """Return what was typed, else what the transaction in question owes, else nothing."""
    try:
        return amount_of(request.args.get("amount", ""))
    except ValueError:
        return target.balance if target is not None and target in found else Decimal(0)


def _page(
    customer: Customer, currency: str, form: PaymentForm, puts: Puts, status: int = 200, problem: str = ""
) -> Any:
    here = this_organisation()
    open_ones = payments.open_transactions(customer.id, currency)
    return page_or_fragment(
        "payments/new.html", "payments/_open_list.html", status=status, customer=customer, currency=currency,
        form=form, puts=puts, problem=problem, open_ones=open_ones, types=TYPES, show_url=show_url,
        is_foreign=currency != here.base_currency, base=here.base_currency, currencies=_currencies(customer, currency),
        transaction_id=request.values.get("transaction_id", ""), today=here.today(),
    )  # fmt: skip


def _currencies(customer: Customer, currency: str) -> list[str]:
    """Return the currencies in which something of a customer is open, and the customer's own."""
    codes = db.session.scalars(
        db.select(Transaction.currency).where(Transaction.customer_id == customer.id, payments.is_open()).distinct()
    )
    return sorted({*codes, customer.currency, currency})


@blueprint.post("/new")
@needs("payments.edit")
def record() -> Any:
    """Record the payment and settle what was chosen, all or nothing."""
    customer = chosen_customer(request.form)
    if customer is None:
        return render_template("payments/choose.html", typed="", problem=_("Choose a customer from the list.")), 422
    form, target = PaymentForm(), _target()
    currency = _currency(customer, target)
    open_ids = [it.id for it in payments.open_transactions(customer.id, currency)]
    puts = Puts.read(request.form, open_ids)
    if not form.validate_on_submit() or puts.problems:
        return _page(customer, currency, form, puts, 422)
    facts = PaymentFacts(
        form.date.data, currency, form.amount_value, form.method.data, form.reference.data, form.notes.data,
        form.exchange_value, rate_source(form, currency),
    )  # fmt: skip
    try:
        _refuse_future(facts)
        _refuse_changed(open_ids, puts)
        payment = payments.record_payment(customer.id, facts, puts.amounts, actor())
        thank_if_asked(payment)
    except MoveRefused as reason:
        sentence = said(reason)
        return _page(db.session.get_one(Customer, customer.id), currency, form, puts, 422, sentence)
    db.session.commit()
    flash(_("The payment is recorded."), "success")
    return after_write(show_url(target) if target is not None else url_for("payments.show", payment_id=payment.id))


def rate_source(form: PaymentForm, currency: str) -> str:
    """Return where the rate comes from: the table, or whoever typed it (requirements R-06)."""
    if form.exchange_value is None:
        return ""
    return exchange.source_for(DayRate(currency, form.date.data, form.exchange_value), actor())


def _refuse_future(facts: PaymentFacts) -> None:
    if facts.date > this_organisation().today():
        raise MoveRefused(_("The day lies ahead. Record a payment once it is there."))


def _refuse_changed(open_ids: list[int], puts: Puts) -> None:
    """Refuse when what was shown as open is not any more: pressing twice, or somebody else was faster."""
    shown = {int(key) for key in request.form.getlist("seen") if key.isdigit() and len(key) < 10}
    balances = dict(db.session.execute(db.select(Transaction.id, Transaction.version).where(
        Transaction.id.in_(sorted(shown)))).all())  # fmt: skip
    versions = {key: request.form.get(f"version-{key}", "") for key in shown}
    if not shown <= set(open_ids) or any(str(balances[key]) != versions[key] for key in puts.amounts if key in shown):
        raise MoveRefused(_("What is open changed after you looked. This is how it is now; look again."))
