"""The schedule of reminders: stages by days after the due date. A stage is switched off, never deleted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from billing.mail.kinds import KINDS
from extensions import db
from models import ReminderRule
from models.audit import Actor, record

#: what a schedule starts with: days after the due date (below zero: before it) and the kind of e-mail
PRESET = ((-3, "reminder_0"), (3, "reminder_1"), (14, "reminder_2"), (30, "reminder_3"))


def all_rules() -> Sequence[ReminderRule]:
    """Return the stages, earliest first."""
    return db.session.scalars(select(ReminderRule).order_by(ReminderRule.days)).all()


def preset_rules(actor: Actor) -> None:
    """Give a schedule that has no stage yet the usual ones."""
    if not all_rules():
        for days, kind in PRESET:
            set_rule(days, kind, adds_late_fee=False, actor=actor)


def set_rule(days: int, kind: str, *, adds_late_fee: bool, actor: Actor) -> ReminderRule:
    """Add a stage, or change the one of that day; one that was off is on again. What it sent stays known."""
    if kind not in KINDS or not KINDS[kind].is_reminder:
        raise ValueError(f"{kind} is no reminder")
    rule = db.session.scalar(select(ReminderRule).where(ReminderRule.days == days)) or ReminderRule(days=days)
    rule.kind, rule.adds_late_fee, rule.is_active = kind, adds_late_fee, True
    db.session.add(rule)
    db.session.flush()
    record(actor, "reminder_rule.set", ("reminder_rule", rule.id), f"{days:+d} d · {kind}")
    db.session.flush()
    return rule


def stop_rule(rule: ReminderRule, actor: Actor) -> None:
    """Switch a stage off."""
    rule.is_active = False
    record(actor, "reminder_rule.stopped", ("reminder_rule", rule.id), f"{rule.days:+d} d")
    db.session.flush()


def stage(rules: Iterable[ReminderRule], late: int) -> ReminderRule | None:
    """Return the latest stage that was reached `late` days after the due date; None before the first one.

    What is sent before the due date is not sent after it: a machine that was off skips it.
    """
    reached = [rule for rule in rules if rule.is_active and rule.days <= late]
    latest = max(reached, key=lambda rule: rule.days, default=None)
    return None if latest is None or (latest.days < 0 < late) else latest
