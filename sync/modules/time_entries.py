"""Time entries: only what is billable and approved comes in; the cut-off decides how it arrives (P-10, P-15)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Connection, select

from connectors.base import FieldType
from models import Allocation, ProjectStaff, TimeEntry
from sync import bulk
from sync.modules.base import Facts, KeptOut, LocalField, Module, Parent, Values
from sync.settings import SyncSettings

TABLE = TimeEntry.__table__


def hours_text(seconds: int) -> str:
    """Write seconds as `7:30`."""
    return f"{seconds // 3600}:{seconds % 3600 // 60:02}"


def _details(fields: Values, embedded: Mapping[str, Values]) -> Values:
    """Name an entry by what a person would look for: whose, when, how long."""
    day = fields.get("date")
    return {
        "name": embedded.get("users", {}).get("name", ""),
        "date": day.isoformat() if isinstance(day, date) else str(day or ""),
        "hours": hours_text(fields["seconds"]) if isinstance(fields.get("seconds"), int) else "–",
        "title": str(fields.get("title") or "")[:200],
    }


def _exclude(fields: Values, settings: SyncSettings) -> KeptOut | None:
    """Keep out what a rule keeps out; the order is the order in which a person would mend it."""
    if not fields["is_billable"]:
        return KeptOut("TS-NOT-BILLABLE")
    if fields["approval"] != "approved":
        return KeptOut("TS-NOT-APPROVED")
    if fields["kind"] == "general" and not settings.general_entries:
        return KeptOut("TS-GENERAL-OFF")
    return None


def _check(fields: Values, values: Values, facts: Facts, settings: SyncSettings, row: Values | None) -> KeptOut | None:
    """Refuse more hours than the organisation's maximum per day (requirements T-17)."""
    if fields["seconds"] > settings.max_seconds_per_day:
        return KeptOut("TS-MAX-HOURS", {"limit": hours_text(settings.max_seconds_per_day)})
    return None


def _shape(values: Values, fields: Values, settings: SyncSettings, row: Values | None) -> Values:
    """Decide the billing state of a new entry; a retired one that came back is unbilled again."""
    if row is None:
        before_cutoff = settings.cutoff is not None and values["date"] < settings.cutoff
        values["billing_state"] = "elsewhere" if before_cutoff else "unbilled"
    elif row["remote_change"] == "withdrawn" and row["billing_state"] == "written_off":
        values["billing_state"], values["remote_change"] = "unbilled", ""
    return values


def _find_touched(connection: Connection, ids: Sequence[int]) -> set[int]:
    """Entries on a live line: nothing a sync brings may change them."""
    live = Allocation.released_at.is_(None)
    return set(connection.scalars(select(Allocation.time_entry_id).where(Allocation.time_entry_id.in_(ids), live)))


def _find_anchored(connection: Connection, ids: Sequence[int]) -> set[int]:
    """Entries that a past allocation names: they may not vanish from the ledger."""
    return set(connection.scalars(select(Allocation.time_entry_id).where(Allocation.time_entry_id.in_(ids))))


def _add_project_staff(connection: Connection, rows: Iterable[Values], settled: set[Any]) -> None:
    """Whoever logged hours on a project belongs to its staff (P-11); `settled` holds the pairs seen in this run."""
    pairs = {(row["project_id"], row["user_id"]) for row in rows if row.get("user_id") and row.get("project_id")}
    fresh = pairs - settled
    if not fresh:
        return
    table = ProjectStaff.__table__
    known = select(table.c.project_id, table.c.user_id).where(table.c.project_id.in_({pair[0] for pair in fresh}))
    settled.update(tuple(row) for row in connection.execute(known))
    bulk.insert(connection, table, ("project_id", "user_id"), sorted(fresh - settled), "ON CONFLICT DO NOTHING")
    settled |= fresh


MODULE = Module(
    key="time_entries",
    title=_l("Time entries"),
    icon="clock",
    table=TABLE,
    fields=(
        LocalField("date", _l("Date"), FieldType.DATE, "date"),
        LocalField("seconds", _l("Hours"), FieldType.DURATION, "seconds"),
        LocalField("start_time", _l("Start"), FieldType.TEXT, "start_time", limit=20),
        LocalField("end_time", _l("End"), FieldType.TEXT, "end_time", limit=20),
        LocalField("notes", _l("Notes"), FieldType.LONG_TEXT, "notes", limit=10_000, keeps_when_empty=False),
    ),
    parents=(
        Parent(
            "project", "projects", "project_id",
            reason="TS-PARENT", reason_when={"PRJ-NO-PRIMARY": "TS-NO-PRIMARY"},
        ),
        Parent("task", "tasks", "task_id", is_required=False, reason="TS-PARENT"),
        Parent("bug", "bugs", "bug_id", is_required=False, reason="TS-PARENT"),
        Parent("user", "users", "user_id", is_required=False),
    ),
    defaults={"is_billable": True, "remote_change": ""},
    exclude=_exclude,
    check=_check,
    shape=_shape,
    find_touched=_find_touched,
    find_anchored=_find_anchored,
    after_page=_add_project_staff,
    gone="remove",
    flags={
        "changed": {"remote_change": "changed"},
        "withdrawn": {"remote_change": "withdrawn"},
        "removed": {"remote_change": "removed"},
    },
    retired={"billing_state": "written_off", "remote_change": "withdrawn"},
    name=lambda fields: str(fields.get("title") or fields.get("notes") or "")[:200],
    details=_details,
)  # fmt: skip
