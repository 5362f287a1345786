"""What is missing for a valid e-invoice, in plain words, and where it can be filled in (requirement M-15)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask_babel import gettext as _

from billing.einvoice.gather import document_code, source_of
from billing.einvoice.parties import country_code, electronic_address, vat_number
from billing.einvoice.source import Source
from billing.einvoice.taxes import NEEDS_BUYER, OUTSIDE, groups_of
from billing.money import digits
from models import Transaction

#: EN 16931 allows this many decimal places (BR-DEC)
_MOST_PLACES = 2


@dataclass(frozen=True, slots=True)
class Missing:
    """A sentence, and where to mend it: `place` is organisation, customer, taxes or transaction, `field` its input."""

    sentence: str
    place: str
    field: str = ""


def missing(transaction: Transaction) -> list[Missing]:
    """Return what an e-invoice of this transaction lacks; nothing when it is valid, or is none."""
    return lacks_of(source_of(transaction)) if document_code(transaction) else []


def lacks_of(source: Source) -> list[Missing]:
    """Return what an invoice that was gathered already lacks."""
    return [*_of_seller(source), *_of_buyer(source), *_of_taxes(source), *_of_document(source)]


def _of_seller(source: Source) -> Iterator[Missing]:
    seller = source.seller
    if not country_code(seller.get("country", "")):
        yield Missing(
            _("Your country is missing. Choose it in the organisation's settings."), "organisation", "country"
        )
    if not seller.get("tax_id") and not seller.get("registration_id"):
        yield Missing(
            _("Your tax number is missing. Enter it in the organisation's settings."), "organisation", "tax_id"
        )
    yield from _address(
        seller, _("Your electronic address needs its kind. Choose the scheme beside it."), "organisation"
    )


def _address(facts: dict[str, str], sentence: str, place: str) -> Iterator[Missing]:
    address, scheme = electronic_address(facts)
    if address and not scheme:
        yield Missing(sentence, place, "electronic_scheme")


def _of_buyer(source: Source) -> Iterator[Missing]:
    buyer = source.buyer
    if not country_code(buyer.get("country", "")):
        yield Missing(_("The country of %(name)s is missing. Enter it with the address.", name=buyer["name"]),
                      "customer", "country")  # fmt: skip
    needs = any(group.category.code in NEEDS_BUYER for group in groups_of(source))
    if needs and not vat_number(buyer.get("tax_id", "")):
        yield Missing(
            _("The VAT number of %(name)s is missing. It must be named where the customer owes the tax.",
              name=buyer["name"]),
            "customer", "tax_id",
        )  # fmt: skip
    yield from _address(
        buyer, _("The electronic address of %(name)s needs its kind. Choose the scheme beside it.", name=buyer["name"]),
        "customer",
    )  # fmt: skip


def _of_taxes(source: Source) -> Iterator[Missing]:
    codes = {group.category.code for group in groups_of(source)}
    has_vat = bool(vat_number(source.seller.get("tax_id", "")))
    if OUTSIDE in codes and (has_vat or len(codes) > 1) and any(tax.tax_id is None for tax in source.sums.taxes):
        yield Missing(
            _("A line has no tax. Choose one for it, also where none is charged: its sentence says why."), "transaction"
        )
    elif OUTSIDE in codes and len(codes) > 1:
        yield Missing(
            _("A tax outside the scope of VAT cannot stand beside others. Choose an exempt one for its lines."), "taxes"
        )
    needs_number = codes - {OUTSIDE}
    if needs_number and not source.seller.get("tax_id") and source.seller.get("registration_id"):
        yield Missing(_("Your VAT number is missing. Invoices with tax must name it."), "organisation", "tax_id")
    elif codes & {"AE", "K", "G"} and not has_vat:
        yield Missing(
            _("Your VAT number with its country in front is missing. Enter it, for example DE281776502."),
            "organisation", "tax_id",
        )  # fmt: skip


def _of_document(source: Source) -> Iterator[Missing]:
    if digits(source.currency) > _MOST_PLACES:
        yield Missing(
            _("Amounts in %(currency)s have three decimal places; e-invoices allow two.", currency=source.currency),
            "transaction",
        )
    if not source.lines:
        yield Missing(_("There is nothing on it yet. Add a line."), "transaction")
