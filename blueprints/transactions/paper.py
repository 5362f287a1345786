"""The paper of a transaction as pictures and as a file; set outside any database transaction, and kept a while."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

from flask import Response, abort, make_response
from sqlalchemy import func

from billing import einvoice, pdf
from billing.paper import PaperDocument
from billing.pdf import document_of, file_name
from extensions import db
from models import Transaction, TransactionLine

#: pictures are made of documents up to this many lines; longer ones are read as PDF
MOST_LINES = 400
#: documents whose pictures are kept in memory
KEPT = 12
#: a picture may run nothing and load nothing; a logo of pixels lies in it as data
PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"


@dataclass
class Pictures:
    """Pages of the documents looked at last, by what stands on them: an edited one is another document."""

    _found: OrderedDict[str, list[str]] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def of(self, document: PaperDocument) -> list[str]:
        """Return one SVG a page."""
        key = key_of(document)
        if known := self.known(key):
            return known
        pages = pdf.preview_svg(document)
        with self._lock:
            self._found[key] = pages
            while len(self._found) > KEPT:
                self._found.popitem(last=False)
        return pages

    def known(self, key: str) -> list[str]:
        """Return the pages of a document that was looked at a moment ago; none when they are not kept any more."""
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
            return self._found.get(key, [])


def key_of(document: PaperDocument) -> str:
    """Return what tells one document from another."""
    return hashlib.sha256(document.as_json().encode()).hexdigest()


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
    return _picture(pictures_of(transaction), page)


def typed_pictures(document: PaperDocument) -> tuple[str, int]:
    """Draw a document that is not stored; returns the key under which its pages are known, and how many there are."""
    return key_of(document), len(_pictures.of(document))


def typed_picture_answer(key: str, page: int) -> Response:
    """Answer with one page of a document that `typed_pictures` has drawn a moment ago."""
    return _picture(_pictures.known(key), page)


def _picture(pages: list[str], page: int) -> Response:
    if not 1 <= page <= len(pages):
        abort(404)
    response = make_response(pages[page - 1])
    response.mimetype = "image/svg+xml"
    response.headers["Content-Security-Policy"] = PICTURE_POLICY
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    return response


def file_answer(transaction: Transaction, *, is_download: bool) -> Response:
    """Answer with the PDF: the stored one, else one made now from the same facts. Ends the database transaction."""
    name = file_name(transaction)
    content = pdf.stored_bytes(transaction)
    if content is None:
        document, source = document_of(transaction), einvoice.embedded_source(transaction)
        db.session.rollback()
        content = pdf.render_with(document, source)
    response = make_response(content)
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = f'{"attachment" if is_download else "inline"}; filename="{name}"'
    return response
