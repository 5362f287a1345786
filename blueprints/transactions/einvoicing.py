"""E-invoices of transactions: what is missing and where to fill it in, the XML files, and the annex of hours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Response, abort, make_response, request, url_for
from flask_babel import gettext as _

from billing import einvoice, pdf
from billing.paper import annex_of, with_annex
from billing.pdf import document_of, file_name
from billing.types import type_of
from blueprints.access import may, needs
from blueprints.filters import this_organisation
from blueprints.transactions.frame import ID, blueprint, transaction_or_404
from extensions import db
from models import Transaction

#: where something missing is filled in: endpoint, and what a person needs to get there
_PLACES = {
    "organisation": ("settings.organisation", "settings.edit"),
    "customer": ("customers.edit", "customers.edit"),
    "taxes": ("settings.taxes", "settings.edit"),
    "transaction": ("transactions.edit", "transactions.edit"),
}


@dataclass(frozen=True, slots=True)
class EInvoice:
    """What the page of a transaction tells of its e-invoice; `lacks` are sentences with the address of the field."""

    lacks: tuple[tuple[str, str], ...]
    #: whether there are files to download: it was issued, and is valid
    is_ready: bool
    #: whether the stored PDF carries it; None as long as none is stored
    is_in_pdf: bool | None
    is_wanted: bool
    is_draft: bool


def einvoice_of(transaction: Transaction) -> EInvoice | None:
    """Return what to show of a transaction's e-invoice; None for what is no invoice, and for void ones."""
    if not einvoice.document_code(transaction) or transaction.status in ("void", "deleted"):
        return None
    lacks = einvoice.missing(transaction)
    stored = pdf.stored_bytes(transaction)
    return EInvoice(
        lacks=tuple((found.sentence, _address(transaction, found)) for found in lacks),
        is_ready=einvoice.is_offered(transaction) and not lacks,
        is_in_pdf=None if stored is None else pdf.carries_invoice(stored),
        is_wanted=_is_wanted(transaction),
        is_draft=transaction.number is None,
    )


def _is_wanted(transaction: Transaction) -> bool:
    """Say whether its PDF carries the e-invoice, as was set at issue, or is set now for a draft."""
    frozen = transaction.frozen
    return this_organisation().has_e_invoices if frozen is None else bool(frozen.get("has_e_invoices", False))


def _address(transaction: Transaction, found: einvoice.Missing) -> str:
    """Return where a person can mend it; empty where they may not, or where nothing can be changed any more."""
    endpoint, right = _PLACES[found.place]
    if not may(right) or (found.place == "transaction" and transaction.number is not None):
        return ""
    values: dict[str, Any] = {"customer": {"customer_id": transaction.customer_id}}.get(found.place, {})
    if found.place == "transaction":
        values = {"type_path": type_of(transaction).path, "transaction_id": transaction.id}
    return url_for(endpoint, _anchor=found.field or None, **values)


@blueprint.app_context_processor
def _offered() -> dict[str, Any]:
    """Let the fragment `_einvoice.html` ask by itself, wherever it is included."""
    return {"einvoice_of": einvoice_of}


@blueprint.get(f'/<{ID}:transaction_id>/xml/<any("ubl", "cii"):syntax>')
@needs("transactions.view")
def xml(type_path: str, transaction_id: int, syntax: str) -> Response:
    """Give the e-invoice as a file; there is none as long as something is missing."""
    transaction = transaction_or_404(type_path, transaction_id)
    if not einvoice.is_offered(transaction) or einvoice.missing(transaction):
        abort(404)
    source, stem = einvoice.source_of(transaction), file_name(transaction).removesuffix(".pdf")
    db.session.rollback()
    content = einvoice.ubl_of(source) if syntax == "ubl" else einvoice.cii_of(source)
    return _file(content, "application/xml", f"{stem}-{syntax}.xml")


@blueprint.get(f"/<{ID}:transaction_id>/hours.pdf")
@needs("transactions.view")
def annex(type_path: str, transaction_id: int) -> Response:
    """Give the list of hours as a PDF of its own, or behind the paper (`?with=paper`)."""
    transaction = transaction_or_404(type_path, transaction_id)
    stem = file_name(transaction).removesuffix(".pdf")
    is_behind = request.args.get("with") == "paper"
    document = with_annex(document_of(transaction), transaction) if is_behind else annex_of(transaction)
    found = document.annex if is_behind else document.grid
    if found is None or not found.rows:
        abort(404, _("There are no hours on it."))
    db.session.rollback()
    return _file(
        pdf.render(document), "application/pdf", f"{stem}-with-hours.pdf" if is_behind else f"{stem}-hours.pdf"
    )


def _file(content: bytes, media_type: str, name: str) -> Response:
    response = make_response(content)
    response.mimetype = media_type
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
