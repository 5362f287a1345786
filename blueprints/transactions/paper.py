"""The paper of a transaction as pictures and as a file; set outside any database transaction, and kept a while."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

from flask import Response, abort, make_response
from sqlalchemy import func

from billing import pdf
from billing.paper import PaperDocument
from billing.pdf import document_of, file_name
from extensions import db
from models import Transaction, TransactionLine

#: pictures are made of documents up to this many lines; longer ones are read as PDF
MOST_LINES = 400
#: documents whose pictures are kept in memory
KEPT = 12


@dataclass
class Pictures:
    """Pages of the documents looked at last, by what stands on them: an edited one is another document."""

    _found: OrderedDict[str, list[str]] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def of(self, document: PaperDocument) -> list[str]:
        """Return one SVG a page."""
        key = hashlib.sha256(document.as_json().encode()).hexdigest()
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                return self._found[key]
        pages = pdf.preview_svg(document)
        with self._lock:
            self._found[key] = pages
            while len(self._found) > KEPT:
                self._found.popitem(last=False)
        return pages


_pictures = Pictures()


def is_picturable(transaction: Transaction) -> bool:
    """Say whether the document is short enough to be shown as pictures."""
    query = db.select(func.count()).select_from(TransactionLine).where(TransactionLine.transaction_id == transaction.id)
    return (db.session.scalar(query) or 0) <= MOST_LINES


def pictures_of(transaction: Transaction) -> list[str]:
    """Return one SVG a page, none for a document that is too long. Ends the database transaction."""
    if not is_picturable(transaction):
        return []
    document = document_of(transaction)
    db.session.rollback()
    return _pictures.of(document)


def picture_answer(transaction: Transaction, page: int) -> Response:
    """Answer with one page as a picture; it may load nothing and run nothing."""
    pages = pictures_of(transaction)
    if not 1 <= page <= len(pages):
        abort(404)
    response = make_response(pages[page - 1])
    response.mimetype = "image/svg+xml"
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    return response


def file_answer(transaction: Transaction, *, is_download: bool) -> Response:
    """Answer with the PDF: the stored one, else one made now from the same facts. Ends the database transaction."""
    name = file_name(transaction)
    content = pdf.stored_bytes(transaction)
    if content is None:
        document = document_of(transaction)
        db.session.rollback()
        content = pdf.render(document)
    response = make_response(content)
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = f'{"attachment" if is_download else "inline"}; filename="{name}"'
    return response
