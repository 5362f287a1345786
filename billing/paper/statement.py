"""A statement of account as paper, from plain values: what was open, what came and went, what is open now. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from billing.brand import brand_of
from billing.paper.document import PaperDocument, PaperFact, PaperGrid, PaperSum
from billing.paper.figures import Figures
from billing.paper.layouts import layout_of
from billing.paper.parties import receiver, sender

_HEADS = ("Date", "Transaction", "Notes", "Charged", "Received", "Balance")


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One movement: what was charged or what was received, and the balance with it."""

    date: date
    name: str
    notes: str
    charged: Decimal
    received: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Look:
    """Frozen-like facts of both parties and how the paper looks; `logo` is SVG or empty."""

    organisation: dict[str, Any]
    customer: dict[str, Any]
    locale: str
    layout: str = ""
    color: str = ""
    logo: str = ""


def statement(
    look: Look,
    currency: str,
    period: tuple[date, date],
    balances: tuple[Decimal, Decimal],
    rows: Sequence[StatementRow],
    made_at: datetime,
) -> PaperDocument:
    """Return the paper of a statement. `balances`: opening and closing, as they were added up by the caller."""
    figures = Figures(currency, look.locale)
    brand = brand_of(look.color)
    return PaperDocument(
        title=figures.say("Statement of account"),
        number="",
        stamp="",
        language=figures.language.code,
        direction=figures.language.direction,
        layout=layout_of(look.layout).key,
        color=brand.color,
        ink=brand.ink,
        logo=look.logo,
        organisation=sender(look.organisation, figures),
        customer=receiver(look.customer, figures),
        facts=(
            PaperFact(figures.say("Period"), figures.days(*period)),
            PaperFact(figures.say("Currency"), currency),
        ),
        lines=(),
        sums=(),
        total=PaperSum(figures.say("Closing balance"), figures.money(balances[1])),
        notes="",
        bank_details=look.organisation.get("bank_details", ""),
        words=_words(figures),
        made_at=made_at,
        grid=_grid(balances[0], rows, figures),
    )


def _words(figures: Figures) -> dict[str, str]:
    return {
        "page": figures.say("Page {page} of {pages}"),
        "bill_to": figures.say("For"),
        "payment": figures.say("Payment"),
    }


def _grid(opening: Decimal, rows: Sequence[StatementRow], figures: Figures) -> PaperGrid:
    first = ("", figures.say("Opening balance"), "", "", "", figures.amount(opening))
    heads = tuple(figures.say(head) for head in _HEADS)
    return PaperGrid(heads, (3, 4, 5), (first, *(_row(row, figures) for row in rows)), (0,), (0, 3, 4, 0, 0, 0))


def _row(row: StatementRow, figures: Figures) -> tuple[str, ...]:
    charged = figures.amount(row.charged) if row.charged else ""
    received = figures.amount(row.received) if row.received else ""
    return figures.day(row.date), row.name, row.notes, charged, received, figures.amount(row.balance)
