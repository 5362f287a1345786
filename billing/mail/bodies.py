"""An e-mail as its reader sees it: text, figures and a button, in the organisation's colour, as text and as HTML."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import css_inline
from flask import current_app

from billing.brand import brand_of
from billing.languages import language_of
from billing.mail.words import frame_words, say
from billing.types import type_of
from extensions import db
from models import Organisation, Transaction


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands around the text. `rows`: label and figure, the last one strong."""

    language: str
    rows: Sequence[tuple[str, str]]
    button: str
    link: str


def sheet_of(transaction: Transaction, facts: dict[str, str], language: str, *, is_open: bool) -> Sheet:
    """Return what stands below the text of a transaction's e-mail; `is_open`: the balance rather than the total."""
    kind, words = type_of(transaction), frame_words(language)
    rows = [(facts["title"], facts["number"])]
    if facts["due_date"]:
        rows.append((say(kind.until_word, language), facts["due_date"]))
    if not is_open:
        rows.append((words["total"], facts["total"]))
    if kind.is_owed and (is_open or (transaction.number and 0 < transaction.balance < transaction.total)):
        rows.append((words["amount_due"], facts["balance"]))
    return Sheet(language, rows, words["open"], facts["link"])


def bodies(subject: str, text: str, sheet: Sheet) -> tuple[str, str]:
    """Return the message as text and as HTML with its styles inline."""
    organisation = db.session.get_one(Organisation, 1)
    clean = text.replace("\r\n", "\n").strip()
    words = {
        "subject": subject, "text": clean, "sheet": sheet, "brand": brand_of(organisation.brand_color),
        "paragraphs": [part.splitlines() for part in re.split(r"\n{2,}", clean)],
        "sender": organisation.name, "direction": language_of(sheet.language).direction,
    }  # fmt: skip
    templates = current_app.jinja_env
    plain = templates.get_template("mail/transaction.txt").render(words)
    return plain, css_inline.inline(templates.get_template("mail/transaction.html").render(words))
