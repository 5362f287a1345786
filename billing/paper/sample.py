"""A paper to judge a layout by: made up, with every part that a paper may have."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from billing import logos
from billing.brand import brand_of
from billing.languages import locale_of
from billing.paper.document import PaperDocument, PaperFact, PaperLine, PaperParty, PaperSum
from billing.paper.figures import Figures
from billing.paper.layouts import layout_of
from billing.paper.parties import sender
from billing.paper.words import words_of
from billing.transactions.frozen import sender_facts
from models import Organisation

_ROWS = (
    ("Interface design", "3 – 14 Jun 2026", "12.50 h", "95.00", "1,187.50", "1,187.50"),
    ("Workshop", "", "1.00 d", "720.00", "720.00", "1,907.50"),
    ("Hosting", "", "3", "24.00", "72.00", "1,979.50"),
)


def sample_of(organisation: Organisation, layout: str, color: str, language: str, logo: str) -> PaperDocument:
    """Return a made-up invoice of this organisation in one layout, colour and language; `logo` is a stored name."""
    figures = Figures(organisation.base_currency, locale_of((language,), organisation.locale))
    brand = brand_of(color)
    tax = figures.say("{name} {percent} % on {net}", name=figures.say("Tax"), percent=figures.number(Decimal(19)),
                      net=figures.amount(Decimal("1979.50")))  # fmt: skip
    return PaperDocument(
        title=figures.say("Invoice"),
        number="INV-2026-00042",
        stamp=figures.say("Sample"),
        language=figures.language.code,
        direction=figures.language.direction,
        layout=layout_of(layout).key,
        color=brand.color,
        ink=brand.ink,
        logo=logos.picture(logo),
        organisation=sender(sender_facts(organisation), figures),
        customer=PaperParty("Aurora Outdoor", ("5 High Street", "01101 Springfield")),
        facts=(
            PaperFact(figures.say("Date"), figures.day(date(2026, 6, 30))),
            PaperFact(figures.say("Due"), figures.day(date(2026, 7, 30)), strong=True),
            PaperFact(figures.say("Currency"), organisation.base_currency),
        ),
        lines=tuple(_line(row, figures) for row in _ROWS),
        sums=(
            PaperSum(figures.say("Subtotal"), figures.amount(Decimal("1979.50"))),
            PaperSum(tax, figures.amount(Decimal("376.11"))),
        ),
        total=PaperSum(figures.say("Total"), figures.money(Decimal("2355.61"))),
        notes=organisation.invoice_notes,
        bank_details=organisation.bank_details,
        words=words_of(figures, is_owed=True),
        made_at=datetime(2026, 6, 30, tzinfo=UTC),
    )


def _line(row: tuple[str, ...], figures: Figures) -> PaperLine:
    name, description, quantity, rate, amount, running = row
    money = [figures.amount(Decimal(text.replace(",", ""))) for text in (rate, amount, running)]
    return PaperLine(name, description, quantity, "", money[0], "19 %", money[1], running=money[2])
