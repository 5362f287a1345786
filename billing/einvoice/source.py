"""What an e-invoice is made of: plain values, no rows. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from billing.sums.totals import Totals


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One line. `net`, `discount`: as `Totals` says; `price` is per `base` of `unit`, as the rate is shown."""

    name: str
    description: str
    quantity: Decimal
    #: UN/ECE recommendation 20
    unit: str
    price: Decimal
    base: Decimal
    net: Decimal
    #: as shown, before and after the line's own discount
    gross: Decimal
    discount: Decimal
    discount_percent: Decimal
    tax_id: int | None
    tax_percent: Decimal


@dataclass(frozen=True, slots=True)
class Source:
    """A transaction as an e-invoice needs it. `sums` come from `Totals`; nothing here is added up again."""

    #: UNTDID 1001: 380 invoice, 381 credit note, 386 prepayment invoice
    code: str
    number: str
    date: dt.date
    due_date: dt.date | None
    currency: str
    base_currency: str
    #: one unit of `currency` in base currency
    exchange_rate: Decimal
    reference: str
    notes: str
    terms: str
    total: Decimal
    #: what is still to be paid: the balance of what is owed, the whole of a credit note
    payable: Decimal
    sums: Totals
    lines: tuple[SourceLine, ...]
    #: frozen facts (`billing.transactions.frozen`)
    seller: dict[str, Any]
    buyer: dict[str, Any]
    #: tax id as text → name, category, sentence
    taxes: dict[str, dict[str, str]]
    #: number and day of the invoice that a credit note is for
    credits: tuple[str, dt.date] | None
    #: first and last day of the work
    period: tuple[dt.date, dt.date] | None
    #: our words in the language of the document, by English phrase
    words: dict[str, str]

    @property
    def is_credit(self) -> bool:
        """Whether it gives back."""
        return self.code == "381"
