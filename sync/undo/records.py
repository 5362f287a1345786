"""The records of one run for its page: what it changed field by field, what it added, what it removed (P-34)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import format_date, format_datetime
from flask_babel import gettext as _
from sqlalchemy import Select, select

from connectors.base import FieldType
from extensions import db
from models import BeforeImage, Link, Project, SyncRun, User
from sync.modules import MODULES
from sync.modules.base import Values
from sync.modules.time_entries import hours_text
from sync.undo.changes import ADDED, CHANGED, REMOVED, change_from, plain, table_of, typed
from sync.undo.names import title_of

#: columns that only mirror others, or that no person knows
SILENT = frozenset({"id", "name_key", "email_key", "created_at", "updated_at", "created_run_id", "source"})


@dataclass(frozen=True, slots=True)
class Field:
    """One changed field, as people read it. `is_later`: somebody changed it again since."""

    label: str
    old: str
    new: str
    is_later: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """One record that a run touched. `kind`: added, changed, removed. `is_here`: its row is there now."""

    kind: str
    table: str
    remote_id: str
    local_id: int
    title: str
    fields: Sequence[Field]
    is_here: bool


def changed_in(run: SyncRun) -> Select[Any]:
    """Before-images of rows that were changed, for a paged list."""
    return select(BeforeImage).where(BeforeImage.run_id == run.id, BeforeImage.after.is_not(None))


def removed_in(run: SyncRun) -> Select[Any]:
    """Before-images of rows that were removed."""
    return select(BeforeImage).where(BeforeImage.run_id == run.id, BeforeImage.after.is_(None))


def added_in(run: SyncRun) -> Select[Any]:
    """Links of the rows that were added."""
    return select(Link).where(Link.created_run_id == run.id)


def records_of(images: Sequence[BeforeImage]) -> list[Record]:
    """Describe changed or removed rows of one page, each against the row as it is now."""
    changes = [change_from(image) for image in images]
    rows = _rows((change.table, change.local_id) for change in changes)
    names = Names.of([*(row for found in rows.values() for row in found.values()), *(c.before for c in changes)])
    found = []
    for change in changes:
        now = rows[change.table].get(change.local_id)
        row = now or {**change.after, **change.before}
        fields = [
            Field(names.label(change.table, name), names.text(change.table, name, change.before.get(name)),
                  names.text(change.table, name, _new(change, now, name)),
                  now is not None and change.kind == CHANGED and now.get(name) != change.after.get(name))
            for name in (change.before or {})
            if name not in SILENT and (change.kind != REMOVED or change.before[name] not in (None, "", {}))
        ]  # fmt: skip
        title = title_of(change.table, row, names.people) if _is_whole(change.table, row) else change.remote_id
        found.append(
            Record(change.kind, change.table, change.remote_id, change.local_id, title, fields, now is not None)
        )
    return found


def _new(change: Any, now: Values | None, name: str) -> Any:
    if change.kind == REMOVED:
        return None
    return change.after.get(name) if now is None else now.get(name)


def _is_whole(table: str, row: Values) -> bool:
    return table != "time_entries" or {"date", "seconds"} <= row.keys()


def added_records(links: Sequence[Link]) -> list[Record]:
    """Describe added rows of one page."""
    rows = _rows((link.module, link.local_id or 0) for link in links)
    names = Names.of([row for found in rows.values() for row in found.values()])
    found = []
    for link in links:
        row = rows[link.module].get(link.local_id or 0)
        title = title_of(link.module, row, names.people) if row else str(_("No longer here"))
        found.append(Record(ADDED, link.module, link.remote_id, link.local_id or 0, title, (), row is not None))
    return found


def _rows(places: Iterable[tuple[str, int]]) -> dict[str, dict[int, Values]]:
    """Read rows by table and id; one statement per table of the page."""
    ids: dict[str, set[int]] = defaultdict(set)
    for place, local_id in places:
        ids[place].add(local_id)
    found: dict[str, dict[int, Values]] = {name: {} for name in ids}
    for name, wanted in ids.items():
        table = table_of(name)
        for row in db.session.execute(select(table).where(table.c.id.in_(wanted))):
            found[name][row.id] = plain(dict(row._mapping))
    return found


@dataclass(frozen=True, slots=True)
class Names:
    """The words for labels and values."""

    people: dict[int, str]
    projects: dict[int, str]
    customers: dict[int, str]

    @classmethod
    def of(cls, rows: Sequence[Values]) -> Names:
        """Read the names that these rows refer to; at most three statements."""
        wanted = {
            column: {row[column] for row in rows if isinstance(row.get(column), int)}
            for column in ("user_id", "project_id", "customer_id")
        }
        customers = table_of("customers")
        queries = {
            "user_id": select(User.id, User.name).where(User.id.in_(wanted["user_id"])),
            "project_id": select(Project.id, Project.name).where(Project.id.in_(wanted["project_id"])),
            "customer_id": select(customers.c.id, customers.c.name).where(customers.c.id.in_(wanted["customer_id"])),
        }
        found = {
            column: {row.id: row.name for row in db.session.execute(query)} if wanted[column] else {}
            for column, query in queries.items()
        }
        return cls(found["user_id"], found["project_id"], found["customer_id"])

    def label(self, table: str, column: str) -> str:
        """The field's label, or the column's name in words."""
        words = {
            "customer_id": _("Customer"), "project_id": _("Project"), "user_id": _("Person"), "task_id": _("Task"),
            "bug_id": _("Bug"), "milestone_id": _("Milestone"), "is_active": _("Active"), "custom": _("Custom fields"),
            "billing_state": _("Billing state"), "remote_change": _("Changed in Zoho"),
        }  # fmt: skip
        labels = {item.key: str(item.label) for item in MODULES[table].fields} if table in MODULES else {}
        return labels.get(column) or str(words.get(column) or column.replace("_", " ").capitalize())

    def text(self, table: str, column: str, value: Any) -> str:
        """A value as people read it."""
        if value is None or value == "":
            return ""
        known = {"user_id": self.people, "project_id": self.projects, "customer_id": self.customers}.get(column)
        if known is not None:
            return known.get(value, f"#{value}")
        if isinstance(value, bool):
            return str(_("Yes") if value else _("No"))
        if isinstance(value, dict):
            return _text_of(typed(table_of(table), {column: value})[column])
        is_time = any(item.key == column and item.type is FieldType.DURATION for item in _fields(table))
        return hours_text(value) if is_time else str(value)


def _fields(table: str) -> Sequence[Any]:
    return MODULES[table].fields if table in MODULES else ()


def _text_of(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {item}" for key, item in value.items() if item not in (None, ""))
    if hasattr(value, "hour"):
        return str(format_datetime(value, "medium"))
    return str(format_date(value, "medium")) if isinstance(value, date) else str(value)


__all__ = ["Field", "Record", "added_in", "added_records", "changed_in", "records_of", "removed_in"]
