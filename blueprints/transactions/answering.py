"""The answer to a quote, noted by staff who heard it (requirement T-25)."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template
from flask_babel import gettext as _

from billing import transactions
from billing.errors import MoveRefused
from billing.transactions import Answer
from billing.transactions.claim import refusal
from billing.types import has_lapsed, type_of
from blueprints.access import needs
from blueprints.filters import this_organisation
from blueprints.links import show_url
from blueprints.refusals import said
from blueprints.render import after_write
from blueprints.sessions import actor
from blueprints.transactions.frame import ID, blueprint, transaction_or_404
from extensions import db
from forms.transactions import StaffAnswerForm
from models import ContactPerson, Transaction


@blueprint.route(f"/<{ID}:transaction_id>/<any(accept, decline):verb>", methods=["GET", "POST"])
@needs("transactions.send")
def answer(type_path: str, transaction_id: int, verb: str) -> Any:
    """Note what the customer said by another way than the link: who, and in which words."""
    transaction = transaction_or_404(type_path, transaction_id)
    if not type_of(transaction).may(verb, transaction.status):
        flash(refusal(transaction, verb), "warning")
        return redirect(show_url(transaction), 303)
    form = StaffAnswerForm()
    if not form.is_submitted():
        form.name.data = _usual_name(transaction)
    if not form.validate_on_submit():
        return _page(transaction, form, verb, 422 if form.is_submitted() else 200)
    try:
        transactions.answer(transaction, Answer(verb, form.name.data, form.comment.data), actor())
    except MoveRefused as reason:
        sentence = said(reason)
        return _page(transaction_or_404(type_path, transaction_id), form, verb, 422, sentence)
    db.session.commit()
    _tell_of_retainer(transaction)
    words = _("%(number)s is accepted.") if verb == "accept" else _("%(number)s is declined.")
    flash(words % {"number": transaction.number}, "success")
    return after_write(show_url(transaction))


def _page(transaction: Transaction, form: StaffAnswerForm, verb: str, status: int, problem: str = "") -> Any:
    is_late = has_lapsed(transaction, this_organisation().today())
    return render_template(
        "transactions/answer.html", transaction=transaction, kind=type_of(transaction), form=form, verb=verb,
        problem=problem, is_late=is_late,
    ), status  # fmt: skip


def _usual_name(transaction: Transaction) -> str:
    person = db.session.scalars(
        db.select(ContactPerson).where(ContactPerson.customer_id == transaction.customer_id)
        .order_by(ContactPerson.is_primary.desc(), ContactPerson.id).limit(1)
    ).first()  # fmt: skip
    return f"{person.first_name} {person.last_name}".strip() if person else ""


def _tell_of_retainer(transaction: Transaction) -> None:
    """Point to the draft of the retainer invoice that an accepted quote asked for."""
    if transaction.status == type_of(transaction).open_state and transaction.retainer_percent > 0:
        flash(_("A retainer invoice was started as it asks for. Check it, then send it."), "info")
