"""What happens to money later: put on open transactions, refunded, reversed, taken back."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from billing import exchange, payments
from billing.errors import MoveRefused
from billing.payments import PaymentFacts
from billing.types import TYPES, type_of
from blueprints.access import needs
from blueprints.filters import this_organisation
from blueprints.links import show_url
from blueprints.payments.frame import ID, Puts, blueprint, payment_or_404
from blueprints.payments.recording import rate_source
from blueprints.refusals import said
from blueprints.render import after_write
from blueprints.sessions import actor
from extensions import db
from forms.payments import PaymentForm, ReverseForm
from forms.transactions.numbers import plain
from models import Payment, Settlement, Transaction


@blueprint.route(f"/<{ID}:payment_id>/settle", methods=["GET", "POST"])
@needs("payments.edit")
def settle(payment_id: int) -> Any:
    """Put the unused rest of a payment on open transactions; the oldest are suggested."""
    payment = payment_or_404(payment_id)
    found = payments.open_transactions(payment.customer_id, payment.currency)
    if request.method == "GET":
        return _settle_page(payment, Puts.of(payments.oldest_first(found, payment.unused)))
    puts = Puts.read(request.form, [it.id for it in found])
    if puts.problems:
        return _settle_page(payment, puts, 422)
    try:
        payments.settle(payment, puts.amounts, actor())
    except MoveRefused as reason:
        sentence = said(reason)
        return _settle_page(payment_or_404(payment_id), puts, 422, sentence)
    db.session.commit()
    flash(_("The rest of the payment is used."), "success")
    return after_write(url_for("payments.show", payment_id=payment_id))


def _settle_page(payment: Payment, puts: Puts, status: int = 200, problem: str = "") -> Any:
    return render_template(
        "payments/settle.html", payment=payment, puts=puts, problem=problem, types=TYPES, show_url=show_url,
        open_ones=payments.open_transactions(payment.customer_id, payment.currency), currency=payment.currency,
        today=this_organisation().today(),
    ), status  # fmt: skip


@blueprint.route(f"/<{ID}:payment_id>/refund", methods=["GET", "POST"])
@needs("payments.edit")
def refund(payment_id: int) -> Any:
    """Pay the unused rest of a payment back."""
    payment = payment_or_404(payment_id)
    return _refund(payment, url_for("payments.show", payment_id=payment.id))


@blueprint.route(f"/refund/<{ID}:transaction_id>", methods=["GET", "POST"])
@needs("payments.edit")
def refund_credit(transaction_id: int) -> Any:
    """Pay the credit of a credit note or retainer invoice back."""
    transaction = db.session.get(Transaction, transaction_id)
    if transaction is None or not type_of(transaction).knows("refund"):
        abort(404)
    return _refund(transaction, show_url(transaction))


def _refund(source: Payment | Transaction, back: str) -> Any:
    form, here = PaymentForm(), this_organisation()
    held = source.unused if isinstance(source, Payment) else source.credit
    if not form.is_submitted():
        form.date.data, form.amount.data = here.today(), plain(held) if held else ""
        if rate := exchange.rate_on(source.currency, here.today()):
            form.exchange_rate.data = f"{rate.rate.normalize():f}"
        return _refund_page(source, form, back)
    if not form.validate_on_submit():
        return _refund_page(source, form, back, 422)
    facts = PaymentFacts(
        form.date.data, source.currency, form.amount_value, form.method.data, form.reference.data, form.notes.data,
        form.exchange_value, rate_source(form, source.currency),
    )  # fmt: skip
    try:
        if facts.date > here.today():
            raise MoveRefused(_("The day lies ahead. Record a refund once it is paid."))
        made = payments.refund(source, facts, actor())
    except MoveRefused as reason:
        sentence = said(reason)
        return _refund_page(db.session.get_one(type(source), source.id), form, back, 422, sentence)
    db.session.commit()
    flash(_("The refund is recorded."), "success")
    return after_write(url_for("payments.show", payment_id=made.id))


def _refund_page(source: Any, form: PaymentForm, back: str, status: int = 200, problem: str = "") -> Any:
    is_payment, here = isinstance(source, Payment), this_organisation()
    return render_template(
        "payments/refund.html", source=source, form=form, back=back, problem=problem,
        held=source.unused if is_payment else source.credit, base=here.base_currency,
        name=_("the payment") if is_payment else source.number, is_foreign=source.currency != here.base_currency,
    ), status  # fmt: skip


@blueprint.route(f"/<{ID}:payment_id>/reverse", methods=["GET", "POST"])
@needs("payments.edit")
def reverse(payment_id: int) -> Any:
    """Ask why, telling what it touches; then undo a payment or refund that was entered by mistake."""
    payment, form = payment_or_404(payment_id), ReverseForm()
    if not form.validate_on_submit():
        return _reverse_page(payment, form, 422 if form.is_submitted() else 200)
    try:
        payments.reverse(payment, form.reason.data, actor())
    except MoveRefused as reason:
        sentence = said(reason)
        return _reverse_page(payment_or_404(payment_id), form, 422, sentence)
    db.session.commit()
    flash(_("It is reversed. What it settled is open again."), "success")
    return after_write(url_for("payments.show", payment_id=payment_id))


def _reverse_page(payment: Payment, form: ReverseForm, status: int = 200, problem: str = "") -> Any:
    puts = payments.settlements_by(payment)
    return render_template(
        "payments/reverse.html", payment=payment, form=form, puts=puts, problem=problem, types=TYPES
    ), status


@blueprint.post(f"/settlements/<{ID}:settlement_id>/take-back")
@needs("payments.edit")
def take_back(settlement_id: int) -> AnyResponse:
    """Undo one settlement: its money is unused again."""
    settlement = db.session.get(Settlement, settlement_id) or abort(404)
    target = db.session.get_one(Transaction, settlement.transaction_id)
    here = show_url(target)
    try:
        payments.take_back(settlement, actor())
    except MoveRefused as reason:
        flash(said(reason), "error")
        return after_write(here)
    db.session.commit()
    flash(_("It is taken back. The money can be used elsewhere."), "success")
    return after_write(here)
