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


def _look_around(connection: Connection, page: Sequence[Values], facts: Facts) -> dict[Any, Any]:
    """Return (person, day) → whole seconds that are here already, of the people's days that a page speaks of."""
    people = facts.parents.get("users", {})
    whose = [(people.get(fields.get("user") or ""), fields.get("date")) for fields in page]
    wanted = {(user_id, day) for user_id, day in whose if user_id and isinstance(day, date)}
    if not wanted:
        return {}
    rows, parameters = bulk.in_days(connection, wanted)
    found = connection.exec_driver_sql(
        f"SELECT t.user_id, t.date, sum(t.seconds) FROM {rows} CROSS JOIN time_entries t "  # noqa: S608
        "WHERE t.user_id = days.owner_id AND t.date = days.day GROUP BY t.user_id, t.date",
        parameters,
    )
    return {(user_id, _day(day)): seconds for user_id, day, seconds in found}


def _day(value: date | str) -> date:
    """A day as a driver gives it: SQLite's as text."""
    return value if isinstance(value, date) else date.fromisoformat(value)


def _check(fields: Values, values: Values, facts: Facts, settings: SyncSettings, row: Values | None) -> KeptOut | None:
    """Refuse what makes a person's day longer than the organisation's maximum (requirements T-17)."""
    limit = settings.max_seconds_per_day
    key = values["user_id"], values["date"]
    others = facts.around.get(key, 0) if key[0] is not None else 0
    if row and (row["user_id"], row["date"]) == key:
        others -= row["seconds"]
    total = others + fields["seconds"]
    if total > limit:
        return KeptOut("TS-MAX-HOURS", {"limit": hours_text(limit), "day": hours_text(total)})
    if key[0] is not None:
        facts.around[key] = total
    return None


def _shape(values: Values, fields: Values, settings: SyncSettings, row: Values | None) -> Values:
    """Decide the billing state of a new entry; a retired one that came back is unbilled again.

    What a customer or manager here approved is approved no more when its time or day changed (requirements T-18).
    """
    if row is None:
        before_cutoff = settings.cutoff is not None and values["date"] < settings.cutoff
        values["billing_state"] = "elsewhere" if before_cutoff else "unbilled"
    elif row["remote_change"] == "withdrawn" and row["billing_state"] == "written_off":
        values["billing_state"], values["remote_change"] = "unbilled", ""
    if row is not None and _needs_approval_anew(values, row):
        values["approval"] = "none"
    return values


def _needs_approval_anew(values: Values, row: Values) -> bool:
    """Say whether an unbilled entry somebody decided about here is another one now."""
    is_decided = row["billing_state"] == "unbilled" and row.get("approval", "none") != "none"
    return is_decided and any(row[key] != values.get(key, row[key]) for key in ("date", "seconds", "user_id"))


def _find_touched(connection: Connection, ids: Sequence[int]) -> set[int]:
    """Entries on a live line: nothing a sync brings may change them."""
    live = Allocation.released_at.is_(None)
    return set(connection.scalars(select(Allocation.time_entry_id).where(Allocation.time_entry_id.in_(ids), live)))


def _find_anchored(connection: Connection, ids: Sequence[int]) -> set[int]:
    """Entries that a past allocation names: they may not vanish from the ledger."""
    return set(connection.scalars(select(Allocation.time_entry_id).where(Allocation.time_entry_id.in_(ids))))


def _add_project_staff(connection: Connection, rows: Iterable[Values], settled: set[Any], run_id: int) -> None:
    """Whoever logged hours on a project belongs to its staff (P-11); `settled` holds the pairs seen in this run."""
    pairs = {(row["project_id"], row["user_id"]) for row in rows if row.get("user_id") and row.get("project_id")}
    fresh = pairs - settled
    if not fresh:
        return
    table = ProjectStaff.__table__
    known = select(table.c.project_id, table.c.user_id).where(table.c.project_id.in_({pair[0] for pair in fresh}))
    settled.update(tuple(row) for row in connection.execute(known))
    new = [(*pair, run_id) for pair in sorted(fresh - settled)]
    bulk.insert(connection, table, ("project_id", "user_id", "created_run_id"), new, "ON CONFLICT DO NOTHING")
    settled |= fresh


def _find_elsewhere(connection: Connection, integration_id: int, ids: Sequence[str]) -> set[str]:
    """Entries that the former tool had invoiced, by the files that were brought along (requirements L-06)."""
    clause, parameter = bulk.in_texts(connection, ids)
    mark = "?" if bulk.is_sqlite(connection) else "%s"
    sql = (
        "SELECT e.remote_id FROM imported_entries e JOIN integrations i "  # noqa: S608
        f"ON i.connector = e.connector AND i.scope_id = e.scope_id WHERE i.id = {mark} AND e.remote_id IN {clause}"
    )
    return {row[0] for row in connection.exec_driver_sql(sql, (integration_id, *parameter))}


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
    look_around=_look_around,
    shape=_shape,
    find_touched=_find_touched,
    find_anchored=_find_anchored,
    find_elsewhere=_find_elsewhere,
    after_page=_add_project_staff,
    gone="remove",
    flags={
        "elsewhere": {"billing_state": "elsewhere"},
        "changed": {"remote_change": "changed"},
        "withdrawn": {"remote_change": "withdrawn"},
        "removed": {"remote_change": "removed"},
    },
    retired={"billing_state": "written_off", "remote_change": "withdrawn"},
    name=lambda fields: str(fields.get("title") or fields.get("notes") or "")[:200],
    details=_details,
)  # fmt: skip
