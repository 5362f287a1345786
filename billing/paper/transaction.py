"""The paper of a transaction: from what was frozen at issue, or as things are now for a draft (requirements R-05)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from billing import logos
from billing.brand import brand_of
from billing.money import ZERO
from billing.paper.codes import codes_of, slip_of
from billing.paper.document import PaperDocument, PaperFact, PaperLine, PaperSum
from billing.paper.figures import Figures, hours_text
from billing.paper.layouts import layout_of
from billing.paper.parties import delivery_lines, receiver, sender
from billing.paper.words import words_of
from billing.sums.totals import Totals
from billing.transactions import totals_of
from billing.transactions.frozen import frozen_facts
from billing.types import TransactionType, type_of
from extensions import db
from models import Organisation, Settlement, Transaction, TransactionLine

_STAMPS = {"draft": "Draft", "void": "Void", "deleted": "Deleted"}


def facts_of(transaction: Transaction) -> dict[str, Any]:
    """Return what was frozen at issue, else what is true now; documents issued long ago lack the newer facts."""
    return transaction.frozen or frozen_facts(transaction, db.session.get_one(Organisation, 1))


def document_of(transaction: Transaction) -> PaperDocument:
    """Return the paper of a transaction."""
    facts, kind, sums = facts_of(transaction), type_of(transaction), totals_of(transaction)
    figures = Figures(transaction.currency, facts["locale"])
    look = facts.get("paper", {})
    brand = brand_of(look.get("color", ""))
    document = PaperDocument(
        title=figures.say(kind.title),
        number=transaction.number or figures.say("Draft"),
        stamp=figures.say(_STAMPS[transaction.status]) if transaction.status in _STAMPS else "",
        language=figures.language.code,
        direction=figures.language.direction,
        layout=layout_of(look.get("layout", "")).key,
        color=brand.color,
        ink=brand.ink,
        logo=logos.picture(look.get("logo", "")),
        organisation=sender(facts["organisation"], figures),
        customer=receiver(facts["customer"], figures),
        delivery=delivery_lines(facts["customer"]),
        facts=_head(transaction, kind, facts, figures),
        lines=_lines(transaction, sums, figures),
        sums=_sums(transaction, sums, facts, figures),
        total=PaperSum(figures.say("Total"), figures.money(transaction.total)),
        paid=_paid(transaction, kind, figures),
        sentences=_sentences(transaction, sums, facts, figures),
        notes=transaction.notes,
        terms=transaction.terms,
        bank_details=facts["organisation"]["bank_details"] if kind.is_owed else "",
        words=words_of(figures, is_owed=kind.is_owed),
        made_at=transaction.issued_at or transaction.created_at,
    )
    if not kind.is_owed:
        return document
    owed = transaction.balance if transaction.number else transaction.total
    slip = slip_of(transaction, facts, figures, owed)
    codes = codes_of(transaction, facts, figures, owed, has_slip=slip is not None)
    return replace(document, codes=codes, slip=slip)


def _head(
    transaction: Transaction, kind: TransactionType, facts: dict[str, Any], figures: Figures
) -> tuple[PaperFact, ...]:
    found = [PaperFact(figures.say("Date"), figures.day(transaction.date))]
    if transaction.due_date is not None and kind.has_until:
        found.append(PaperFact(figures.say(kind.until_word), figures.day(transaction.due_date), strong=True))
    if facts.get("credits"):
        credited = facts["credits"]
        day = figures.day(date.fromisoformat(credited["date"]))
        found.append(PaperFact(figures.say("For invoice"), f"{credited['number']} · {day}"))
    if facts.get("period"):
        first, last = (date.fromisoformat(day) for day in facts["period"])
        found.append(PaperFact(figures.say("Service period"), figures.days(first, last)))
    if transaction.reference:
        found.append(PaperFact(figures.say("Reference"), transaction.reference))
    return (*found, PaperFact(figures.say("Currency"), transaction.currency))


def _lines(transaction: Transaction, sums: Totals, figures: Figures) -> tuple[PaperLine, ...]:
    """Return the rows; each says what the table comes to with it."""
    running, found = ZERO, []
    for line in transaction.lines:
        running += line.amount
        found.append(_line(line, figures.amount(running), figures))
    return tuple(found)


def _line(line: TransactionLine, running: str, figures: Figures) -> PaperLine:
    quantity, under = _quantity(line, figures)
    is_rounding = line.kind == "rounding"
    reason = figures.say("Lines are rounded one by one; together they are exact.") if is_rounding else line.description
    percent = figures.number(line.discount_percent)
    return PaperLine(
        name=figures.say("Rounding difference") if is_rounding else line.name,
        description=reason,
        quantity=quantity,
        under=under,
        rate="" if is_rounding else figures.rate(line.rate),
        discount=f"{percent} %" if line.discount_percent else "",
        tax=f"{figures.number(line.tax_percent)} %" if line.tax_id is not None else "",
        amount=figures.amount(line.amount),
        running=running,
    )


def _quantity(line: TransactionLine, figures: Figures) -> tuple[str, str]:
    if line.kind == "rounding":
        return "", ""
    if line.seconds is None or line.logged_seconds is None or line.unit == "fixed":
        unit = "" if line.unit == "fixed" else f" {line.unit}"
        return figures.number(line.quantity) + unit.rstrip(), ""
    quantity, under = figures.hours(line.seconds, is_days=line.unit == "days")
    if line.logged_seconds != line.seconds:
        logged = figures.say("logged {time}", time=hours_text(line.logged_seconds))
        under = " · ".join(part for part in (under, logged) if part)
    return quantity, under


def _sums(transaction: Transaction, sums: Totals, facts: dict[str, Any], figures: Figures) -> tuple[PaperSum, ...]:
    """Return the rows between table and total, as they are stored: nothing is added up here."""
    rows = [PaperSum(figures.say("Subtotal"), figures.amount(transaction.subtotal))]
    if transaction.discount_total:
        label = figures.say("Discount")
        if transaction.discount_kind == "percent":
            label = figures.say("Discount {percent} %", percent=figures.number(transaction.discount_value))
        rows.append(PaperSum(label, figures.amount(-transaction.discount_total)))
    if transaction.shipping:
        rows.append(PaperSum(figures.say("Shipping"), figures.amount(transaction.shipping)))
    taxes = () if sums.is_inclusive else _taxes(sums, facts, figures)
    rows += taxes
    if transaction.adjustment:
        label = transaction.adjustment_name or figures.say("Adjustment")
        rows.append(PaperSum(label, figures.amount(transaction.adjustment)))
    return (*rows, *(_taxes(sums, facts, figures) if sums.is_inclusive else ()))


def _taxes(sums: Totals, facts: dict[str, Any], figures: Figures) -> tuple[PaperSum, ...]:
    phrase = "Includes {name} {percent} % on {net}" if sums.is_inclusive else "{name} {percent} % on {net}"
    return tuple(
        PaperSum(
            figures.say(
                phrase,
                name=facts["tax_names"].get(str(tax.tax_id), figures.say("Tax")),
                percent=figures.number(tax.percent),
                net=figures.amount(tax.net),
            ),
            figures.amount(tax.tax),
        )
        for tax in sums.taxes
        if tax.tax_id is not None
    )


def _sentences(transaction: Transaction, sums: Totals, facts: dict[str, Any], figures: Figures) -> tuple[str, ...]:
    """Return what must be said of the taxes on it, each sentence once."""
    taxes = facts.get("taxes", {})
    said = [taxes.get(str(tax.tax_id), {}).get("sentence", "") for tax in sums.taxes]
    inclusive = [figures.say("Prices include tax.")] if sums.is_inclusive and sums.tax_total else []
    return tuple(dict.fromkeys(sentence for sentence in (*inclusive, *said) if sentence))


def _paid(transaction: Transaction, kind: TransactionType, figures: Figures) -> tuple[PaperSum, ...]:
    """Return what was paid and what credit was applied, then what is still owed; nothing before the first payment."""
    if not kind.is_owed or not transaction.number:
        return ()
    query = select(Settlement.payment_id, Settlement.amount).where(
        Settlement.transaction_id == transaction.id, Settlement.reversed_at.is_(None)
    )
    found: dict[str, Decimal] = {}
    for payment_id, amount in db.session.execute(query):
        word = "Paid" if payment_id is not None else "Credit applied"
        found[word] = found.get(word, ZERO) + amount
    if not found:
        return ()
    rows = [
        PaperSum(figures.say(word), figures.amount(-amount)) for word, amount in sorted(found.items(), reverse=True)
    ]
    return (*rows, PaperSum(figures.say("Balance due"), figures.money(transaction.balance)))
