"""A project in another currency than its customer: the customer changes, or is there twice (PRJ-CURRENCY)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from extensions import db
from models import ContactPerson, Customer, Link, Project, Transaction
from models.audit import Actor, record
from models.customer import name_key
from sync import connection
from sync.connection import SetupRefused
from sync.modules.projects import override_key
from sync.remedies.again import try_again
from sync.remedies.base import Case, Offer, Remedy

#: what a clone takes over from the customer it is made of
COPIED = (
    "email", "phone", "website", "street", "city", "state", "zip_code", "country", "tax_id", "notes",
    "payment_terms_days", "custom",
)  # fmt: skip
PERSON = ("first_name", "last_name", "email", "phone", "mobile", "is_primary")


def _fields(link: Link) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (link.kept or {}).get("fields", {})
    return found


def _customer_of(link: Link) -> Customer | None:
    """The local customer that the project's primary customer became."""
    remote_id = _fields(link).get("primary_customer")
    query = (
        select(Customer)
        .join(Link, (Link.local_id == Customer.id) & (Link.module == "customers"))
        .where(Link.integration_id == link.integration_id, Link.remote_id == str(remote_id or ""))
    )
    found: Customer | None = db.session.scalar(query)
    return found


def _wanted(link: Link) -> str:
    return str((link.detail or {}).get("currency") or _fields(link).get("currency") or "").upper()


def _why_not(customer: Customer, currency: str) -> str:
    """What is in the way of another currency: money that was written, or work that is priced in the present one."""
    if db.session.scalar(select(Transaction.id).where(Transaction.customer_id == customer.id).limit(1)) is not None:
        return str(_("%(name)s has transactions in %(currency)s.", name=customer.name, currency=customer.currency))
    others = select(Project.name).where(Project.customer_id == customer.id, Project.currency != currency).limit(1)
    if (name := db.session.scalar(others)) is not None:
        return str(_("The project %(name)s is priced in %(currency)s.", name=name, currency=customer.currency))
    return ""


def _needed(case: Case) -> tuple[Link, Customer, str]:
    """The project, its customer here, and the currency it asks for."""
    link = case.one
    customer = _customer_of(link) if link else None
    if link is None or customer is None or not _wanted(link):
        raise SetupRefused(_("The customer of this project is not here any more. Retry the project."))
    return link, customer, _wanted(link)


class ChangeCurrency(Remedy):
    """*Change the customer's currency*: only while nothing was written or priced in the present one."""

    key = "currency"
    codes = frozenset({"PRJ-CURRENCY"})
    icon = "cash"
    title = _l("Change currency")
    permission = "integrations.connect"

    def offer(self, case: Case) -> Offer | None:
        """On the project's own page, where its customer is looked at."""
        link = case.one
        if link is None or not case.is_close_up:
            return None
        customer, currency = _customer_of(link), _wanted(link)
        if customer is None or not currency or _why_not(customer, currency):
            return None
        return self._offer(_("Change %(name)s to %(currency)s", name=customer.name, currency=currency))

    def apply(self, case: Case, actor: Actor, values: Mapping[str, str]) -> str:
        """Change it, unless something came in between."""
        _link, customer, currency = _needed(case)
        if refusal := _why_not(customer, currency):
            raise SetupRefused(refusal + " " + _("Clone the customer in the other currency instead."))
        before, customer.currency = customer.currency, currency
        record(
            actor, "customer.changed", ("customer", customer.id), customer.name,
            change=({"currency": before}, {"currency": currency}),
        )  # fmt: skip
        db.session.flush()
        done = _("%(name)s is in %(currency)s now.", name=customer.name, currency=currency)
        return f"{done} {try_again(case, actor)}"


class CloneCustomer(Remedy):
    """*Clone the customer in that currency*: a second one, to whom the projects in it go from now on."""

    key = "clone"
    codes = frozenset({"PRJ-CURRENCY"})
    icon = "copy"
    title = _l("Clone customer in that currency")
    permission = "integrations.connect"

    def offer(self, case: Case) -> Offer | None:
        """Wherever the currency is known."""
        link = case.one
        if link is None or not _wanted(link) or not _fields(link).get("primary_customer"):
            return None
        name = str((link.detail or {}).get("customer") or _("the customer"))
        return self._offer(_("Clone %(name)s in %(currency)s", name=name, currency=_wanted(link)))

    def apply(self, case: Case, actor: Actor, values: Mapping[str, str]) -> str:
        """Make the clone once, and remember it for this primary customer and currency."""
        link, customer, currency = _needed(case)
        key, known = override_key(dict(_fields(link))), case.integration.settings.get("customer_overrides", {})
        clone = db.session.get(Customer, known[key]) if key in known else None
        if clone is None:
            clone = _clone(customer, currency, actor)
            connection.save_settings(case.integration, {"customer_overrides": {**known, key: clone.id}}, actor)
        done = _("Projects of %(name)s in %(currency)s go to %(clone)s.",
                 name=customer.name, currency=currency, clone=clone.name)  # fmt: skip
        return f"{done} {try_again(case, actor)}"


def _clone(customer: Customer, currency: str, actor: Actor) -> Customer:
    name = f"{customer.name} ({currency})"
    copied = {column: getattr(customer, column) for column in COPIED}
    clone = Customer(name=name, name_key=name_key(name), currency=currency, **copied)
    clone.contact_persons = [
        ContactPerson(**{column: getattr(person, column) for column in PERSON}) for person in customer.contact_persons
    ]
    db.session.add(clone)
    db.session.flush()
    record(actor, "customer.cloned", ("customer", clone.id), f"{customer.name} → {name}")
    return clone
