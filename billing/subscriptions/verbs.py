"""What people do with subscriptions: make, change, pause, resume, end and delete them. None of these verbs commits."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select, update

from billing.errors import MoveRefused
from billing.subscriptions.coming import amount_of
from billing.subscriptions.hours import may_take_hours
from billing.subscriptions.making import made_count, schedule_of, settle
from extensions import db, utcnow
from models import Customer, Expense, Organisation, Project, Subscription, Transaction
from models.audit import Actor, record


@dataclass(frozen=True, slots=True)
class SubscriptionValues:
    """A subscription as its form says it; `template` is what `templates.plain` wrote."""

    name: str
    kind: str
    currency: str
    start_date: dt.date
    every: int
    unit: str
    customer_id: int | None = None
    project_id: int | None = None
    end_date: dt.date | None = None
    max_count: int | None = None
    mode: str = "draft"
    catch_up: str = "each"
    takes_hours: bool = False
    layout: str = "task"
    template: dict[str, Any] = field(default_factory=dict)


_COLUMNS = (
    "name", "currency", "start_date", "every", "unit", "customer_id", "project_id", "end_date", "max_count", "mode",
    "catch_up", "takes_hours", "layout", "template",
)  # fmt: skip
#: columns that say when its periods begin
_RHYTHM = ("start_date", "every", "unit")


def create(values: SubscriptionValues, actor: Actor) -> Subscription:
    """Make a subscription; what is due already is made by the clock within a minute."""
    _refuse_unfit(values)
    person = actor.id if actor.kind == "person" else None
    subscription = Subscription(kind=values.kind, created_by=person, **_columns(values))
    db.session.add(subscription)
    db.session.flush()
    settle(subscription)
    if subscription.next_date is None:
        raise MoveRefused(_("It would end before it begins. Choose a later end."))
    record(actor, "subscription.added", ("subscription", subscription.id), subscription.name, (None, _facts(values)))
    db.session.flush()
    return subscription


def change(subscription: Subscription, values: SubscriptionValues, version: int, actor: Actor) -> None:
    """Bring a subscription to what the form says; periods that were made stay, and none is made a second time."""
    _refuse_unfit(values)
    before = {name: str(getattr(subscription, name)) for name in _COLUMNS}
    was_due = subscription.next_date
    rhythm = [getattr(subscription, name) for name in _RHYTHM]
    _claim(subscription, version, ("active", "paused"))
    for name, value in _columns(values).items():
        setattr(subscription, name, value)
    if rhythm != [getattr(subscription, name) for name in _RHYTHM]:
        subscription.next_index = _goes_on(subscription, was_due)
    settle(subscription)
    subscription.problem = ""
    record(
        actor, "subscription.changed", ("subscription", subscription.id), subscription.name, (before, _facts(values))
    )  # fmt: skip
    db.session.flush()


def _goes_on(subscription: Subscription, was_due: dt.date | None) -> int:
    """Return the first period of a new rhythm that is still to be made: behind those that were, and none of the past
    that had not been due before.
    """
    if subscription.next_index == 0 or was_due is None:
        return 0
    earliest = min(was_due, db.session.get_one(Organisation, 1).today())
    latest = _latest_period(subscription)
    if latest is not None:
        earliest = max(earliest, latest + dt.timedelta(days=1))
    return schedule_of(subscription).first_from(earliest)


def _latest_period(subscription: Subscription) -> dt.date | None:
    child = Transaction if subscription.kind == "invoice" else Expense
    return db.session.scalar(select(func.max(child.period_start)).where(child.subscription_id == subscription.id))


def pause(subscription: Subscription, actor: Actor) -> None:
    """Let nothing be made until it is resumed."""
    _claim(subscription, subscription.version, ("active",))
    subscription.status = "paused"
    record(actor, "subscription.paused", ("subscription", subscription.id), subscription.name)
    db.session.flush()


def resume(subscription: Subscription, today: dt.date, actor: Actor) -> None:
    """Go on with the first period from today; those that began during the pause are not made."""
    _claim(subscription, subscription.version, ("paused",))
    subscription.next_index = max(subscription.next_index, schedule_of(subscription).first_from(today))
    subscription.status = "active"
    settle(subscription)
    record(actor, "subscription.resumed", ("subscription", subscription.id), subscription.name)
    db.session.flush()


def end(subscription: Subscription, actor: Actor) -> None:
    """Make nothing more; what was made stays."""
    _claim(subscription, subscription.version, ("active", "paused"))
    subscription.status, subscription.next_date, subscription.problem = "ended", None, ""
    record(actor, "subscription.ended", ("subscription", subscription.id), subscription.name)
    db.session.flush()


def delete(subscription: Subscription, actor: Actor) -> None:
    """Delete a subscription that made nothing; one that did is ended instead, because its children name it."""
    if made_count(subscription):
        raise MoveRefused(_("%(name)s has made something already. End it instead.", name=subscription.name))
    record(actor, "subscription.deleted", ("subscription", subscription.id), subscription.name)
    db.session.delete(subscription)
    db.session.flush()


def _claim(subscription: Subscription, version: int, states: tuple[str, ...]) -> None:
    """Take the row as the person saw it; refuses when it changed meanwhile, or is in another state."""
    if subscription.status == "ended":
        raise MoveRefused(_("%(name)s has ended. Make a new one from it.", name=subscription.name))
    statement = (
        update(Subscription)
        .where(Subscription.id == subscription.id, Subscription.version == version, Subscription.status.in_(states))
        .values(version=Subscription.version + 1, updated_at=utcnow())
    )
    done = db.session.execute(statement, execution_options={"synchronize_session": False})
    if done.rowcount != 1:  # type: ignore[attr-defined]
        raise MoveRefused(_("This subscription changed meanwhile. Look at it again, then try once more."))
    db.session.refresh(subscription)


def _refuse_unfit(values: SubscriptionValues) -> None:
    project = None if values.project_id is None else db.session.get(Project, values.project_id)
    if values.kind == "invoice" and (values.customer_id is None or not db.session.get(Customer, values.customer_id)):
        raise MoveRefused(_("The customer is not there any more. Choose another."))
    if values.takes_hours and not may_take_hours(project):
        raise MoveRefused(_("Hours can join only from a project that is billed by its hours."))


def _columns(values: SubscriptionValues) -> dict[str, Any]:
    """Return the columns; the template also says what each one comes to, so that lists need no sums."""
    comes_to = f"{amount_of(values.kind, values.template, values.currency).normalize():f}"
    template = values.template | {"comes_to": comes_to}
    return {name: getattr(values, name) for name in _COLUMNS} | {"template": template}


def _facts(values: SubscriptionValues) -> dict[str, str]:
    return {name: str(value) for name, value in _columns(values).items()}
