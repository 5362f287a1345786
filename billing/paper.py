"""What stands on the paper of a transaction: every word and figure ready to be set. The same for page, PDF and mail."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal
from flask_babel import gettext as _

from billing.money import digits, format_amount, format_money
from billing.rates import DAY_SECONDS, HOUR_SECONDS
from billing.totals import TaxSum
from billing.transactions import totals_of
from billing.transactions.moves import frozen_facts
from billing.types import TransactionType, type_of
from extensions import db, to_json
from models import Organisation, Transaction, TransactionLine

#: longer text is cut on paper: a page is for reading
MAX_TEXT = 4000
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_LONG_WORD = re.compile(r"\S{32}")


@dataclass(frozen=True, slots=True)
class PaperParty:
    """Sender or receiver. `contact`: what stands at the foot of each page."""

    name: str
    lines: tuple[str, ...]
    contact: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PaperFact:
    """A labelled fact at the head, such as the due date."""

    label: str
    value: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class PaperLine:
    """A row of the table; `under` stands below the quantity: h:mm, and what was logged where time was rounded."""

    name: str
    description: str
    quantity: str
    under: str
    rate: str
    tax: str
    amount: str


@dataclass(frozen=True, slots=True)
class PaperSum:
    """A row below the table."""

    label: str
    amount: str


@dataclass(frozen=True, slots=True)
class PaperDocument:
    """A document ready to be set by typst: plain strings only, so nothing in it can be code."""

    title: str
    number: str
    #: grey word across the page: Draft, Void; empty on a document that counts
    stamp: str
    language: str
    organisation: PaperParty
    customer: PaperParty
    facts: tuple[PaperFact, ...]
    lines: tuple[PaperLine, ...]
    sums: tuple[PaperSum, ...]
    total: PaperSum
    notes: str
    bank_details: str
    words: dict[str, str]
    #: when the document came to be; makes the file the same whenever it is rendered
    made_at: datetime

    def as_json(self) -> str:
        """Return the data for the template; every string is made fit for paper."""
        facts = asdict(self)
        del facts["made_at"]
        return to_json(_fit(facts))


def _fit(value: Any) -> Any:
    if isinstance(value, str):
        return fit_text(value)
    if isinstance(value, dict):
        return {key: _fit(item) for key, item in value.items()}
    return [_fit(item) for item in value] if isinstance(value, list | tuple) else value


def fit_text(text: str) -> str:
    """Drop characters that no page can show, let endless words break, cut what is longer than a page is for."""
    text = _CONTROL.sub("", text.replace("\r\n", "\n"))
    if len(text) > MAX_TEXT:
        text = text[: MAX_TEXT - 1] + "…"
    return _LONG_WORD.sub(lambda match: match[0] + "\u200b", text)


def document_of(transaction: Transaction) -> PaperDocument:
    """Return the paper of a transaction: from what was frozen at issue, or as things are now for a draft."""
    frozen = transaction.frozen or frozen_facts(transaction, db.session.get_one(Organisation, 1))
    setter = _Setter(transaction, frozen["locale"])
    kind = type_of(transaction)
    return PaperDocument(
        title=_(kind.title),
        number=transaction.number or _("Draft"),
        stamp={"draft": _("Draft"), "void": _("Void"), "deleted": _("Deleted")}.get(transaction.status, ""),
        language=frozen["locale"].partition("_")[0].partition("-")[0],
        organisation=_sender(frozen["organisation"]),
        customer=_receiver(frozen["customer"]),
        facts=setter.facts(),
        lines=tuple(setter.line(line) for line in transaction.lines),
        sums=setter.sums(frozen["tax_names"]),
        total=PaperSum(_("Total"), format_money(transaction.total, transaction.currency, setter.locale)),
        notes=transaction.notes,
        bank_details=frozen["organisation"]["bank_details"] if kind.is_owed else "",
        words=_words(kind),
        made_at=transaction.issued_at or transaction.created_at,
    )


def _words(kind: TransactionType) -> dict[str, str]:
    return {
        "page": _("Page"), "of": _("of"), "item": _("Item"), "quantity": _("Quantity"),
        "bill_to": _("Bill to") if kind.is_owed else _("For"),
        "rate": _("Rate"), "tax": _("Tax"), "amount": _("Amount"), "notes": _("Notes"), "payment": _("Payment"),
    }  # fmt: skip


def _sender(facts: dict[str, str]) -> PaperParty:
    tax = (_("Tax ID %(number)s", number=facts["tax_id"]),) if facts["tax_id"] else ()
    contact = tuple(part for part in (facts["name"], facts["email"], facts["phone"], facts["website"]) if part)
    return PaperParty(facts["name"], (*facts["address"].splitlines(), *tax), contact)


def _receiver(facts: dict[str, Any]) -> PaperParty:
    tax = (_("Tax ID %(number)s", number=facts["tax_id"]),) if facts["tax_id"] else ()
    return PaperParty(facts["name"], (*facts["address_lines"], *tax))


def hours_text(seconds: int) -> str:
    """Write a duration exactly, as h:mm, with seconds only where there are any."""
    hours, rest = divmod(seconds, 3600)
    minutes, odd = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{odd:02}" if odd else f"{hours}:{minutes:02}"


@dataclass(frozen=True, slots=True)
class _Setter:
    """Writes one transaction's figures and dates as its locale does."""

    transaction: Transaction
    locale: str

    def amount(self, value: Decimal) -> str:
        return format_amount(value, self.transaction.currency, self.locale)

    def rate(self, value: Decimal) -> str:
        """All digits of the rate, so that h × rate re-computes by hand."""
        places = digits(self.transaction.currency)
        pattern = "#,##0." + "0" * places + "#" * (4 - places) if places else "#,##0.####"
        return str(format_decimal(value, format=pattern, locale=self.locale))

    def number(self, value: Decimal, pattern: str = "#,##0.######") -> str:
        return str(format_decimal(value, format=pattern, locale=self.locale))

    def day(self, value: date) -> str:
        return str(format_date(value, "medium", locale=self.locale))

    def facts(self) -> tuple[PaperFact, ...]:
        transaction = self.transaction
        facts = [PaperFact(_("Date"), self.day(transaction.date))]
        if transaction.due_date is not None:
            facts.append(PaperFact(_(type_of(transaction).until_word), self.day(transaction.due_date), strong=True))
        if transaction.reference:
            facts.append(PaperFact(_("Reference"), transaction.reference))
        return (*facts, PaperFact(_("Currency"), transaction.currency))

    def line(self, line: TransactionLine) -> PaperLine:
        quantity, under = self._quantity(line)
        is_rounding = line.kind == "rounding"
        description = _("Lines are rounded one by one; together they are exact.") if is_rounding else line.description
        return PaperLine(
            name=_("Rounding difference") if is_rounding else line.name,
            description=description,
            quantity=quantity,
            under=under,
            rate="" if is_rounding else self.rate(line.rate),
            tax=f"{self.number(line.tax_percent)} %" if line.tax_id is not None else "",
            amount=self.amount(line.amount),
        )

    def _quantity(self, line: TransactionLine) -> tuple[str, str]:
        if line.kind == "rounding":
            return "", ""
        if line.seconds is None or line.logged_seconds is None or line.unit == "fixed":
            unit = "" if line.unit == "fixed" else f" {line.unit}"
            return self.number(line.quantity) + unit.rstrip(), ""
        quantity, under = self._hours(line.seconds, is_days=line.unit == "days")
        if line.logged_seconds != line.seconds:
            under = " · ".join(
                part for part in (under, _("logged %(time)s", time=hours_text(line.logged_seconds))) if part
            )
        return quantity, under

    def _hours(self, seconds: int, *, is_days: bool) -> tuple[str, str]:
        """Write time so that it re-computes by hand: decimals only where two places are exact, else h:mm (R-04)."""
        unit, word = (DAY_SECONDS, _("d")) if is_days else (HOUR_SECONDS, _("h"))
        if seconds * 100 % unit == 0:
            return f"{self.number(Decimal(seconds) / unit, '#,##0.00')} {word}", hours_text(seconds)
        return f"{hours_text(seconds)} {_('h')}", _("8 h a day") if is_days else ""

    def sums(self, tax_names: dict[str, str]) -> tuple[PaperSum, ...]:
        taxes = [self._tax(tax, tax_names) for tax in totals_of(self.transaction).taxes if tax.tax_id is not None]
        return (PaperSum(_("Subtotal"), self.amount(self.transaction.subtotal)), *taxes)

    def _tax(self, tax: TaxSum, names: dict[str, str]) -> PaperSum:
        percent = self.number(tax.percent)
        label = _(
            "%(name)s %(percent)s %% on %(net)s",
            name=names.get(str(tax.tax_id), _("Tax")), percent=percent, net=self.amount(tax.net),
        )  # fmt: skip
        return PaperSum(label, self.amount(tax.tax))
