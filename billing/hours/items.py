"""Milestones, task lists and tasks as things to invoice: what is there, what they hold, and taking them once.

An item is invoiced at a free amount by taking it: a row of `item_allocations` for it and for each of its tasks. So a
task is on at most one live line of its own, whichever whole it was taken with (requirements T-06 to T-08).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from billing.bulk import among, touched
from billing.errors import MoveRefused
from billing.hours.time_entries import is_open
from extensions import db, utcnow
from models import ItemAllocation, Milestone, Task, TimeEntry, Transaction

#: kind → words for one and for many, in the order pages list them
KINDS = {
    "milestone": (lazy_gettext("Milestone"), lazy_gettext("Milestones")),
    "tasklist": (lazy_gettext("Task list"), lazy_gettext("Task lists")),
    "task": (lazy_gettext("Task"), lazy_gettext("Tasks")),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing of a project that can be invoiced. `key` tells it from all others of the project, e.g. `task:88`.

    `entries` and `seconds` are unbilled and billable; `holder` names the transaction on which it, or a task of it,
    stands at a free amount already (empty: nowhere).
    """

    kind: str
    key: str
    name: str
    is_closed: bool
    task_ids: frozenset[int]
    entries: int
    seconds: int
    holder: str = ""

    @property
    def milestone_id(self) -> int | None:
        """The milestone it is."""
        return int(self.key.partition(":")[2]) if self.kind == "milestone" else None

    @property
    def tasklist(self) -> str:
        """The task list it is; empty for other kinds."""
        return self.key.partition(":")[2] if self.kind == "tasklist" else ""


def items_of(project_id: int) -> list[Item]:
    """Return all items of a project, milestones first, those with unbilled hours before the others; four statements."""
    hours = _hours(project_id)
    holders = _holders(project_id)
    tasks = db.session.execute(
        select(Task.id, Task.name, Task.is_closed, Task.milestone_id, Task.tasklist).where(
            Task.project_id == project_id
        )
    ).all()
    milestones = select(Milestone.id, Milestone.name, Milestone.is_closed).where(Milestone.project_id == project_id)
    members: dict[str, set[int]] = defaultdict(set)
    open_lists: set[str] = set()
    for task in tasks:
        members[f"milestone:{task.milestone_id}"].add(task.id)
        if task.tasklist:
            members[f"tasklist:{task.tasklist}"].add(task.id)
            open_lists |= set() if task.is_closed else {task.tasklist}
    heads = [("milestone", f"milestone:{row.id}", row.name, row.is_closed) for row in db.session.execute(milestones)]
    lists = sorted({task.tasklist for task in tasks if task.tasklist})
    heads += [("tasklist", f"tasklist:{name}", name, name not in open_lists) for name in lists]
    found = [_item(head, members[head[1]], hours, holders) for head in heads]
    found += [_item(("task", f"task:{t.id}", t.name, t.is_closed), {t.id}, hours, holders) for t in tasks]
    order = list(KINDS)
    return sorted(found, key=lambda item: (order.index(item.kind), -item.seconds, item.name.casefold(), item.key))


def _item(
    head: tuple[str, str, str, bool], tasks: set[int], hours: Mapping[int, tuple[int, int]], holders: Mapping[Any, str]
) -> Item:
    kind, key, name, is_closed = head
    own = holders.get(key, "") if kind != "task" else ""
    holder = own or next((holders[task] for task in sorted(tasks) if task in holders), "")
    entries = sum(hours.get(task, (0, 0))[0] for task in tasks)
    seconds = sum(hours.get(task, (0, 0))[1] for task in tasks)
    return Item(kind, key, name, is_closed, frozenset(tasks), entries, seconds, holder)


def _hours(project_id: int) -> dict[int, tuple[int, int]]:
    """Return task id → how many unbilled entries, and their seconds."""
    statement = (
        select(TimeEntry.task_id, func.count(), func.sum(TimeEntry.seconds))
        .where(TimeEntry.project_id == project_id, is_open(), TimeEntry.task_id.is_not(None))
        .group_by(TimeEntry.task_id)
    )
    found = db.session.execute(statement)
    return {task_id: (count, int(seconds)) for task_id, count, seconds in found if task_id is not None}


def _live(*more: Any) -> Any:
    statement = (
        select(ItemAllocation.milestone_id, ItemAllocation.tasklist, ItemAllocation.task_id, Transaction.number)
        .join(Transaction, Transaction.id == ItemAllocation.transaction_id)
        .where(ItemAllocation.released_at.is_(None), *more)
        .order_by(ItemAllocation.id)
    )
    return db.session.execute(statement)


def _holders(project_id: int) -> dict[Any, str]:
    """Return task id, or key of a milestone or task list → the transaction it stands on."""
    found: dict[Any, str] = {}
    for milestone_id, tasklist, task_id, number in _live(ItemAllocation.project_id == project_id):
        key = f"milestone:{milestone_id}" if milestone_id else f"tasklist:{tasklist}" if tasklist else task_id
        found[key] = number or _("a draft")
    return found


def take(transaction_id: int, project_id: int, placed: Sequence[tuple[Item, int]]) -> None:
    """Put items on lines (item, id of its line); whoever comes second is refused (requirements T-08)."""
    rows = [row for item, line_id in placed for row in _rows(transaction_id, project_id, (item, line_id))]
    if not rows:
        return
    # the same order for everybody, so that two who want the same wait for each other and nobody deadlocks
    rows.sort(key=lambda row: (row["task_id"] or 0, row["milestone_id"] or 0, row["tasklist"]))
    try:
        with db.session.begin_nested():
            db.session.execute(insert(ItemAllocation), rows)
    except IntegrityError as error:
        raise MoveRefused(already_on([item for item, _line in placed])) from error


def _rows(transaction_id: int, project_id: int, placed: tuple[Item, int]) -> list[dict[str, Any]]:
    """Return the rows of one item: its own, and one for each task in it."""
    item, line_id = placed
    base = {
        "transaction_id": transaction_id, "project_id": project_id, "line_id": line_id, "milestone_id": None,
        "tasklist": "", "task_id": None, "allocated_at": utcnow(), "release_reason": "",
    }  # fmt: skip
    own = [] if item.kind == "task" else [base | {"milestone_id": item.milestone_id, "tasklist": item.tasklist}]
    return own + [base | {"task_id": task_id} for task_id in sorted(item.task_ids)]


def chosen_twice() -> str:
    """Say that a task would be on two lines at an amount of its own."""
    return str(_("Some of these are chosen twice: a task and the whole it belongs to. Choose one of them."))


def already_on(items: Iterable[Item]) -> str:
    """Say which of these items, or tasks of them, stand on which transactions already."""
    items = list(items)
    tasks = {task for item in items for task in item.task_ids}
    milestones = {item.milestone_id for item in items if item.milestone_id}
    lists = {item.tasklist for item in items if item.tasklist}
    ways = (
        among(ItemAllocation.task_id, tasks), among(ItemAllocation.milestone_id, milestones),
        ItemAllocation.tasklist.in_(sorted(lists)),
    )  # fmt: skip
    where = sorted({number or _("a draft") for *_keys, number in _live(or_(*ways))})
    if not where:
        return chosen_twice()
    return str(_("Some of these are already invoiced on %(where)s. Reload the page and choose again.",
                 where=", ".join(where[:3])))  # fmt: skip


def release(transaction_id: int, reason: str, line_ids: Sequence[int] | None = None) -> int:
    """Give items back, of these lines or of the whole transaction; returns how many rows. They stay as history."""
    live = (ItemAllocation.transaction_id == transaction_id) & ItemAllocation.released_at.is_(None)
    if line_ids is not None:
        live = live & among(ItemAllocation.line_id, line_ids)
    return touched(update(ItemAllocation).where(live).values(released_at=utcnow(), release_reason=reason))
