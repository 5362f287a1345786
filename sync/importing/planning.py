"""What taking in a batch would do: which transactions come along, which stay behind and why, and which hours (L-03)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from extensions import db
from models import (
    Customer,
    ImportBatch,
    ImportedEntry,
    ImportedTransaction,
    Integration,
    Link,
    Project,
    TimeEntry,
)
from models.audit import Actor
from models.customer import name_key

PIECE = 500


@dataclass(frozen=True, slots=True)
class Left:
    """A line that stays behind, and why."""

    name: str
    why: str


@dataclass(slots=True)
class Plan:
    """What would be written, and what would not. Seconds are whole."""

    transactions: list[dict[str, Any]] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    known: int = 0
    #: local entry id → the former tool's number, for entries that are here and unbilled
    entries: dict[int, str] = field(default_factory=dict)
    seconds: int = 0
    #: all entries that are remembered; those that are not here yet arrive as invoiced elsewhere
    awaited: list[dict[str, Any]] = field(default_factory=list)
    #: unbilled entries that are dated before the cut-off
    before_cutoff: list[int] = field(default_factory=list)
    cutoff_seconds: int = 0

    @property
    def awaited_count(self) -> int:
        """How many invoiced entries have not arrived yet."""
        return len(self.awaited) - len(self.entries)

    @property
    def totals(self) -> dict[str, Decimal]:
        """Totals of what comes along, by currency."""
        sums: dict[str, Decimal] = {}
        for row in self.transactions:
            sums[row["currency"]] = sums.get(row["currency"], Decimal(0)) + row["total"]
        return dict(sorted(sums.items()))

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """Why lines stay behind, most frequent first."""
        return Counter(item.why for item in self.left).most_common()

    @property
    def is_empty(self) -> bool:
        """Whether nothing would be written."""
        return not (self.transactions or self.entries or self.awaited or self.before_cutoff)


def begin(integration: Integration, batch: ImportBatch, actor: Actor) -> ImportBatch:
    """Keep a batch that was read, in place of one that was never applied. Does not commit."""
    for former in db.session.scalars(_planned(integration)):
        former.state = "dropped"
    batch.integration_id, batch.created_by = integration.id, actor.id
    db.session.add(batch)
    db.session.flush()
    return batch


def planned(integration: Integration) -> ImportBatch | None:
    """The batch that waits for a decision."""
    found: ImportBatch | None = db.session.scalar(_planned(integration).order_by(ImportBatch.id.desc()).limit(1))
    return found


def _planned(integration: Integration) -> Any:
    return select(ImportBatch).where(ImportBatch.integration_id == integration.id, ImportBatch.state == "planned")


def plan(integration: Integration, batch: ImportBatch) -> Plan:
    """Look at a batch as things stand now; writes nothing."""
    found = Plan()
    people = _Places(integration)
    _plan_transactions(batch, people, found)
    _plan_entries(integration, batch, found)
    _plan_cutoff(integration, batch.cutoff, found)
    return found


class _Places:
    """Where customers and projects of the former tool are here: by their id in the project tool, else by name."""

    def __init__(self, integration: Integration) -> None:
        self._linked = {key: self._links(integration, key) for key in ("customers", "projects")}
        self._reasons = self._kept_out(integration)
        self.currencies: dict[int, str] = {}
        self._customers: dict[str, list[int]] = {}
        for customer_id, key, currency in db.session.execute(
            select(Customer.id, Customer.name_key, Customer.currency).where(Customer.is_active)
        ):
            self._customers.setdefault(key, []).append(customer_id)
            self.currencies[customer_id] = currency
        self._projects: dict[str, list[tuple[int, int]]] = {}
        for project_id, name, customer_id in db.session.execute(select(Project.id, Project.name, Project.customer_id)):
            self._projects.setdefault(name.casefold(), []).append((project_id, customer_id))
        self._customer_of = {own: customer for rows in self._projects.values() for own, customer in rows}

    def _links(self, integration: Integration, module: str) -> dict[str, int]:
        here = (Link.integration_id == integration.id, Link.module == module, Link.local_id.is_not(None))
        rows = db.session.execute(select(Link.remote_id, Link.local_id).where(*here))
        return {remote_id: local_id for remote_id, local_id in rows if local_id is not None}

    def _kept_out(self, integration: Integration) -> set[str]:
        lacking = (Link.integration_id == integration.id, Link.module == "projects", Link.reason == "PRJ-NO-PRIMARY")
        rows = db.session.execute(select(Link.remote_id, Link.detail).where(*lacking))
        return {name for key, detail in rows for name in (key, str((detail or {}).get("name", "")).casefold()) if name}

    def place(self, row: Mapping[str, Any]) -> tuple[int | None, int | None, str]:
        """Customer, project, and why not (empty when there is a customer)."""
        names = {row.get("project_id", ""), row.get("project", "").casefold()} - {""}
        if names & self._reasons:
            return None, None, _("Its project has no primary customer.")
        project = self._project(row)
        customer = self._customer(row) or (self._customer_of.get(project) if project else None)
        if customer is None:
            told = row.get("customer") or row.get("customer_id") or row.get("project") or row.get("project_id")
            if not told:
                return None, None, _("It names no customer.")
            return None, None, _("Its customer is not here. Sync the projects first, or add the customer.")
        return customer, project if project and self._customer_of.get(project) == customer else None, ""

    def _customer(self, row: Mapping[str, Any]) -> int | None:
        if linked := self._linked["customers"].get(row.get("customer_id", "")):
            return linked
        found = self._customers.get(name_key(row.get("customer", "")), [])
        return found[0] if len(found) == 1 and row.get("customer") else None

    def _project(self, row: Mapping[str, Any]) -> int | None:
        if linked := self._linked["projects"].get(row.get("project_id", "")):
            return linked
        found = self._projects.get(row.get("project", "").casefold(), [])
        return found[0][0] if len(found) == 1 and row.get("project") else None


def _plan_transactions(batch: ImportBatch, places: _Places, found: Plan) -> None:
    own = select(ImportedTransaction.type, ImportedTransaction.number).where(ImportedTransaction.origin == batch.origin)
    known = {(kind, number) for kind, number in db.session.execute(own)}
    for row in batch.transactions:
        kind = row.get("type", "invoice")
        if (kind, row["number"]) in known:
            found.known += 1
            continue
        known.add((kind, row["number"]))
        customer_id, project_id, why = places.place(row)
        if customer_id is None:
            found.left.append(Left(f"{row['number']} · {row['date']}", why))
            continue
        found.transactions.append(
            {
                "type": kind, "number": row["number"], "date": date.fromisoformat(row["date"]),
                "customer_id": customer_id, "project_id": project_id,
                "currency": row.get("currency") or places.currencies.get(customer_id, "USD"),
                "total": Decimal(row["total"]), "balance": Decimal(row.get("balance", "0")),
                "status": row.get("status", ""),
            }
        )  # fmt: skip


def _plan_entries(integration: Integration, batch: ImportBatch, found: Plan) -> None:
    rows = {row["id"]: row for row in batch.entries}
    ids = list(rows)
    mine = (ImportedEntry.connector == integration.connector, ImportedEntry.scope_id == integration.scope_id)
    for start in range(0, len(ids), PIECE):
        piece = ids[start : start + PIECE]
        named = select(ImportedEntry.remote_id).where(*mine, ImportedEntry.remote_id.in_(piece))
        known = set(db.session.scalars(named))
        here = {
            remote_id: (entry_id, state, seconds)
            for remote_id, entry_id, state, seconds in db.session.execute(
                select(Link.remote_id, TimeEntry.id, TimeEntry.billing_state, TimeEntry.seconds)
                .join(TimeEntry, TimeEntry.id == Link.local_id)
                .where(Link.integration_id == integration.id, Link.module == "time_entries", Link.remote_id.in_(piece))
            )
        }
        for remote_id in piece:
            _plan_entry(rows[remote_id], here.get(remote_id), remote_id in known, found)


def _plan_entry(row: Mapping[str, Any], here: tuple[int, str, int] | None, is_known: bool, found: Plan) -> None:
    if is_known or (here and here[1] in ("elsewhere", "written_off")):
        found.known += 1
    elif here is None:
        found.awaited.append(dict(row))
    elif here[1] == "unbilled":
        found.entries[here[0]] = row.get("number", "")
        found.seconds += here[2]
        found.awaited.append(dict(row))
    else:
        found.left.append(Left(row["id"], _("It is on a transaction here already.")))


def _plan_cutoff(integration: Integration, cutoff: date | None, found: Plan) -> None:
    if cutoff is None:
        return
    open_ones = (
        TimeEntry.source == integration.connector, TimeEntry.billing_state == "unbilled", TimeEntry.date < cutoff,
    )  # fmt: skip
    rows = db.session.execute(select(TimeEntry.id, TimeEntry.seconds).where(*open_ones).order_by(TimeEntry.id))
    for entry_id, seconds in rows:
        if entry_id not in found.entries:
            found.before_cutoff.append(entry_id)
            found.cutoff_seconds += seconds
