"""Moving a transaction on without mail: mark as sent, void, delete a draft, renew the customer's link."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from billing import links, pdf, transactions
from billing.errors import MoveRefused
from billing.transactions.claim import refusal
from billing.transactions.crediting import refuse_settled
from billing.types import type_of
from blueprints.access import needs
from blueprints.refusals import said
from blueprints.render import after_write
from blueprints.sessions import actor
from blueprints.transactions.frame import ID, blueprint, transaction_or_404
from blueprints.transactions.lines import held
from extensions import db
from forms.transactions import VoidForm
from models import Transaction


def _move(transaction: Transaction, verb: Callable[[], None], url: str) -> bool:
    """Do one verb and keep it; False when it was refused, which is said on the page."""
    try:
        verb()
    except MoveRefused as reason:
        flash(said(reason), "error")
        return False
    db.session.commit()
    return True


def _url(type_path: str, transaction_id: int) -> str:
    return url_for("transactions.show", type_path=type_path, transaction_id=transaction_id)


@blueprint.post(f"/<{ID}:transaction_id>/mark-sent")
@needs("transactions.send")
def mark_sent(type_path: str, transaction_id: int) -> AnyResponse:
    """Say that the customer has it by another way; a draft is issued first, in the same database transaction."""
    transaction, url = transaction_or_404(type_path, transaction_id), _url(type_path, transaction_id)

    def verb() -> None:
        if type_of(transaction).may("issue", transaction.status):
            seen = request.form.get("version", "")
            if seen and seen != str(transaction.version):
                raise MoveRefused(_("The draft was changed after this page was opened. Look at it again first."))
            transactions.issue(transaction, actor())
        transactions.mark_sent(transaction, actor())

    if _move(transaction, verb, url):
        pdf.store(transaction, db.session.commit)
        flash(_("%(number)s is marked as sent.", number=transaction.number), "success")
    return after_write(url)


@blueprint.route(f"/<{ID}:transaction_id>/void", methods=["GET", "POST"])
@needs("transactions.void")
def void(type_path: str, transaction_id: int) -> Any:
    """Ask why, telling what it touches; then void: the hours are unbilled again, the number stays used (T-26)."""
    transaction, url = transaction_or_404(type_path, transaction_id), _url(type_path, transaction_id)
    if (sentence := _why_not_void(transaction)) is not None:
        flash(sentence, "warning")
        return redirect(url, 303)
    form = VoidForm()
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return _void_page(transaction, form), status
    (count, _seconds), number = held(transaction), transaction.number
    if _move(transaction, lambda: transactions.void(transaction, form.reason.data, actor()), url):
        words = _("%(number)s is void. %(count)s entries are unbilled again.", number=number, count=count)
        flash(words if type_of(transaction).takes_hours else _("%(number)s is void.", number=number), "success")
    return after_write(url)


def _why_not_void(transaction: Transaction) -> str | None:
    """Say what is in the way before anybody types a reason: money on it by name, else its status."""
    try:
        if not type_of(transaction).takes_back and transaction.number:
            refuse_settled(transaction)
    except MoveRefused as reason:
        return str(reason)
    is_open = type_of(transaction).may("void", transaction.status)
    return None if is_open else refusal(transaction, "void")


def _void_page(transaction: Transaction, form: VoidForm) -> str:
    return render_template(
        "transactions/void.html", transaction=transaction, kind=type_of(transaction), form=form, held=held(transaction)
    )


@blueprint.post(f"/<{ID}:transaction_id>/delete")
@needs("transactions.edit")
def delete(type_path: str, transaction_id: int) -> AnyResponse:
    """Throw a draft away; its hours are unbilled again."""
    transaction, url = transaction_or_404(type_path, transaction_id), _url(type_path, transaction_id)
    count, _seconds = held(transaction)
    if not _move(transaction, lambda: transactions.delete_draft(transaction, actor()), url):
        return after_write(url)
    words = _("The draft was deleted. %(count)s entries are unbilled again.", count=count)
    flash(words if type_of(transaction).takes_hours else _("The draft was deleted."), "success")
    return after_write(url_for("transactions.index", type_path=type_path))


@blueprint.post(f"/<{ID}:transaction_id>/renew-link")
@needs("transactions.send")
def renew_link(type_path: str, transaction_id: int) -> AnyResponse:
    """Close the customer's link and make a new one."""
    transaction, url = transaction_or_404(type_path, transaction_id), _url(type_path, transaction_id)
    links.renew(transaction, actor())
    db.session.commit()
    flash(_("The old link opens nothing any more. Send the new one to the customer."), "success")
    return after_write(url)
