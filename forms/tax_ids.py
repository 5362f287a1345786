"""Whether a tax number looks like those of its country. A slip is told, never refused: formats change."""

from __future__ import annotations

import re
from collections.abc import Mapping

from flask_babel import gettext as _

#: VAT prefix → pattern of the rest and an example; EU, United Kingdom, Switzerland, Norway
FORMATS: Mapping[str, tuple[str, str]] = {
    "AT": (r"U\d{8}", "ATU12345678"), "BE": (r"[01]\d{9}", "BE0123456789"), "BG": (r"\d{9,10}", "BG123456789"),
    "CY": (r"\d{8}[A-Z]", "CY12345678X"), "CZ": (r"\d{8,10}", "CZ12345678"), "DE": (r"\d{9}", "DE123456789"),
    "DK": (r"\d{8}", "DK12345678"), "EE": (r"\d{9}", "EE123456789"), "EL": (r"\d{9}", "EL123456789"),
    "ES": (r"[A-Z0-9]\d{7}[A-Z0-9]", "ESX1234567X"), "FI": (r"\d{8}", "FI12345678"),
    "FR": (r"[A-HJ-NP-Z0-9]{2}\d{9}", "FRXX123456789"), "HR": (r"\d{11}", "HR12345678901"),
    "HU": (r"\d{8}", "HU12345678"), "IE": (r"\d[A-Z0-9+*]\d{5}[A-Z]{1,2}", "IE1234567X"),
    "IT": (r"\d{11}", "IT12345678901"), "LT": (r"\d{9}|\d{12}", "LT123456789"), "LU": (r"\d{8}", "LU12345678"),
    "LV": (r"\d{11}", "LV12345678901"), "MT": (r"\d{8}", "MT12345678"),
    "NL": (r"[A-Z0-9+*]{10}\d{2}", "NL123456789B01"),
    "PL": (r"\d{10}", "PL1234567890"), "PT": (r"\d{9}", "PT123456789"), "RO": (r"\d{2,10}", "RO1234567890"),
    "SE": (r"\d{12}", "SE123456789012"), "SI": (r"\d{8}", "SI12345678"), "SK": (r"\d{10}", "SK1234567890"),
    "XI": (r"\d{9}|\d{12}|GD\d{3}|HA\d{3}", "XI123456789"), "GB": (r"\d{9}|\d{12}|GD\d{3}|HA\d{3}", "GB123456789"),
    "CHE": (r"\d{9}(MWST|TVA|IVA)?", "CHE-123.456.789 MWST"), "NO": (r"\d{9}(MVA)?", "NO123456789MVA"),
}  # fmt: skip


def doubt(tax_id: str) -> str:
    """Say what looks wrong about a tax number; empty when nothing does or its country is not known here."""
    plain = re.sub(r"[\s.\-/]", "", tax_id).upper()
    prefix = plain[:3] if plain.startswith("CHE") else plain[:2]
    if prefix not in FORMATS or not plain:
        return ""
    pattern, example = FORMATS[prefix]
    if re.fullmatch(pattern, plain[len(prefix) :]):
        return ""
    return str(_("%(tax_id)s does not look like a tax number with %(prefix)s: those look like %(example)s. "
                 "It was saved as it is.", tax_id=tax_id, prefix=prefix, example=example))  # fmt: skip
