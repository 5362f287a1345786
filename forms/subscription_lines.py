"""The lines of a subscription's invoices as its form sends them: fields `line` (the keys in order), `<key>-name`, …"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from werkzeug.datastructures import MultiDict

from billing.money import ZERO
from forms.base import stripped
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

#: lines that one subscription may have
MOST = 100
_KEY = re.compile(r"n\d{1,4}")
_ID = re.compile(r"\d{1,9}")
_LONGEST = {"name": 300, "description": 2000, "unit": 20}


@dataclass(slots=True)
class TypedLine:
    """One line: texts as typed, values read from them, and what is wrong, by field."""

    key: str
    name: str = ""
    description: str = ""
    quantity: str = "1.00"
    unit: str = ""
    rate: str = ""
    discount: str = ""
    tax: str = ""
    item: str = ""
    quantity_value: Decimal = Decimal(1)
    rate_value: Decimal = ZERO
    discount_value: Decimal = ZERO
    errors: dict[str, Any] = field(default_factory=dict)

    @property
    def is_untouched(self) -> bool:
        """Whether nothing was typed into it; such a line is left out."""
        return not (self.name or self.description or self.rate)

    @property
    def tax_id(self) -> int | None:
        """The tax that was chosen."""
        return int(self.tax) if self.tax else None

    @property
    def item_id(self) -> int | None:
        """The item it was made from."""
        return int(self.item) if self.item else None


def stored_lines(lines: Iterable[Any]) -> list[TypedLine]:
    """Return the fields of stored lines (`billing.subscriptions.TemplateLine`)."""
    return [
        TypedLine(
            f"n{place}", line.name, line.description, plain(line.quantity), line.unit, plain(line.rate),
            plain(line.discount_percent) if line.discount_percent else "", str(line.tax_id or ""),
            str(line.item_id or ""), line.quantity, line.rate, line.discount_percent,
        )
        for place, line in enumerate(lines, start=1)
    ]  # fmt: skip


def next_line(lines: Sequence[TypedLine]) -> TypedLine:
    """Return an empty line with a key of its own and the tax of the line before."""
    numbers = [int(line.key[1:]) for line in lines]
    return TypedLine(f"n{max(numbers, default=0) + 1}", tax=lines[-1].tax if lines else "")


def read_lines(data: MultiDict[str, str], tax_ids: Collection[int], item_ids: Collection[int]) -> list[TypedLine]:
    """Read the lines in their order; a tax or an item that is not known is refused beside its field."""
    keys = list(dict.fromkeys(key for key in data.getlist("line") if _KEY.fullmatch(key)))[:MOST]
    return [_read(data, key, tax_ids, item_ids) for key in keys]


def _read(data: MultiDict[str, str], key: str, taxes: Collection[int], items: Collection[int]) -> TypedLine:
    names = ("name", "description", "quantity", "unit", "rate", "discount", "tax", "item")
    typed: dict[str, Any] = {name: stripped(data.get(f"{key}-{name}")).replace("\r\n", "\n") for name in names}
    line = TypedLine(key, **(typed | {"quantity": typed["quantity"] or "1.00"}))
    if line.is_untouched:
        line.tax = line.tax if _is_known(line.tax, taxes) else ""
        return line
    if not line.name:
        line.errors["name"] = _("Say what this line is for.")
    for name, longest in _LONGEST.items():
        if len(getattr(line, name)) > longest:
            line.errors[name] = _("Use at most %(count)s characters.", count=longest)
    line.quantity_value = _number(line, "quantity", (LARGEST_QUANTITY, QUANTITY_PLACES))
    line.rate_value = _number(line, "rate", (LARGEST_RATE, RATE_PLACES))
    line.discount_value = _number(line, "discount", (Decimal(100), 4))
    if line.discount_value < 0:
        line.errors["discount"] = _("Enter a discount from 0 to 100.")
    if line.tax and not _is_known(line.tax, taxes):
        line.errors["tax"], line.tax = _("This tax is not there any more. Choose another."), ""
    line.item = line.item if _is_known(line.item, items) else ""
    return line


def _is_known(text: str, ids: Collection[int]) -> bool:
    return bool(_ID.fullmatch(text)) and int(text) in ids


def item_ids_of(data: MultiDict[str, str]) -> set[int]:
    """Return the items that the lines name, to be looked up."""
    texts = (data.get(f"{key}-item", "") for key in data.getlist("line")[:MOST] if _KEY.fullmatch(key))
    return {int(text) for text in texts if _ID.fullmatch(text)}


def _number(line: TypedLine, name: str, limits: tuple[Decimal, int]) -> Decimal:
    text: str = getattr(line, name)
    if not text:
        return ZERO
    try:
        return within(read_number(text), *limits)
    except BadNumberError as problem:
        line.errors[name] = problem.args[0]
        return ZERO
