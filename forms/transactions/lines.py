"""The lines of a draft as a form sends them: fields `line` (the keys in order) and `<key>-name`, `<key>-rate`, …"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from werkzeug.datastructures import MultiDict

from forms.base import stripped
from forms.transactions.fields import read_percent
from forms.transactions.numbers import (
    LARGEST_QUANTITY,
    LARGEST_RATE,
    QUANTITY_PLACES,
    RATE_PLACES,
    BadNumberError,
    plain,
    read_number,
    within,
)
from models import TransactionLine

LONGEST_NAME, LONGEST_DESCRIPTION, LONGEST_UNIT = 300, 2000, 20
#: keys of lines that are not stored yet
_NEW = re.compile(r"n\d{1,4}")
_STORED = re.compile(r"\d{1,9}")
#: lines that one form may send; drafts with more are edited page by page
MOST = 400


@dataclass(slots=True)
class LineFields:
    """One line: the texts as typed, the values read from them, and what is wrong, by field.

    `stored` is the row it stands for, None for a new line. Lines that stand for hours keep their quantity.
    """

    key: str
    stored: TransactionLine | None = None
    name: str = ""
    description: str = ""
    unit: str = ""
    quantity: str = "1.00"
    rate: str = ""
    tax: str = ""
    #: per cent off this line
    discount: str = ""
    #: the item it was filled from; empty: none
    item: str = ""
    quantity_value: Decimal = Decimal(1)
    rate_value: Decimal = Decimal(0)
    tax_id: int | None = None
    discount_value: Decimal = Decimal(0)
    errors: dict[str, Any] = field(default_factory=dict)
    is_gone: bool = False

    @property
    def is_time(self) -> bool:
        """Whether it stands for entries: its quantity is theirs."""
        return self.stored is not None and self.stored.kind == "time"

    @property
    def is_expense(self) -> bool:
        """Whether it stands for an expense: what it comes to is that expense's."""
        return self.stored is not None and self.stored.kind == "expense"

    @property
    def item_id(self) -> int | None:
        """The item it was filled from."""
        return int(self.item) if self.item else None

    @property
    def is_untouched(self) -> bool:
        """Whether it is a new line that nothing was typed into; such a line is left out."""
        return self.stored is None and not (self.name or self.description or self.rate)


def line_of(row: TransactionLine) -> LineFields:
    """Return the fields of a stored line."""
    return LineFields(
        str(row.id), row, row.name, row.description, row.unit, plain(row.quantity), plain(row.rate),
        str(row.tax_id or ""), _percent_text(row.discount_percent), str(row.item_id or ""), row.quantity, row.rate,
        row.tax_id, row.discount_percent,
    )  # fmt: skip


def _percent_text(percent: Decimal) -> str:
    return f"{percent.normalize():f}" if percent else ""


def blank_line(taken: Iterable[str], tax_id: int | None = None) -> LineFields:
    """Return a new empty line with a key that is not taken."""
    numbers = [int(key[1:]) for key in taken if _NEW.fullmatch(key)]
    return LineFields(f"n{max(numbers, default=0) + 1}", tax=str(tax_id or ""), tax_id=tax_id)


def read_lines(
    data: MultiDict[str, str], stored: Sequence[TransactionLine], tax_ids: Iterable[int]
) -> list[LineFields]:
    """Read the lines in their order. A key that names no stored line any more comes back with `is_gone`."""
    rows = {str(row.id): row for row in stored}
    keys = dict.fromkeys(key for key in data.getlist("line")[:MOST] if _NEW.fullmatch(key) or _STORED.fullmatch(key))
    known = {str(tax_id) for tax_id in tax_ids}
    return [_read(data, key, rows.get(key), known) for key in keys]


def _read(data: MultiDict[str, str], key: str, row: TransactionLine | None, taxes: set[str]) -> LineFields:
    def typed(name: str) -> str:
        return stripped(data.get(f"{key}-{name}"))

    line = LineFields(
        key, row, typed("name"), typed("description").replace("\r\n", "\n"), typed("unit"),
        typed("quantity") or "1.00", typed("rate"), typed("tax"), typed("discount"), typed("item"),
        is_gone=row is None and not _NEW.fullmatch(key),
    )  # fmt: skip
    line.item = line.item if _STORED.fullmatch(line.item) else ""
    if line.is_untouched:
        return line
    check_words(line)
    if row is not None and (line.is_time or line.is_expense):
        line.unit, line.quantity, line.quantity_value = row.unit, plain(row.quantity), row.quantity
    else:
        line.quantity_value = number_of(line, "quantity", (LARGEST_QUANTITY, QUANTITY_PLACES))
    if row is not None and line.is_expense:
        line.rate = plain(row.rate)
    line.rate_value = number_of(line, "rate", (LARGEST_RATE, RATE_PLACES))
    _read_discount(line)
    if line.is_time and line.rate_value < 0:
        line.errors["rate"] = _("A rate cannot be below zero.")
    if line.tax and line.tax not in taxes:
        line.errors["tax"] = _("This tax is not there any more. Choose another.")
    else:
        line.tax_id = int(line.tax) if line.tax else None
    return line


def _read_discount(line: LineFields) -> None:
    if line.is_expense:
        line.discount = ""
    try:
        line.discount_value = read_percent(line.discount)
    except BadNumberError as problem:
        line.errors["discount"] = problem.args[0]


def check_words(line: LineFields) -> None:
    """Refuse a line without a name, and words that are too long."""
    if not line.name:
        line.errors["name"] = _("Say what this line is for.")
    for name, longest in (("name", LONGEST_NAME), ("description", LONGEST_DESCRIPTION), ("unit", LONGEST_UNIT)):
        if len(getattr(line, name)) > longest:
            line.errors[name] = _("Use at most %(count)s characters.", count=longest)


def number_of(line: LineFields, name: str, limits: tuple[Decimal, int]) -> Decimal:
    """Read one number of a line, at most so large and with so many places; what cannot be taken counts as nothing."""
    text: str = getattr(line, name)
    if not text and name == "rate":
        return Decimal(0)
    try:
        return within(read_number(text), *limits)
    except BadNumberError as problem:
        line.errors[name] = problem.args[0]
        return Decimal(0)
