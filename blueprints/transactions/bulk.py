"""What is done with several chosen transactions of a list at once: sent, marked as sent, or all in one PDF."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

from flask import abort, flash, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from pypdf import PdfReader, PdfWriter

from billing import mail, pdf, transactions
from billing.errors import MoveRefused
from billing.mail.letters import can_mail
from billing.pdf import document_of
from billing.types import type_of
from blueprints.access import may, needs
from blueprints.downloads import as_file
from blueprints.filters import this_organisation
from blueprints.render import after_write
from blueprints.sessions import actor
from blueprints.transactions.frame import PATHS, blueprint
from extensions import db
from models import Transaction

#: transactions that are taken at once; a page shows fifty
MOST = 100
#: refusals that are told in full
TOLD = 3


@blueprint.post("/bulk")
@needs("transactions.view")
def bulk(type_path: str) -> Any:
    """Do what the pressed button says with what was ticked; what cannot be done is named and left as it is."""
    chosen = _chosen(type_path)
    back = url_for("transactions.index", type_path=type_path)
    if not chosen:
        flash(_("Choose at least one row first."), "warning")
        return after_write(back)
    verb = request.form.get("verb", "")
    if verb == "pdf":
        return _one_file(chosen, type_path)
    if verb not in ("send", "mark-sent"):
        abort(404)
    if not may("transactions.send"):
        abort(403)
    if verb == "send" and not can_mail(this_organisation()):
        flash(_("No mail server is set up, so nothing was sent and no number was taken."), "error")
        return after_write(back)
    _each(chosen, _send if verb == "send" else _mark, is_mail=verb == "send")
    return after_write(back)


def _chosen(type_path: str) -> list[Transaction]:
    """Return the ticked transactions of this type, oldest first, so that numbers follow the dates."""
    ids = {int(text) for text in request.form.getlist("ids") if text.isascii() and text.isdigit() and len(text) < 10}
    query = db.select(Transaction).where(
        Transaction.id.in_(sorted(ids)[:MOST]), Transaction.type == PATHS[type_path].key, transactions.visible()
    )
    return list(db.session.scalars(query.order_by(Transaction.date, Transaction.id)))


def _each(chosen: Sequence[Transaction], verb: Callable[[Transaction], None], *, is_mail: bool) -> None:
    """Do one verb with each, in a savepoint of its own; commit once, then keep the PDFs and say what came of it."""
    done, refused = [], []
    for transaction in chosen:
        step = db.session.begin_nested()
        name = transaction.number or _("A draft for %(customer)s", customer=transaction.customer.name)
        try:
            verb(transaction)
        except MoveRefused as reason:
            step.rollback()
            refused.append(f"{name}: {reason}")
        else:
            step.commit()
            done.append(transaction)
    db.session.commit()
    for transaction in done:
        pdf.store(transaction, db.session.commit)
    _tell(len(done), refused, is_mail=is_mail)


def _tell(done: int, refused: Sequence[str], *, is_mail: bool) -> None:
    if done and is_mail:
        flash(ngettext("%(num)d is on its way.", "%(num)d are on their way.", done), "success")
    elif done:
        flash(ngettext("%(num)d is marked as sent.", "%(num)d are marked as sent.", done), "success")
    for sentence in refused[:TOLD]:
        flash(sentence, "warning")
    if len(refused) > TOLD:
        flash(_("%(count)s more could not be done.", count=len(refused) - TOLD), "warning")


def _issued(transaction: Transaction) -> None:
    if type_of(transaction).may("issue", transaction.status):
        transactions.issue(transaction, actor())


def _mark(transaction: Transaction) -> None:
    _issued(transaction)
    transactions.mark_sent(transaction, actor())


def _send(transaction: Transaction) -> None:
    _issued(transaction)
    press = request.form.get("press", "")[:60]
    mail.send_transaction(transaction, actor(), f"bulk-{press}-{transaction.id}")


def _one_file(chosen: Sequence[Transaction], type_path: str) -> Any:
    """Answer with the documents one after the other in one PDF; stored ones as they were stored."""
    found = [pdf.stored_bytes(it) or document_of(it) for it in chosen]
    db.session.rollback()
    writer = PdfWriter()
    for it in found:
        writer.append(PdfReader(io.BytesIO(it if isinstance(it, bytes) else pdf.render(it))))
    made = io.BytesIO()
    writer.write(made)
    return as_file(made.getvalue(), "application/pdf", f"{type_path}.pdf")
