"""Exchange rates by date, and giving them to drafts with their source (requirements R-06).

A draft that nobody typed a rate for has the rate of its own date, and gets it again when it is issued. A rate that
somebody typed stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select, tuple_, union
from sqlalchemy.orm import InstrumentedAttribute

from billing.bulk import insert_rows
from extensions import db, utcnow
from models import Customer, ExchangeRate, Expense, Organisation, Project, Transaction
from models.audit import Actor, record

#: how a source tells that its rate comes from the table: the rate's own day stands at its end
_FROM_TABLE = re.compile(r" \((\d{4}-\d\d-\d\d)\)$")
#: columns that an import fills
_COLUMNS = ("currency", "date", "rate", "source", "entered_by", "created_at")


@dataclass(frozen=True, slots=True)
class DayRate:
    """One unit of `currency` in base currency on `date`."""

    currency: str
    date: date
    rate: Decimal


def rate_on(currency: str, day: date) -> ExchangeRate | None:
    """Return the latest rate on or before a day; None: nobody entered one, or it is the base currency."""
    query = (
        select(ExchangeRate)
        .where(ExchangeRate.currency == currency, ExchangeRate.date <= day)
        .order_by(ExchangeRate.date.desc())
        .limit(1)
    )
    return db.session.scalar(query)


def source_words(rate: ExchangeRate) -> str:
    """Return what is kept beside a rate that was taken from the table, e.g. `European Central Bank (2026-11-20)`."""
    return f"{rate.source} ({rate.date.isoformat()})"


def source_for(used: DayRate, actor: Actor) -> str:
    """Return what is kept beside a rate that came by a form: the table's words when it is the table's rate of that
    day, else who typed it.
    """
    found = rate_on(used.currency, used.date)
    return source_words(found) if found is not None and found.rate == used.rate else actor.name


def is_from_table(source: str) -> bool:
    """Say whether a stored source names a rate of the table, and not a person who typed one."""
    return _FROM_TABLE.search(source) is not None


def prefill(transaction: Transaction) -> None:
    """Give a draft the rate of its date, unless it is in base currency or somebody typed one; none known: as it is."""
    if transaction.currency == db.session.get_one(Organisation, 1).base_currency:
        return
    if transaction.exchange_source and not is_from_table(transaction.exchange_source):
        return
    if (found := rate_on(transaction.currency, transaction.date)) is not None:
        transaction.exchange_rate, transaction.exchange_source = found.rate, source_words(found)


def add_rate(new: DayRate, source: str, actor: Actor) -> ExchangeRate:
    """Enter a rate; one that is known for this very day is replaced, and the log keeps what it was."""
    wanted = select(ExchangeRate).where(ExchangeRate.currency == new.currency, ExchangeRate.date == new.date)
    found = db.session.scalar(wanted)
    before = None if found is None else {"rate": str(found.rate), "source": found.source}
    if found is None:
        found = ExchangeRate(currency=new.currency, date=new.date)
        db.session.add(found)
    found.rate, found.source = new.rate, source
    found.entered_by = actor.id if actor.kind == "person" else None
    db.session.flush()
    change = (before, {"rate": str(new.rate), "source": source})
    record(actor, "exchange_rate.entered", ("exchange_rate", found.id), f"{new.currency} {new.date}", change)
    return found


def import_rates(rates: Sequence[DayRate], source: str, actor: Actor) -> int:
    """Enter many rates; days that are known stay as they are. Returns how many were new."""
    among_them = ExchangeRate.currency.in_({rate.currency for rate in rates})
    rows_known = db.session.execute(select(ExchangeRate.currency, ExchangeRate.date).where(among_them))
    known = {(currency, day) for currency, day in rows_known}
    fresh = {(rate.currency, rate.date): rate for rate in rates if (rate.currency, rate.date) not in known}
    person = actor.id if actor.kind == "person" else None
    now = utcnow()
    rows = [(rate.currency, rate.date, rate.rate, source, person, now) for rate in fresh.values()]
    if rows:
        insert_rows(ExchangeRate, _COLUMNS, rows)
    summary = f"{source}: {len(rows)}"
    record(actor, "exchange_rates.imported", ("exchange_rate", None), summary, (None, {"new": len(rows)}))
    return len(rows)


def remove_rate(rate: ExchangeRate, actor: Actor) -> None:
    """Take a rate out; transactions keep the rate they have."""
    before = {"rate": str(rate.rate), "source": rate.source}
    record(actor, "exchange_rate.removed", ("exchange_rate", rate.id), f"{rate.currency} {rate.date}", (before, None))
    db.session.delete(rate)
    db.session.flush()


def used_currencies() -> list[str]:
    """Return the currencies other than the base one that customers, projects or expenses are in, by code."""
    base = db.session.get_one(Organisation, 1).base_currency
    used: list[InstrumentedAttribute[str]] = [
        Customer.currency,
        Project.currency,
        Expense.currency,
        ExchangeRate.currency,
    ]
    found = union(*(select(column).distinct() for column in used))
    return sorted(set(db.session.scalars(found)) - {base})


def latest_rates(currencies: Iterable[str]) -> dict[str, ExchangeRate]:
    """Return the newest rate of each of these currencies."""
    newest = select(ExchangeRate.currency, func.max(ExchangeRate.date)).group_by(ExchangeRate.currency)
    query = select(ExchangeRate).where(
        ExchangeRate.currency.in_(list(currencies)), tuple_(ExchangeRate.currency, ExchangeRate.date).in_(newest)
    )
    return {rate.currency: rate for rate in db.session.scalars(query)}
