"""The lines of a subscription's invoices as its form sends them: fields `line` (the keys in order), `<key>-name`, …"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from werkzeug.datastructures import MultiDict

from forms.base import stripped
from forms.transactions.lines import LineFields, blank_line, check_words, number_of
from forms.transactions.numbers import LARGEST_QUANTITY, LARGEST_RATE, QUANTITY_PLACES, RATE_PLACES, plain

#: lines that one subscription may have
MOST = 100
_KEY = re.compile(r"n\d{1,4}")
_ID = re.compile(r"\d{1,9}")


def stored_lines(lines: Iterable[Any]) -> list[LineFields]:
    """Return the fields of stored lines (`billing.subscriptions.TemplateLine`)."""
    return [
        LineFields(
            f"n{place}", None, line.name, line.description, line.unit, plain(line.quantity), plain(line.rate),
            str(line.tax_id or ""), plain(line.discount_percent) if line.discount_percent else "",
            str(line.item_id or ""), line.quantity, line.rate, line.tax_id, line.discount_percent,
        )
        for place, line in enumerate(lines, start=1)
    ]  # fmt: skip


def next_line(lines: Sequence[LineFields]) -> LineFields:
    """Return an empty line with a key of its own and the tax of the line before."""
    return blank_line([line.key for line in lines], lines[-1].tax_id if lines else None)


def read_lines(data: MultiDict[str, str], tax_ids: Collection[int], item_ids: Collection[int]) -> list[LineFields]:
    """Read the lines in their order; a tax or an item that is not known is refused beside its field."""
    keys = list(dict.fromkeys(key for key in data.getlist("line") if _KEY.fullmatch(key)))[:MOST]
    return [_read(data, key, tax_ids, item_ids) for key in keys]


def _read(data: MultiDict[str, str], key: str, taxes: Collection[int], items: Collection[int]) -> LineFields:
    names = ("name", "description", "quantity", "unit", "rate", "discount", "tax", "item")
    typed: dict[str, Any] = {name: stripped(data.get(f"{key}-{name}")).replace("\r\n", "\n") for name in names}
    line = LineFields(key, **(typed | {"quantity": typed["quantity"] or "1.00"}))
    if _is_known(line.tax, taxes):
        line.tax_id = int(line.tax)
    if line.is_untouched:
        return line
    check_words(line)
    line.quantity_value = number_of(line, "quantity", (LARGEST_QUANTITY, QUANTITY_PLACES))
    line.rate_value = number_of(line, "rate", (LARGEST_RATE, RATE_PLACES))
    if line.discount:
        line.discount_value = number_of(line, "discount", (Decimal(100), 4))
    if line.discount_value < 0:
        line.errors["discount"] = _("Enter a discount from 0 to 100.")
    if line.tax and line.tax_id is None:
        line.errors["tax"] = _("This tax is not there any more. Choose another.")
    line.item = line.item if _is_known(line.item, items) else ""
    return line


def _is_known(text: str, ids: Collection[int]) -> bool:
    return bool(_ID.fullmatch(text)) and int(text) in ids


def item_ids_of(data: MultiDict[str, str]) -> set[int]:
    """Return the items that the lines name, to be looked up."""
    texts = (data.get(f"{key}-item", "") for key in data.getlist("line")[:MOST] if _KEY.fullmatch(key))
    return {int(text) for text in texts if _ID.fullmatch(text)}
