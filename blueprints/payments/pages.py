"""The list of payments, and the page of one: what came in, what it settled, and the receipt to print."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import render_template, request
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func

from billing import payments
from billing.money import ZERO
from billing.types import TYPES
from blueprints.access import needs
from blueprints.asked import SUM_CAP, MoneySums, day, money_sums, phrase, whole
from blueprints.choosing import name_of
from blueprints.filters import day as written_day
from blueprints.links import show_url
from blueprints.paging import Page, Sort, paged, removable
from blueprints.payments.frame import ID, blueprint, payment_or_404
from blueprints.render import page_or_fragment
from extensions import db
from models import Customer, Payment, Transaction
from models.customer import name_key
from models.payment import PAYMENT_KINDS, PAYMENT_METHODS

SORTS = (Sort("date", Payment.date, date.fromisoformat, descending=True),)
#: filter → words; what a payment may be narrowed to
STATES = {"payment": "Payments", "refund": "Refunds", "unused": "With an unused rest", "reversed": "Reversed"}


@dataclass(frozen=True, slots=True)
class PaymentFilter:
    """Which payments; None and "" mean all. `q`: how the reference begins, or part of the customer's name."""

    q: str = ""
    state: str = ""
    customer_id: int | None = None
    since: date | None = None
    until: date | None = None

    @classmethod
    def read(cls, args: Mapping[str, str]) -> PaymentFilter:
        """Read a query string; what makes no sense is left aside."""
        return cls(
            phrase(args.get("q")), args.get("state", "") if args.get("state") in STATES else "",
            whole(args.get("customer_id")), day(args.get("since")), day(args.get("until")),
        )  # fmt: skip

    @property
    def is_set(self) -> bool:
        """Whether anything is filtered at all."""
        return self != PaymentFilter()

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what a statement over payments must say."""
        found: list[ColumnElement[bool]] = []
        if self.state in PAYMENT_KINDS:
            found += [Payment.kind == self.state, Payment.reversed_at.is_(None)]
        elif self.state == "unused":
            found += [Payment.unused > 0]
        elif self.state:
            found += [Payment.reversed_at.is_not(None)]
        if self.customer_id is not None:
            found.append(Payment.customer_id == self.customer_id)
        if self.since:
            found.append(Payment.date >= self.since)
        if self.until:
            found.append(Payment.date <= self.until)
        if self.q:
            customers = db.select(Customer.id).where(Customer.name_key.contains(name_key(self.q), autoescape=True))
            is_named = Payment.reference.ilike(f"%{self.q}%") | Payment.customer_id.in_(customers)
            found.append(is_named)
        return found


@blueprint.get("/")
@needs("payments.view")
def index() -> Any:
    """List payments and refunds, newest first."""
    chosen = PaymentFilter.read(request.args)
    name = name_of(Customer, chosen.customer_id, request.args, "customer_id")
    sums = _sums(chosen)
    return page_or_fragment(
        "payments/index.html", "payments/_payments_list.html", page=_rows(chosen, sums), sums=sums, chosen=chosen,
        customer_name=name, state_choices=[(key, _(word)) for key, word in STATES.items()],
        methods=PAYMENT_METHODS, kinds=PAYMENT_KINDS, active=_active(chosen, name),
    )  # fmt: skip


def _rows(chosen: PaymentFilter, sums: MoneySums) -> Page:
    statement = db.select(Payment, Customer.name.label("customer")).join(Customer, Customer.id == Payment.customer_id)
    return paged(statement.where(*chosen.conditions()), Payment.id, SORTS, total=sums.count)


def _sums(chosen: PaymentFilter) -> MoneySums:
    """Add up what came in less what went back, and what is unused; what was reversed counts nowhere."""
    columns = (Payment.currency, Payment.kind, Payment.amount, Payment.unused, Payment.reversed_at)
    some = db.select(*columns).where(*chosen.conditions()).limit(SUM_CAP + 1).subquery()
    is_real = some.c.reversed_at.is_(None)
    came = func.coalesce(func.sum(some.c.amount).filter(is_real, some.c.kind == "payment"), 0)
    went = func.coalesce(func.sum(some.c.amount).filter(is_real, some.c.kind == "refund"), 0)
    rows = db.session.execute(
        db.select(some.c.currency, func.count(), came, went, func.sum(some.c.unused).filter(is_real))
        .group_by(some.c.currency)
        .order_by(some.c.currency)
    ).all()
    return money_sums((code, number, came - went, unused) for code, number, came, went, unused in rows)


def _active(chosen: PaymentFilter, customer_name: str) -> list[tuple[str, str]]:
    said = {"customer_id": customer_name} if chosen.customer_id is not None else {}
    said |= {"state": _(STATES[chosen.state])} if chosen.state else {}
    said |= {"since": _("From %(day)s", day=written_day(chosen.since))} if chosen.since else {}
    said |= {"until": _("To %(day)s", day=written_day(chosen.until))} if chosen.until else {}
    said |= {"q": chosen.q} if chosen.q else {}
    return removable(said)


@blueprint.get(f"/<{ID}:payment_id>")
@needs("payments.view")
def show(payment_id: int) -> Any:
    """Show one payment or refund: its facts as a receipt, what it settled, and what may be done."""
    payment = payment_or_404(payment_id)
    source = None
    if payment.from_transaction_id is not None:
        source = db.session.get(Transaction, payment.from_transaction_id)
    refunds = db.session.scalars(
        db.select(Payment).where(Payment.from_payment_id == payment.id).order_by(Payment.date, Payment.id)
    )
    puts = payments.settlements_by(payment)
    return render_template(
        "payments/show.html", payment=payment, puts=puts, put_total=sum((it.amount for it in puts), ZERO),
        refunds=list(refunds),
        source=source, types=TYPES, show_url=show_url, method=PAYMENT_METHODS.get(payment.method, payment.method),
        kind_word=PAYMENT_KINDS[payment.kind],
    )  # fmt: skip
