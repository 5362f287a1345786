"""Terms as the editor offers them: the organisation's named ones, usual numbers of days, or a date of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from flask_babel import gettext

from extensions import db
from models import PaymentTerm

#: days that a due date usually lies after the date
TERMS = (0, 7, 10, 14, 15, 21, 30, 45, 60, 90)
#: what the terms say when the due date is none of these
OWN = ""


def _named() -> Sequence[PaymentTerm]:
    query = db.select(PaymentTerm).where(PaymentTerm.is_active)
    return db.session.scalars(query.order_by(PaymentTerm.kind, PaymentTerm.days, PaymentTerm.id)).all()


def _key(term: PaymentTerm) -> str:
    return f"t{term.id}"


def term_choices() -> list[tuple[str, str]]:
    """Return what may be chosen; a named one takes the place of the same number of days."""
    named = _named()
    taken = {term.days for term in named if term.kind == "days"}
    usual = [
        (str(days), gettext("Net %(days)s", days=days) if days else gettext("On receipt"))
        for days in TERMS if days not in taken
    ]  # fmt: skip
    return [*((_key(term), term.name) for term in named), *usual, (OWN, gettext("Own date"))]


def day_choices() -> list[tuple[str, str]]:
    """Return what may be chosen where the second date is none to pay by."""
    return [*((str(n), gettext("%(days)s days", days=n)) for n in TERMS if n), (OWN, gettext("Own date"))]


def days_of(day: date, due: date | None) -> str:
    """Return the usual number of days that makes this date of that day."""
    days = (due - day).days if due else None
    return str(days) if days in TERMS else OWN


def terms_of(day: date, due: date | None) -> str:
    """Return the terms that make this due date of that day; named ones before plain days."""
    found = next((_key(term) for term in _named() if due is not None and term.due_date(day) == due), None)
    return days_of(day, due) if found is None else found


def due_by(terms: str | None, day: date) -> date | None:
    """Return the due date that these terms make of a day; None for a date of one's own."""
    if terms and terms.isascii() and terms.isdigit() and int(terms) in TERMS:
        return day + timedelta(days=int(terms))
    return next((term.due_date(day) for term in _named() if _key(term) == terms), None)
