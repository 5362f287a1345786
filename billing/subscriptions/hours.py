"""The project's hours that join an invoice of a subscription (requirements T-22)."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext as _

from billing.errors import MoveRefused
from billing.hours.pricing import Rounding
from billing.hours.time_entries import TimeChoice
from extensions import db
from models import Organisation, Project, Subscription


def may_take_hours(project: Project | None) -> bool:
    """Say whether hours of this project can join: it has some of its own, and they are not paid by a fixed price."""
    return project is not None and project.billing_method != "fixed"


def choice_of(subscription: Subscription, until: date, tax_id: int | None) -> TimeChoice | None:
    """Return which hours join: all that is ready to bill up to a day; None where none are taken.

    Refuses where the project changed so that they cannot join any more.
    """
    project = subscription.project
    if not subscription.takes_hours or project is None:
        return None
    if not may_take_hours(project):
        raise MoveRefused(
            _("%(project)s is billed at a fixed price now. Edit the subscription and leave the hours out.",
              project=project.name)
        )  # fmt: skip
    if project.customer_id != subscription.customer_id or project.currency != subscription.currency:
        raise MoveRefused(
            _("%(project)s belongs to another customer or currency now. Edit the subscription and choose again.",
              project=project.name)
        )  # fmt: skip
    organisation = db.session.get_one(Organisation, 1)
    return TimeChoice(
        (project.id,), until=until, layout=subscription.layout, tax_id=tax_id,
        rounding=Rounding(organisation.rounding_mode, organisation.rounding_minutes),
    )  # fmt: skip
