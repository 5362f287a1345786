"""E-invoices after EN 16931: Factur-X (CII in the PDF) and UBL, from the facts and sums that are stored (M-15)."""

from __future__ import annotations

from billing.einvoice.data import en16931
from billing.einvoice.gather import document_code, source_of
from billing.einvoice.missing import Missing, missing
from billing.einvoice.source import Source
from billing.einvoice.xml import cii, cii_of, embedded_source, embedded_xml, is_offered, ubl, ubl_of

__all__ = [
    "Missing", "Source", "cii", "cii_of", "document_code", "embedded_source", "embedded_xml", "en16931", "is_offered",
    "missing", "source_of", "ubl", "ubl_of",
]  # fmt: skip
