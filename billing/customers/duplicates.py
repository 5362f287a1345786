"""Likely twins among customers, with a score and the reasons (requirement M-09's measure: name, domain, phone, tax id).

Only customers that share a block are compared: a word of the name, the e-mail's domain, the phone or the tax number.
So the work grows with the number of customers, not with its square.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from flask_babel import gettext as _
from rapidfuzz import fuzz
from sqlalchemy import select

from extensions import db
from models import Customer

#: customers that are looked at, pairs that are told, and the score from which a pair is told
LOOKED_AT, MOST, ENOUGH = 10_000, 100, 75
#: blocks with more customers say nothing: “consulting”, “group”
LARGEST_BLOCK = 40
_LEGAL = frozenset({
    "ag", "bv", "co", "company", "corp", "corporation", "gbr", "gmbh", "group", "holding", "inc",
    "incorporated", "kg", "kft", "limited", "llc", "llp", "ltd", "mbh", "nv", "ohg", "oy", "plc", "pty", "sa",
    "sarl", "sas", "se", "spa", "srl", "the", "und", "and", "ug", "gmbhcokg",
})  # fmt: skip
#: domains that say nothing about a company
_EVERYBODYS = frozenset({
    "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "yahoo.com", "icloud.com",
    "me.com", "gmx.de", "gmx.net", "web.de", "t-online.de", "proton.me", "protonmail.com", "aol.com",
    "mail.com", "orange.fr", "wanadoo.fr",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Likeness:
    """What of a customer is compared."""

    id: int
    name: str
    city: str
    currency: str
    words: tuple[str, ...]
    #: the words of the name in order of the alphabet
    sorted: str
    domain: str
    phone: str
    tax_id: str

    @classmethod
    def of(cls, row: Any) -> Likeness:
        """Take what is compared from a row of customers."""
        words = tuple(word for word in re.findall(r"\w+", row.name_key.replace(".", "")) if word not in _LEGAL)
        domain = row.email.rpartition("@")[2].strip().casefold() if "@" in row.email else ""
        phone = re.sub(r"\D", "", row.phone).removeprefix("00").lstrip("0")
        tax_id = re.sub(r"[\W_]", "", row.tax_id).upper()
        return cls(
            row.id, row.name, row.city, row.currency, words or (row.name_key,), " ".join(sorted(words)) or row.name_key,
            "" if domain in _EVERYBODYS else domain, phone if len(phone) >= 6 else "",
            tax_id if len(tax_id) > 4 else "",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Two customers that may be one; `score` from 0 to 100."""

    one: Likeness
    other: Likeness
    score: int
    reasons: tuple[str, ...]


def suggestions(limit: int = MOST, customer_id: int | None = None) -> list[Suggestion]:
    """Return the likeliest pairs among active customers, best first; of one customer only when it is named."""
    columns = (Customer.id, Customer.name, Customer.name_key, Customer.city, Customer.currency, Customer.email,
               Customer.phone, Customer.tax_id)  # fmt: skip
    rows = db.session.execute(select(*columns).where(Customer.is_active).order_by(Customer.id).limit(LOOKED_AT))
    alike = [Likeness.of(row) for row in rows]
    scored = ((score_of(one, other), one, other) for one, other in _pairs(alike, customer_id))
    best = sorted(
        (found for found in scored if found[0] >= ENOUGH), key=lambda pair: (-pair[0], pair[1].id, pair[2].id)
    )
    return [Suggestion(one, other, score, reasons_of(one, other)) for score, one, other in best[:limit]]


def _pairs(alike: Sequence[Likeness], customer_id: int | None) -> Iterator[tuple[Likeness, Likeness]]:
    blocks: dict[tuple[str, str], list[Likeness]] = defaultdict(list)
    for row in alike:
        keys = [("word", word[:5]) for word in set(row.words)]
        keys += [(kind, value) for kind in ("domain", "phone", "tax_id") if (value := getattr(row, kind))]
        for key in dict.fromkeys(keys):
            blocks[key].append(row)
    seen: set[tuple[int, int]] = set()
    for rows in blocks.values():
        if len(rows) > LARGEST_BLOCK:
            continue
        for one, other in combinations(rows, 2):
            if (one.id, other.id) in seen or (customer_id is not None and customer_id not in (one.id, other.id)):
                continue
            seen.add((one.id, other.id))
            yield one, other


def score_of(one: Likeness, other: Likeness) -> int:
    """Measure how likely two are one: the name counts most; a shared tax number, phone or domain lifts it."""
    name = 100.0 if one.words == other.words else fuzz.ratio(one.sorted, other.sorted)
    score = 92.0 if name == 100 else name * 0.9
    if _same(one.tax_id, other.tax_id):
        score = max(score + 30, 90)
    elif one.tax_id and other.tax_id:
        score -= 25
    if _same(one.phone, other.phone):
        score = max(score + 20, 75 if name >= 40 else 0)
    if _same(one.domain, other.domain):
        score = max(score + 15, 75 if name >= 50 else 0)
    return max(0, min(100, round(score)))


def _same(value: str, there: str) -> bool:
    return bool(value) and value == there


def reasons_of(one: Likeness, other: Likeness) -> tuple[str, ...]:
    """Say why two may be one."""
    found = []
    if one.words == other.words:
        found.append(_("The name is the same."))
    elif (name := fuzz.ratio(one.sorted, other.sorted)) >= 70:
        found.append(_("The names are alike (%(percent)s %%).", percent=round(name)))
    if _same(one.tax_id, other.tax_id):
        found.append(_("The tax number is the same."))
    if _same(one.phone, other.phone):
        found.append(_("The phone number is the same."))
    if _same(one.domain, other.domain):
        found.append(_("The e-mail addresses end in %(domain)s.", domain=one.domain))
    return tuple(map(str, found))
