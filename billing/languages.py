"""Languages of papers: our own words, one small file each, and which language and formats a paper has. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel.core import Locale, UnknownLocaleError

WORDS = Path(__file__).resolve().parent.parent / "templates" / "paper" / "words"
#: where a paper is written from right to left
_RIGHT_TO_LEFT = frozenset({"ar", "he", "fa", "ur"})
USUAL = "en"


@dataclass(frozen=True, slots=True)
class Language:
    """A language of papers: `code` (ISO 639), its own name, and English phrase → phrase in this language."""

    code: str
    name: str
    words: Mapping[str, str]

    @property
    def direction(self) -> str:
        """Return ltr or rtl."""
        return "rtl" if self.code in _RIGHT_TO_LEFT else "ltr"

    def say(self, phrase: str, **values: object) -> str:
        """Return an English phrase in this language, with its `{names}` filled; unknown phrases stay English."""
        text = self.words.get(phrase, phrase)
        for name, value in values.items():
            text = text.replace("{" + name + "}", self.apart(str(value)))
        return text

    def apart(self, text: str) -> str:
        """Keep text of another direction in one piece on a paper from right to left (FSI and PDI of Unicode)."""
        return f"\u2068{text}\u2069" if text and self.direction == "rtl" else text


@cache
def languages() -> dict[str, Language]:
    """Return the languages that there are words for, by code, English first."""
    files = sorted(WORDS.glob("*.json"), key=lambda file: (file.stem != USUAL, file.stem))
    return {file.stem: _read(file) for file in files}


def _read(file: Path) -> Language:
    words: dict[str, str] = json.loads(file.read_text("utf-8"))
    return Language(file.stem, Locale(file.stem).get_display_name() or file.stem, words)


def language_of(tag: str) -> Language:
    """Return the language of a tag such as `de-AT` or `de_AT`; English where there are no words for it."""
    return languages().get(code_of(tag), languages()[USUAL])


def locale_of(tags: tuple[str, ...], house: str) -> str:
    """Return the locale of dates and figures: that of the first tag that says anything, else the house's.

    A tag of the house's own language keeps the house's formats (`de` with `de_CH` is `de_CH`).
    """
    tag = next((tag for tag in tags if tag), house).replace("-", "_")
    if code_of(tag) == code_of(house) and "_" not in tag:
        return house
    try:
        return str(Locale.parse(tag))
    except (UnknownLocaleError, ValueError):
        return house


def code_of(tag: str) -> str:
    """Return the language of a tag: `de_AT` and `de-AT` are `de`; empty stays empty."""
    return tag.replace("-", "_").partition("_")[0].lower()
