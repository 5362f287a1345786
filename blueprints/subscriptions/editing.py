"""Making a subscription and changing it: one form, with what comes next beside it."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from billing import subscriptions
from billing.errors import MoveRefused
from billing.subscriptions import Schedule, SubscriptionValues
from blueprints.access import may, needs
from blueprints.asked import whole
from blueprints.expenses.lists import categories
from blueprints.filters import this_organisation
from blueprints.refusals import said
from blueprints.render import after_write, page_or_fragment
from blueprints.sessions import actor
from blueprints.subscriptions.filling import Filled, filled, meant, rough_amount
from blueprints.subscriptions.frame import ID, blueprint, subscription_or_404
from blueprints.subscriptions.starting import SOURCES, Start, from_subscription, start_of
from blueprints.transactions.drafting import tax_words
from extensions import db
from models import Subscription


@blueprint.route("/new", methods=["GET", "POST"])
@needs("transactions.edit")
def new() -> Any:
    """Make a subscription: blank, or from what the query string names (requirements T-02)."""
    start = start_of(request.args)
    return _answer(filled(start), None)


@blueprint.route(f"/<{ID}:subscription_id>/edit", methods=["GET", "POST"])
@needs("transactions.edit")
def edit(subscription_id: int) -> Any:
    """Change a subscription; what it made stays as it is."""
    subscription = subscription_or_404(subscription_id)
    if subscription.status == "ended":
        flash(_("%(name)s has ended. Make a new one from it.", name=subscription.name), "warning")
        return redirect(url_for("subscriptions.show", subscription_id=subscription_id), 303)
    return _answer(filled(from_subscription(subscription, is_edited=True)), subscription)


def _answer(sent: Filled, stored: Subscription | None) -> Any:
    """Show the form, or its lines with one more or less, or take what was sent."""
    if request.method != "POST":
        return _page(sent, 200)
    if {"add", "remove"} & set(request.form):
        return page_or_fragment(
            "subscriptions/edit.html", "subscriptions/_subscription_lines.html", **_context(sent, "")
        )  # fmt: skip
    values = meant(sent)
    if values is None:
        return _page(sent, 422)
    if values.mode == "send" and not may("transactions.send"):
        return _page(sent, 422, _("You may not send. Let it make drafts, or ask an admin."))
    try:
        kept = _keep(values, stored, sent)
    except MoveRefused as reason:
        sentence = said(reason)
        return _page(_again(sent), 422, sentence)
    db.session.commit()
    flash(_("Saved. What is due already is made within a minute."), "success")
    return after_write(url_for("subscriptions.show", subscription_id=kept.id))


def _keep(values: SubscriptionValues, stored: Subscription | None, sent: Filled) -> Subscription:
    if stored is None:
        return subscriptions.create(values, actor())
    subscriptions.change(stored, values, sent.form.version.data or 0, actor())
    return stored


def _again(sent: Filled) -> Filled:
    """Build the form anew after a rollback, with all that was typed; what was read before is gone."""
    stored = sent.start.stored
    if stored is None:
        return filled(start_of(request.args))
    return filled(from_subscription(subscription_or_404(stored.id), is_edited=True))


def _page(sent: Filled, status: int, problem: str = "") -> Any:
    return render_template("subscriptions/edit.html", **_context(sent, problem)), status


def _context(sent: Filled, problem: str) -> dict[str, Any]:
    start: Start = sent.start
    return {
        "sent": sent, "form": sent.form, "problem": problem, "stored": start.stored, "places": subscriptions.PLACES,
        "tax_words": tax_words, "may_send": may("transactions.send"),
        "categories": categories() if sent.kind == "expense" else [], "preview_url": _preview_url(start),
        "action_url": _action_url(start), **_foretold(sent),
    }  # fmt: skip


def _asked() -> dict[str, Any]:
    """Return what the query string says about where the form starts, and nothing else of it."""
    names = ("kind", "customer_id", "project_id", *SOURCES)
    return {name: request.args[name] for name in names if request.args.get(name)}


def _preview_url(start: Start) -> str:
    stored = {"subscription_id": start.stored.id} if start.stored else _asked()
    return url_for("subscriptions.preview", **stored)


def _action_url(start: Start) -> str:
    if start.stored is not None:
        return url_for("subscriptions.edit", subscription_id=start.stored.id)
    return url_for("subscriptions.new", **_asked())


@blueprint.post("/preview")
@needs("transactions.edit")
def preview() -> Any:
    """Show what would be made next as the form stands; stores nothing."""
    stored = whole(request.args.get("subscription_id"))
    start = start_of(request.args) if stored is None else from_subscription(
        subscription_or_404(stored), is_edited=True
    )  # fmt: skip
    sent = filled(start)
    return page_or_fragment("subscriptions/edit.html", "subscriptions/_subscription_preview.html", **_context(sent, ""))


def _foretold(sent: Filled) -> dict[str, Any]:
    """Return the next dates and amounts, as far as the form can be read."""
    form, stored = sent.form, sent.start.stored
    day, every, unit = form.date.data, form.every.data, form.unit.data
    today, amount = this_organisation().today(), rough_amount(sent)
    if day is None or not every or not 0 < every < 1000 or day.year < 1990 or unit not in dict(_choices(form)):
        return {"coming": [], "amount": amount, "currency": sent.currency}
    made = subscriptions.made_count(stored) if stored else 0
    most = form.max_count.data
    schedule = Schedule(day, every, unit, form.end_date.data)
    index = 0 if stored is None else _goes_on(schedule, stored, today)
    left = subscriptions.Left(index, None if most is None else most - made, form.catch_up.data or "each")
    ahead = subscriptions.coming(schedule, left, amount, today)
    return {"coming": ahead, "amount": amount, "currency": sent.currency}


def _choices(form: Any) -> list[tuple[str, str]]:
    return [(choice.value, str(choice.label)) for choice in form.unit.choices]


def _goes_on(schedule: Schedule, stored: Subscription, today: date) -> int:
    """Return the period that a stored one would go on with under this schedule."""
    if stored.next_date is None or not stored.next_index:
        return 0
    is_same = (schedule.start, schedule.every, schedule.unit) == (stored.start_date, stored.every, stored.unit)
    return stored.next_index if is_same else schedule.first_from(min(stored.next_date, today))
