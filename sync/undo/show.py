"""The steps of a plan as records for the page that asks first."""

from __future__ import annotations

from sync.undo.changes import ADDED, CHANGED, REMOVED
from sync.undo.plan import REMOVE, RESTORE, RETURN, Plan, Step
from sync.undo.records import SILENT, Field, Names, Record

#: what a step makes of a record, in the words of a run
KINDS = {REMOVE: REMOVED, RESTORE: CHANGED, RETURN: ADDED}


def diffs(plan: Plan, most: int) -> list[Record]:
    """The first steps of a plan, with old and new values."""
    steps = plan.steps[:most]
    names = Names.of([values for step in steps for values in (step.now, step.then)])
    return [
        Record(KINDS[step.verb], step.table, step.remote_id, step.local_id, step.title, _fields(step, names), True)
        for step in steps
    ]


def _fields(step: Step, names: Names) -> list[Field]:
    if step.verb != RESTORE:
        return []
    changed = [
        Field(names.label(step.table, name), names.text(step.table, name, step.now[name]),
              names.text(step.table, name, value))
        for name, value in step.then.items()
        if name not in SILENT
    ]  # fmt: skip
    return changed + [Field(names.label(step.table, name), "–", "–", is_later=True) for name in step.left]
