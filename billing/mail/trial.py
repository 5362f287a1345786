"""An e-mail as it would go out, shown with the latest real transaction of its kind or with an invented one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from billing.mail.bodies import Sheet, bodies, sheet_of
from billing.mail.builtin import Words
from billing.mail.facts import SAMPLE, facts_of
from billing.mail.kinds import KINDS
from billing.mail.placeholders import check, fill
from billing.mail.thanks import facts_of_payment
from billing.mail.words import frame_words, say
from billing.types import TYPES
from extensions import current_config, db
from models import Organisation, Payment, Transaction


@dataclass(frozen=True, slots=True)
class Trial:
    """The message; `shown_with`: the number it is shown with, empty for an invented one."""

    subject: str
    text: str
    html: str
    shown_with: str = ""


def check_words(kind: str, words: Words) -> dict[str, str]:
    """Return field → sentence for what cannot stand in this template; empty when all can."""
    found: dict[str, str] = {}
    for name, text in (("subject", words.subject), ("body", words.body)):
        if problem := check(text, KINDS[kind].placeholders):
            found[name] = problem
    return found


def trial(kind: str, words: Words, language: str) -> Trial:
    """Return a template filled as it would be sent."""
    facts, sheet, shown_with = _real(kind, language) or _invented(language)
    subject = fill(words.subject, facts)
    text, html = bodies(subject, fill(words.body, facts), sheet)
    return Trial(subject, text, html, shown_with)


def _real(kind: str, language: str) -> tuple[Mapping[str, str], Sheet, str] | None:
    if kind == "thanks":
        return _of_payment(language)
    transaction = _latest(kind)
    if transaction is None:
        return None
    facts = facts_of(transaction, language)
    sheet = sheet_of(transaction, facts, language, is_open=KINDS[kind].is_reminder)
    return facts, sheet, facts["number"]


def _of_payment(language: str) -> tuple[Mapping[str, str], Sheet, str] | None:
    statement = select(Payment).where(Payment.kind == "payment", Payment.reversed_at.is_(None))
    payment = db.session.scalar(statement.order_by(Payment.id.desc()).limit(1))
    if payment is None:
        return None
    frame, facts = frame_words(language), facts_of_payment(payment, f"{current_config().base_url}/c/all/…")
    return facts, Sheet(language, [(frame["paid"], facts["amount_paid"])], frame["account"], facts["link"]), ""


def _latest(kind: str) -> Transaction | None:
    """Return the transaction issued last that such a message could be about."""
    issued = select(Transaction).where(Transaction.number.is_not(None), Transaction.status != "void")
    if KINDS[kind].is_reminder:
        owed = [key for key, found in TYPES.items() if found.is_owed]
        issued = issued.where(Transaction.type.in_(owed), Transaction.balance > 0)
    elif kind in TYPES:
        issued = issued.where(Transaction.type == kind)
    else:
        return None
    return db.session.scalar(issued.order_by(Transaction.date.desc(), Transaction.id.desc()).limit(1))


def _invented(language: str) -> tuple[Mapping[str, str], Sheet, str]:
    organisation, frame = db.session.get_one(Organisation, 1), frame_words(language)
    facts = {
        **SAMPLE,
        "organisation": organisation.name,
        "link": current_config().base_url,
        "title": say("Invoice", language),
    }
    rows = [
        (facts["title"], facts["number"]),
        (say("Due", language), facts["due_date"]),
        (frame["total"], facts["total"]),
    ]
    return facts, Sheet(language, rows, frame["open"], facts["link"]), ""
