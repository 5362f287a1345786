"""EN 16931 data as XML: CII for Factur-X, and UBL."""

from __future__ import annotations

from threading import Lock

from billing.einvoice.data import en16931
from billing.einvoice.gather import document_code, source_of
from billing.einvoice.missing import lacks_of
from billing.einvoice.source import Source
from billing.paper import facts_of
from models import Transaction

#: the library rewrites tables of its own while it works
_one_at_a_time = Lock()


def is_offered(transaction: Transaction) -> bool:
    """Say whether this transaction has e-invoices at all: an issued one that is owed or gives credit, and not void."""
    is_issued = transaction.number is not None and transaction.status != "void"
    return is_issued and bool(document_code(transaction))


def embedded_source(transaction: Transaction) -> Source | None:
    """Return what goes into the PDF; None where the organisation wants none or something is missing.

    It is turned into XML by `cii_of`, when no database transaction is open any more.
    """
    if not is_offered(transaction) or not facts_of(transaction).get("has_e_invoices", False):
        return None
    source = source_of(transaction)
    return None if lacks_of(source) else source


def embedded_xml(transaction: Transaction) -> bytes | None:
    """Return the XML that goes into the PDF, if any."""
    source = embedded_source(transaction)
    return None if source is None else cii_of(source)


def cii(transaction: Transaction) -> bytes:
    """Return the invoice as UN/CEFACT CII, profile EN 16931; ask `missing` first."""
    return cii_of(source_of(transaction))


def ubl(transaction: Transaction) -> bytes:
    """Return the invoice as UBL 2.1; ask `missing` first."""
    return ubl_of(source_of(transaction))


def cii_of(source: Source) -> bytes:
    """Return a source as CII."""
    from facturx import generate_cii_xml

    with _one_at_a_time:
        made: bytes = generate_cii_xml(en16931(source), level="en16931", check_xsd=False, check_schematron=False)
    # the library writes an empty element as one that is nil, which the schema forbids
    return made.replace(b' xsi:nil="true"', b"")


def ubl_of(source: Source) -> bytes:
    """Return a source as UBL."""
    from facturx import generate_ubl_xml

    with _one_at_a_time:
        made: bytes = generate_ubl_xml(en16931(source), level="en16931", check_xsd=False, check_schematron=False)
    return made
