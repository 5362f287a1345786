"""Codes to pay by, on the paper of what is owed: EPC for euro, the Swiss slip, a payment link."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from billing.money import format_amount
from billing.paper.document import PaperCode, PaperSlip
from billing.paper.figures import Figures
from billing.payment_codes import (
    Account,
    SwissAddress,
    code_svg,
    compact,
    epc_payload,
    grouped,
    is_iban,
    is_qr_iban,
    qr_reference,
    swiss_payload,
)
from models import Transaction

#: the printed words of a QR-bill are fixed by the standard (SIX 2.3, annex D)
_SLIP_WORDS = {
    "en": ("Payment part", "Account / Payable to", "Reference", "Additional information", "Currency", "Amount",
           "Receipt", "Acceptance point", "Payable by", "Payable by (name/address)"),
    "de": ("Zahlteil", "Konto / Zahlbar an", "Referenz", "Zusätzliche Informationen", "Währung", "Betrag",
           "Empfangsschein", "Annahmestelle", "Zahlbar durch", "Zahlbar durch (Name/Adresse)"),
    "fr": ("Section paiement", "Compte / Payable à", "Référence", "Informations supplémentaires", "Monnaie",
           "Montant", "Récépissé", "Point de dépôt", "Payable par", "Payable par (nom/adresse)"),
    "it": ("Sezione pagamento", "Conto / Pagabile a", "Riferimento", "Informazioni supplementari", "Valuta",
           "Importo", "Ricevuta", "Punto di accettazione", "Pagabile da", "Pagabile da (nome/indirizzo)"),
}  # fmt: skip
_SLIP_KEYS = (
    "part", "account", "reference", "message", "currency", "amount", "receipt", "acceptance", "by", "by_blank",
)  # fmt: skip


def account_of(facts: dict[str, Any]) -> Account:
    """Return the sender's account from frozen facts; its holder is the sender where nobody else is named."""
    return Account(facts.get("iban", ""), facts.get("account_holder") or facts["name"], facts.get("bic", ""))


def codes_of(
    transaction: Transaction, facts: dict[str, Any], figures: Figures, owed: Decimal, *, has_slip: bool
) -> tuple[PaperCode, ...]:
    """Return the codes beside the bank details; none where nothing is owed. A slip stands for the EPC code."""
    if owed <= 0:
        return ()
    found = []
    account = account_of(facts["organisation"])
    if transaction.currency == "EUR" and not has_slip:
        payload = epc_payload(account, owed, transaction.number or "")
        if payload:
            words = "\n".join(part for part in (account.holder, grouped(account.iban), compact(account.bic)) if part)
            found.append(PaperCode(code_svg(payload), figures.say("Scan to pay"), words))
    link = facts.get("payment_link", "")
    if link.startswith("https://"):
        found.append(PaperCode(code_svg(link), figures.say("Pay online"), "", link))
    return tuple(found)


def slip_of(transaction: Transaction, facts: dict[str, Any], figures: Figures, owed: Decimal) -> PaperSlip | None:
    """Return the payment part of a Swiss QR-bill; None where it does not apply or an address is not whole."""
    sender, number = facts["organisation"], transaction.number or ""
    account = account_of(sender)
    creditor, debtor = _address(sender, account.holder), _address(facts["customer"], facts["customer"]["name"])
    payload = swiss_payload(account, creditor, debtor, (transaction.currency, owed), number)
    if not payload or not is_iban(account.iban):
        return None
    words = _SLIP_WORDS.get(figures.language.code, _SLIP_WORDS["en"])
    return PaperSlip(
        picture=code_svg(payload, is_swiss=True),
        account=(grouped(account.iban), *creditor.printed()),
        reference=_in_fives(qr_reference(number)) if is_qr_iban(account.iban) else "",
        debtor=debtor.printed() if debtor.is_whole else (),
        currency=transaction.currency,
        amount=format_amount(owed, transaction.currency, "en").replace(",", " "),
        message=number,
        words=dict(zip(_SLIP_KEYS, words, strict=True)),
    )


def _address(facts: dict[str, Any], name: str) -> SwissAddress:
    street = " ".join(facts.get("street", "").split())
    return SwissAddress(name, street, facts.get("zip_code", ""), facts.get("city", ""), facts.get("country", ""))


def _in_fives(reference: str) -> str:
    """Write a QR reference as it is printed: two digits, then groups of five."""
    return " ".join((reference[:2], *(reference[at : at + 5] for at in range(2, len(reference), 5))))
