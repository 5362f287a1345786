"""What a remote record is called for people: by its kept fields while it is out, by its local row once it is here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import format_date
from sqlalchemy import select

from extensions import db
from models import Link, User
from sync.modules import MODULES
from sync.modules.time_entries import hours_text
from sync.waiting import restore


def kept_title(link: Link) -> str:
    """Name a record that is kept out; a time entry without words is called by its hours and date."""
    kept, detail = restore(link.kept["fields"]) if link.kept else {}, link.detail or {}
    named = MODULES[link.module].name(kept) if kept and link.module in MODULES else ""
    hours = f"{detail['hours']} h, {detail['date']}" if {"hours", "date"} <= detail.keys() else ""
    return named or str(detail.get("title") or hours or detail.get("name") or link.remote_id)


def rows_here(links: Iterable[Link]) -> dict[tuple[str, int], Mapping[str, Any]]:
    """Return (module, local id) → row of the linked records; one statement a module."""
    wanted: dict[str, list[int]] = {}
    for link in links:
        if link.local_id is not None and link.module in MODULES:
            wanted.setdefault(link.module, []).append(link.local_id)
    found: dict[tuple[str, int], Mapping[str, Any]] = {}
    for module, ids in wanted.items():
        table = MODULES[module].table
        for row in db.session.execute(select(table).where(table.c.id.in_(ids))).mappings():
            found[module, row["id"]] = dict(row)
    return found


def titles_here(links: Sequence[Link]) -> dict[int, str]:
    """Return link id → name of the local row, for records that came in."""
    rows = rows_here(links)
    people = _people(rows)
    found = {}
    for link in links:
        row = rows.get((link.module, link.local_id or 0))
        if row is not None:
            found[link.id] = _entry(row, people) if link.module == "time_entries" else _named(row)
    return found


def _people(rows: Mapping[tuple[str, int], Mapping[str, Any]]) -> dict[int, str]:
    ids = {row["user_id"] for (module, _), row in rows.items() if module == "time_entries" and row["user_id"]}
    if not ids:
        return {}
    return {row.id: row.name for row in db.session.execute(select(User.id, User.name).where(User.id.in_(ids)))}


def _entry(row: Mapping[str, Any], people: Mapping[int, str]) -> str:
    day = row["date"]
    parts = (people.get(row["user_id"] or 0, ""), format_date(day, "medium") if isinstance(day, date) else "")
    return f"{hours_text(row['seconds'])} h, " + ", ".join(part for part in parts if part)


def _named(row: Mapping[str, Any]) -> str:
    return str(row.get("name") or row.get("title") or "–")
