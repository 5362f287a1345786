"""The area of subscriptions: its blueprint, its menu entries, and finding the subscription of a page."""

from __future__ import annotations

from flask import Blueprint, abort
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import joinedload

from blueprints.menu import MenuEntry, NewEntry
from extensions import db
from models import Subscription

#: a whole number that both databases can look up
ID = "int(max=2147483647)"
#: what a subscription makes, and the words people see
KINDS = {"invoice": "Invoice", "expense": "Expense"}
blueprint = Blueprint("subscriptions", __name__, url_prefix="/subscriptions")
MENU = (MenuEntry("money", "Subscriptions", "repeat", "subscriptions.index", "transactions.view"),)
NEW = (NewEntry("Subscription", "repeat", "subscriptions.new", "transactions.edit"),)


def subscription_or_404(subscription_id: int) -> Subscription:
    """Return a subscription with its customer and project."""
    options = [joinedload(Subscription.customer), joinedload(Subscription.project)]
    return db.session.get(Subscription, subscription_id, options=options) or abort(404)


def rhythm_words(every: int, unit: str) -> str:
    """Return how often it comes, e.g. `Every month`, `Every 2 weeks`."""
    words = {
        "day": ngettext("Every day", "Every %(num)s days", every),
        "week": ngettext("Every week", "Every %(num)s weeks", every),
        "month": ngettext("Every month", "Every %(num)s months", every),
        "year": ngettext("Every year", "Every %(num)s years", every),
    }
    return str(words.get(unit) or _("Every %(num)s", num=every))
