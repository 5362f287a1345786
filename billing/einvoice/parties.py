"""Seller and buyer as EN 16931 names them, from frozen facts. Pure."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from babel.core import Locale, get_global

from billing.einvoice.text import clean

#: prefixes of VAT numbers that are no country of ISO 3166 (Greece, Northern Ireland)
_OTHER_PREFIXES = frozenset({"EL", "XI"})
#: electronic address scheme of e-mail
_EMAIL = "EM"
_STREET = ("addr_l1", "addr_l2", "addr_l3")


@cache
def _countries() -> dict[str, str]:
    """Return English and native names of countries → ISO 3166-1 codes."""
    codes = {code for code in get_global("territory_currencies") if len(code) == 2 and code != "ZZ"}
    names: dict[str, str] = {}
    for language in ("en", "de", "fr", "es", "it", "nl", "pt"):
        for code, name in Locale(language).territories.items():
            if code in codes:
                names.setdefault(name.casefold(), code)
    return names


def country_code(text: str) -> str:
    """Return the ISO 3166-1 code of a country as people write it; empty where it is none that is known."""
    plain = text.strip()
    if len(plain) == 2 and plain.upper() in set(_countries().values()):
        return plain.upper()
    return _countries().get(plain.casefold(), "")


def vat_number(text: str) -> str:
    """Return a VAT number with its country in front (BR-CO-09); empty for a tax number of another kind."""
    plain = re.sub(r"[\s.\-/]+", "", text).upper()
    prefix = plain[:2]
    is_known = prefix in _OTHER_PREFIXES or bool(country_code(prefix)) if prefix.isalpha() else False
    return plain if is_known and len(plain) > 4 and any(sign.isdigit() for sign in plain) else ""


def electronic_address(facts: dict[str, Any]) -> tuple[str, str]:
    """Return address and scheme: the one that was entered, else the e-mail address; empty where there is none."""
    address, scheme = facts.get("electronic_address", "").strip(), facts.get("electronic_scheme", "").strip()
    if not address:
        address, scheme = facts.get("email", "").strip(), _EMAIL
    return (address, scheme or (_EMAIL if "@" in address else "")) if address else ("", "")


def party(facts: dict[str, Any], *, is_seller: bool, is_outside: bool) -> dict[str, Any]:
    """Return a party. `is_outside`: nothing is subject to VAT, so no VAT number may be named (BR-O-02 to BR-O-04)."""
    street = [clean(line) for line in facts.get("street", "").splitlines() if line.strip()]
    found = {
        "name": clean(facts["name"]),
        "country_code": country_code(facts.get("country", "")),
        "city": clean(facts.get("city", "")),
        "postcode": clean(facts.get("zip_code", "")),
        "country_subdivision": clean(facts.get("state", "")),
        "legal_identifier": clean(facts.get("registration_id", "")),
    }
    found |= {f"addr_l{at}": line for at, line in enumerate(street[:3], start=1)}
    found |= _numbers(facts, is_seller=is_seller, is_outside=is_outside)
    address, scheme = electronic_address(facts)
    if address and scheme:
        found |= {"einvoicing_addr": clean(address), "einvoicing_addr_schemeid": scheme}
    return {key: value for key, value in found.items() if value} | _contact(facts, is_seller=is_seller)


def delivery(facts: dict[str, Any]) -> dict[str, Any]:
    """Return where things go: the customer's other address as it is written, else the customer's own."""
    own = [clean(line) for line in facts.get("delivery_address", "").splitlines() if line.strip()]
    whole = party(facts, is_seller=False, is_outside=True)
    where = ("name", "country_code") if own else ("name", "country_code", "city", "postcode", *_STREET)
    found = {key: whole[key] for key in where if key in whole}
    return found | dict(zip(_STREET, (*own[:2], ", ".join(own[2:])), strict=False)) if own else found


def _numbers(facts: dict[str, Any], *, is_seller: bool, is_outside: bool) -> dict[str, Any]:
    tax_id = clean(facts.get("tax_id", ""))
    vat = "" if is_outside else vat_number(tax_id)
    if not is_seller:
        return {"vat_identifier": vat}
    # the seller must be identifiable by one number at least (BR-CO-26)
    needs_own = not vat and not facts.get("registration_id") and bool(tax_id)
    own = {"identifiers": {None: tax_id}} if needs_own else {}
    return {"vat_identifier": vat, "tax_identifier": "" if vat else tax_id, **own}


def _contact(facts: dict[str, Any], *, is_seller: bool) -> dict[str, Any]:
    if not is_seller:
        return {}
    contact = {"name": facts["name"], "phone": facts.get("phone", ""), "email": facts.get("email", "")}
    return {"contacts": [{key: clean(value) for key, value in contact.items() if value.strip()}]}
