"""The paper as typst sets it: layouts, languages, directions, carried totals; and the words it is set in (T-03)."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from billing import pdf
from billing.languages import language_of, languages, locale_of
from billing.paper import (
    LAYOUTS,
    Look,
    PaperDocument,
    PaperFact,
    PaperLine,
    PaperParty,
    PaperSum,
    StatementRow,
    fit_text,
    layout_of,
    statement,
)
from billing.paper.figures import Figures
from billing.types import TYPES

pytestmark = pytest.mark.req("T-03")
CODE = Path(__file__).resolve().parents[2] / "billing"


def text_of(content: bytes) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed")
    read = subprocess.run(["pdftotext", "-layout", "-", "-"], input=content, capture_output=True, check=True)
    return read.stdout.decode()


def words_of(locale: str) -> dict[str, str]:
    say = language_of(locale).say
    phrases = {
        "page": "Page {page} of {pages}", "item": "Item", "quantity": "Quantity", "rate": "Rate", "tax": "Tax",
        "discount": "Discount", "amount": "Amount", "notes": "Notes", "terms": "Terms", "payment": "Payment",
        "deliver_to": "Deliver to", "carried": "Carried forward", "brought": "Brought forward", "bill_to": "Bill to",
    }  # fmt: skip
    return {key: say(phrase) for key, phrase in phrases.items()}


def paper(lines: int = 3, locale: str = "en_GB", **values: object) -> PaperDocument:
    figures = Figures("EUR", locale)
    rows = tuple(
        PaperLine(f"Line {at}", "", "1", "", "100.00", "19 %", figures.amount(Decimal(100)),
                  running=figures.amount(Decimal(100 * at)))
        for at in range(1, lines + 1)
    )  # fmt: skip
    plain = PaperDocument(
        title=figures.say("Invoice"), number="INV-1", stamp="", language=figures.language.code,
        direction=figures.language.direction,
        organisation=PaperParty("Brightline", ("1 Canal Street",), ("Brightline",)),
        customer=PaperParty("Aurora", ("5 High Street",)), facts=(PaperFact("Date", "1 Jun 2026"),), lines=rows,
        sums=(PaperSum("Subtotal", "300.00"),), total=PaperSum("Total", "€357.00"), notes="", bank_details="",
        words=words_of(locale), made_at=datetime(2026, 6, 1, tzinfo=UTC),
    )  # fmt: skip
    return replace(plain, **values)


def test_every_language_has_a_word_for_every_phrase():
    english = set(languages()["en"].words)

    assert {"en", "de", "fr", "es", "it", "nl", "pt", "ar", "he"} <= set(languages())
    for code, language in languages().items():
        assert set(language.words) == english, code
        assert all(text.strip() for text in language.words.values()), code
        for phrase, text in language.words.items():
            assert set(re.findall(r"\{\w+\}", phrase)) == set(re.findall(r"\{\w+\}", text)), (code, phrase)


def test_every_phrase_that_papers_say_has_its_word():
    english = languages()["en"].words
    said = {
        phrase
        for file in (*CODE.glob("paper/*.py"), *CODE.glob("einvoice/*.py"))
        for phrase in re.findall(r"\bsay\(\s*\"([^\"]+)\"", file.read_text("utf-8"))
    }
    types = {word for kind in TYPES.values() for word in (kind.title, kind.until_word) if word}

    assert len(said) > 25
    assert (said | types | set(words_of("en").values())) - set(english) == set()


@pytest.mark.parametrize(
    ("tags", "house", "found"),
    [(("", "de", ""), "en_GB", "de"), (("", "", ""), "de_CH", "de_CH"), (("de", "fr"), "de_CH", "de_CH"),
     (("fr-CH",), "de_CH", "fr_CH"), (("xx",), "en_GB", "en_GB"), (("pt_BR", "de"), "en_GB", "pt_BR")],
)  # fmt: skip
def test_figures_and_days_follow_the_language_of_the_paper(tags, house, found):
    assert locale_of(tags, house) == found


def test_a_language_without_words_is_set_in_english():
    assert language_of("pl_PL").say("Invoice") == "Invoice"
    assert language_of("de-AT").say("Invoice") == "Rechnung"


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("locale", ["de_DE", "ar_SA", "he_IL"])
def test_every_layout_is_set_in_every_direction_as_a_tagged_archive_file(layout, locale):
    content = pdf.render(paper(locale=locale, layout=layout, logo="<svg xmlns='http://www.w3.org/2000/svg'/>"))

    assert b"<pdfaid:part>3</pdfaid:part>" in content
    assert b"/MarkInfo<</Marked true" in content
    assert b"/Lang(" + language_of(locale).code.encode() in content


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_total_is_carried_from_page_to_page(layout):
    count = 150
    pages = text_of(pdf.render(paper(count, layout=layout))).split("\f")[:-1]

    carried = [re.findall(r"Carried forward\s+([\d,.]+)", page) for page in pages]
    brought = [re.findall(r"Brought forward\s+([\d,.]+)", page) for page in pages]
    rows = [[int(at) for at in re.findall(r"Line (\d+)", page)] for page in pages]
    assert len(pages) >= 2
    assert [at for page in rows for at in page] == list(range(1, count + 1))
    for number, page in enumerate(rows):
        is_last = not any(rows[number + 1 :])
        assert carried[number] == ([] if is_last else [f"{page[-1] * 100:,}.00"])
        assert brought[number] == ([] if number == 0 or not page else [f"{rows[number - 1][-1] * 100:,}.00"])
        assert f"Page {number + 1} of {len(pages)}" in pages[number]
        assert ("Quantity" in pages[number]) == bool(page)


def test_a_line_longer_than_a_page_carries_its_total_too():
    long = paper(2)
    first = replace(long.lines[0], description="word\n" * 90)

    pages = text_of(pdf.render(replace(long, lines=(first, long.lines[1])))).split("\f")

    assert "Carried forward" in pages[0]
    assert "100.00" in pages[1].split("word")[0]


def test_a_short_paper_carries_nothing():
    assert "forward" not in text_of(pdf.render(paper(3)))


def test_columns_that_nothing_is_in_are_left_out():
    plain = paper(1)
    line = replace(plain.lines[0], tax="", discount="")

    assert "Tax" not in text_of(pdf.render(replace(plain, lines=(line,))))
    assert "Discount" in text_of(pdf.render(replace(plain, lines=(replace(line, discount="10 %"),))))


def test_what_was_paid_stands_below_the_total_and_sentences_below_that():
    paid = (PaperSum("Paid", "-100.00"), PaperSum("Balance due", "€257.00"))

    words = text_of(pdf.render(paper(paid=paid, sentences=("Reverse charge.",), terms="Net 30", delivery=("Dock 4",))))

    assert re.search(r"Total.*357.*Paid.*-100.*Balance due.*257.*Reverse charge\..*Terms.*Net 30", words, re.DOTALL)
    assert re.search(r"Deliver to.*Dock 4", words, re.DOTALL)


def test_signs_of_another_direction_stay_in_one_piece_on_a_paper_from_right_to_left():
    document = paper(locale="ar_SA", notes="89073 Ulm\n-5.00")

    assert "\u206889073 Ulm\u2069" in document.as_json()
    assert "\u2068" not in paper(notes="89073 Ulm").as_json()


def test_a_sign_that_no_font_has_falls_back_to_a_plain_file():
    content = pdf.render(paper(notes="\U00013000"))

    assert content.startswith(b"%PDF-")
    assert b"pdfaid:part" not in content


def test_a_layout_that_is_gone_becomes_the_first():
    assert layout_of("baroque").key == "classic"


def test_a_statement_has_its_rows_and_both_balances():
    party = {"name": "Aurora", "address_lines": ["5 High Street"], "tax_id": ""}
    sender = {"name": "Brightline", "address": "1 Canal Street", "email": "", "phone": "", "website": "", "tax_id": "",
              "bank_details": "IBAN"}  # fmt: skip
    rows = [StatementRow(date(2026, 6, 3), "Invoice INV-1", "", Decimal(100), Decimal(0), Decimal(150))]
    look = Look(sender, party, "en_GB", "compact")

    document = statement(
        look, "EUR", (date(2026, 6, 1), date(2026, 6, 30)), (Decimal(50), Decimal(150)), rows,
        datetime(2026, 7, 1, tzinfo=UTC),
    )  # fmt: skip
    words = text_of(pdf.render(document))

    assert re.search(r"Opening balance\s+50\.00", words)
    assert re.search(r"3 Jun 2026\s+Invoice INV-1\s+100\.00\s+150\.00", words)
    assert re.search(r"Closing balance\s+€150\.00", words)


def test_text_is_made_fit_for_paper():
    assert fit_text("a\x00b\r\nc") == "ab\nc"
