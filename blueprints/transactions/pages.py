"""The list of transactions, the page of one, its paper and its file."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Response, abort, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from billing.links import customer_link
from billing.pdf import document_of
from billing.transactions import visible
from billing.types import TYPES, status_of, type_of
from blueprints.access import may, needs
from blueprints.choosing import name_of, named
from blueprints.filters import day, this_organisation
from blueprints.paging import removable
from blueprints.render import page_or_fragment
from blueprints.transactions.frame import ID, PATHS, blueprint, transaction_or_404
from blueprints.transactions.life import life_of
from blueprints.transactions.lines import MOST_ENTRIES, behind_lines, entries_of, held
from blueprints.transactions.lists import TransactionFilter, state_words, transaction_page, transaction_sums
from blueprints.transactions.messages import is_waiting, messages_of
from blueprints.transactions.money import money_of
from blueprints.transactions.paper import file_answer, picture_answer, pictures_of
from blueprints.transactions.reminding import reminders_of
from extensions import db
from models import Customer, Transaction

#: lines that a page shows; a draft of every entry may have thousands
LINES_ON_PAGE = 200


@blueprint.get("/")
@needs("transactions.view")
def index(type_path: str) -> Any:
    """List the transactions of a type; filters in the query string, `state` also knows overdue."""
    kind, today = PATHS[type_path], this_organisation().today()
    chosen = TransactionFilter.read(kind, today, _with_typed_customer())
    name = name_of(Customer, chosen.customer_id, request.args, "customer_id")
    sums = transaction_sums(chosen)
    return page_or_fragment(
        "transactions/index.html", "transactions/_transactions_list.html",
        page=transaction_page(chosen, sums.count), sums=sums, chosen=chosen, kind=kind, customer_name=name,
        state_choices=[(key, _(word)) for key, word in state_words(kind).items()],
        status_of=lambda row: status_of(row, today), active=_active(chosen, name), press=secrets.token_urlsafe(12),
    )  # fmt: skip


def _with_typed_customer() -> dict[str, str]:
    """Return the query string; a customer typed without picking filters too, and an unknown one fits nothing."""
    args = request.args.to_dict()
    if not args.get("customer_id") and args.get("customer_id_text", "").strip():
        found = named(Customer, args["customer_id_text"])
        args["customer_id"] = str(found.id if found else 0)
    return args


def _active(chosen: TransactionFilter, customer_name: str) -> list[tuple[str, str]]:
    """Return what is filtered, as (words, address without it)."""
    said = {"customer_id": customer_name} if chosen.customer_id is not None else {}
    said |= {"state": _(state_words(chosen.kind)[chosen.state])} if chosen.state else {}
    said |= {"since": _("From %(day)s", day=day(chosen.since))} if chosen.since else {}
    said |= {"until": _("To %(day)s", day=day(chosen.until))} if chosen.until else {}
    said |= {"q": chosen.q} if chosen.q else {}
    return removable(said)


@blueprint.get(f"/<{ID}:transaction_id>")
@needs("transactions.view")
def show(type_path: str, transaction_id: int) -> Any:
    """Show one transaction: its state and what may be done, lines, messages, link, life."""
    transaction = transaction_or_404(type_path, transaction_id)
    return render_template("transactions/show.html", **shown(transaction))


def shown(transaction: Transaction) -> dict[str, Any]:
    """Return what the page of a transaction tells."""
    kind, document = type_of(transaction), document_of(transaction)
    rows = list(zip(transaction.lines, document.lines, strict=True))
    messages = messages_of(transaction)
    return {
        "transaction": transaction, "kind": kind, "document": document, "rows": rows[:LINES_ON_PAGE],
        "more_lines": max(0, len(rows) - LINES_ON_PAGE), "behind": behind_lines(transaction),
        "state": status_of(transaction, this_organisation().today()), "held": held(transaction),
        "can": {verb: kind.may(verb, transaction.status) and may(right) for verb, right in VERBS.items()},
        "messages": messages, "is_waiting": is_waiting(messages), "link": customer_link(transaction),
        "life": life_of(transaction), "is_public": transaction.issued_at is not None,
        "relations": relations_of(transaction), "targets": [TYPES[key] for key in kind.becomes],
        "money": money_of(transaction), "reminders": reminders_of(transaction),
    }  # fmt: skip


def relations_of(transaction: Transaction) -> list[tuple[str, str, str]]:
    """Return what it was made from, became, credits and is credited by: words, title, address. One statement."""
    own = (Transaction.converted_from_id == transaction.id) | (Transaction.credits_id == transaction.id)
    sources = {transaction.converted_from_id: _("Made from"), transaction.credits_id: _("Credits")}
    ids = [key for key in sources if key is not None]
    columns = (Transaction.id, Transaction.type, Transaction.number, Transaction.status, Transaction.credits_id)
    query = db.select(*columns).where((own & visible()) | Transaction.id.in_(ids))
    found = []
    for row in db.session.execute(query.order_by(Transaction.id)):
        kind = TYPES[row.type]
        becomes = _("Credited by") if row.credits_id == transaction.id else _("Became")
        asks = _("Asked for") if kind.is_owed and kind.gives_credit else becomes
        title = f"{_(kind.title)} {row.number or _('Draft')}"
        title += f" ({_(kind.states['void'])})" if row.status == "void" else ""
        url = url_for("transactions.show", type_path=kind.path, transaction_id=row.id)
        found.append((sources.get(row.id, asks), title, url))
    return found


#: verb of the type → what a person needs to use it
VERBS = {
    "edit": "transactions.edit", "delete": "transactions.edit", "issue": "transactions.send",
    "send": "transactions.send", "void": "transactions.void", "accept": "transactions.send",
    "convert": "transactions.edit", "credit": "transactions.edit",
}  # fmt: skip


@blueprint.get(f"/<{ID}:transaction_id>/lines/<{ID}:line_id>")
@needs("transactions.view")
def line_entries(type_path: str, transaction_id: int, line_id: int) -> Any:
    """Show the entries behind one line."""
    transaction = transaction_or_404(type_path, transaction_id)
    line = next((line for line in transaction.lines if line.id == line_id and line.kind == "time"), None) or abort(404)
    entries = entries_of(transaction, line_id)
    return page_or_fragment(
        "transactions/line.html", "transactions/_line_entries.html", transaction=transaction, line=line,
        entries=entries[:MOST_ENTRIES], has_more=len(entries) > MOST_ENTRIES, kind=type_of(transaction),
    )  # fmt: skip


@blueprint.get(f"/<{ID}:transaction_id>/pdf")
@needs("transactions.view")
def pdf(type_path: str, transaction_id: int) -> Response:
    """Give the PDF: the stored one of an issued transaction, a freshly made one of a draft."""
    return file_answer(transaction_or_404(type_path, transaction_id), is_download="download" in request.args)


@blueprint.get(f"/<{ID}:transaction_id>/preview")
@needs("transactions.view")
def preview(type_path: str, transaction_id: int) -> Any:
    """Show the paper as pictures, page by page."""
    transaction = transaction_or_404(type_path, transaction_id)
    facts = {"version": transaction.version, "number": transaction.number or _("Draft"), "id": transaction.id}
    pages = len(pictures_of(transaction))
    return page_or_fragment(
        "transactions/preview.html", "transactions/_paper.html", kind=PATHS[type_path], paper=facts, pages=pages
    )


@blueprint.get(f"/<{ID}:transaction_id>/preview/<{ID}:page>.svg")
@needs("transactions.view")
def picture(type_path: str, transaction_id: int, page: int) -> AnyResponse:
    """Give one page of the paper as a picture."""
    response = picture_answer(transaction_or_404(type_path, transaction_id), page)
    return response.make_conditional(request)
