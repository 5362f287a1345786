"""Codes that a bank's app can scan: EPC QR (EPC069-12) for euro, the Swiss QR-bill (SIX, version 2.3). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

import segno

#: what EPC069-12 and SIX allow to ask for
_MOST = Decimal("999999999.99")
_LEAST = Decimal("0.01")
#: IBAN lengths of the SWIFT registry, where a wrong length is the most common slip
_LENGTHS = {
    "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20, "ES": 24, "FI": 18,
    "FR": 27, "GB": 22, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IS": 26, "IT": 27, "LI": 21, "LT": 20, "LU": 20,
    "LV": 21, "MC": 27, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "SE": 24, "SI": 19, "SK": 24,
    "SM": 27,
}  # fmt: skip
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?")
_MODULO_10 = (0, 9, 4, 6, 8, 2, 7, 1, 3, 5)
#: signs that a QR-bill may hold (SIX 2.3, 4.1.1)
_SWISS_REFUSED = re.compile(r"[^\u0020-\u007e\u00a0-\u017f\u0218-\u021b\u20ac]")
_CROSS = (
    '<g transform="translate({at} {at}) scale({scale})"><path fill="#fff" d="M0 0h19.8v19.8H0z"/>'
    '<path d="M.7.7h18.4v18.4H.7z"/><path fill="#fff" d="M8.3 4h3.3v11H8.3zM4.4 7.9h11v3.3h-11z"/></g>'
)


def compact(text: str) -> str:
    """Return an account number without blanks, in capitals."""
    return re.sub(r"[\s\u200b]+", "", text).upper()


def is_iban(text: str) -> bool:
    """Say whether text is an IBAN: form, length where it is known, and check digits (ISO 7064, mod 97)."""
    iban = compact(text)
    if not _IBAN.fullmatch(iban) or len(iban) != _LENGTHS.get(iban[:2], len(iban)):
        return False
    return int("".join(str(int(sign, 36)) for sign in iban[4:] + iban[:4])) % 97 == 1


def is_bic(text: str) -> bool:
    """Say whether text has the form of a BIC (ISO 9362)."""
    return _BIC.fullmatch(compact(text)) is not None


def grouped(iban: str) -> str:
    """Write an IBAN in groups of four."""
    plain = compact(iban)
    return " ".join(plain[at : at + 4] for at in range(0, len(plain), 4))


@dataclass(frozen=True, slots=True)
class Account:
    """Where money goes."""

    iban: str
    holder: str
    bic: str = ""


def epc_payload(account: Account, amount: Decimal, message: str) -> str:
    """Return what an EPC QR code holds; empty where none can be made."""
    if not is_iban(account.iban) or not account.holder or not _LEAST <= amount <= _MOST:
        return ""
    bic = compact(account.bic) if is_bic(account.bic) else ""
    lines = (
        "BCD", "002", "1", "SCT", bic, _line(account.holder, 70), compact(account.iban), f"EUR{amount:.2f}",
        "", "", _line(message, 140),
    )  # fmt: skip
    return "\n".join(lines)


def _line(text: str, most: int) -> str:
    return " ".join(text.split())[:most].strip()


@dataclass(frozen=True, slots=True)
class SwissAddress:
    """A structured address (type S), the only kind that banks take since November 2025."""

    name: str
    street: str
    zip_code: str
    city: str
    country: str

    @property
    def is_whole(self) -> bool:
        """Whether all parts that the standard asks for are there."""
        return bool(self.name and self.zip_code and self.city and len(self.country) == 2)

    def lines(self) -> tuple[str, ...]:
        """Return the seven lines of the payload."""
        return (
            "S", _swiss(self.name, 70), _swiss(self.street, 70), "", _swiss(self.zip_code, 16),
            _swiss(self.city, 35), self.country,
        )  # fmt: skip

    def printed(self) -> tuple[str, ...]:
        """Return the lines for the eye."""
        return tuple(line for line in (self.name, self.street, f"{self.zip_code} {self.city}".strip()) if line)


_NOBODY = ("",) * 7


def is_qr_iban(iban: str) -> bool:
    """Say whether an account asks for a QR reference: its institution is 30000 to 31999."""
    return 30000 <= int(compact(iban)[4:9] or 0) <= 31999 if compact(iban)[4:9].isdigit() else False


def qr_reference(number: str) -> str:
    """Return the 27 digits of a QR reference: the digits of a number, and a check digit (modulo 10, recursive)."""
    digits = re.sub(r"\D", "", number)[-26:].rjust(26, "0")
    carry = 0
    for digit in digits:
        carry = _MODULO_10[(carry + int(digit)) % 10]
    return digits + str((10 - carry) % 10)


def swiss_payload(
    account: Account, creditor: SwissAddress, debtor: SwissAddress, money: tuple[str, Decimal], number: str
) -> str:
    """Return what the code of a QR-bill holds; empty where none can be made. `money`: currency and amount."""
    currency, amount = money
    is_fit = is_iban(account.iban) and compact(account.iban)[:2] in ("CH", "LI") and creditor.is_whole
    if not is_fit or currency not in ("CHF", "EUR") or not _LEAST <= amount <= _MOST:
        return ""
    reference = ("QRR", qr_reference(number)) if is_qr_iban(account.iban) else ("NON", "")
    payer = debtor.lines() if debtor.is_whole else _NOBODY
    lines = (
        "SPC", "0200", "1", compact(account.iban), *creditor.lines(), *_NOBODY, f"{amount:.2f}", currency, *payer,
        *reference, _swiss(number, 140), "EPD",
    )  # fmt: skip
    return "\n".join(lines)


def _swiss(text: str, most: int) -> str:
    return _line(_SWISS_REFUSED.sub("", text), most)


def code_svg(payload: str, *, is_swiss: bool = False) -> str:
    """Return a QR code as SVG, error correction M as both standards ask; the Swiss one with the cross in its middle."""
    code = segno.make(payload, error="m", micro=False, boost_error=False, encoding="utf-8")
    rows = [bytes(row) for row in code.matrix]
    size, border = len(rows), 0 if is_swiss else 4
    path = "".join(_runs(row, y + border, border) for y, row in enumerate(rows))
    whole = size + 2 * border
    # the cross is 7 mm of 46 (SIX 2.3, 5.4.2)
    scale = size * 7 / 46 / 19.8
    cross = _CROSS.format(at=f"{(size - size * 7 / 46) / 2:.4f}", scale=f"{scale:.5f}") if is_swiss else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="{whole}" viewBox="0 0 {whole} {whole}">'
        f'<path fill="#fff" d="M0 0h{whole}v{whole}H0z"/><path d="{path}"/>{cross}</svg>'
    )


def _runs(row: bytes, y: int, border: int) -> str:
    """Return the dark runs of a row as path commands."""
    return "".join(
        f"M{run.start() + border} {y}h{run.end() - run.start()}v1h-{run.end() - run.start()}z"
        for run in re.finditer(rb"\x01+", row)
    )
