"""The list of subscriptions, and the page of one: what comes next, what was made, what is in the way."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext as _

from billing import subscriptions
from billing.subscriptions import InvoiceTemplate
from billing.types import TYPES, status_of
from blueprints.access import may, needs
from blueprints.choosing import name_of
from blueprints.filters import this_organisation
from blueprints.paging import removable
from blueprints.render import page_or_fragment
from blueprints.subscriptions.frame import ID, KINDS, blueprint, rhythm_words, subscription_or_404
from blueprints.subscriptions.lists import (
    STATES,
    SubscriptionFilter,
    amount_in,
    child_page,
    subscription_page,
)
from extensions import db
from models import Customer, Project, Subscription, Transaction
from models.subscription import CATCH_UPS, SUBSCRIPTION_MODES


@blueprint.get("/")
@needs("transactions.view")
def index() -> Any:
    """List subscriptions by name; filters in the query string."""
    chosen = SubscriptionFilter.read(request.args)
    customer = name_of(Customer, chosen.customer_id, request.args, "customer_id")
    return page_or_fragment(
        "subscriptions/index.html", "subscriptions/_subscriptions_list.html", page=subscription_page(chosen),
        chosen=chosen, customer_name=customer, active=_active(chosen, customer), rhythm_words=rhythm_words,
        amount_in=amount_in, kinds=KINDS, states=STATES,
    )  # fmt: skip


def _active(chosen: SubscriptionFilter, customer_name: str) -> list[tuple[str, str]]:
    """Return what is filtered, as (words, address without it)."""
    said = {"customer_id": customer_name or _("Unknown")} if chosen.customer_id is not None else {}
    if chosen.project_id is not None:
        project = db.session.get(Project, chosen.project_id)
        said["project_id"] = project.name if project else _("Unknown")
    said |= {"state": _(STATES[chosen.state])} if chosen.state else {}
    said |= {"kind": _(KINDS[chosen.kind])} if chosen.kind else {}
    said |= {"q": chosen.q} if chosen.q else {}
    return removable(said)


@blueprint.get(f"/<{ID}:subscription_id>")
@needs("transactions.view")
def show(subscription_id: int) -> Any:
    """Show one subscription."""
    return render_template("subscriptions/show.html", **_shown(subscription_or_404(subscription_id)))


def _shown(subscription: Subscription) -> dict[str, Any]:
    today, amount, made = this_organisation().today(), amount_in(subscription), subscriptions.made_count(subscription)
    most = subscription.max_count
    left = subscriptions.Left(
        subscription.next_index, None if most is None else most - made, subscription.catch_up
    )  # fmt: skip
    ahead = subscriptions.coming(subscriptions.schedule_of(subscription), left, amount, today)
    return {
        "subscription": subscription, "amount": amount, "made": made, "page": child_page(subscription),
        "coming": ahead if subscription.status == "active" else [], "stuck": _unsent(subscription),
        "rhythm": rhythm_words(subscription.every, subscription.unit), "kinds": KINDS, "modes": SUBSCRIPTION_MODES,
        "catch_ups": CATCH_UPS, "status_of": lambda row: status_of(row, today), "types": TYPES,
        "lines": InvoiceTemplate.read(subscription.template).lines if subscription.kind == "invoice" else (),
        "may_edit": may("transactions.edit") and subscription.status != "ended",
    }  # fmt: skip


def _unsent(subscription: Subscription) -> str:
    """Return the address where a child that should have been sent still can be; empty when there is none."""
    if not subscription.problem or subscription.mode != "send" or not may("transactions.send"):
        return ""
    query = (
        db.select(Transaction)
        .where(Transaction.subscription_id == subscription.id, Transaction.status == "draft")
        .order_by(Transaction.period_start.desc())
        .limit(1)
    )
    found = db.session.scalar(query)
    if found is None:
        return ""
    return url_for("transactions.send", type_path=TYPES[found.type].path, transaction_id=found.id)
