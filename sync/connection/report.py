"""What the pages say about an integration: modules, what was kept out and why, and what ran when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, literal, select, union_all
from sqlalchemy.orm import selectinload

from extensions import db
from models import Integration, Link, SyncRun, SyncRunModule
from models.integration import LIVE_RUN_STATES
from sync.connection.fields import mapped_modules
from sync.connection.runs import settings_of
from sync.modules import MODULES
from sync.modules.base import Module
from sync.reasons import REASONS, Reason
from sync.waiting import restore

#: kept-out records of one reason are counted up to here
CAP = 10_000
#: records of one module are counted up to here
RECORDS_CAP = 10_000
SAMPLES = 5
#: how codes of reasons end that only pass on what happened to a parent
PARENT = ("-PARENT", "TS-NO-PRIMARY")


@dataclass(frozen=True, slots=True)
class Capped:
    """A count that stops at its cap."""

    value: int
    is_capped: bool = False


def summed(counts: Iterable[Capped]) -> Capped:
    """Add up counts; a sum with a capped part is capped."""
    found = list(counts)
    return Capped(sum(count.value for count in found), any(count.is_capped for count in found))


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How many records of a module one reason keeps out now."""

    reason: Reason
    count: Capped


@dataclass(frozen=True, slots=True)
class KeptOut:
    """A module's records that are not here, by reason; excluded and failed are never added up (E-04, R-13)."""

    module: Module
    reasons: Sequence[ReasonCount]

    def of_kind(self, kind: str) -> list[ReasonCount]:
        """The reasons of one kind: "failed" or "excluded"."""
        return [item for item in self.reasons if item.reason.kind == kind]

    def count(self, kind: str) -> Capped:
        """How many there are of one kind."""
        return summed([item.count for item in self.of_kind(kind)])

    @property
    def causes(self) -> list[ReasonCount]:
        """Failed for a reason of their own."""
        return [item for item in self.of_kind("failed") if not item.reason.code.endswith(PARENT)]

    @property
    def followers(self) -> list[ReasonCount]:
        """Failed because what they belong to did: they come in by themselves once that does (E-02)."""
        return [item for item in self.of_kind("failed") if item.reason.code.endswith(PARENT)]

    @property
    def has_failed(self) -> bool:
        """Whether something could not be processed."""
        return bool(self.of_kind("failed"))

    @property
    def has_excluded(self) -> bool:
        """Whether a rule keeps something out."""
        return bool(self.of_kind("excluded"))


@dataclass(frozen=True, slots=True)
class ModuleLine:
    """One row of the *Modules* table: where the module stands in the run that is shown."""

    module: Module
    #: its part of that run; None when the run does not have it
    part: SyncRunModule | None
    records: Capped
    kept_out: KeptOut
    #: the owner's preferences leave the module out
    is_off: bool

    @property
    def last_sync(self) -> datetime | None:
        """When the module was read to the end last, as far as the shown run tells."""
        return self.part.ended_at if self.part else None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: modules done of all, plus the part of the present one; `now` is the module at work."""

    done: float
    total: int
    now: SyncRunModule | None

    @property
    def modules_done(self) -> int:
        """Whole modules."""
        return int(self.done)


@dataclass(frozen=True, slots=True)
class KeptOutRecord:
    """One record that is not here: its name, the sentence why, and when that was concluded."""

    link: Link
    title: str
    why: str


def shown_run(integration: Integration) -> SyncRun | None:
    """The live run, else the newest one that ended; previews have their own page."""
    found: SyncRun | None = db.session.scalar(_runs(integration).limit(1))
    return found


def recent_runs(integration: Integration, count: int = 5) -> Sequence[SyncRun]:
    """The newest runs with their modules."""
    return list(db.session.scalars(_runs(integration).limit(count)))


def history(integration: Integration) -> Select[Any]:
    """All runs but previews, for a paged list; it orders and limits."""
    return select(SyncRun).where(SyncRun.integration_id == integration.id, SyncRun.kind != "preview")


def is_live(run: SyncRun | None) -> bool:
    """Whether a run is queued, going on or waiting."""
    return run is not None and run.state in LIVE_RUN_STATES


def progress(run: SyncRun) -> Progress:
    """How far a run is."""
    finished = [part for part in run.modules if part.state not in ("queued", "running")]
    now = next((part for part in run.modules if part.state == "running"), None)
    share = min(now.seen / now.expected, 0.99) if now and now.expected else 0.0
    return Progress(len(finished) + share, len(run.modules), now)


def module_lines(integration: Integration, run: SyncRun | None, kept_out: Sequence[KeptOut]) -> list[ModuleLine]:
    """Every module with its state in `run` (requirements P-31); one statement."""
    parts = {part.module: part for part in run.modules} if run else {}
    on = mapped_modules(settings_of(integration))
    records = _records(integration)
    by_module = {item.module.key: item for item in kept_out}
    return [
        ModuleLine(module, parts.get(key), records[key], by_module.get(key, KeptOut(module, ())), key not in on)
        for key, module in MODULES.items()
    ]


def kept_out(integration: Integration) -> list[KeptOut]:
    """What is kept out now, by module and reason (requirements E-01); one statement over capped index ranges."""
    pairs = [(module, reason) for module in MODULES.values() for reason in _reasons_of(module)]
    rows = db.session.execute(union_all(*[_count_of(integration, module.key, reason) for module, reason in pairs]))
    counts = {(row[0], row[1]): row[2] for row in rows if row[2]}
    found = []
    for module in MODULES.values():
        reasons = [
            ReasonCount(reason, Capped(min(n, CAP), n > CAP))
            for reason in _reasons_of(module)
            if (n := counts.get((module.key, reason.code), 0))
        ]
        if reasons:
            found.append(KeptOut(module, reasons))
    return found


def samples(integration: Integration, groups: Sequence[KeptOut]) -> dict[tuple[str, str], list[KeptOutRecord]]:
    """The first few records of each module and reason; two statements."""
    pairs = [(group.module.key, item.reason.code) for group in groups for item in group.reasons]
    if not pairs:
        return {}
    ids = union_all(
        *[
            select(select(Link.id).where(*_kept(integration, *pair)).order_by(Link.id).limit(SAMPLES).subquery())
            for pair in pairs
        ]
    )
    wanted = [row[0] for row in db.session.execute(ids)]
    found: dict[tuple[str, str], list[KeptOutRecord]] = {}
    for link in db.session.scalars(select(Link).where(Link.id.in_(wanted)).order_by(Link.id)):
        found.setdefault((link.module, link.reason or ""), []).append(explained(link))
    return found


def kept_out_links(integration: Integration, module: str, code: str) -> Select[Any]:
    """The records of one module that one reason keeps out, for a paged list."""
    return select(Link).where(*_kept(integration, module, code))


def explained(link: Link) -> KeptOutRecord:
    """A kept-out record in words."""
    reason = REASONS.get(link.reason or "")
    return KeptOutRecord(link, _title(link), reason.explain(link.detail) if reason else "")


def mapping_of(run: SyncRun | None, integration: Integration) -> Mapping[str, Any]:
    """The preferences that `run` was told, or those of now where it has none yet (requirements P-35)."""
    return run.settings if run is not None and run.settings else integration.settings


def next_at(integration: Integration, run: SyncRun | None) -> datetime | None:
    """When the clock starts the next run; None while nothing is scheduled."""
    if integration.state != "active" or run is None:
        return None
    return run.queued_at + timedelta(minutes=integration.interval_minutes)


def totals(run: SyncRun) -> dict[str, int]:
    """A run's counts: sums over its modules, never kept apart from them (requirements §13)."""
    names = ("seen", "added", "updated", "unchanged", "removed", "excluded", "failed")
    return {name: sum(getattr(part, name) for part in run.modules) for name in names}


def _runs(integration: Integration) -> Select[Any]:
    return history(integration).options(selectinload(SyncRun.modules)).order_by(SyncRun.id.desc())


def _reasons_of(module: Module) -> Iterable[Reason]:
    return [reason for reason in REASONS.values() if reason.module in (module.key, "run")]


def _kept(integration: Integration, module: str, code: str) -> tuple[Any, ...]:
    return Link.integration_id == integration.id, Link.module == module, Link.reason == code


def _count_of(integration: Integration, module: str, reason: Reason) -> Select[str, str, int]:
    some = select(Link.id).where(*_kept(integration, module, reason.code)).limit(CAP + 1).subquery()
    return select(literal(module), literal(reason.code), func.count()).select_from(some)


def _records(integration: Integration) -> dict[str, Capped]:
    parts = []
    for key in MODULES:
        here = (Link.integration_id == integration.id, Link.module == key, Link.local_id.is_not(None))
        some = select(Link.local_id).where(*here).limit(RECORDS_CAP + 1).subquery()
        parts.append(select(literal(key), func.count()).select_from(some))
    rows = db.session.execute(union_all(*parts))
    return {row[0]: Capped(min(row[1], RECORDS_CAP), row[1] > RECORDS_CAP) for row in rows}


def _title(link: Link) -> str:
    """What the record is called; a time entry without words is called by its hours and date."""
    kept, detail = restore(link.kept["fields"]) if link.kept else {}, link.detail or {}
    named = MODULES[link.module].name(kept) if kept and link.module in MODULES else ""
    hours = f"{detail['hours']} h, {detail['date']}" if {"hours", "date"} <= detail.keys() else ""
    return named or str(detail.get("title") or hours or detail.get("name") or link.remote_id)
