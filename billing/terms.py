"""Payment terms: the named ones, which one a customer has, and the due date they make."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from flask_babel import gettext as _
from sqlalchemy import select, update

from billing.errors import MoveRefused
from extensions import db
from models import Customer, Organisation, PaymentTerm
from models.audit import Actor, record


def all_terms(*, is_all: bool = False) -> Sequence[PaymentTerm]:
    """Return the named terms that are offered, or all of them, by their length."""
    query = select(PaymentTerm).order_by(PaymentTerm.is_active.desc(), PaymentTerm.kind, PaymentTerm.days)
    return db.session.scalars(query if is_all else query.where(PaymentTerm.is_active)).all()


def default_term() -> PaymentTerm | None:
    """Return the named terms that hold where nothing else was agreed; None: the days of the preferences do."""
    return db.session.scalar(select(PaymentTerm).where(PaymentTerm.is_default))


def due_of(customer: Customer, day: date) -> date:
    """Return when an invoice of this day is due: the customer's own terms, else the default ones, else the days
    that the preferences say.
    """
    if customer.payment_term_id is not None:
        return db.session.get_one(PaymentTerm, customer.payment_term_id).due_date(day)
    if customer.payment_terms_days is not None:
        return day + timedelta(days=customer.payment_terms_days)
    if (term := default_term()) is not None:
        return term.due_date(day)
    return day + timedelta(days=db.session.get_one(Organisation, 1).payment_terms_days)


def add_term(name: str, kind: str, days: int, actor: Actor) -> PaymentTerm:
    """Add named terms; customers and drafts can have them at once. They never change, so nothing becomes untrue."""
    same = select(PaymentTerm.name).where(PaymentTerm.name == name, PaymentTerm.is_active)
    if db.session.scalar(same) is not None:
        raise MoveRefused(_("There are terms of this name already. Choose another name."))
    term = PaymentTerm(name=name, kind=kind, days=days)
    db.session.add(term)
    db.session.flush()
    record(actor, "payment_term.added", ("payment_term", term.id), name, (None, {"kind": kind, "days": days}))
    return term


def set_default(term: PaymentTerm | None, actor: Actor) -> None:
    """Let these terms hold where nothing else was agreed; None: the days of the preferences again."""
    if term is not None and not term.is_active:
        raise MoveRefused(_("%(name)s is not offered. Offer it again first.", name=term.name))
    drop = update(PaymentTerm).where(PaymentTerm.is_default).values(is_default=False)
    db.session.execute(drop)
    if term is not None:
        term.is_default = True
    db.session.flush()
    summary = term.name if term is not None else str(_("The days of the preferences"))
    record(actor, "payment_term.default", ("payment_term", term.id if term else None), summary)


def offer(term: PaymentTerm, is_offered: bool, actor: Actor) -> None:
    """Offer terms or stop offering them; customers who have them keep them."""
    if term.is_default and not is_offered:
        raise MoveRefused(_("%(name)s is the default. Make another one the default first.", name=term.name))
    term.is_active = is_offered
    verb = "payment_term.offered" if is_offered else "payment_term.retired"
    record(actor, verb, ("payment_term", term.id), term.name)
    db.session.flush()
