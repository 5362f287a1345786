"""Following up what is overdue by e-mail: the schedule, who is due today, and sending each stage once.

Nothing here commits: whoever sends hands in `save`.
"""

from __future__ import annotations

from billing.reminders.due import Due, due_today, why_not
from billing.reminders.holds import hold, hold_of, release
from billing.reminders.schedule import PRESET, all_rules, preset_rules, set_rule, stage, stop_rule
from billing.reminders.sending import REMIND_FROM, remind_due, remind_now, stage_now

__all__ = [
    "PRESET", "REMIND_FROM", "Due", "all_rules", "due_today", "hold", "hold_of", "preset_rules", "release",
    "remind_due", "remind_now", "set_rule", "stage", "stage_now", "stop_rule",
    "why_not",
]  # fmt: skip
