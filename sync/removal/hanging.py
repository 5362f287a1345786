"""What hangs on the records whose removal the brake holds: hours, money, transactions (requirements M-07)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select

from billing.bulk import among
from extensions import db
from models import Integration, Link, TimeEntry, Transaction, User
from sync.brake import is_held
from sync.modules import MODULES
from sync.undo.changes import plain
from sync.undo.names import title_of
from sync.worth import Worth, total, worth_by_project


@dataclass(frozen=True, slots=True)
class Held:
    """How many records of each module are missing, since when, and the unbilled work on them."""

    counts: dict[str, int]
    since: datetime
    worth: Worth

    @property
    def count(self) -> int:
        """All of them."""
        return sum(self.counts.values())

    @property
    def lead(self) -> str:
        """The module whose records are named first: parents come before what went with them."""
        return next(key for key in MODULES if self.counts.get(key))


@dataclass(frozen=True, slots=True)
class HeldRecord:
    """One of them, for the list."""

    link: Link
    title: str
    worth: Worth
    #: how many transactions name it
    transactions: int


def summary(integration: Integration) -> Held | None:
    """What the banner says; None while nothing is held (one statement then)."""
    query = (
        select(Link.module, func.count(), func.min(Link.missing_since))
        .where(*is_held(integration.id))
        .group_by(Link.module)
    )
    rows = db.session.execute(query).all()
    if not rows:
        return None
    since: datetime = min(row[2] for row in rows)  # type: ignore[type-var,assignment]
    return Held({row[0]: row[1] for row in rows}, since, total(list(worth_by_project(_hanging(integration)).values())))


def _ids(integration: Integration, module: str) -> Any:
    return select(Link.local_id).where(*is_held(integration.id, module))


def _hanging(integration: Integration) -> Any:
    """Entries that would go: those of held projects, and those that are held themselves."""
    return or_(
        TimeEntry.project_id.in_(_ids(integration, "projects")), TimeEntry.id.in_(_ids(integration, "time_entries"))
    )


def held_links(integration: Integration, module: str | None = None) -> Any:
    """The held records for a paged list; it orders and limits."""
    return select(Link).where(*is_held(integration.id, module))


def described(links: Sequence[Link]) -> list[HeldRecord]:
    """Name the records of one page, with what hangs on each; a few statements however many."""
    by_module: dict[str, list[int]] = defaultdict(list)
    for link in links:
        by_module[link.module].append(link.local_id or 0)
    rows = {key: _rows(key, ids) for key, ids in by_module.items()}
    people = _people(rows)
    worths = worth_by_project(among(TimeEntry.project_id, by_module.get("projects", [])))
    bills = _transactions(by_module.get("projects", []))
    found = []
    for link in links:
        row = rows[link.module].get(link.local_id or 0, {})
        title = title_of(link.module, plain(row), people) if row else link.remote_id
        is_project = link.module == "projects"
        worth = worths.get(link.local_id or 0, Worth()) if is_project else _own(link.module, row)
        found.append(HeldRecord(link, title, worth, bills[link.local_id or 0] if is_project else 0))
    return found


def _own(module: str, row: dict[str, Any]) -> Worth:
    is_open = module == "time_entries" and row.get("billing_state") == "unbilled"
    return Worth(row["seconds"]) if is_open else Worth()


def _rows(module: str, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    table = MODULES[module].table
    return {row.id: dict(row._mapping) for row in db.session.execute(select(table).where(table.c.id.in_(ids)))}


def _people(rows: dict[str, dict[int, dict[str, Any]]]) -> dict[int, str]:
    ids = {row["user_id"] for row in rows.get("time_entries", {}).values() if row["user_id"]}
    return {row.id: row.name for row in db.session.execute(select(User.id, User.name).where(User.id.in_(ids)))}


def _transactions(ids: Sequence[int]) -> Counter[int]:
    query = (
        select(Transaction.project_id, func.count())
        .where(among(Transaction.project_id, ids), Transaction.status.not_in(("void", "deleted")))
        .group_by(Transaction.project_id)
    )
    return Counter({row[0] or 0: row[1] for row in db.session.execute(query)})
