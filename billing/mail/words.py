"""Which words an e-mail is written in: the language of its reader, the organisation's own template, else ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from babel.core import Locale, UnknownLocaleError
from sqlalchemy import select

from billing import languages
from billing.mail.builtin import BUILTIN, FRAME, Words
from extensions import db
from models import Customer, MailTemplate, Organisation, Transaction

#: languages in which templates may be written: those of papers; built-in words are there for those of `BUILTIN`
LANGUAGES = tuple(languages.languages())


def language_of(tag: str) -> str:
    """Return the language of a tag as templates know it: `de_AT` and `de-AT` are `de`; empty stays empty."""
    return languages.code_of(tag)


def language_name(language: str) -> str:
    """Return a language's English name."""
    try:
        return Locale(language).get_display_name("en") or language
    except (UnknownLocaleError, ValueError):
        return language


def house_language(organisation: Organisation) -> str:
    """Return the language that the organisation writes in where a customer has none."""
    return language_of(organisation.language or organisation.locale) or "en"


def language_for(customer: Customer, transaction: Transaction | None = None) -> str:
    """Return the language of an e-mail: the transaction's, else the customer's, else the house's."""
    own = (transaction.language if transaction is not None else "") or customer.language
    return language_of(own) or house_language(db.session.get_one(Organisation, 1))


def own_words(kind: str, language: str) -> MailTemplate | None:
    """Return the organisation's own template; None as long as it says the built-in words."""
    return db.session.scalar(
        select(MailTemplate).where(MailTemplate.kind == kind, MailTemplate.language == language)
    )  # fmt: skip


def built_in(kind: str, language: str) -> Words:
    """Return the built-in words, in English where there are none in this language."""
    return BUILTIN.get(language, BUILTIN["en"]).get(kind) or BUILTIN["en"][kind]


def words_for(kind: str, language: str) -> tuple[Words, str]:
    """Return the words of an e-mail and the language they are in; whatever is closest to the reader's."""
    for candidate in _nearest(language):
        if (own := own_words(kind, candidate)) is not None:
            return Words(own.subject, own.body), candidate
        if candidate in BUILTIN and kind in BUILTIN[candidate]:
            return BUILTIN[candidate][kind], candidate
    return built_in(kind, "en"), "en"


def _nearest(language: str) -> Iterator[str]:
    yield language
    house = house_language(db.session.get_one(Organisation, 1))
    if house != language:
        yield house


def frame_words(language: str) -> Mapping[str, str]:
    """Return the words around the text of an e-mail, by key; our own, else those of papers."""
    own, papers = FRAME.get(language, {}), languages.language_of(language)
    return {key: own.get(key) or papers.say(phrase) for key, phrase in FRAME["en"].items()}


def say(phrase: str, language: str) -> str:
    """Return an English phrase as papers say it in a language, e.g. the title of a transaction."""
    return languages.language_of(language).say(phrase)
