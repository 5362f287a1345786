"""Making what is due, one period at a time: each in one database transaction, and never a period twice (R-07).

Whoever makes a period first moves the subscription on by an `UPDATE` that must hit one row; of two, the second hits
none. A unique index over (subscription, first day of the period) stands behind that. Nothing here commits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select, update

from billing.subscriptions.children import make_expense, make_invoice, send
from billing.subscriptions.recurrence import Schedule, Step, next_step
from extensions import db, utcnow
from models import Expense, Organisation, Subscription, Transaction
from models.audit import Actor, record

#: one that could not be made is tried again after so long; its button tries at once
RETRY = timedelta(hours=1)
CLOCK = Actor("schedule", "Subscriptions")


@dataclass(frozen=True, slots=True)
class Made:
    """What came of one step. Neither child: the period was passed over, or there was nothing to bill."""

    period: date | None
    transaction: Transaction | None = None
    expense: Expense | None = None
    #: why the child could not be sent
    problem: str = ""


def schedule_of(subscription: Subscription) -> Schedule:
    """Return when its periods begin."""
    return Schedule(subscription.start_date, subscription.every, subscription.unit, subscription.end_date)


def made_count(subscription: Subscription) -> int:
    """Return how many were made, void and deleted ones too."""
    child = Transaction if subscription.kind == "invoice" else Expense
    own = select(func.count()).select_from(child).where(child.subscription_id == subscription.id)
    return db.session.scalar(own) or 0


def due_ids(today: date, limit: int = 100) -> list[int]:
    """Return active subscriptions with a period that is due, the longest waiting first."""
    statement = (
        select(Subscription.id)
        .where(Subscription.status == "active", Subscription.next_date <= today)
        .where((Subscription.problem == "") | (Subscription.updated_at < utcnow() - RETRY))
        .order_by(Subscription.next_date, Subscription.id)
        .limit(limit)
    )
    return list(db.session.scalars(statement))


def make_due(subscription_id: int, today: date, actor: Actor = CLOCK) -> Made | None:
    """Take one step of a subscription that is due; None when it is not, or when somebody else just took it.

    Raises `MoveRefused` when the child cannot be made: then nothing happened, and `note_problem` keeps the reason.
    """
    subscription = db.session.get_one(Subscription, subscription_id, populate_existing=True)
    if subscription.status != "active":
        return None
    step = next_step(schedule_of(subscription), subscription.next_index, today, _catch_up(subscription))
    return None if step is None else _take(subscription, step, today, actor)


def _catch_up(subscription: Subscription) -> str:
    """Return the rule for missed periods. One that was tried on its day and failed is not missed: it is made."""
    organisation = db.session.get_one(Organisation, 1)
    tried = subscription.updated_at.astimezone(organisation.zone).date()
    is_held = bool(subscription.problem) and subscription.next_date is not None and tried >= subscription.next_date
    return "each" if is_held else subscription.catch_up


def make_now(subscription: Subscription, today: date, actor: Actor) -> Made | None:
    """Make the next one now, before its day if need be; None when somebody else just did."""
    if subscription.status != "active" or subscription.next_date is None:
        return None
    index = subscription.next_index
    return _take(subscription, Step(index, index + 1), today, actor)


def _take(subscription: Subscription, step: Step, today: date, actor: Actor) -> Made | None:
    if not _claim(subscription, step.next_index):
        return None
    made = Made(None) if step.make is None else _make(subscription, step.make, today, actor)
    subscription.problem = made.problem
    settle(subscription)
    _record(subscription, made, actor)
    db.session.flush()
    return made


def _claim(subscription: Subscription, next_index: int) -> bool:
    """Move the subscription on from where it was read; False when it is not there any more."""
    statement = (
        update(Subscription)
        .where(
            Subscription.id == subscription.id, Subscription.version == subscription.version,
            Subscription.next_index == subscription.next_index, Subscription.status == "active",
        )
        .values(next_index=next_index, version=Subscription.version + 1, updated_at=utcnow())
    )  # fmt: skip
    done = db.session.execute(statement, execution_options={"synchronize_session": False})
    db.session.refresh(subscription)
    return bool(done.rowcount)  # type: ignore[attr-defined]


def _make(subscription: Subscription, index: int, today: date, actor: Actor) -> Made:
    schedule = schedule_of(subscription)
    first = schedule.begins(index)
    if first is None:
        raise ValueError(f"subscription {subscription.id}: period {index} lies behind its end")
    following = Schedule(schedule.start, schedule.every, schedule.unit).begins(index + 1)
    last = first if following is None else following - timedelta(days=1)
    day = min(first, today)
    if subscription.kind == "expense":
        return Made(first, expense=make_expense(subscription, first, day, actor))
    draft = make_invoice(subscription, (first, last, day), actor)
    problem = send(draft, actor) if draft is not None and subscription.mode == "send" else ""
    return Made(first, transaction=draft, problem=problem)


def settle(subscription: Subscription) -> None:
    """Bring its next date in line with its next period; it has ended when there is none."""
    following = schedule_of(subscription).begins(subscription.next_index)
    most = subscription.max_count
    if following is None or (most is not None and made_count(subscription) >= most):
        subscription.status, following = "ended", None
    subscription.next_date = following


def _record(subscription: Subscription, made: Made, actor: Actor) -> None:
    child = made.transaction or made.expense
    verb = "subscription.made" if child is not None else "subscription.passed_over"
    after = {
        "period": str(made.period or ""), "child": child.id if child is not None else None,
        "next": str(subscription.next_date or ""), "problem": made.problem,
    }  # fmt: skip
    record(actor, verb, ("subscription", subscription.id), subscription.name, (None, after))


def note_problem(subscription_id: int, problem: str) -> None:
    """Write down why the next one could not be made; it stays due."""
    statement = update(Subscription).where(Subscription.id == subscription_id)
    db.session.execute(
        statement.values(problem=problem, updated_at=utcnow()), execution_options={"synchronize_session": False}
    )
