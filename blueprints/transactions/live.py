"""What moves in the editor while somebody types: lines, totals, dates and the paper. Nothing of it is stored."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import Response, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from billing import catalogue, transactions
from billing.errors import MoveRefused
from billing.paper import PaperDocument
from billing.pdf import document_of
from blueprints.access import needs
from blueprints.render import page_or_fragment, wants_fragment
from blueprints.sessions import actor
from blueprints.transactions.drafting import Draft, changes_of, party_of, typed_draft
from blueprints.transactions.editing import editor_context, is_fine
from blueprints.transactions.frame import ID, PATHS, blueprint, transaction_or_404
from blueprints.transactions.paper import is_picturable, typed_picture_answer, typed_pictures
from blueprints.transactions.totalling import sums_of
from extensions import db
from forms.transactions import LineFields, blank_line
from forms.transactions.numbers import plain
from models import Item, Transaction


@blueprint.post(f"/<{ID}:transaction_id>/lines")
@needs("transactions.edit")
def change_lines(type_path: str, transaction_id: int) -> Any:
    """Show the editor with a line more, a line less, a line moved, or a line filled from an item."""
    draft = typed_draft(transaction_or_404(type_path, transaction_id))
    gone = request.form.get("remove", "")
    draft.lines = [line for line in draft.lines if line.key != gone]
    if "add" in request.form:
        last_tax = draft.lines[-1].tax_id if draft.lines else None
        draft.lines.append(blank_line([line.key for line in draft.lines], last_tax))
    if "move" in request.form:
        _move(draft.lines, *request.form["move"].partition(":")[::2])
    picked = next((line for line in draft.lines if line.key == request.form.get("picked")), None)
    if picked is not None:
        _fill(draft, picked)
    return _unsaved("transactions/_editor_body.html", draft)


def _move(lines: list[LineFields], key: str, way: str) -> None:
    at = next((place for place, line in enumerate(lines) if line.key == key), None)
    to = None if at is None else at + (-1 if way == "up" else 1)
    if at is not None and to is not None and 0 <= to < len(lines):
        lines[at], lines[to] = lines[to], lines[at]


def _fill(draft: Draft, line: LineFields) -> None:
    """Fill a line from the item chosen on it, at its price in the draft's currency."""
    item = db.session.get(Item, line.item_id) if line.item_id else None
    if item is None or line.is_time or line.is_expense:
        return
    line.name, line.description, line.unit = item.name, item.description, item.unit
    line.tax, line.tax_id = str(item.tax_id or ""), item.tax_id
    line.errors.clear()
    price = _price(draft, item)
    if price is None:
        line.rate, line.rate_value = "", Decimal(0)
        line.errors["rate"] = _("It has no price in %(currency)s. Enter the rate.", currency=draft.transaction.currency)
    else:
        line.rate, line.rate_value = plain(price), price


def _price(draft: Draft, item: Item) -> Decimal | None:
    """Return what one unit costs, as the draft means its prices; items are priced without tax."""
    transaction = draft.transaction
    known = transaction.exchange_rate if transaction.exchange_source else None
    price = catalogue.price_of(item, transaction.currency, draft.form.exchange_rate.value or known)
    if price is not None and draft.form.tax_mode.data == "inclusive" and item.tax is not None:
        price = (price * (100 + item.tax.percent) / 100).quantize(Decimal("0.0001"))
    return price


@blueprint.post(f"/<{ID}:transaction_id>/totals")
@needs("transactions.edit")
def live_totals(type_path: str, transaction_id: int) -> Any:
    """Show what the lines come to as typed."""
    draft = typed_draft(transaction_or_404(type_path, transaction_id))
    return _unsaved("transactions/_editor_totals.html", draft, amounts_of(draft))


def amounts_of(draft: Draft) -> str:
    """Render the amount of each line as an out-of-band swap: no input is touched while somebody types."""
    if not wants_fragment():
        return ""
    facts = {"sums": sums_of(draft), "transaction": draft.transaction, "oob": True}
    return "".join(render_template("transactions/_line_amount.html", line=line, **facts) for line in draft.lines)


@blueprint.post(f"/<{ID}:transaction_id>/dates")
@needs("transactions.edit")
def live_dates(type_path: str, transaction_id: int) -> Any:
    """Show date, terms and due date after one of them was changed."""
    return _unsaved("transactions/_editor_dates.html", typed_draft(transaction_or_404(type_path, transaction_id)))


@blueprint.post(f"/<{ID}:transaction_id>/paper")
@needs("transactions.edit")
def live_paper(type_path: str, transaction_id: int) -> Any:
    """Show the paper as it would be if the draft were saved as typed; what cannot be saved leaves it as it is."""
    transaction = transaction_or_404(type_path, transaction_id)
    facts = {"version": transaction.version, "number": transaction.number or _("Draft"), "id": transaction.id}
    document = _typed_document(transaction)
    db.session.rollback()  # drawing takes a while, and nothing of it is stored
    if document is None:
        return Response(status=204)
    facts["typed"], pages = typed_pictures(document)
    return page_or_fragment(
        "transactions/preview.html", "transactions/_paper.html", kind=PATHS[type_path], paper=facts, pages=pages
    )


def _typed_document(transaction: Transaction) -> PaperDocument | None:
    draft = typed_draft(transaction)
    if not is_fine(draft) or not is_picturable(transaction):
        return None
    party = party_of(draft)
    try:
        transactions.update(transaction, changes_of(draft, transaction.version, party), actor())
    except MoveRefused:
        return None
    return document_of(transaction)


@blueprint.get(f"/<{ID}:transaction_id>/paper/<key>/<{ID}:page>.svg")
@needs("transactions.edit")
def typed_picture(type_path: str, transaction_id: int, key: str, page: int) -> AnyResponse:
    """Give one page of the paper as typed a moment ago."""
    transaction_or_404(type_path, transaction_id)
    return typed_picture_answer(key, page).make_conditional(request)


def _unsaved(fragment: str, draft: Draft, more: str = "") -> Any:
    answer = page_or_fragment("transactions/edit.html", fragment, **editor_context(draft), is_unsaved=True)
    if more:
        answer.set_data(answer.get_data(as_text=True) + more)
    db.session.rollback()
    return answer
