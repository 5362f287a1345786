"""Files beside a transaction: handing one in, reading it, and taking it off."""

from __future__ import annotations

from flask import Response, abort, flash, make_response, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from billing import attachments
from billing.attachments import MOST_BYTES, Handed
from billing.errors import MoveRefused
from billing.stored_files import drop, path_of
from billing.types import type_of
from blueprints.access import needs
from blueprints.refusals import said
from blueprints.render import after_write
from blueprints.sessions import actor
from blueprints.transactions.frame import ID, blueprint, transaction_or_404
from extensions import db
from models import Attachment, Transaction


@blueprint.app_template_global()
def attachments_of(transaction: Transaction) -> list[Attachment]:
    """Give `_attachments.html` the files of its transaction, wherever it is included."""
    return attachments.of(transaction)


@blueprint.post(f"/<{ID}:transaction_id>/files")
@needs("transactions.edit")
def attach(type_path: str, transaction_id: int) -> AnyResponse:
    """Keep a file beside a transaction."""
    transaction = transaction_or_404(type_path, transaction_id)
    file = request.files.get("file")
    if file is None or not file.filename:
        flash(_("Choose a file first."), "error")
        return _back(transaction)
    handed = Handed(file.read(MOST_BYTES + 1), file.filename, "goes_with_mail" in request.form)
    file.close()
    try:
        row = attachments.add(transaction, handed, actor())
    except MoveRefused as reason:
        flash(said(reason), "error")
        return _back(transaction_or_404(type_path, transaction_id))
    db.session.commit()
    flash(_("%(name)s is beside it now.", name=row.name), "success")
    return _back(transaction)


@blueprint.get(f"/<{ID}:transaction_id>/files/<{ID}:attachment_id>")
@needs("transactions.view")
def attachment(type_path: str, transaction_id: int, attachment_id: int) -> Response:
    """Give a file as a download; a browser neither guesses its type nor runs anything in it."""
    row = _attachment(type_path, transaction_id, attachment_id)
    path = path_of(row.file) or abort(404)
    response = make_response(path.read_bytes())
    response.mimetype = row.type
    response.headers.set("Content-Disposition", "attachment", filename=row.name)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@blueprint.post(f"/<{ID}:transaction_id>/files/<{ID}:attachment_id>/<any(mail, stay, remove):verb>")
@needs("transactions.edit")
def change_attachment(type_path: str, transaction_id: int, attachment_id: int, verb: str) -> AnyResponse:
    """Take a file off, or say whether e-mails carry it."""
    row = _attachment(type_path, transaction_id, attachment_id)
    name, dropped = row.name, ""
    if verb == "remove":
        dropped = attachments.remove(row, actor())
    else:
        attachments.set_goes_with_mail(row, verb == "mail", actor())
    db.session.commit()
    drop(dropped)
    words = {
        "remove": _("%(name)s was removed."), "mail": _("%(name)s goes with e-mails."),
        "stay": _("%(name)s stays here and goes with no e-mail."),
    }  # fmt: skip
    flash(words[verb] % {"name": name}, "success")
    return _back(transaction_or_404(type_path, transaction_id))


def _attachment(type_path: str, transaction_id: int, attachment_id: int) -> Attachment:
    transaction_or_404(type_path, transaction_id)
    row = db.session.get(Attachment, attachment_id)
    return row if row is not None and row.transaction_id == transaction_id else abort(404)


def _back(transaction: Transaction) -> AnyResponse:
    kind = type_of(transaction)
    url = url_for("transactions.show", type_path=kind.path, transaction_id=transaction.id) + "#attachments"
    return after_write(url, "transactions/_attachments.html", transaction=transaction, kind=kind)
