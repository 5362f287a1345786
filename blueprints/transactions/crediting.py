"""Crediting an invoice: all that is left, or chosen lines with an amount or with single entries (R-01, T-27)."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from billing.credit import credit_notes
from billing.credit.credit_notes import CreditChoice, LineCredit, LineToCredit
from billing.errors import MoveRefused
from billing.transactions.claim import refusal
from billing.transactions.crediting import credit_note_type
from billing.types import type_of
from blueprints.access import needs
from blueprints.refusals import said
from blueprints.render import after_write
from blueprints.sessions import actor
from blueprints.transactions.frame import ID, blueprint, transaction_or_404
from extensions import db
from forms.payments import amount_of
from models import Transaction


@blueprint.get(f"/<{ID}:transaction_id>/credit")
@needs("transactions.edit")
def credit(type_path: str, transaction_id: int) -> Any:
    """Show what is left to credit of an invoice: lines, amounts, and the entries behind them."""
    transaction = transaction_or_404(type_path, transaction_id)
    if not type_of(transaction).may("credit", transaction.status):
        flash(refusal(transaction, "credit"), "warning")
        here = url_for("transactions.show", type_path=type_path, transaction_id=transaction_id)
        return redirect(here, 303)
    return _page(transaction, {})


@blueprint.post(f"/<{ID}:transaction_id>/credit")
@needs("transactions.edit")
def credit_now(type_path: str, transaction_id: int) -> Any:
    """Start the draft of the credit note; the entries leave the invoice when it is issued."""
    transaction = transaction_or_404(type_path, transaction_id)
    problems: dict[str, str] = {}
    try:
        choice = _choice(transaction, problems)
        if problems:
            return _page(transaction, problems, 422)
        note = credit_notes.start(transaction, choice, actor())
    except MoveRefused as reason:
        sentence = said(reason)
        return _page(transaction_or_404(type_path, transaction_id), {}, 422, sentence)
    db.session.commit()
    flash(_("The credit note is a draft. Check it, then save and send."), "success")
    return after_write(url_for("transactions.show", type_path=type_of(note).path, transaction_id=note.id))


def _choice(transaction: Transaction, problems: dict[str, str]) -> CreditChoice:
    is_off = request.form.get("hours") == "write_off"
    if request.form.get("way", "all") == "all":
        return CreditChoice(None, is_off)
    ticked = set(request.form.getlist("line"))
    lines = [it for it in credit_notes.to_credit(transaction) if str(it.line.id) in ticked]
    return CreditChoice(tuple(_line(it, problems) for it in lines), is_off)


def _line(it: LineToCredit, problems: dict[str, str]) -> LineCredit:
    """Read one ticked line: its entries as far as it has some, and its amount where one was typed."""
    name = f"amount-{it.line.id}"
    text, amount = request.form.get(name, "").strip(), None
    if text:
        try:
            amount = amount_of(text)
        except ValueError as problem:
            problems[name] = str(problem)
    picked = [text for text in request.form.getlist(f"entries-{it.line.id}") if text.isdigit() and len(text) < 10]
    entries = tuple(int(text) for text in picked) if it.entries else None
    return LineCredit(it.line.id, entries, amount)


def _page(transaction: Transaction, problems: dict[str, str], status: int = 200, problem: str = "") -> Any:
    return render_template(
        "transactions/credit.html", transaction=transaction, kind=type_of(transaction), note_kind=credit_note_type(),
        lines=credit_notes.to_credit(transaction), problems=problems, problem=problem, typed=request.form,
        is_new=request.method == "GET",
    ), status  # fmt: skip
