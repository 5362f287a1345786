"""Tax groups as EN 16931 names them: category, reason, and the groups of one category and rate as one. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from billing.einvoice.source import Source
from billing.money import ZERO

STANDARD, ZERO_RATED, OUTSIDE = "S", "Z", "O"
#: categories in which the customer's VAT number must be named
NEEDS_BUYER = frozenset({"AE", "K"})
#: reasons of the code list VATEX; an exemption (E) says its own in words
_REASONS = {"AE": "VATEX-EU-AE", "K": "VATEX-EU-IC", "G": "VATEX-EU-G", "O": "VATEX-EU-O"}
_REASON_WORDS = {
    "AE": "Reverse charge", "K": "Intra-Community supply", "G": "Export outside the EU", "O": "Not subject to VAT",
    "E": "Exempt from tax",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Category:
    """Category and rate of a line, a discount or a charge; what is outside the scope of tax has no rate."""

    code: str
    percent: Decimal

    @property
    def rate(self) -> str | None:
        """Return the rate as the XML has it."""
        return None if self.code == OUTSIDE else plain(self.percent)


@dataclass(frozen=True, slots=True)
class Group:
    """All of one category and rate; amounts are sums of those in `billing.sums.totals`."""

    category: Category
    net: Decimal
    tax: Decimal
    discount: Decimal
    shipping: Decimal
    reason: str
    reason_code: str


def plain(number: Decimal) -> str:
    """Write a number without exponent and without zeros at its end."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def category_of(source: Source, tax_id: int | None, percent: Decimal) -> Category:
    """Return the category of a tax: what it says of itself, as far as its rate allows that."""
    said = OUTSIDE if tax_id is None else source.taxes.get(str(tax_id), {}).get("category", STANDARD)
    if percent > 0:
        return Category(said if said in (STANDARD, "L", "M") else STANDARD, percent)
    return Category(ZERO_RATED if said == STANDARD else said, ZERO)


def groups_of(source: Source) -> list[Group]:
    """Return the breakdown, in the order of the sums; taxes that share category and rate are one group."""
    found: dict[Category, list[Group]] = {}
    for tax in source.sums.taxes:
        category = category_of(source, tax.tax_id, tax.percent)
        reason = source.taxes.get(str(tax.tax_id), {}).get("sentence", "")
        group = Group(category, tax.net, tax.tax, tax.discount, tax.shipping, reason, _REASONS.get(category.code, ""))
        found.setdefault(category, []).append(group)
    return [_together(category, groups) for category, groups in found.items()]


def _together(category: Category, groups: list[Group]) -> Group:
    said = " ".join(dict.fromkeys(group.reason for group in groups if group.reason))
    reason = (said or _REASON_WORDS[category.code]) if category.code in _REASON_WORDS else ""
    return Group(
        category,
        _sum(group.net for group in groups),
        _sum(group.tax for group in groups),
        _sum(group.discount for group in groups),
        _sum(group.shipping for group in groups),
        reason,
        groups[0].reason_code,
    )


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)
