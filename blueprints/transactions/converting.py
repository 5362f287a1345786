"""Converting a quote or sales order: all that is left at one press, or chosen quantities, or a stage in per cent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from billing import transactions
from billing.errors import MoveRefused
from billing.transactions.claim import refusal
from billing.types import TYPES, TransactionType, type_of
from blueprints.access import needs
from blueprints.links import show_url
from blueprints.refusals import said
from blueprints.render import after_write
from blueprints.sessions import actor
from blueprints.transactions.frame import ID, PATHS, blueprint, transaction_or_404
from extensions import db
from forms.transactions.numbers import QUANTITY_PLACES, BadNumberError, plain, read_number, within
from models import Transaction

#: how much goes on: everything, so many per cent of each line, or quantities line by line
WAYS = ("all", "percent", "lines")
#: a number typed wrong: name of its field → sentence
Problems = dict[str, str]


@blueprint.get(f"/<{ID}:transaction_id>/convert")
@needs("transactions.edit")
def convert(type_path: str, transaction_id: int) -> Any:
    """Show what is left of it and ask how much goes on."""
    transaction = transaction_or_404(type_path, transaction_id)
    if not type_of(transaction).may("convert", transaction.status):
        flash(refusal(transaction, "convert"), "warning")
        return redirect(show_url(transaction), 303)
    return _page(transaction, {})


@blueprint.post(f"/<{ID}:transaction_id>/convert")
@needs("transactions.edit")
def convert_now(type_path: str, transaction_id: int) -> Any:
    """Make the draft of what was chosen and open it; without a choice all that is left goes on."""
    transaction = transaction_or_404(type_path, transaction_id)
    here, problems = show_url(transaction), Problems()
    quantities = _quantities(transaction, problems)
    if problems:
        return _page(transaction, problems, 422)
    try:
        made = transactions.convert(transaction, actor(), _target(transaction).key, quantities)
    except MoveRefused as reason:
        sentence = said(reason)
        again = transaction_or_404(type_path, transaction_id)
        if type_of(again).may("convert", again.status) and "way" in request.form:
            return _page(again, {}, 422, sentence)
        flash(sentence, "error")
        return after_write(here)
    db.session.commit()
    flash(_("Made from %(number)s. Check it, then save and send.", number=transaction.number), "success")
    path = type_of(made).path
    return after_write(url_for("transactions.edit", type_path=path, transaction_id=made.id))


def _target(transaction: Transaction) -> TransactionType:
    """Return what it is to become: the type asked for, else the last one it may become."""
    kind = type_of(transaction)
    asked = PATHS.get(request.values.get("target", ""))
    if not kind.becomes or (asked is not None and asked.key not in kind.becomes):
        abort(404)
    return asked or TYPES[kind.becomes[-1]]


def _quantities(transaction: Transaction, problems: Problems) -> dict[int, Decimal] | None:
    """Return what goes on of each line, None for all that is left; what cannot be read is put into `problems`."""
    way = request.form.get("way", "all")
    if way == "percent":
        percent = _number("percent", problems)
        if percent is not None and not 0 < percent <= 100:
            problems["percent"] = _("Enter a percentage above 0 and up to 100.")
        return transactions.percent_of_left(transaction, percent or Decimal(0))
    if way != "lines":
        return None
    found = {}
    for left in transactions.lines_left(transaction):
        if (quantity := _number(f"quantity-{left.line.id}", problems)) is not None:
            found[left.line.id] = quantity
    return found


def _number(name: str, problems: Problems) -> Decimal | None:
    text = request.form.get(name, "").strip()
    if not text:
        return None
    try:
        return within(read_number(text), Decimal(1_000_000), QUANTITY_PLACES)
    except BadNumberError as problem:
        problems[name] = str(problem)
        return None


def _page(transaction: Transaction, problems: Problems, status: int = 200, problem: str = "") -> Any:
    way = request.form.get("way", "all")
    lines = transactions.lines_left(transaction)
    texts = {f"quantity-{it.line.id}": plain(it.left) for it in lines}
    return render_template(
        "transactions/convert.html", transaction=transaction, kind=type_of(transaction), target=_target(transaction),
        lines=lines, texts={**texts, **request.form.to_dict()}, problems=problems, problem=problem,
        way=way if way in WAYS else "all",
    ), status  # fmt: skip
