"""What rows and what stands in the way of their undo are called, in sentences for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date

from flask_babel import format_date, ngettext
from flask_babel import gettext as _

from sync.modules.base import Values
from sync.modules.time_entries import hours_text
from sync.undo.changes import STAFF


def title_of(table: str, row: Values, people: Mapping[int, str]) -> str:
    """Name a row as a person would look for it: “2:30 h of Tim on 3 Nov 2026”, else by its name or title."""
    if table == "time_entries":
        day = date.fromisoformat(row["date"]["$d"])
        words = {"hours": hours_text(row["seconds"]), "date": format_date(day, "medium")}
        who = people.get(row.get("user_id") or 0)
        return str(
            _("%(hours)s h of %(who)s on %(date)s", who=who, **words) if who else _("%(hours)s h on %(date)s", **words)
        )
    if table == STAFF.name:
        return people.get(row.get("user_id") or 0, str(_("Somebody's place on a project")))
    return str(row.get("name") or row.get("title") or _("(no name)"))[:200]


def money_sentence(table: str, title: str, where: str) -> str:
    """“14:30 h of Tim on 3 Nov are on INV-2026-00012”."""
    if table == "time_entries":
        return str(_("%(title)s %(where)s.", title=title, where=where))
    return str(_("“%(title)s” %(where)s.", title=title, where=where))


def hanging_sentence(tables: Iterable[str]) -> str:
    """Say what still names a row, so that it stays."""
    counts = Counter(tables)
    if set(counts) == {"entry_changes"}:
        return str(_("Somebody decided on it by hand, so it stays."))
    if len(counts) > 1:
        counts.pop(STAFF.name, None)  # who has hours has a place
    parts = [_counted(table, count) for table, count in sorted(counts.items())]
    return str(_("Still needed by %(what)s.", what=", ".join(parts)))


def _counted(table: str, n: int) -> str:
    words = {
        "time_entries": ngettext("%(num)d time entry", "%(num)d time entries", n),
        "projects": ngettext("%(num)d project", "%(num)d projects", n),
        "tasks": ngettext("%(num)d task", "%(num)d tasks", n),
        "bugs": ngettext("%(num)d bug", "%(num)d bugs", n),
        "milestones": ngettext("%(num)d milestone", "%(num)d milestones", n),
        "expenses": ngettext("%(num)d expense", "%(num)d expenses", n),
        "transactions": ngettext("%(num)d transaction", "%(num)d transactions", n),
        "transaction_lines": ngettext("%(num)d line of a transaction", "%(num)d lines of transactions", n),
        "project_staff": ngettext("%(num)d place on a project", "%(num)d places on projects", n),
        "contact_persons": ngettext("%(num)d contact person", "%(num)d contact persons", n),
    }
    return str(words.get(table) or ngettext("%(num)d other record", "%(num)d other records", n))
