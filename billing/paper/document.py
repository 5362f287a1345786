"""A document as plain strings, made fit for paper: nothing in it can be code."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from extensions import to_json

#: longer text is cut on paper: a page is for reading
MAX_TEXT = 4000
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_LONG_WORD = re.compile(r"\S{32}")
#: what is no text for people: kept as it is
_EXACT = frozenset({"logo", "picture", "link", "language", "direction", "layout", "color", "ink"})
#: our own words, which have the direction of the paper
_OWN = frozenset({"words", "label", "title", "stamp", "heads"})


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
    """A row of the table; `under` stands below the quantity: h:mm, and what was logged where time was rounded.

    `running` is what the table comes to with this row: it is carried from page to page.
    """

    name: str
    description: str
    quantity: str
    under: str
    rate: str
    tax: str
    amount: str
    discount: str = ""
    running: str = ""


@dataclass(frozen=True, slots=True)
class PaperSum:
    """A row below the table."""

    label: str
    amount: str


@dataclass(frozen=True, slots=True)
class PaperCode:
    """A code to scan: `picture` is SVG, `label` says what it is for, `text` stands beside it, `link` is its address."""

    picture: str
    label: str
    text: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class PaperGrid:
    """A plain table, of an annex or a statement: heads, which columns are figures, rows; `bold` are rows of sums."""

    heads: tuple[str, ...]
    figures: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...]
    bold: tuple[int, ...] = ()
    #: columns as parts of the width; zero: as wide as what is in them
    widths: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class PaperSlip:
    """The payment part of a Swiss QR-bill: `picture` is the code with its cross, the rest are its printed words."""

    picture: str
    account: tuple[str, ...]
    reference: str
    debtor: tuple[str, ...]
    currency: str
    amount: str
    message: str
    words: dict[str, str]


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
    direction: str = "ltr"
    layout: str = "classic"
    #: of lines and bands, and of type upon them
    color: str = "#17705b"
    ink: str = "#ffffff"
    #: SVG, or empty: the name in letters
    logo: str = ""
    delivery: tuple[str, ...] = ()
    #: what was paid and applied, then what is left; none as long as nothing was
    paid: tuple[PaperSum, ...] = ()
    #: what the law wants said: why there is no tax, that prices include it
    sentences: tuple[str, ...] = ()
    terms: str = ""
    codes: tuple[PaperCode, ...] = ()
    slip: PaperSlip | None = None
    #: instead of lines and sums: an annex or a statement
    grid: PaperGrid | None = None
    #: the hours behind the lines, on pages of their own
    annex: PaperGrid | None = None

    def as_json(self) -> str:
        """Return the data for the template; every string is made fit for paper."""
        facts = asdict(self)
        del facts["made_at"]
        fit = _fit_apart if self.direction == "rtl" else fit_text
        return to_json({key: fitted(value, key, fit) for key, value in facts.items()})


def fitted(value: Any, key: str, fit: Callable[[str], str]) -> Any:
    """Make all text in a value fit, people's by `fit`; `key`: what the value is of, empty for a document."""
    if isinstance(value, str):
        return value if key in _EXACT else fit_text(value) if key in _OWN else fit(value)
    if isinstance(value, dict):
        return {name: fitted(item, key if key in _OWN else name, fit) for name, item in value.items()}
    return [fitted(item, key, fit) for item in value] if isinstance(value, list | tuple) else value


def _fit_apart(text: str) -> str:
    """Make text fit and keep each of its lines in one piece, whatever its direction (FSI and PDI of Unicode)."""
    return "\n".join(f"\u2068{line}\u2069" if line else line for line in fit_text(text).split("\n"))


def fit_text(text: str) -> str:
    """Drop characters that no page can show, let endless words break, cut what is longer than a page is for."""
    text = _CONTROL.sub("", text.replace("\r\n", "\n"))
    if len(text) > MAX_TEXT:
        text = text[: MAX_TEXT - 1] + "…"
    return _LONG_WORD.sub(lambda match: match[0] + "\u200b", text)
