"""Using a customer's credit on an invoice: unused payments, credit notes and retainers (requirements T-20, T-21)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import abort, flash, render_template, request
from flask_babel import gettext as _

from billing import payments
from billing.errors import MoveRefused
from billing.payments import CreditSource
from billing.types import TYPES, type_of
from blueprints.access import needs
from blueprints.filters import this_organisation
from blueprints.links import show_url
from blueprints.payments.frame import ID, blueprint, read_amounts
from blueprints.refusals import said
from blueprints.render import after_write
from blueprints.sessions import actor
from extensions import db
from forms.transactions.numbers import plain
from models import Payment, Transaction


def field_of(source: CreditSource) -> str:
    """Return the name of the field beside a source: payments and transactions count apart."""
    return f"use-{source.type or 'payment'}-{source.id}"


@blueprint.route(f"/use/<{ID}:transaction_id>", methods=["GET", "POST"])
@needs("payments.edit")
def use_credit(transaction_id: int) -> Any:
    """Show what may be used on a transaction, oldest first filled in; then use it, all or nothing."""
    target = _target_or_404(transaction_id)
    found = payments.usable_for(target)
    if request.method == "GET":
        return _page(target, _suggested(found, target.balance), {})
    texts = {field_of(source): request.form.get(field_of(source), "").strip() for source in found}
    amounts, problems = read_amounts(texts)
    if problems or not amounts:
        return _page(target, texts, problems, 422, "" if problems else _("Enter an amount beside at least one."))
    try:
        for source in found:
            if field_of(source) in amounts:
                _use(source, target, amounts[field_of(source)])
    except MoveRefused as reason:
        sentence = said(reason)
        return _page(_target_or_404(transaction_id), texts, {}, 422, sentence)
    db.session.commit()
    flash(_("The credit is used. %(number)s says what is still open.", number=target.number), "success")
    return after_write(show_url(target))


def _target_or_404(transaction_id: int) -> Transaction:
    found = db.session.get(Transaction, transaction_id)
    if found is None or not type_of(found).knows("pay"):
        abort(404)
    return found


def _suggested(found: list[CreditSource], open_amount: Decimal) -> dict[str, str]:
    texts = {}
    for source in found:
        part = min(source.amount, open_amount)
        texts[field_of(source)] = plain(part) if part > 0 else ""
        open_amount -= part
    return texts


def _use(source: CreditSource, target: Transaction, amount: Decimal) -> None:
    if source.type:
        credit = db.session.get_one(Transaction, source.id)
        payments.draw_credit(credit, target, amount, this_organisation().today(), actor())
    else:
        payments.settle(db.session.get_one(Payment, source.id), {target.id: amount}, actor())


def _page(target: Transaction, texts: dict[str, str], problems: dict[str, str], status: int = 200,
          problem: str = "") -> Any:  # fmt: skip
    return render_template(
        "payments/use.html", transaction=target, kind=type_of(target), sources=payments.usable_for(target),
        texts=texts, problems=problems, problem=problem, field_of=field_of, types=TYPES, back=show_url(target),
    ), status  # fmt: skip
