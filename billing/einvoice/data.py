"""A transaction as EN 16931 data: the names of business terms are those of the standard (BT-…, BG-…). Pure.

Amounts are those of `billing.sums.totals`, where each is told which business term it is.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from billing.einvoice.parties import delivery, party
from billing.einvoice.source import Source, SourceLine
from billing.einvoice.taxes import OUTSIDE, Category, Group, category_of, groups_of, plain
from billing.einvoice.text import clean
from billing.money import ZERO, round_money
from billing.payment_codes import compact, is_bic, is_iban

#: UNTDID 5189 and 7161
_DISCOUNT, _FREIGHT = "95", "FC"
#: UNTDID 4461
_SEPA_TRANSFER, _TRANSFER = "58", "30"


def en16931(source: Source) -> dict[str, Any]:
    """Return the data of an e-invoice; terms that say nothing are left out."""
    groups = groups_of(source)
    is_outside = any(group.category.code == OUTSIDE for group in groups)
    data = {
        "BT-1": clean(source.number),
        "BT-2": source.date,
        "BT-3": source.code,
        "BT-5": source.currency,
        "BT-9": source.due_date,
        "BT-10": clean(source.buyer.get("buyer_reference", "")),
        "BT-13": clean(source.reference),
        "BT-20": _payment_terms(source),
        "BG-1": [{"BT-22": clean(text)} for text in (source.notes,) if clean(text)],
        "BG-4": party(source.seller, is_seller=True, is_outside=is_outside),
        "BG-7": party(source.buyer, is_seller=False, is_outside=is_outside),
        "BG-20": [_allowance(source, group) for group in groups if group.discount],
        "BG-21": [_charge(source, group) for group in groups if group.shipping],
        "BG-23": [_tax(source, group) for group in groups],
        "BG-25": [_line(source, line, str(at)) for at, line in enumerate(source.lines, start=1)],
    }
    data |= _amounts(source) | _delivery(source, groups) | _payment(source) | _foreign(source)
    if source.credits is not None:
        data["BG-3"] = [{"BT-25": clean(source.credits[0]), "BT-26": source.credits[1]}]
    return {term: value for term, value in data.items() if value not in (None, "", [])}


def _payment_terms(source: Source) -> str:
    """Return terms in words; where something is payable and has no date, there must be some (BR-CO-25)."""
    words = clean(source.terms)
    return words or ("" if source.due_date is not None else clean(source.words["terms"]))


def _amounts(source: Source) -> dict[str, str]:
    sums = source.sums
    found = {
        "BT-106": sums.lines_net, "BT-109": sums.net_total, "BT-110": sums.tax_total, "BT-112": sums.total_with_tax,
        "BT-115": source.payable,
    }  # fmt: skip
    optional = {
        "BT-107": sums.discount_net, "BT-108": sums.shipping_net, "BT-113": source.total - source.payable,
        "BT-114": sums.adjustment,
    }  # fmt: skip
    found |= {term: amount for term, amount in optional.items() if amount}
    return {term: _money(source, amount) for term, amount in found.items()}


def _money(source: Source, amount: Decimal) -> str:
    """Write an amount with the places of the currency; it is rounded already, whatever places it came with."""
    return format(round_money(amount, source.currency) + ZERO, "f")


def _foreign(source: Source) -> dict[str, str]:
    """Return the tax in base currency where the invoice is in another one (BT-111)."""
    if source.currency == source.base_currency:
        return {}
    tax = round_money(source.sums.tax_total * source.exchange_rate, source.base_currency)
    return {"BT-6": source.base_currency, "BT-111": format(tax, "f")}


def _delivery(source: Source, groups: list[Group]) -> dict[str, Any]:
    """Return when the work was done, and for whom; what goes within the Community also says on which day (BR-IC-11)."""
    found: dict[str, Any] = {"BG-13": delivery(source.buyer)}
    if source.period is not None:
        found |= {"BT-73": source.period[0], "BT-74": source.period[1]}
    elif any(group.category.code == "K" for group in groups):
        found["BT-72"] = source.date
    return found


def _payment(source: Source) -> dict[str, Any]:
    iban = compact(source.seller.get("iban", ""))
    if source.is_credit or not is_iban(iban):
        return {}
    bic = compact(source.seller.get("bic", ""))
    return {
        "BT-81": _SEPA_TRANSFER if source.currency == "EUR" else _TRANSFER,
        "BT-83": clean(source.number),
        "BT-84": iban,
        "BT-85": clean(source.seller.get("account_holder") or source.seller["name"]),
        "BT-86": bic if is_bic(bic) else "",
    }


def _rated(category: Category, code_term: str, rate_term: str) -> dict[str, str]:
    rate = category.rate
    return {code_term: category.code} | ({} if rate is None else {rate_term: rate})


def _allowance(source: Source, group: Group) -> dict[str, str]:
    return _on_the_whole(source, group, group.discount, ("discount", _DISCOUNT))


def _charge(source: Source, group: Group) -> dict[str, str]:
    return _on_the_whole(source, group, group.shipping, ("shipping", _FREIGHT))


def _on_the_whole(source: Source, group: Group, amount: Decimal, reason: tuple[str, str]) -> dict[str, str]:
    word, code = reason
    rated = _rated(group.category, "vat_category_code", "vat_rate")
    return {"amount": _money(source, amount), "reason": source.words[word], "reason_code": code, **rated}


def _tax(source: Source, group: Group) -> dict[str, str]:
    found = {
        "BT-116": _money(source, group.net), "BT-117": _money(source, group.tax), "BT-120": clean(group.reason),
        "BT-121": group.reason_code, **_rated(group.category, "BT-118", "BT-119"),
    }  # fmt: skip
    return {term: value for term, value in found.items() if value}


def _line(source: Source, line: SourceLine, number: str) -> dict[str, Any]:
    category = category_of(source, line.tax_id, line.tax_percent)
    found = {
        "BT-126": number, "BT-130": line.unit, "BT-131": _money(source, line.net),
        "BT-153": clean(line.name) or source.words["item"], "BT-154": clean(line.description),
        **_rated(category, "BT-151", "BT-152"), **_price(source, line),
    }  # fmt: skip
    return {term: value for term, value in found.items() if value not in ("", [])}


def _price(source: Source, line: SourceLine) -> dict[str, Any]:
    """Return quantity and price so that they give the net amount to the cent, less the line's own discount.

    A price is never below zero (BR-27): the quantity takes the sign. Where rates hold their tax, the price is the net
    amount for the whole quantity, since a net rate would not re-compute.
    """
    if source.sums.is_inclusive or line.discount < 0 or not line.quantity:
        return _whole_price(line)
    sign = -1 if line.price < 0 else 1
    found = {"BT-129": plain(line.quantity * sign), "BT-146": plain(line.price * sign)}
    if line.base != 1:
        found["BT-149"] = plain(line.base)
    if not line.discount:
        return found
    allowance = {
        "amount": _money(source, line.discount), "base_amount": _money(source, line.gross),
        "rate": plain(line.discount_percent), "reason": source.words["discount"], "reason_code": _DISCOUNT,
    }  # fmt: skip
    return found | {"BG-27": [allowance]}


def _whole_price(line: SourceLine) -> dict[str, Any]:
    quantity = abs(line.quantity) or Decimal(1)
    signed = -quantity if line.net < ZERO else quantity
    return {"BT-129": plain(signed), "BT-146": plain(abs(line.net)), "BT-149": plain(quantity)}
